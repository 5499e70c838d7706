//! Warnings that every token would give.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use portcullis_core::{Clock, Moment};

const INTERVAL: Duration = Duration::from_secs(60);

/// One warning, given once a minute at most.
#[derive(Debug)]
pub(super) struct Seldom {
    backend: Arc<str>,
    clock: Clock,
    next: Mutex<Option<Moment>>,
}

impl Seldom {
    pub(super) fn new(backend: &Arc<str>, clock: &Clock) -> Self {
        Self { backend: Arc::clone(backend), clock: clock.clone(), next: Mutex::new(None) }
    }

    pub(super) fn warn(&self, sentence: &'static str) {
        if self.is_time() {
            tracing::warn!(target: "portcullis::oidc", backend = &*self.backend, "{sentence}");
        }
    }

    fn is_time(&self) -> bool {
        let now = self.clock.now();
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let is_time = next.is_none_or(|next| next <= now);
        if is_time {
            *next = Some(now.after(INTERVAL));
        }
        is_time
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_core::ManualClock;

    #[test]
    fn a_warning_comes_once_a_minute() {
        let hand = ManualClock::new();
        let seldom = Seldom::new(&"corp".into(), &Clock::from(&hand));
        assert!(seldom.is_time() && !seldom.is_time());
        hand.advance(INTERVAL - Duration::from_millis(1));
        assert!(!seldom.is_time());
        hand.advance(Duration::from_millis(1));
        assert!(seldom.is_time() && !seldom.is_time());
    }
}
