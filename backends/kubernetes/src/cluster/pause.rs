//! When the API server says that it is asked too much, whoever asks the like waits.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// What one `Retry-After` counts for at most: longer, and one answer would keep everybody out who comes later.
const LONGEST: Duration = Duration::from_secs(10);

/// Until when nobody asks.
#[derive(Debug, Default)]
pub(super) struct Pause(Mutex<Option<Instant>>);

impl Pause {
    /// Nobody asks for as long as the API server says.
    pub(super) fn for_at_least(&self, wait: Duration) {
        let until = Instant::now() + wait.min(LONGEST);
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *last = Some(last.map_or(until, |last| last.max(until)));
    }

    /// How long it lasts from now: for each one a little longer, since those who waited together shall not come back
    /// together.
    pub(super) fn left(&self) -> Duration {
        let last = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let left = last.map_or(Duration::ZERO, |until| until.saturating_duration_since(Instant::now()));
        if left.is_zero() { left } else { left + LONGEST.mul_f64(0.1 * fastrand::f64()).min(left) }
    }
}
