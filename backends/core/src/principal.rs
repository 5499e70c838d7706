//! Who is calling.

use std::collections::HashSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, LazyLock};
use std::time::SystemTime;

use http::Extensions;
use serde_json::{Map, Value};

use crate::{Authorizers, Challenge, Rejection, extract};
use memo::Memo;
use texts::{Span, Spans, Texts};

mod memo;
mod texts;

/// Who is calling, as one backend verified it. Cheap to clone.
///
/// Identity is the pair ([`backend`](Self::backend), [`name`](Self::name)): alice of one backend
/// is not alice of another. Two principals are equal if that pair is.
///
/// ```
/// use portcullis_core::Principal;
///
/// let alice = Principal::builder("alice").backend("corp").group("ops").scope("read").build();
/// assert_eq!(alice.name(), "alice");
/// assert!(alice.in_group("ops"));
/// assert!(!alice.is_anonymous());
/// ```
#[derive(Clone)]
pub struct Principal(Arc<Inner>);

/// Until the layer says which. Shared, since every token that is verified makes a principal.
static NO_BACKEND: LazyLock<Arc<str>> = LazyLock::new(|| Arc::from(""));

#[derive(Clone)]
struct Inner {
    backend: Arc<str>,
    /// Name, groups, scopes and the token's identifier.
    texts: Texts,
    name: Span,
    anonymous: bool,
    groups: Spans,
    scopes: Spans,
    claims: Map<String, Value>,
    issuer: Option<Arc<str>>,
    token_id: Option<Span>,
    issued_at: Option<SystemTime>,
    expires_at: Option<SystemTime>,
    challenge: Option<Arc<Challenge>>,
    unauthorized: Option<Authorizers>,
    memo: Memo,
}

/// Makes a [`Principal`]; see [`Principal::builder`].
#[derive(Clone)]
#[must_use]
pub struct PrincipalBuilder(Arc<Inner>);

impl Principal {
    /// Starts a principal of this name: in a backend, or in the test of a handler.
    pub fn builder(name: impl AsRef<str>) -> PrincipalBuilder {
        let mut texts = Texts::new();
        let name = texts.add(name.as_ref());
        PrincipalBuilder(Arc::new(Inner {
            backend: Arc::clone(&NO_BACKEND),
            texts,
            name,
            anonymous: false,
            groups: Spans::new(),
            scopes: Spans::new(),
            claims: Map::new(),
            issuer: None,
            token_id: None,
            issued_at: None,
            expires_at: None,
            challenge: None,
            unauthorized: None,
            memo: Memo::default(),
        }))
    }

    /// The principal that the layer left in a request's extensions. For tonic handlers:
    /// `Principal::from_extensions(request.extensions())?`.
    ///
    /// # Errors
    ///
    /// 401 (gRPC 16) if the layer let the request through without a principal, and 500 (gRPC 13)
    /// if no layer stands before the handler.
    pub fn from_extensions(extensions: &Extensions) -> Result<&Self, Rejection> {
        extract::left_by_layer(extensions)
    }

    /// The name of the backend that verified the caller.
    #[must_use]
    pub fn backend(&self) -> &str {
        &self.0.backend
    }

    /// The caller's name within that backend.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.texts.at(self.0.name)
    }

    /// Whether this is somebody who presented no credential and was let in nevertheless.
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        self.0.anonymous
    }

    /// The groups that the backend vouched for.
    pub fn groups(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.groups.iter().map(|group| self.0.texts.at(*group))
    }

    /// Whether `group` is among the [`groups`](Self::groups).
    #[must_use]
    pub fn in_group(&self, group: &str) -> bool {
        self.groups().any(|g| g == group)
    }

    /// The OAuth scopes of the credential, [RFC 6749, section 3.3](https://www.rfc-editor.org/rfc/rfc6749#section-3.3).
    pub fn scopes(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.scopes.iter().map(|scope| self.0.texts.at(*scope))
    }

    /// Whether `scope` is among the [`scopes`](Self::scopes).
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes().any(|s| s == scope)
    }

    /// Asks for scopes, all of them.
    ///
    /// ```
    /// use portcullis_core::Principal;
    ///
    /// let alice = Principal::builder("alice").scope("orders:read").build();
    /// assert!(alice.require_scopes(&["orders:read"]).is_ok());
    /// let rejection = alice.require_scopes(&["orders:read", "orders:write"]).unwrap_err();
    /// assert_eq!(rejection.status(), 403);
    /// ```
    ///
    /// # Errors
    ///
    /// 403 (gRPC 7), for `?` in a handler. A caller who came with a bearer token is told by the
    /// challenge which scopes the next one needs
    /// ([RFC 6750, section 3.1](https://www.rfc-editor.org/rfc/rfc6750#section-3.1)).
    pub fn require_scopes(&self, required: &[&str]) -> Result<(), Rejection> {
        if required.iter().all(|scope| self.has_scope(scope)) {
            return Ok(());
        }
        Err(Rejection::insufficient_scope(required, self.0.challenge.as_deref()))
    }

    /// Further claims that the backend was told to carry.
    #[must_use]
    pub fn claims(&self) -> &Map<String, Value> {
        &self.0.claims
    }

    /// Who issued the credential: the `iss` of a token.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.0.issuer.as_deref()
    }

    /// The credential's own identifier: the `jti` of a token.
    #[must_use]
    pub fn token_id(&self) -> Option<&str> {
        self.0.token_id.map(|id| self.0.texts.at(id))
    }

    /// When the credential was issued, if it says so.
    #[must_use]
    pub fn issued_at(&self) -> Option<SystemTime> {
        self.0.issued_at
    }

    /// When the credential expires, if it does.
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.0.expires_at
    }

    /// What somebody found out about this principal, found out once and kept as long as it is: the roles that it has, say. There
    /// is room for one such thing, so it is for the layer's own policy. None if there is another one already.
    #[doc(hidden)]
    pub fn memo<T: Send + Sync + 'static>(&self, find: impl FnOnce() -> T) -> Option<&T> {
        self.0.memo.get_or_init(find)
    }

    /// The same principal, of which nothing was found out yet.
    #[doc(hidden)]
    #[must_use]
    pub fn without_memo(&self) -> Self {
        Self(Arc::new((*self.0).clone()))
    }

    /// The same principal as one of `backend`. The layer stamps every principal with the name of
    /// the backend that accepted it, so that no backend can speak for another.
    #[must_use]
    pub fn of_backend(mut self, backend: &Arc<str>) -> Self {
        self.altered().backend = Arc::clone(backend);
        self
    }

    /// The same principal with the challenge of the backend that accepted it: what it is told when
    /// it [lacks a scope](Self::require_scopes) builds on that. The layer does this.
    #[must_use]
    pub fn with_challenge(mut self, challenge: &Arc<Challenge>) -> Self {
        self.altered().challenge = Some(Arc::clone(challenge));
        self
    }

    /// The same principal with what it is told where nobody decides what callers may do: authorizers that allow nothing, with the
    /// layer's challenges, style and audit. The layer does this.
    #[must_use]
    pub fn with_unauthorized(mut self, nobody: &Authorizers) -> Self {
        self.altered().unauthorized = Some(nobody.clone());
        self
    }

    pub(crate) fn unauthorized(&self) -> Option<&Authorizers> {
        self.0.unauthorized.as_ref()
    }

    /// The same principal with only those groups that `keep` says.
    #[must_use]
    pub fn retain_groups(mut self, mut keep: impl FnMut(&str) -> bool) -> Self {
        let Inner { texts, groups, .. } = self.altered();
        groups.retain(|group| keep(texts.at(*group)));
        self
    }

    /// The same principal with these groups too, each once.
    #[must_use]
    pub fn with_groups<G: AsRef<str>>(mut self, added: impl IntoIterator<Item = G>) -> Self {
        let Inner { texts, groups, .. } = self.altered();
        groups.extend(added.into_iter().map(|group| texts.add(group.as_ref())));
        each_once(texts, groups);
        texts.shrink();
        self
    }

    /// To make another principal of it, of which nothing was found out yet.
    fn altered(&mut self) -> &mut Inner {
        let inner = Arc::make_mut(&mut self.0);
        inner.memo = Memo::default();
        inner
    }
}

impl PrincipalBuilder {
    fn inner(&mut self) -> &mut Inner {
        // Not shared, unless somebody cloned the builder.
        Arc::make_mut(&mut self.0)
    }

    /// The backend's name. The layer overwrites it with the name from the file.
    pub fn backend(mut self, name: impl Into<Arc<str>>) -> Self {
        self.inner().backend = name.into();
        self
    }

    /// Marks somebody who presented no credential.
    pub fn anonymous(mut self) -> Self {
        self.inner().anonymous = true;
        self
    }

    /// Adds a group.
    pub fn group(self, group: impl AsRef<str>) -> Self {
        self.groups([group])
    }

    /// Adds groups.
    pub fn groups<G: AsRef<str>>(mut self, groups: impl IntoIterator<Item = G>) -> Self {
        let Inner { texts, groups: spans, .. } = self.inner();
        spans.extend(groups.into_iter().map(|group| texts.add(group.as_ref())));
        self
    }

    /// Adds a scope.
    pub fn scope(self, scope: impl AsRef<str>) -> Self {
        self.scopes([scope])
    }

    /// Adds scopes.
    pub fn scopes<S: AsRef<str>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        let Inner { texts, scopes: spans, .. } = self.inner();
        spans.extend(scopes.into_iter().map(|scope| texts.add(scope.as_ref())));
        self
    }

    /// Adds a claim.
    pub fn claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.inner().claims.insert(name.into(), value.into());
        self
    }

    /// The issuer of the credential.
    pub fn issuer(mut self, issuer: impl Into<Arc<str>>) -> Self {
        self.inner().issuer = Some(issuer.into());
        self
    }

    /// The credential's identifier (`jti`).
    pub fn token_id(mut self, id: impl AsRef<str>) -> Self {
        let inner = self.inner();
        inner.token_id = Some(inner.texts.add(id.as_ref()));
        self
    }

    /// When the credential was issued.
    pub fn issued_at(mut self, time: SystemTime) -> Self {
        self.inner().issued_at = Some(time);
        self
    }

    /// When the credential expires. No cache holds the principal longer.
    pub fn expires_at(mut self, time: SystemTime) -> Self {
        self.inner().expires_at = Some(time);
        self
    }

    /// The principal.
    #[must_use]
    pub fn build(mut self) -> Principal {
        let Inner { texts, groups, scopes, .. } = self.inner();
        // Whoever may write a token twice must not be looked up twice.
        each_once(texts, groups);
        each_once(texts, scopes);
        texts.shrink();
        Principal(self.0)
    }
}

/// Leaves out what was there before.
fn each_once(texts: &Texts, spans: &mut Spans) {
    /// So few are compared with each other: most principals have no more.
    const FEW: usize = 8;
    if spans.len() <= FEW {
        let mut kept = Spans::new();
        for span in spans.iter() {
            if kept.iter().all(|before| texts.at(*before) != texts.at(*span)) {
                kept.push(*span);
            }
        }
        *spans = kept;
    } else {
        let mut before = HashSet::with_capacity(spans.len());
        spans.retain(|span| before.insert(texts.at(*span)));
    }
}

impl fmt::Debug for PrincipalBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PrincipalBuilder").field(&Principal(Arc::clone(&self.0))).finish()
    }
}

impl PartialEq for Principal {
    fn eq(&self, other: &Self) -> bool {
        self.backend() == other.backend() && self.name() == other.name()
    }
}

impl Eq for Principal {}

impl Hash for Principal {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.backend(), self.name()).hash(state);
    }
}

impl fmt::Debug for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Principal")
            .field("backend", &self.backend())
            .field("name", &self.name())
            .field("anonymous", &self.is_anonymous())
            .field("groups", &self.groups().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
