//! What has to be there for any token to be accepted.

use std::io;
use std::sync::Arc;

use rustix::io::Errno;

use crate::failure::Failure;
use crate::gss::{GssError, Routine};
use crate::keys::Keys;
use crate::replay_cache::ReplayCache;

/// The keytab and the replay cache. If they cannot be used, nobody is refused for it: that is an outage.
pub(crate) struct OwnSide {
    pub(crate) keys: Arc<Keys>,
    pub(crate) replay_cache: ReplayCache,
}

impl OwnSide {
    /// Whether it may be our own fault that libkrb5 said this.
    pub(crate) fn may_be_behind(error: &GssError) -> bool {
        error.routine == Routine::Other && Failure::said_of_decrypted(&error.text).is_none()
    }

    /// What is wrong here, if something is. `text` is what libkrb5 said. Reads files.
    pub(crate) fn problem(&self, text: &str) -> Option<String> {
        if let Some(problem) = self.keys.look_again() {
            return Some(format!("the keytab cannot be used: {problem}"));
        }
        if let Err(problem) = self.replay_cache.prepare() {
            return Some(format!("the replay cache cannot be used: {problem}"));
        }
        is_of_the_system(text).then(|| format!("this host has a problem: {text}"))
    }
}

/// Whether libkrb5 passes on an error of the operating system, which is no client's fault.
fn is_of_the_system(text: &str) -> bool {
    [
        Errno::ACCESS,
        Errno::AGAIN,
        Errno::BADF,
        Errno::DQUOT,
        Errno::FBIG,
        Errno::INTR,
        Errno::IO,
        Errno::MFILE,
        Errno::NFILE,
        Errno::NOENT,
        Errno::NOLCK,
        Errno::NOMEM,
        Errno::NOSPC,
        Errno::OVERFLOW,
        Errno::PERM,
        Errno::ROFS,
        Errno::STALE,
        Errno::TIMEDOUT,
    ]
    .into_iter()
    .any(|errno| {
        let error = io::Error::from_raw_os_error(errno.raw_os_error()).to_string();
        // "Permission denied (os error 13)"
        error.split_once(" (os").is_some_and(|(words, _)| text.starts_with(words))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_the_operating_system_is_told_from_one_of_kerberos() {
        for text in ["No space left on device", "Permission denied (filename: /var/tmp/x)", "Cannot allocate memory"] {
            assert!(is_of_the_system(text), "{text}");
        }
        for text in ["Clock skew too great", "", "Ticket expired", "Invalid argument"] {
            assert!(!is_of_the_system(text), "{text}");
        }
    }
}
