//! What a backend must be able to do.

use std::sync::Arc;

use crate::{Authorizer, Challenge, Credential, Head, Principal, Scheme, Verdict};

/// Verifies the credentials of the schemes it claims.
///
/// Write one with [`async_trait`](macro@crate::async_trait), register it with
/// `portcullis::Auth::builder().register("acme", …)`, and `kind = "acme"` works in the file.
///
/// ```
/// use portcullis_core::{Accepted, Backend, Challenge, Credential, Head, Occasion, Principal, Refusal, Scheme, Verdict, async_trait};
///
/// struct Badge;
///
/// #[async_trait]
/// impl Backend for Badge {
///     fn schemes(&self) -> &[Scheme] {
///         const BADGE: &[Scheme] = &[Scheme::BEARER];
///         BADGE
///     }
///
///     fn challenge(&self, _: Occasion) -> Option<Challenge> {
///         Some(Challenge::new(Scheme::BEARER).param("realm", "badge"))
///     }
///
///     async fn authenticate(&self, credential: &Credential, _: Head<'_>) -> Verdict {
///         match credential.token() {
///             b"gold" => Accepted::new(Principal::builder("visitor").build()).into(),
///             _ => Refusal::new("no such badge").lasting().into(),
///         }
///     }
/// }
/// ```
#[crate::async_trait]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a Portcullis backend",
    label = "this does not implement `Backend`",
    note = "implement `portcullis_core::Backend` for `{Self}`, with `#[portcullis_core::async_trait]` on the `impl`"
)]
pub trait Backend: Send + Sync + 'static {
    /// The schemes whose credentials are shown to this backend. Always the same.
    fn schemes(&self) -> &[Scheme];

    /// Whether this credential, of one of the [`schemes`](Self::schemes), looks like one of ours:
    /// its form, its unverified issuer. Asked only when nothing is remembered about it.
    fn recognizes(&self, _credential: &Credential) -> bool {
        true
    }

    /// Whether it tells by a signature that it checks itself whether this credential is its own, before it does
    /// anything else with it. Such a backend is asked even if one before it
    /// [could not tell](crate::Unavailable::undecided) whose the credential is, and its word counts. Others are not
    /// asked then, since an outage must not make way for a weaker backend, nor show credentials to strangers.
    fn proves(&self, _credential: &Credential) -> bool {
        false
    }

    /// The challenge to send. Without one, the backend is silent in a 401.
    fn challenge(&self, occasion: Occasion) -> Option<Challenge>;

    /// What a remembered verdict may depend on. Asked on every request, so it must be cheap.
    fn reuse(&self, _credential: &Credential, _head: Head<'_>) -> Reuse {
        Reuse::Credential
    }

    /// Verifies the credential. The layer bounds the time this may take, and lets one call serve
    /// all the requests that present the same credential meanwhile.
    async fn authenticate(&self, credential: &Credential, head: Head<'_>) -> Verdict;

    /// Rises when something that this backend had vouched for, or refused, may have changed: a
    /// key, a user, a group, a password. Asked on every request.
    fn epoch(&self) -> u64 {
        0
    }

    /// Whether everything that `principal` was accepted for at `epoch` still holds. Asked when
    /// [`epoch`](Self::epoch) has risen: `true` keeps the remembered identity, `false` has the
    /// credential verified anew. It lets one changed user not cost all the others a new hash.
    /// Others wait meanwhile, so it must be cheap and never block.
    fn still_vouches(&self, _principal: &Principal, _epoch: u64) -> bool {
        false
    }

    /// What no other backend may claim beside this one, in words that end "is claimed by": two
    /// backends that name the same are an error of the config file. Where a credential has no mark
    /// of who issued it, asking one backend after the other would show it to strangers.
    ///
    /// A backend that takes bearer tokens which show nothing of their issuer says so with
    /// [`OPAQUE_TOKENS`](crate::OPAQUE_TOKENS):
    ///
    /// ```
    /// fn sole_claims() -> Vec<String> {
    ///     vec![portcullis_core::OPAQUE_TOKENS.to_owned()]
    /// }
    /// ```
    fn sole_claims(&self) -> Vec<String> {
        Vec::new()
    }

    /// The authorization server whose access tokens this backend takes: its issuer identifier
    /// ([RFC 8414](https://www.rfc-editor.org/rfc/rfc8414)), for clients that ask the resource
    /// ([RFC 9728](https://www.rfc-editor.org/rfc/rfc9728)).
    fn authorization_server(&self) -> Option<&str> {
        None
    }

    /// Who decides what the callers of this backend may do, where that comes with it: the cluster that vouches for
    /// them. Always the same one.
    fn authorizer(&self) -> Option<Arc<dyn Authorizer>> {
        None
    }

    /// One line for `portcullis check`: who gets in, in plain words.
    fn describe(&self) -> String {
        "a backend of its own kind".to_owned()
    }

    /// What an administrator should know about, one sentence each: a users file that everybody
    /// can read.
    fn warnings(&self) -> Vec<String> {
        Vec::new()
    }
}

/// What [`Backend::sole_claims`] calls bearer tokens that do not show who issued them. One backend of
/// a chain may take such tokens.
pub const OPAQUE_TOKENS: &str = "opaque bearer tokens";

/// What a challenge answers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Occasion {
    /// There was no credential, or none for this backend.
    Absent,
    /// There was a credential of one of this backend's schemes, and it was bad.
    Refused,
}

/// What a verdict depends on, and so whether it may be remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reuse {
    /// On more than can be said: ask each time, and never share one answer between two requests.
    Never,
    /// On the credential alone.
    Credential,
    /// On the credential and these bytes: a client certificate's fingerprint, the path.
    CredentialAnd(Vec<u8>),
}
