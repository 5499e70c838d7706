//! Answers that are remembered.

use std::sync::Arc;
use std::time::Duration;

use portcullis_core::{Clock, Moment, Standing, Unavailable};
use quick_cache::sync::Cache;

/// As much room is taken at the start; it grows with what is in it.
const AT_FIRST: usize = 1024;
/// How long a failure is shared: those who waited together need not find it out one after the other.
const FAILURE: Duration = Duration::from_secs(1);
/// How long an answer that is out of date may be remembered by those who are told it.
const STALE: Duration = Duration::from_secs(5);

/// What a lookup comes to.
pub(crate) type Landed = Result<Standing, Unavailable>;

/// An answer that is remembered.
pub(crate) struct Recalled {
    pub(crate) landed: Landed,
    /// Whether it is time to ask again, which nobody need wait for: it is an old answer, and the last question failed.
    pub(crate) is_due: bool,
}

/// Answers, by what was asked. The store only bounds their number; whether one still counts is checked against our own
/// clock.
pub(crate) struct Memory {
    known: Cache<Arc<str>, Arc<Known>>,
    ttl: Duration,
    /// Beyond `ttl`, while nobody answers.
    grace: Duration,
    clock: Clock,
}

struct Known {
    good: Option<Good>,
    failed: Option<(Unavailable, Moment)>,
}

#[derive(Clone)]
struct Good {
    standing: Standing,
    fresh_until: Moment,
    stale_until: Moment,
}

impl Memory {
    pub(crate) fn new(capacity: usize, ttl: Duration, grace: Duration, clock: Clock) -> Self {
        let known = Cache::with_weighter(capacity.min(AT_FIRST), capacity as u64, quick_cache::UnitWeighter);
        Self { known, ttl, grace, clock }
    }

    pub(crate) fn now(&self) -> Moment {
        self.clock.now()
    }

    /// What is known of this, and still counts.
    pub(crate) fn recall(&self, key: &str) -> Option<Recalled> {
        let known = self.known.get(key)?;
        let now = self.clock.now();
        if let Some(good) = known.good.as_ref().filter(|good| now < good.fresh_until) {
            return Some(Recalled { landed: Ok(good.for_another(good.fresh_until.since(now))), is_due: false });
        }
        let (unavailable, until) = known.failed.as_ref()?;
        let is_due = now >= *until;
        match known.stale(now) {
            Some(standing) => Some(Recalled { landed: Ok(standing), is_due }),
            None if is_due => None,
            None => Some(Recalled { landed: Err(unavailable.clone()), is_due }),
        }
    }

    /// Drops what is known of this: it is no longer to be had from the servers.
    pub(crate) fn forget(&self, key: &str) {
        self.known.remove(key);
    }

    /// Remembers what came of a lookup that began then, and says what that means: if nobody answered, an older answer
    /// may do.
    pub(crate) fn remember(&self, key: Arc<str>, landed: Landed, asked: Moment) -> Landed {
        let now = self.clock.now();
        match landed {
            Ok(standing) => {
                let good = Good {
                    standing,
                    fresh_until: asked.after(self.ttl),
                    stale_until: asked.after(self.ttl.saturating_add(self.grace)),
                };
                let told = good.for_another(good.fresh_until.since(now));
                self.known.insert(key, Arc::new(Known { good: Some(good), failed: None }));
                Ok(told)
            }
            Err(unavailable) => {
                let good = self.known.get(&*key).and_then(|known| known.good.clone());
                let failed = Some((unavailable.clone(), now.after(FAILURE)));
                let known = Arc::new(Known { good: good.filter(|good| now < good.stale_until), failed });
                self.known.insert(key, Arc::clone(&known));
                known.stale(now).ok_or(unavailable)
            }
        }
    }
}

impl Known {
    fn stale(&self, now: Moment) -> Option<Standing> {
        let good = self.good.as_ref().filter(|good| now < good.stale_until)?;
        Some(good.for_another(good.stale_until.since(now).min(STALE)))
    }
}

impl Good {
    /// With how long it may be remembered from now on.
    fn for_another(&self, lifetime: Duration) -> Standing {
        match &self.standing {
            Standing::Member(membership) => Standing::Member(membership.clone().lifetime(lifetime)),
            other => other.clone(),
        }
    }
}

#[cfg(test)]
mod tests;
