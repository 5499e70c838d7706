//! Who knows the groups of callers that others have verified.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use crate::{Principal, Unavailable};

/// Knows more of the callers that a backend has verified: their groups, and who is barred.
///
/// A `[[backend]]` of the file names one with `directory = "corp"`. The layer asks it once the backend has accepted somebody, and
/// before anybody remembers that.
///
/// ```
/// use portcullis_core::{Directory, Membership, Principal, Standing, Unavailable, async_trait};
///
/// struct Crew;
///
/// #[async_trait]
/// impl Directory for Crew {
///     async fn look_up(&self, caller: &Principal) -> Result<Standing, Unavailable> {
///         Ok(match caller.name() {
///             "alice" => Standing::Member(Membership::new(["ops"])),
///             "mallory" => Standing::Barred("has left".into()),
///             _ => Standing::Member(Membership::none()),
///         })
///     }
/// }
/// ```
#[crate::async_trait]
pub trait Directory: Send + Sync + 'static {
    /// What is known of this caller, whom [its backend](Principal::backend) has just verified: a name can hold any character, and alice
    /// of one backend need not be alice of another.
    ///
    /// # Errors
    ///
    /// If nobody can tell now: the answer is 503, and never "no groups".
    async fn look_up(&self, caller: &Principal) -> Result<Standing, Unavailable>;

    /// Forgets what it remembers of `name` of `backend`, as [`Principal::backend`] has it: the next time that it is asked of that caller, it asks anew, and what
    /// it is asking now does not count. Called by `Auth::forget`. Default: nothing, for one that remembers nothing.
    fn forget(&self, backend: &str, name: &str) {
        let _ = (backend, name);
    }

    /// The same for every caller. Called by `Auth::forget_all`. Default: nothing.
    fn forget_all(&self) {}

    /// One line for `portcullis check`: what is asked where, in plain words.
    fn describe(&self) -> String {
        "a directory of its own kind".to_owned()
    }

    /// What an administrator should know about, one sentence each.
    fn warnings(&self) -> Vec<String> {
        Vec::new()
    }
}

/// What a [`Directory`] knows of a caller.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Standing {
    /// It gets in, with these groups, or none: it may not even be there. The caller has them beside those that the backend vouched for. Groups
    /// that begin with `system:` are dropped, whatever the backend.
    Member(Membership),
    /// It may not get in: disabled, expired, or somebody who would have to be there. The caller is refused (401). The reason is for log
    /// and audit, never for the client.
    Barred(Cow<'static, str>),
}

/// The groups of a caller. Cheap to clone.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use]
pub struct Membership {
    /// Their names.
    pub groups: Arc<[Box<str>]>,
    /// Whether they take the place of the groups that the backend vouched for, such as the security identifiers of a ticket, and
    /// are not added to them. Those of a cluster that begin with `system:` stay. Default: no.
    pub replaces: bool,
    /// How long this may be remembered, at most. Default: for as long as the verdict of the backend.
    pub lifetime: Option<Duration>,
}

impl Membership {
    /// Of these groups.
    pub fn new<G: Into<Box<str>>>(groups: impl IntoIterator<Item = G>) -> Self {
        Self { groups: groups.into_iter().map(Into::into).collect(), replaces: false, lifetime: None }
    }

    /// Of none.
    pub fn none() -> Self {
        Self::new::<Box<str>>([])
    }

    /// Says that these take the place of those of the backend.
    pub fn replacing(mut self) -> Self {
        self.replaces = true;
        self
    }

    /// Bounds how long this may be remembered.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }
}
