//! Our own token, which Kubernetes replaces in its file before it expires.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::HeaderValue;
use portcullis_core::{Clock, ExposeSecret as _, Moment, Secret};

/// How long what was read counts. The kubelet replaces a token when a fifth of its life is left: minutes at least.
const FRESH: Duration = Duration::from_secs(30);

/// A bearer token. One in a file is read again when it is time, and when the API server takes it no longer.
#[derive(Debug)]
pub(super) struct OwnToken {
    file: Option<PathBuf>,
    last: Mutex<Read>,
}

#[derive(Clone, Debug)]
struct Read {
    /// `Authorization`, marked as sensitive.
    value: HeaderValue,
    since: Option<Moment>,
}

impl OwnToken {
    /// Reads the file for the first time.
    pub(super) fn open(file: PathBuf) -> Result<Self, String> {
        let value = read(&file)?;
        Ok(Self { file: Some(file), last: Mutex::new(Read { value, since: None }) })
    }

    /// One that stays.
    pub(super) fn fixed(token: &str) -> Result<Self, String> {
        let value = bearer(token).ok_or("its token is no visible ASCII")?;
        Ok(Self { file: None, last: Mutex::new(Read { value, since: None }) })
    }

    /// The field to send.
    pub(super) async fn authorization(&self, clock: &Clock) -> HeaderValue {
        let Read { value, since } = self.last().clone();
        match since {
            _ if self.file.is_none() => value,
            Some(since) if clock.now().since(since) < FRESH => value,
            _ => self.read_again(clock).await,
        }
    }

    /// Reads the file again. If it cannot be read just now, the last token is the best there is: it may have been
    /// removed on purpose, or be replaced at this moment.
    pub(super) async fn read_again(&self, clock: &Clock) -> HeaderValue {
        let Some(file) = self.file.clone() else { return self.last().value.clone() };
        let outcome = tokio::task::spawn_blocking(move || read(&file)).await;
        let outcome = outcome.unwrap_or_else(|_| Err("it could not be read".to_owned()));
        if let Err(problem) = &outcome {
            tracing::warn!(target: "portcullis::kubernetes", "our own token: {problem}; the last one is sent");
        }
        let mut last = self.last();
        if let Ok(value) = outcome {
            last.value = value;
        }
        last.since = Some(clock.now());
        last.value.clone()
    }

    fn last(&self) -> std::sync::MutexGuard<'_, Read> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(file: &Path) -> Result<HeaderValue, String> {
    let token = Secret::File(file.to_owned()).read(Path::new(""))?;
    bearer(token.expose_secret()).ok_or_else(|| format!("{}: no visible ASCII", file.display()))
}

fn bearer(token: &str) -> Option<HeaderValue> {
    let token = token.trim();
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return None;
    }
    let mut value = HeaderValue::try_from(format!("Bearer {token}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_core::ManualClock;

    #[tokio::test]
    async fn a_replaced_token_is_read_when_it_is_time_or_when_the_old_one_is_taken_no_longer() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("token");
        std::fs::write(&file, "first\n").unwrap();
        let (hand, token) = (ManualClock::new(), OwnToken::open(file.clone()).unwrap());
        let clock = Clock::from(&hand);
        assert_eq!(token.authorization(&clock).await, "Bearer first");

        std::fs::write(&file, "second").unwrap();
        assert_eq!(token.authorization(&clock).await, "Bearer first", "not at each request");
        hand.advance(FRESH);
        assert_eq!(token.authorization(&clock).await, "Bearer second");

        std::fs::write(&file, "third").unwrap();
        let value = token.read_again(&clock).await;
        assert_eq!(value, "Bearer third");
        assert!(value.is_sensitive());

        std::fs::remove_file(&file).unwrap();
        hand.advance(FRESH);
        assert_eq!(token.authorization(&clock).await, "Bearer third", "the last one is better than none");
    }

    #[test]
    fn what_cannot_be_sent_is_an_error_without_a_part_of_it() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("token");
        for text in ["two words", "caf\u{e9}", "a\nb", " \n"] {
            std::fs::write(&file, text).unwrap();
            let problem = OwnToken::open(file.clone()).unwrap_err();
            assert!(problem.ends_with(": no visible ASCII"), "{problem}");
        }
    }
}
