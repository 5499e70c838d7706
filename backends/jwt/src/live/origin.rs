//! Where key sets come from.

use std::fmt;
use std::time::Duration;

use portcullis_core::async_trait;

/// Fetches the key set of a provider: over HTTP, from a file, from a cluster.
///
/// It is asked for one document at a time, in a task of its own. It bounds the size and the time
/// of what it does; [`LiveKeys`](crate::LiveKeys) breaks it off after 60 s in any case. It need not
/// retry, nor remember anything.
#[async_trait]
pub trait KeyOrigin: Send + Sync + 'static {
    /// Fetches the document anew, past any cache.
    ///
    /// # Errors
    /// There is no document to be had.
    async fn fetch(&self, why: Why) -> Result<Fetched, FetchError>;
}

/// Why a key set is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Why {
    /// It is time: the first fetch, a regular one, or one after a failure.
    Scheduled,
    /// A token names a key that is not known. It may be forged.
    UnknownKey,
}

/// A document as it was fetched.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Fetched {
    /// What ought to be a JWK Set ([RFC 7517](https://www.rfc-editor.org/rfc/rfc7517#section-5)).
    pub document: Vec<u8>,
    /// How long the provider says that it may be used: `max-age` of its `Cache-Control`, as it
    /// came ([RFC 9111](https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2.1)).
    pub max_age: Option<Duration>,
}

/// Why there is no document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchError {
    reason: String,
}

impl Fetched {
    /// A document of which the provider does not say how long it may be used.
    #[must_use]
    pub fn new(document: Vec<u8>) -> Self {
        Self { document, max_age: None }
    }
}

impl FetchError {
    /// A reason for the log, without secrets: whatever the provider sent does not belong here. It is
    /// logged when it differs from that of the last failure, so it should hold no time and no
    /// number that is new each time.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into() }
    }

    /// The reason.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for FetchError {}
