//! What time it is, for deadlines.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

/// The clock that deadlines are checked against: the system's, or in a test one that is moved by
/// hand.
///
/// Time to live is measured on the monotonic clock, and the expiry of a credential on the wall
/// clock, since that is the one its issuer meant: a machine that slept wakes to expired tokens.
///
/// ```
/// use std::time::Duration;
/// use portcullis::ManualClock;
///
/// let hand = ManualClock::new();
/// let auth = portcullis::Auth::builder().clock(&hand);
/// hand.advance(Duration::from_secs(3600));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Clock(Option<Arc<Hand>>);

/// A [`Clock`] that stands still until it is moved. Cheap to clone; clones show the same time.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<Hand>);

#[derive(Debug)]
struct Hand {
    monotonic: Instant,
    wall: SystemTime,
    moved: AtomicU64,
}

impl Clock {
    pub(crate) fn now(&self) -> Instant {
        match &self.0 {
            None => Instant::now(),
            Some(hand) => hand.monotonic + hand.moved(),
        }
    }

    pub(crate) fn wall(&self) -> SystemTime {
        match &self.0 {
            None => SystemTime::now(),
            Some(hand) => hand.wall + hand.moved(),
        }
    }
}

impl ManualClock {
    /// A clock that shows the present time.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Hand { monotonic: Instant::now(), wall: SystemTime::now(), moved: AtomicU64::new(0) }))
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
