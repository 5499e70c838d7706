//! What is wrong with a directory, for log and administrator.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::failure::Failure;

/// How often troubles of one kind are logged.
const EVERY: Duration = Duration::from_secs(30);

/// The last trouble, until something went well.
#[derive(Default)]
pub(crate) struct Troubles(Mutex<State>);

#[derive(Default)]
struct State {
    last: Option<String>,
    /// Not forgotten when something went well: with half of the questions failing, each would be news.
    warned: Option<Instant>,
    reported: Option<Instant>,
}

impl Troubles {
    /// Takes note of it, and logs it if nothing of the kind was logged a short time ago.
    pub(crate) fn note(&self, directory: &str, failure: &Failure) {
        let text = failure.to_string();
        if self.is_due(failure, &text) {
            match failure {
                Failure::Wrong(_) | Failure::NoSuchObject | Failure::TooMany => {
                    tracing::error!(directory, problem = %text, "the directory cannot be asked: something is wrong with its section of the config file, or with it")
                }
                Failure::Unanswered(_) => {
                    tracing::warn!(directory, problem = %text, "the directory has no answer to a question")
                }
                Failure::Away(_) | Failure::Closed(_) | Failure::TimedOut | Failure::Stuck(_) => {
                    tracing::warn!(directory, problem = %text, "the directory does not answer")
                }
            }
        }
    }

    fn is_due(&self, failure: &Failure, text: &str) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.last = Some(text.to_owned());
        let now = Instant::now();
        let passes = failure.is_outage() || matches!(failure, Failure::Unanswered(_));
        let logged = if passes { &mut state.warned } else { &mut state.reported };
        let is_due = logged.is_none_or(|logged| now.duration_since(logged) >= EVERY);
        if is_due {
            *logged = Some(now);
        }
        is_due
    }

    pub(crate) fn are_over(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).last = None;
    }

    pub(crate) fn last(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).last.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn troubles_of_one_kind_are_logged_once_in_a_while_however_they_change() {
        let troubles = Troubles::default();
        let (away, wrong) = (Failure::away("x"), Failure::wrong("y"));
        assert_eq!([&away, &wrong].map(|failure| troubles.is_due(failure, "one")), [true, true]);
        troubles.are_over();
        assert_eq!(troubles.last(), None);
        assert_eq!([&away, &wrong, &Failure::TimedOut].map(|failure| troubles.is_due(failure, "two")), [false; 3]);
        assert_eq!(troubles.last().as_deref(), Some("two"));
        tokio::time::advance(EVERY).await;
        assert_eq!([&away, &wrong].map(|failure| troubles.is_due(failure, "one")), [true, true]);
    }
}
