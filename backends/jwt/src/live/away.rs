//! Why there are no keys.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

/// The provider cannot be asked: nobody knows whether the token is good (503).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Away {
    /// For the log, never for the client.
    pub reason: Cow<'static, str>,
    /// When to ask again: 1 s to 30 s.
    pub retry_after: Duration,
}

/// Why there are no keys for a token whose key was unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AfterUnknown {
    /// The provider does not know the key either, as far as it may be asked. The token is bad
    /// (401), but this does not follow from its bytes: the provider may have the key later.
    StillUnknown,
    /// The provider cannot be asked (503).
    Away(Away),
}

impl Away {
    pub(super) fn crowded() -> Self {
        let reason = Cow::Borrowed("too many are waiting for the provider's keys");
        Self { reason, retry_after: Duration::from_secs(1) }
    }
}

impl From<Away> for AfterUnknown {
    fn from(away: Away) -> Self {
        Self::Away(away)
    }
}

impl fmt::Display for Away {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl fmt::Display for AfterUnknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StillUnknown => f.write_str("the key is unknown"),
            Self::Away(away) => away.fmt(f),
        }
    }
}

impl std::error::Error for Away {}

impl std::error::Error for AfterUnknown {}
