//! What is worth a line in the log: that questions have no answer, and that they have one again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Between two lines about troubles.
const QUIET: Duration = Duration::from_secs(10);
/// How long a trouble makes us think that the next question will fare the same.
const RECENT: Duration = Duration::from_secs(10);

/// Whether questions of one sort are answered.
#[derive(Debug, Default)]
pub(super) struct News(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Why the last question had no answer, if it had none.
    trouble: Option<Arc<str>>,
    since: Option<Instant>,
    /// What the last line said about that.
    told: Option<Arc<str>>,
    last_line: Option<Instant>,
}

impl News {
    /// There was no answer. It is told when the reason is another one than the last that was told.
    pub(super) fn trouble(&self, backend: &str, reason: &str) {
        let mut state = self.state();
        if state.trouble.as_deref() != Some(reason) {
            state.trouble = Some(Arc::from(reason));
        }
        state.since = Some(Instant::now());
        if state.told != state.trouble && state.may_speak() {
            state.told = state.trouble.clone();
            tracing::warn!(target: "portcullis::kubernetes", backend, "the API server: {reason}");
        }
    }

    /// There was one. Whoever was told of a trouble is told of its end at once, so there are no more of these lines than of those.
    pub(super) fn answered(&self, backend: &str) {
        let mut state = self.state();
        state.trouble = None;
        if state.told.take().is_some() {
            tracing::info!(target: "portcullis::kubernetes", backend, "the API server answers again");
        }
    }

    /// Why the last question had no answer, if it had none.
    pub(super) fn last(&self) -> Option<Arc<str>> {
        self.state().trouble.clone()
    }

    /// Whether a question had no answer just now, and none has had one since.
    pub(super) fn is_troubled(&self) -> bool {
        let state = self.state();
        state.trouble.is_some() && state.since.is_some_and(|since| since.elapsed() < RECENT)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn may_speak(&mut self) -> bool {
        let now = Instant::now();
        let is_quiet = self.last_line.is_none_or(|last| now.duration_since(last) >= QUIET);
        if is_quiet {
            self.last_line = Some(now);
        }
        is_quiet
    }
}
