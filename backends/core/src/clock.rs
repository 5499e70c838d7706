//! What time it is, for deadlines.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

mod system;

/// The clock that deadlines are checked against: the system's, or in a test one that is moved by
/// hand.
///
/// Time to live is measured on the monotonic clock, and the expiry of a credential on the wall
/// clock, since that is the one its issuer meant: a machine that slept wakes to expired tokens.
///
/// ```
/// use std::time::Duration;
/// use portcullis_core::{Clock, ManualClock};
///
/// let hand = ManualClock::new();
/// let clock = Clock::from(&hand);
/// let deadline = clock.now().after(Duration::from_secs(60));
/// hand.advance(Duration::from_secs(3600));
/// assert!(clock.now() > deadline);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Clock(Option<Arc<Hand>>);

/// A [`Clock`] that stands still until it is moved. Cheap to clone; clones show the same time.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<Hand>);

#[derive(Debug)]
struct Hand {
    wall: SystemTime,
    moved: AtomicU64,
}

/// A moment of the monotonic clock, in nanoseconds since a start that does not matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(u64);

impl Clock {
    /// The moment it is, on the monotonic clock.
    #[inline]
    #[must_use]
    pub fn now(&self) -> Moment {
        match &self.0 {
            None => Moment(system::monotonic()),
            Some(hand) => Moment(nanoseconds(hand.moved())),
        }
    }

    /// The time of day.
    #[inline]
    #[must_use]
    pub fn wall(&self) -> SystemTime {
        match &self.0 {
            None => system::wall(),
            Some(hand) => hand.wall + hand.moved(),
        }
    }
}

impl Moment {
    /// The moment that is `duration` later, or the last one there is.
    #[inline]
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(nanoseconds(duration)))
    }

    /// How much later this is than `earlier`; nothing if it is not.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

impl ManualClock {
    /// A clock that shows the present time.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Hand { wall: SystemTime::now(), moved: AtomicU64::new(0) }))
    }

    /// Moves the clock on, by whole milliseconds.
    pub fn advance(&self, by: Duration) {
        let milliseconds = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.0.moved.fetch_add(milliseconds, Ordering::SeqCst);
    }

    /// The time of day that the clock shows.
    #[must_use]
    pub fn wall(&self) -> SystemTime {
        self.0.wall + self.0.moved()
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl From<&ManualClock> for Clock {
    fn from(clock: &ManualClock) -> Self {
        Self(Some(Arc::clone(&clock.0)))
    }
}

impl Hand {
    fn moved(&self) -> Duration {
        Duration::from_millis(self.moved.load(Ordering::SeqCst))
    }
}
