//! What is known at a moment.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use portcullis_core::Moment;

use super::freshness::{self, Freshness};
use super::{Away, Status, Why};
use crate::KeySet;

/// What is known, replaced as a whole when a fetch ends: whoever reads it sees keys and epoch that
/// belong together.
#[derive(Clone)]
pub(super) struct Snapshot {
    known: Option<Known>,
    /// When the next scheduled fetch is.
    pub(super) due: Moment,
    /// How many scheduled fetches have failed since the last success.
    failures: u32,
    pub(super) last_error: Option<Arc<str>>,
    pub(super) epoch: u64,
    /// The epoch that began with the last withdrawal of a key.
    pub(super) withdrawn: u64,
}

#[derive(Clone)]
struct Known {
    keys: Arc<KeySet>,
    since: Moment,
}

impl Snapshot {
    /// Nothing is known, and a fetch is due.
    pub(super) fn empty(now: Moment) -> Self {
        Self { known: None, due: now, failures: 0, last_error: None, epoch: 0, withdrawn: 0 }
    }

    /// The last keys that came, however old.
    pub(super) fn keys(&self) -> Option<&Arc<KeySet>> {
        self.known.as_ref().map(|known| &known.keys)
    }

    /// The keys, if they are not too old.
    pub(super) fn usable(&self, now: Moment, freshness: &Freshness) -> Option<&Arc<KeySet>> {
        let known = self.known.as_ref()?;
        (now.since(known.since) <= freshness.stale_keys).then_some(&known.keys)
    }

    /// What is known after these keys came.
    pub(super) fn after_success(
        &self,
        keys: KeySet,
        max_age: Option<Duration>,
        now: Moment,
        freshness: &Freshness,
    ) -> Self {
        let old = self.keys();
        let is_same = old.is_some_and(|old| keys.same_as(old));
        let is_withdrawal = !is_same && old.is_some_and(|old| keys.withdraws(old));
        let epoch = self.epoch + u64::from(!is_same);
        // The same keys stay the same `Arc`: by that, whoever has seen them knows that nothing is new.
        let keys = match old {
            Some(old) if is_same && old.unusable() == keys.unusable() => Arc::clone(old),
            _ => Arc::new(keys),
        };
        Self {
            known: Some(Known { keys, since: now }),
            due: now.after(freshness.until_next(max_age)),
            failures: 0,
            last_error: None,
            epoch,
            withdrawn: if is_withdrawal { epoch } else { self.withdrawn },
        }
    }

    /// What is known after a fetch failed: what was before.
    pub(super) fn after_failure(&self, why: Why, reason: &str, now: Moment) -> Self {
        // A token must not be able to shift the schedule by naming a key that does not exist.
        let failures = self.failures.saturating_add(u32::from(why == Why::Scheduled));
        let due = match why {
            Why::Scheduled => now.after(freshness::backoff(failures)),
            Why::UnknownKey => self.due.max(now.after(freshness::backoff(1))),
        };
        // The same text stays the same `Arc`, which costs nothing to keep.
        let error = self.last_error.clone().filter(|error| **error == *reason).unwrap_or_else(|| reason.into());
        Self { due, failures, last_error: Some(error), ..self.clone() }
    }

    /// What to say to somebody for whom there are no keys.
    pub(super) fn away(&self, now: Moment, wait: Duration) -> Away {
        let reason = match (&self.last_error, &self.known) {
            (None, _) => Cow::Borrowed("the provider's keys are not known yet"),
            (Some(error), None) => format!("the provider's keys are not known yet: {error}").into(),
            (Some(error), Some(known)) => {
                let age = now.since(known.since).as_secs();
                format!("the provider's keys are {age} s old, and there are no newer ones: {error}").into()
            }
        };
        Away { reason, retry_after: freshness::retry_after(wait) }
    }

    pub(super) fn status(&self, now: Moment, freshness: &Freshness) -> Status {
        Status {
            keys: self.keys().cloned(),
            age: self.known.as_ref().map(|known| now.since(known.since)),
            usable: self.usable(now, freshness).is_some(),
            last_error: self.last_error.clone(),
        }
    }
}
