//! The keys of a provider, kept fresh.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use portcullis_core::Clock;

use crate::KeySet;
use look::Look;
use refresher::Refresher;

pub use away::{AfterUnknown, Away};
pub use freshness::Freshness;
pub use origin::{FetchError, Fetched, KeyOrigin, Why};

mod away;
mod fetch;
mod flights;
mod freshness;
mod look;
mod news;
mod origin;
mod refresher;
mod snapshot;
mod ticker;
mod unknown;

/// The keys of one provider: a snapshot that is always at hand, and refreshed behind the scenes.
/// Cheap to clone; clones share everything.
///
/// Whoever asks for known keys never waits, however slow the provider is. There is at most one
/// fetch at a time, in a task of its own, so that a client that goes away neither cancels nor
/// repeats it.
///
/// | bound | value | why |
/// |---|---|---|
/// | between scheduled fetches | [`Freshness::refresh`], or the document's `max-age` if that is shorter, but at least 60 s | a withdrawn key dies within this time |
/// | age of keys that serve | [`Freshness::stale_keys`] since the last success | an outage must not stop known callers, nor a withdrawn key live for ever |
/// | after a failure | 1 s, 2 s, 4 s … 30 s | a provider that comes back is found soon, and is not hammered before |
/// | between fetches for unknown keys | [`Freshness::cool_down`] since the last of them ended | whoever invents names of keys must not make us flood the provider |
/// | unknown names remembered | 256, for a minute each | neither memory nor fetches grow with the names that are invented |
/// | who waits for an unknown key | 32 | a slow provider must not take all places for verifications |
/// | who waits for the first keys | 256 | likewise, but at a start all callers are honest ones |
/// | one fetch | 60 s | one that hangs must end; an origin should set a shorter time of its own |
///
/// A document that is no key set, or has keys of which none can be used, counts as a failure:
/// the old keys stay. One that says that there are no keys is believed.
///
/// Made inside a tokio runtime, it has a task there that fetches by itself, at once and then when
/// it is time; the task ends with the last clone. Made outside of one, or if that runtime has gone,
/// the calls begin the fetches that are due.
///
/// ```
/// use portcullis_core::{Clock, async_trait};
/// use portcullis_jwt::{AfterUnknown, FetchError, Fetched, Freshness, KeyOrigin, LiveKeys, Why};
///
/// /// Keys that a deployment tool writes into a file.
/// struct File(std::path::PathBuf);
///
/// #[async_trait]
/// impl KeyOrigin for File {
///     async fn fetch(&self, _: Why) -> Result<Fetched, FetchError> {
///         let document = std::fs::read(&self.0).map_err(|error| FetchError::new(error.to_string()))?;
///         Ok(Fetched::new(document))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # let path = std::env::temp_dir().join(format!("portcullis-{}.jwks", std::process::id()));
/// # std::fs::write(&path, r#"{"keys":[]}"#).unwrap();
/// let keys = LiveKeys::new("corp", File(path.clone()), Freshness::default(), Clock::default());
/// let known = keys.keys().await.unwrap();
/// assert!(!known.has("other"));
/// // A token names a key that is not there: look whether it is new.
/// let after = keys.keys_after_unknown(Some("other"), &known).await;
/// assert!(matches!(after, Err(AfterUnknown::StillUnknown)));
/// # std::fs::remove_file(path).unwrap();
/// # }
/// ```
#[derive(Clone)]
pub struct LiveKeys(Arc<Refresher>);

/// How keys are doing, for people.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Status {
    /// The last keys that the provider gave, though they may be too old to serve. `None` if it has
    /// not given any yet.
    pub keys: Option<Arc<KeySet>>,
    /// How long ago it gave them.
    pub age: Option<Duration>,
    /// Whether they may be used.
    pub usable: bool,
    /// Why the last fetch failed, if it did.
    pub last_error: Option<Arc<str>>,
}

impl LiveKeys {
    /// Keys from `origin`. `label`, the backend's name, is in the log lines about them.
    pub fn new(label: impl Into<Arc<str>>, origin: impl KeyOrigin, freshness: Freshness, clock: Clock) -> Self {
        let refresher = Refresher::new(label.into(), Box::new(origin), freshness, clock);
        ticker::spawn(&refresher);
        Self(refresher)
    }

    /// The keys. Known ones are here at once, and whoever asks first waits for the first ones. If
    /// it is time, this begins a refresh, but does not wait for it.
    ///
    /// # Errors
    /// The provider has not given keys yet, or not for [`Freshness::stale_keys`]; or too many are
    /// waiting for the first ones.
    pub async fn keys(&self) -> Result<Arc<KeySet>, Away> {
        if let Some(keys) = self.0.usable() {
            return Ok(keys);
        }
        let _place = self.0.place_for_first()?;
        if let Some(landing) = self.0.join_or_begin_due() {
            landing.landed().await;
        }
        self.0.usable().ok_or_else(|| self.0.away())
    }

    /// The last keys that came, however old: to [read](crate::Token::parse_beside) a token with, not to verify it.
    #[must_use]
    pub fn last(&self) -> Option<Arc<KeySet>> {
        self.0.snapshot().keys().cloned()
    }

    /// The keys, after none of `seen` fitted a token that names the key `kid`, or names none: newer
    /// ones with this name, for which it may fetch and wait. With them, verify once more; if the
    /// key is unknown even then, there is no use in asking again.
    ///
    /// # Errors
    /// [`AfterUnknown::StillUnknown`] if the provider does not know the key, as far as it may be
    /// asked; [`AfterUnknown::Away`] if it cannot be asked.
    pub async fn keys_after_unknown(&self, kid: Option<&str>, seen: &Arc<KeySet>) -> Result<Arc<KeySet>, AfterUnknown> {
        let mut came = None;
        // The fetch under way may be older than the token. After it, there is one more.
        for _ in 0..2 {
            match self.0.look_for(kid, seen, &mut came) {
                Look::Found(keys) => return Ok(keys),
                Look::Nothing(answer) => return Err(answer),
                Look::Wait(landing, _place) => landing.landed().await,
            }
        }
        self.0.conclude(kid, seen)
    }

    /// Begins a fetch without waiting for it, if one is due, or if the last one failed and the cool-down for unknown
    /// keys is over: for those who need newer keys, and cannot wait for a provider that did not answer just now.
    pub fn hurry(&self) {
        self.0.hurry();
    }

    /// Rises with every change of the keys. 0 before the first ones.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.0.snapshot().epoch
    }

    /// Whether every key that there was at `epoch` is still there: what was verified then still
    /// holds, as far as the keys go.
    #[must_use]
    pub fn nothing_withdrawn_since(&self, epoch: u64) -> bool {
        self.0.snapshot().withdrawn <= epoch
    }

    /// How the keys are doing.
    #[must_use]
    pub fn status(&self) -> Status {
        self.0.status()
    }
}

impl fmt::Debug for LiveKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Status { keys, age, usable, last_error } = self.status();
        let keys = keys.map(|keys| keys.len());
        let mut debug = f.debug_struct("LiveKeys");
        debug.field("label", &self.0.label()).field("keys", &keys).field("age", &age);
        debug.field("usable", &usable).field("last_error", &last_error).finish()
    }
}

#[cfg(test)]
mod tests;
