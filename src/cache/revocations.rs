//! What is refused although it would verify.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use http::HeaderValue;
use portcullis_core::{Credential, Malformed, Principal, Source};

/// How long after its expiry a credential might still verify, at most: more than any backend's
/// leeway for clocks that differ.
const LEEWAY: Duration = Duration::from_secs(3600);

/// What to refuse from now on; see [`Auth::revoke`](crate::Auth::revoke).
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use portcullis::Revocation;
///
/// // Whatever alice of the backend `corp` presents that was issued before now.
/// let all = Revocation::principal("corp", "alice").issued_before(SystemTime::now());
/// // One token, by its `iss` and `jti`, until it has expired by itself.
/// let one = Revocation::token("https://id.example.test", "8f2c")
///     .until(SystemTime::now() + Duration::from_secs(3600));
/// // One credential, as it stands in the `Authorization` field.
/// let password = Revocation::credential("Basic YWxpY2U6c2VjcmV0")?;
/// # Ok::<(), portcullis::Malformed>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct Revocation {
    subject: Subject,
    issued_before: Option<SystemTime>,
    until: Option<SystemTime>,
}

/// What is revoked.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Subject {
    Principal { backend: Box<str>, name: Box<str> },
    Token { issuer: Box<str>, id: Box<str> },
    Credential(CredentialDigest),
}

/// The full digest of a scheme and a token: 256 bits, since here an attacker who found two
/// credentials with one digest would escape a revocation.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct CredentialDigest([u8; 32]);

/// The list of revocations is full. Nothing was forgotten, and nothing was added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevocationsFull;

impl Revocation {
    /// Everything that `name` of `backend` presents. For a password this is how to lock it.
    pub fn principal(backend: impl Into<String>, name: impl Into<String>) -> Self {
        let subject =
            Subject::Principal { backend: backend.into().into_boxed_str(), name: name.into().into_boxed_str() };
        Self { subject, issued_before: None, until: None }
    }

    /// The token with this `iss` and `jti`.
    pub fn token(issuer: impl Into<String>, id: impl Into<String>) -> Self {
        let subject = Subject::Token { issuer: issuer.into().into_boxed_str(), id: id.into().into_boxed_str() };
        Self { subject, issued_before: None, until: None }
    }

    /// One credential, as it stands in the `Authorization` field. It is not kept; a digest is.
    ///
    /// It stands for these very bytes. A signed token is better revoked by [`token`](Self::token)
    /// or [`principal`](Self::principal): some signatures (ECDSA) can be rewritten by whoever
    /// holds the token.
    ///
    /// # Errors
    ///
    /// [`Malformed`] if this is no credential.
    pub fn credential(value: &str) -> Result<Self, Malformed> {
        let value = HeaderValue::from_str(value).map_err(|_| Malformed)?;
        let credential = Credential::parse(value, Source::Header, &[])?;
        let subject = Subject::Credential(CredentialDigest::of(&credential));
        Ok(Self { subject, issued_before: None, until: None })
    }

    /// Only credentials that were issued before `time`, or do not say when they were.
    pub fn issued_before(mut self, time: SystemTime) -> Self {
        self.issued_before = Some(time);
        self
    }

    /// Until when to refuse: when the credential can no longer verify. Without it, until
    /// [`Auth::lift`](crate::Auth::lift), or until a revoked token is seen whose expiry is known.
    pub fn until(mut self, time: SystemTime) -> Self {
        self.until = Some(time);
        self
    }
}

impl fmt::Debug for Revocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Revocation");
        match &self.subject {
            Subject::Principal { backend, name } => shown.field("backend", backend).field("name", name),
            Subject::Token { issuer, id } => shown.field("issuer", issuer).field("token_id", id),
            Subject::Credential(_) => &mut shown,
        };
        shown.field("issued_before", &self.issued_before).field("until", &self.until).finish_non_exhaustive()
    }
}

impl fmt::Display for RevocationsFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the list of revocations is full: lift some, or raise cache.max_revocations")
    }
}

impl std::error::Error for RevocationsFull {}

/// Everything that is revoked. Its generation rises with each revocation, so that whoever was
/// checked at the present one need not be checked again.
pub(crate) struct Revocations {
    generation: AtomicU64,
    capacity: usize,
    list: RwLock<HashMap<Subject, Terms>>,
}

#[derive(Clone, Copy)]
struct Terms {
    issued_before: Option<SystemTime>,
    until: Option<SystemTime>,
}

impl Revocations {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { generation: AtomicU64::new(0), capacity, list: RwLock::default() }
    }

    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    pub(crate) fn add(&self, revocation: Revocation, now: SystemTime) -> Result<(), RevocationsFull> {
        let Revocation { subject, issued_before, until } = revocation;
        let mut list = self.list.write().unwrap_or_else(PoisonError::into_inner);
        if list.len() >= self.capacity && !list.contains_key(&subject) {
            list.retain(|_, terms| terms.until.is_none_or(|until| now <= until));
            if list.len() >= self.capacity {
                return Err(RevocationsFull);
            }
        }
        let terms = Terms { issued_before, until };
        list.entry(subject)
            .and_modify(|known| *known = if known.hold(now) { known.or(terms) } else { terms })
            .or_insert(terms);
        // Under the lock: whoever reads the new generation finds the new list.
        self.generation.fetch_add(1, Ordering::Release);
        Ok(())
    }

    pub(crate) fn lift(&self, revocation: &Revocation) -> bool {
        let mut list = self.list.write().unwrap_or_else(PoisonError::into_inner);
        list.remove(&revocation.subject).is_some()
    }

    pub(crate) fn len(&self) -> usize {
        self.list.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Whether the credential, which verified as `principal`, is revoked.
    pub(crate) fn covers(&self, credential: &Credential, principal: &Principal, now: SystemTime) -> bool {
        let subjects = {
            let list = self.list.read().unwrap_or_else(PoisonError::into_inner);
            if list.is_empty() {
                return false;
            }
            let holds = |subject: &Subject| list.get(subject).is_some_and(|terms| terms.cover(principal, now));
            subjects(credential, principal).into_iter().filter(holds).collect::<Vec<_>>()
        };
        self.bound(&subjects, principal);
        !subjects.is_empty()
    }

    /// Whether all that this principal presents is revoked: of one that has no credential which could be digested.
    #[cfg(feature = "webhook")]
    pub(crate) fn covers_principal(&self, principal: &Principal, now: SystemTime) -> bool {
        let list = self.list.read().unwrap_or_else(PoisonError::into_inner);
        if list.is_empty() {
            return false;
        }
        let subject = Subject::Principal { backend: principal.backend().into(), name: principal.name().into() };
        list.get(&subject).is_some_and(|terms| terms.cover(principal, now))
    }

    /// Whether the credential itself is revoked: known before it is verified.
    pub(crate) fn covers_credential(&self, credential: &Credential, now: SystemTime) -> bool {
        let list = self.list.read().unwrap_or_else(PoisonError::into_inner);
        if list.is_empty() {
            return false;
        }
        let subject = Subject::Credential(CredentialDigest::of(credential));
        list.get(&subject).is_some_and(|terms| terms.hold(now))
    }

    /// A revoked token whose expiry is now known need not stay on the list for ever.
    fn bound(&self, subjects: &[Subject], principal: &Principal) {
        let Some(until) = principal.expires_at().and_then(|expiry| expiry.checked_add(LEEWAY)) else { return };
        let one_token = |subject: &&Subject| !matches!(subject, Subject::Principal { .. });
        for subject in subjects.iter().filter(one_token) {
            let mut list = self.list.write().unwrap_or_else(PoisonError::into_inner);
            if let Some(terms) = list.get_mut(subject)
                && terms.until.is_none()
            {
                terms.until = Some(until);
            }
        }
    }
}

impl Terms {
    /// Both, where one subject is revoked twice.
    fn or(self, other: Self) -> Self {
        let later = |a: Option<SystemTime>, b: Option<SystemTime>| a.zip(b).map(|(a, b)| a.max(b));
        Self { issued_before: later(self.issued_before, other.issued_before), until: later(self.until, other.until) }
    }

    fn hold(&self, now: SystemTime) -> bool {
        self.until.is_none_or(|until| now <= until)
    }

    fn cover(&self, principal: &Principal, now: SystemTime) -> bool {
        let older = match (self.issued_before, principal.issued_at()) {
            (Some(before), Some(issued)) => issued < before,
            _ => true,
        };
        older && self.hold(now)
    }
}

impl CredentialDigest {
    fn of(credential: &Credential) -> Self {
        // A password may be among them: nobody without the key can try passwords on the digest.
        static KEY: LazyLock<[u8; 32]> = LazyLock::new(super::digest::random_key);
        let mut hasher = blake3::Hasher::new_keyed(&KEY);
        let scheme = credential.scheme().to_ascii_lowercase();
        hasher.update(&(scheme.len() as u64).to_le_bytes()).update(&scheme).update(credential.token());
        Self(*hasher.finalize().as_bytes())
    }
}

fn subjects(credential: &Credential, principal: &Principal) -> Vec<Subject> {
    let mut subjects = vec![
        Subject::Principal { backend: principal.backend().into(), name: principal.name().into() },
        Subject::Credential(CredentialDigest::of(credential)),
    ];
    if let Some((issuer, id)) = principal.issuer().zip(principal.token_id()) {
        subjects.push(Subject::Token { issuer: issuer.into(), id: id.into() });
    }
    subjects
}
