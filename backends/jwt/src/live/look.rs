//! The search for a key that is not known.

use std::sync::Arc;

use tokio::sync::SemaphorePermit;

use super::flights::Landing;
use super::refresher::Refresher;
use super::{AfterUnknown, Why};
use crate::KeySet;

/// What a look for a key came to.
pub(super) enum Look<'a> {
    /// It may be among these.
    Found(Arc<KeySet>),
    /// There is nothing to wait for.
    Nothing(AfterUnknown),
    /// A fetch is under way, and here is a place to wait for it.
    Wait(Landing, SemaphorePermit<'a>),
}

impl Refresher {
    /// Looks for `kid` in keys newer than `seen`, or begins a fetch for it. `came` is the number
    /// of fetches that had begun when the name first came: one that began later counts.
    pub(super) fn look_for(
        self: &Arc<Self>,
        kid: Option<&str>,
        seen: &Arc<KeySet>,
        came: &mut Option<u64>,
    ) -> Look<'_> {
        // Under the lock, so that keys that come meanwhile are not missed.
        let mut flights = self.flights();
        let now = self.now();
        if let Some(keys) = self.newer(kid, seen) {
            return Look::Found(keys);
        }
        let begun = flights.begun;
        let came = *came.get_or_insert_with(|| match kid {
            Some(kid) => flights.unknown.note(kid, begun, now),
            // A token without the name of its key would stand for all the others.
            None => begun,
        });
        if flights.succeeded > came {
            return Look::Nothing(AfterUnknown::StillUnknown);
        }
        let place = match self.place_for_unknown() {
            Ok(place) => place,
            Err(away) => return Look::Nothing(away.into()),
        };
        if let Some(landing) = flights.join(now) {
            return Look::Wait(landing, place);
        }
        let Some(cool) = flights.cool(now) else { return Look::Wait(self.begin(flights, Why::UnknownKey), place) };
        if flights.owe() {
            self.ticker().notify_one();
        }
        let snapshot = self.snapshot();
        Look::Nothing(match snapshot.last_error {
            None => AfterUnknown::StillUnknown,
            // The scheduled fetch may come before the cool-down ends.
            Some(_) => snapshot.away(now, cool.min(snapshot.due).since(now)).into(),
        })
    }

    /// The same, when there was enough waiting.
    pub(super) fn conclude(&self, kid: Option<&str>, seen: &Arc<KeySet>) -> Result<Arc<KeySet>, AfterUnknown> {
        self.newer(kid, seen).ok_or_else(|| match self.snapshot().last_error {
            None => AfterUnknown::StillUnknown,
            Some(_) => self.away().into(),
        })
    }

    /// Other keys than `seen`, if the one that is looked for can be among them.
    fn newer(&self, kid: Option<&str>, seen: &Arc<KeySet>) -> Option<Arc<KeySet>> {
        let snapshot = self.snapshot();
        let keys = snapshot.usable(self.now(), self.freshness())?;
        let is_newer = !Arc::ptr_eq(keys, seen) && kid.is_none_or(|kid| keys.has(kid));
        is_newer.then(|| Arc::clone(keys))
    }
}
