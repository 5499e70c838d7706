//! Bearer tokens, presented to the program.

use std::time::Instant;

use crate::process::PATIENCE;
use crate::{Answer, Program, curl};

impl Program {
    /// Asks who the bearer of this token is.
    ///
    /// # Panics
    ///
    /// If no answer comes.
    #[must_use]
    pub fn bearer(&self, token: &str) -> Answer {
        curl(&["-H", &format!("Authorization: Bearer {token}"), &self.url("/")])
    }

    /// The same, until the answer has this status.
    ///
    /// # Panics
    ///
    /// If it never has.
    pub fn bearer_until(&self, token: &str, status: u16) -> Answer {
        let began = Instant::now();
        loop {
            let answer = self.bearer(token);
            if answer.status == status {
                return answer;
            }
            assert!(began.elapsed() < PATIENCE, "no {status} in {PATIENCE:?}: {answer:?}");
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    }
}
