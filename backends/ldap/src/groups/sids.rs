//! Names of security identifiers.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use portcullis_core::{Clock, Moment, Principal, Sid};
use quick_cache::sync::Cache;
use tokio::time::Instant;

use super::name::OBJECT_SID;
use super::{AT_ONCE, Groups, any_of};
use crate::connection::Connection;
use crate::entry::Entry;
use crate::escape;
use crate::failure::Failure;

/// As much room is taken at the start; it grows with what is in it.
const AT_FIRST: usize = 256;

/// Names that were asked for a short time ago: most callers are in the same groups.
pub(crate) struct SidNames {
    known: Cache<Sid, Known>,
    /// How often all were forgotten.
    generation: AtomicU64,
    ttl: Duration,
    clock: Clock,
}

#[derive(Clone)]
struct Known {
    /// None if there is no such group below the base.
    name: Option<Box<str>>,
    generation: u64,
    until: Moment,
}

impl SidNames {
    pub(crate) fn new(capacity: usize, ttl: Duration, clock: Clock) -> Self {
        let known = Cache::with_weighter(capacity.min(AT_FIRST), capacity as u64, quick_cache::UnitWeighter);
        Self { known, generation: AtomicU64::new(0), ttl, clock }
    }

    /// Forgets all, and what comes of questions under way.
    pub(crate) fn forget_all(&self) {
        self.generation.fetch_add(1, Ordering::SeqCst);
        self.known.clear();
    }

    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::SeqCst)
    }

    fn recall(&self, sid: &Sid) -> Option<Known> {
        let counts = |known: &Known| self.clock.now() < known.until && known.generation == self.generation();
        self.known.get(sid).filter(counts)
    }

    /// Remembers what was asked for in this generation.
    pub(super) fn remember(&self, sid: &Sid, name: Option<Box<str>>, generation: u64) {
        self.known.insert(*sid, Known { name, generation, until: self.clock.now().after(self.ttl) });
    }
}

impl Groups {
    /// The groups that the backend vouched for, with names for those SIDs that have one.
    pub(crate) async fn named(
        &self,
        caller: &Principal,
        connection: &mut Connection,
        until: Instant,
    ) -> Result<Vec<Box<str>>, Failure> {
        if caller.groups().len() > self.max {
            return Err(Failure::TooMany);
        }
        let sids: Vec<Sid> = caller.groups().filter_map(Sid::parse).collect();
        let names = self.names_of(&sids, connection, until).await?;
        let mut named: HashMap<String, Box<str>> =
            sids.iter().zip(names).filter_map(|(sid, name)| Some((sid.to_string(), name?))).collect();
        let mut groups: Vec<Box<str>> =
            caller.groups().map(|group| named.remove(group).unwrap_or_else(|| group.into())).collect();
        groups.sort_unstable();
        groups.dedup();
        Ok(groups)
    }

    /// For each of them its name, or none.
    pub(super) async fn names_of(
        &self,
        sids: &[Sid],
        connection: &mut Connection,
        until: Instant,
    ) -> Result<Vec<Option<Box<str>>>, Failure> {
        let generation = self.sids.generation();
        let mut names: HashMap<Sid, Option<Box<str>>> = HashMap::with_capacity(sids.len());
        let mut asked = Vec::new();
        for sid in sids {
            match self.sids.recall(sid) {
                Some(known) => drop(names.insert(*sid, known.name)),
                None => asked.push(*sid),
            }
        }
        let [name] = self.name.attributes();
        for sids in asked.chunks(AT_ONCE) {
            let filters: Vec<String> = sids.iter().map(equals).collect();
            let filter = any_of(&filters);
            let attributes = if self.name.is_sid() { &[OBJECT_SID][..] } else { &[name, OBJECT_SID] };
            let mut query = self.below_base(&filter, attributes);
            // Each is in one entry, whatever `max` says; or in a few, where one stands for that of another domain.
            query.most = 4 * AT_ONCE;
            let found = connection.search(&query, until).await.map_err(|failure| match failure {
                Failure::TooMany => Failure::wrong("groups.base: far more entries than were asked for have these SIDs"),
                failure => self.of_base(failure),
            })?;
            for sid in sids {
                let is_own =
                    |group: &&Entry| matches!(group.values(OBJECT_SID), [one] if Sid::from_bytes(one) == Some(*sid));
                let own = found.iter().filter(is_own);
                names.insert(*sid, the_one(sid, own.filter_map(|group| self.name.of(group))));
            }
            sids.iter().for_each(|sid| self.sids.remember(sid, names.get(sid).cloned().flatten(), generation));
        }
        Ok(sids.iter().map(|sid| names.get(sid).cloned().flatten()).collect())
    }
}

/// The name that all of these are. If there are two, nobody can tell which is the right one.
fn the_one(sid: &Sid, mut names: impl Iterator<Item = Box<str>>) -> Option<Box<str>> {
    let name = names.next()?;
    if names.any(|other| other != name) {
        tracing::warn!(%sid, "a group of the directory has two names, and so none");
        return None;
    }
    Some(name)
}

/// The filter for one, in its binary form: each server understands that.
fn equals(sid: &Sid) -> String {
    let mut filter = format!("({OBJECT_SID}=");
    escape::append(&sid.to_bytes(), &mut filter);
    filter.push(')');
    filter
}
