//! The roles that a caller has.

use std::collections::HashSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use foldhash::fast::RandomState;

use super::index::{LimitId, RoleId, UNLIMITED};
use super::shape::Shapes;

/// A role of a binding, counted through all bindings.
pub(crate) type UnitId = u32;

/// More sets of roles than this are not shared.
const MAX_SHARED: usize = 4096;

/// The roles that a caller has, by one [`Policy`](super::Policy): to be kept with the caller, and asked about again and
/// again. Cheap to clone; callers with the same roles share them.
///
/// To any other policy, also to the same one read again, they mean nothing, and it allows nothing by them.
#[derive(Clone)]
pub struct Grants(Arc<Granted>);

pub(crate) struct Granted {
    /// Whose roles these are.
    pub(crate) policy: u64,
    /// Sorted by role.
    pub(crate) roles: Box<[GrantedRole]>,
    /// The shapes of all of the roles.
    pub(crate) shapes: Shapes,
}

/// A role, and which binding of it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct GrantedRole {
    pub(crate) role: RoleId,
    pub(crate) limit: LimitId,
    pub(crate) unit: UnitId,
}

impl Grants {
    pub(crate) fn granted(&self) -> &Granted {
        &self.0
    }
}

impl Granted {
    /// Those of the roles that count: each once for each limit, by the first binding, and only once if one binding has no
    /// limit.
    pub(crate) fn new(policy: u64, mut roles: Vec<GrantedRole>, shapes: impl Fn(RoleId) -> Shapes) -> Self {
        roles.sort_unstable();
        roles.dedup_by(|next, kept| next.role == kept.role && (next.limit == kept.limit || kept.limit == UNLIMITED));
        let shapes = roles.iter().fold(Shapes::default(), |all, granted| all.or(shapes(granted.role)));
        Self { policy, roles: roles.into(), shapes }
    }
}

/// The sets of roles that callers have, so that those with the same share one.
#[derive(Default)]
pub(crate) struct Shared(Mutex<HashSet<ByRoles, RandomState>>);

/// Told from others by its roles.
struct ByRoles(Grants);

impl Shared {
    pub(crate) fn share(&self, granted: Granted) -> Grants {
        let grants = ByRoles(Grants(Arc::new(granted)));
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ByRoles(known)) = known.get(&grants) {
            return known.clone();
        }
        if known.len() >= MAX_SHARED {
            known.retain(|ByRoles(Grants(granted))| Arc::strong_count(granted) > 1);
        }
        let ByRoles(grants) = grants;
        if known.len() < MAX_SHARED {
            known.insert(ByRoles(grants.clone()));
        }
        grants
    }
}

impl PartialEq for ByRoles {
    fn eq(&self, other: &Self) -> bool {
        self.0.0.roles == other.0.0.roles
    }
}

impl Eq for ByRoles {}

impl Hash for ByRoles {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.0.roles.hash(state);
    }
}

/// Only how many: the names are in the policy.
impl fmt::Debug for Grants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grants").field("roles", &self.0.roles.len()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn granted(roles: &[(RoleId, LimitId, UnitId)]) -> Granted {
        let roles = roles.iter().map(|(role, limit, unit)| GrantedRole { role: *role, limit: *limit, unit: *unit });
        Granted::new(1, roles.collect(), |_| Shapes::default())
    }

    #[test]
    fn a_role_counts_once_for_each_limit_and_only_once_without_one() {
        let kept = |roles: &[_]| -> Vec<_> {
            granted(roles).roles.iter().map(|granted| (granted.role, granted.limit, granted.unit)).collect()
        };
        assert_eq!(kept(&[(2, 1, 9), (1, 1, 4), (1, 2, 3), (1, 1, 2), (2, 1, 9)]), [(1, 1, 2), (1, 2, 3), (2, 1, 9)]);
        assert_eq!(kept(&[(1, 1, 1), (1, UNLIMITED, 7), (1, 2, 2), (1, UNLIMITED, 5)]), [(1, UNLIMITED, 5)]);
    }

    #[test]
    fn equal_sets_are_shared_and_there_is_a_bound() {
        let shared = Shared::default();
        let one = shared.share(granted(&[(1, 1, 1)]));
        assert!(Arc::ptr_eq(&one.0, &shared.share(granted(&[(1, 1, 1), (1, 1, 1)])).0));
        assert!(!Arc::ptr_eq(&one.0, &shared.share(granted(&[(1, 1, 2)])).0));
        let len = || shared.0.lock().unwrap().len();
        let held: Vec<_> = (0..10 * MAX_SHARED as u32).map(|role| shared.share(granted(&[(role, 1, 1)]))).collect();
        assert_eq!(len(), MAX_SHARED);
        drop(held);
        shared.share(granted(&[(7, 7, 7)]));
        assert!(len() < 10, "what nobody holds makes room");
        assert!(Arc::ptr_eq(&one.0, &shared.share(granted(&[(1, 1, 1)])).0));
    }
}
