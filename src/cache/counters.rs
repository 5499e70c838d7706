//! What the identity cache has done so far.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// What the identity cache and the verifications have done since the start; see
/// [`Auth::counters`](crate::Auth::counters).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Requests with a credential that was remembered as good.
    pub hits: u64,
    /// Requests with a credential that was remembered as bad.
    pub refusal_hits: u64,
    /// Requests with a credential that had to be verified, or may not be remembered.
    pub misses: u64,
    /// Those among the misses that waited for somebody else's verification.
    pub coalesced: u64,
    /// Verifications that accepted.
    pub accepted: u64,
    /// Verifications that refused.
    pub refused: u64,
    /// Verifications that got no answer, in time or at all.
    pub unavailable: u64,
    /// Requests turned away because too many verifications were under way.
    pub overloaded: u64,
    /// Known identities served while their provider was away.
    pub stale: u64,
    /// Credentials refused because they were revoked.
    pub revoked: u64,
    /// Identities remembered now, including those whose time has passed.
    pub identities: u64,
    /// Refusals remembered now, including those whose time has passed.
    pub refusals: u64,
    /// Verifications under way now.
    pub under_way: u64,
    /// Revocations in force now.
    pub revocations: u64,
}

/// One counter.
#[derive(Clone, Copy)]
pub(crate) enum Event {
    Hit,
    RefusalHit,
    Miss,
    Coalesced,
    Accepted,
    Refused,
    Unavailable,
    Overloaded,
    Stale,
    Revoked,
}

const EVENTS: usize = Event::Revoked as usize + 1;
const STRIPES: usize = 8;

/// Counts events, on lines of their own for different threads: one shared counter would be the
/// most contended word of a cached request.
#[derive(Default)]
pub(crate) struct Tally([Stripe; STRIPES]);

#[derive(Default)]
#[repr(align(128))]
struct Stripe([AtomicU64; EVENTS]);

impl Tally {
    pub(crate) fn count(&self, event: Event) {
        self.0[stripe()].0[event as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> Counters {
        let sum = |event: Event| self.0.iter().map(|stripe| stripe.0[event as usize].load(Ordering::Relaxed)).sum();
        Counters {
            hits: sum(Event::Hit),
            refusal_hits: sum(Event::RefusalHit),
            misses: sum(Event::Miss),
            coalesced: sum(Event::Coalesced),
            accepted: sum(Event::Accepted),
            refused: sum(Event::Refused),
            unavailable: sum(Event::Unavailable),
            overloaded: sum(Event::Overloaded),
            stale: sum(Event::Stale),
            revoked: sum(Event::Revoked),
            ..Counters::default()
        }
    }
}

/// The stripe of this thread.
fn stripe() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static STRIPE: Cell<Option<usize>> = const { Cell::new(None) };
    }
    STRIPE.with(|stripe| {
        stripe.get().unwrap_or_else(|| {
            let own = NEXT.fetch_add(1, Ordering::Relaxed) % STRIPES;
            stripe.set(Some(own));
            own
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_every_thread_counts_adds_up() {
        let tally = Tally::default();
        std::thread::scope(|scope| {
            for _ in 0..20 {
                scope.spawn(|| (0..100).for_each(|_| tally.count(Event::Revoked)));
            }
        });
        assert_eq!(tally.read(), Counters { revoked: 2000, ..Counters::default() });
    }
}
