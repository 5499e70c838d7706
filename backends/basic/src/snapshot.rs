//! The users and groups at one moment.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use portcullis_core::Principal;

use crate::groups_file::Groups;
use crate::hash::{Cost, Hash};

/// What was read, before it is compared with what was there.
pub(crate) struct Loaded {
    pub(crate) users: Vec<(Box<str>, Hash)>,
    /// How many of the users are from the file.
    pub(crate) from_file: usize,
    pub(crate) groups: Groups,
    pub(crate) warnings: Vec<String>,
}

/// Users, groups and the epoch in which they are in force: one value, so that nobody sees one
/// without the other.
#[derive(Default)]
pub(crate) struct Snapshot {
    pub(crate) epoch: u64,
    pub(crate) from_file: usize,
    pub(crate) groups: usize,
    pub(crate) warnings: Vec<String>,
    users: HashMap<Box<str>, User>,
    /// A hash of each cost, and how many users have this or an earlier cost.
    costs: Vec<(Arc<Hash>, usize)>,
}

pub(crate) struct User {
    pub(crate) hash: Arc<Hash>,
    pub(crate) principal: Principal,
    /// The epoch since which hash and groups are what they are.
    since: u64,
}

impl Snapshot {
    /// What follows after `previous`. The epoch rises if a user came, left or changed.
    pub(crate) fn after(previous: &Self, loaded: Loaded) -> Self {
        let next = previous.epoch + 1;
        let mut groups_of = groups_by_user(&loaded.groups);
        let users: HashMap<Box<str>, User> = loaded
            .users
            .into_iter()
            .map(|(name, hash)| {
                let groups = groups_of.remove(&*name).unwrap_or_default();
                let before = previous.users.get(&name);
                let since =
                    before.filter(|user| *user.hash == hash && user.principal.groups().eq(groups.iter().copied()));
                let since = since.map_or(next, |user| user.since);
                let principal = Principal::builder(&*name).groups(groups).build();
                (name, User { hash: Arc::new(hash), principal, since })
            })
            .collect();
        let is_same = users.len() == previous.users.len() && users.values().all(|user| user.since < next);
        Self {
            epoch: if is_same { previous.epoch } else { next },
            from_file: loaded.from_file,
            groups: loaded.groups.len(),
            warnings: loaded.warnings,
            costs: costs(&users),
            users,
        }
    }

    pub(crate) fn user(&self, name: &str) -> Option<&User> {
        self.users.get(name)
    }

    pub(crate) fn users(&self) -> usize {
        self.users.len()
    }

    pub(crate) fn hashes(&self) -> impl Iterator<Item = &Hash> {
        self.users.values().map(|user| &*user.hash)
    }

    /// Whether the user is still who they were at `epoch`.
    pub(crate) fn vouches(&self, name: &str, epoch: u64) -> bool {
        self.users.get(name).is_some_and(|user| user.since <= epoch)
    }

    /// A hash to compute for a name that nobody has, so that it takes as long as one that somebody
    /// has. Nothing if there is no user at all.
    ///
    /// `point` is the name's of [`Points`](crate::points::Points). Costs are dealt out as they occur among the users, and
    /// a point keeps its cost when users come and go, but for few near the borders.
    pub(crate) fn decoy(&self, point: u64) -> Option<Arc<Hash>> {
        let at = (u128::from(point) * self.users.len() as u128) >> u64::BITS;
        self.costs.iter().find(|(_, up_to)| at < *up_to as u128).map(|(hash, _)| Arc::clone(hash))
    }
}

fn groups_by_user(groups: &Groups) -> HashMap<&str, Vec<&str>> {
    let mut groups_of: HashMap<&str, Vec<&str>> = HashMap::new();
    for (group, members) in groups {
        for member in members {
            groups_of.entry(member).or_default().push(group);
        }
    }
    groups_of
}

fn costs(users: &HashMap<Box<str>, User>) -> Vec<(Arc<Hash>, usize)> {
    let mut counts: BTreeMap<Cost, (Arc<Hash>, usize)> = BTreeMap::new();
    for user in users.values() {
        counts.entry(user.hash.cost()).or_insert_with(|| (Arc::clone(&user.hash), 0)).1 += 1;
    }
    let mut up_to = 0;
    counts
        .into_values()
        .map(|(hash, count)| {
            up_to += count;
            (hash, up_to)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::tests::{ARGON2ID, ARGON2ID_OTHER, BCRYPT};

    fn loaded(users: &[(&str, &str)], groups: &[(&str, &str)]) -> Loaded {
        let users: Vec<_> = users.iter().map(|(name, hash)| ((*name).into(), Hash::parse(hash).unwrap())).collect();
        let mut of = Groups::new();
        for (group, member) in groups {
            crate::groups_file::add(&mut of, group, [*member]).unwrap();
        }
        Loaded { from_file: users.len(), users, groups: of, warnings: Vec::new() }
    }

    #[test]
    fn only_who_changed_is_no_longer_vouched_for() {
        let first = Snapshot::after(
            &Snapshot::default(),
            loaded(
                &[("alice", ARGON2ID), ("bob", ARGON2ID), ("carol", ARGON2ID), ("dave", ARGON2ID)],
                &[("ops", "dave")],
            ),
        );
        assert_eq!(first.epoch, 1);
        // Bob has a new password, Carol a new group, Dave is gone.
        let users = [("alice", ARGON2ID), ("bob", ARGON2ID_OTHER), ("carol", ARGON2ID)];
        let second = Snapshot::after(&first, loaded(&users, &[("ops", "carol")]));
        assert_eq!(second.epoch, 2);
        let vouched = |epoch| ["alice", "bob", "carol", "dave"].map(|name| second.vouches(name, epoch));
        assert_eq!(vouched(1), [true, false, false, false]);
        assert_eq!(vouched(2), [true, true, true, false]);
        // Dave is back, as he was: what was accepted before he left is not accepted again.
        let users = [("alice", ARGON2ID), ("bob", ARGON2ID_OTHER), ("carol", ARGON2ID), ("dave", ARGON2ID)];
        let third = Snapshot::after(&second, loaded(&users, &[("ops", "carol"), ("ops", "dave")]));
        assert!(third.vouches("alice", 1) && third.vouches("bob", 2) && !third.vouches("dave", 2));
        assert!(third.vouches("dave", 3));
    }

    #[test]
    fn the_epoch_stays_when_no_user_changed() {
        let users = [("alice", ARGON2ID), ("bob", BCRYPT)];
        let first = Snapshot::after(&Snapshot::default(), loaded(&users, &[("ops", "alice")]));
        let users = [("bob", BCRYPT), ("alice", ARGON2ID)];
        let again = Snapshot::after(&first, loaded(&users, &[("none", "zoe"), ("ops", "alice")]));
        assert_eq!((again.epoch, again.groups), (first.epoch, 2));
    }

    #[test]
    fn decoys_are_dealt_out_as_the_costs_are() {
        let users = [("a", ARGON2ID), ("b", ARGON2ID_OTHER), ("c", ARGON2ID), ("d", BCRYPT)];
        let snapshot = Snapshot::after(&Snapshot::default(), loaded(&users, &[]));
        let points: Vec<u64> = (0..1000).map(|i| u64::MAX / 1000 * i).collect();
        let bcrypt = points.iter().filter(|point| {
            let cost = snapshot.decoy(**point).unwrap().cost();
            assert_eq!(cost, snapshot.decoy(**point).unwrap().cost());
            cost == Cost::Bcrypt { cost: 10 }
        });
        assert!((249..=251).contains(&bcrypt.count()));
        assert!(snapshot.decoy(0).is_some() && snapshot.decoy(u64::MAX).is_some());
        assert!(Snapshot::default().decoy(1).is_none());
    }
}
