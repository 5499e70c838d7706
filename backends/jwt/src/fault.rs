//! Why a token is not accepted.

use std::fmt;

/// What is wrong with a token, by what a caller does about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FaultKind {
    /// It is not a signed JSON Web Token in the strict form, or a registered claim has the wrong type.
    Malformed,
    /// Another issuer's. Another backend may know it.
    OtherIssuer,
    /// This issuer's, but meant for somebody else. Another backend may take it.
    OtherAudience,
    /// Signed with a key that is not in the set. A newer set might have it.
    UnknownKey,
    /// The signature is not one of the named key, or that key is not for the token's algorithm.
    BadSignature,
    /// `nbf` or `iat` lies in the future.
    NotYetValid,
    /// `exp` has passed, or the token is older than the rules allow.
    Expired,
    /// Well formed, and of a kind that is never accepted here: an ID token, a logout token, an algorithm that is not
    /// allowed.
    Refused,
}

/// Why a token is not accepted.
///
/// The reason is for logs. It is a fixed sentence and never contains a part of the token.
///
/// ```
/// use portcullis_jwt::{FaultKind, Scratch, Token};
///
/// let fault = Token::parse("not a token", &mut Scratch::new()).err().unwrap();
/// assert_eq!(fault.kind(), FaultKind::Malformed);
/// assert!(fault.lasting());
/// assert_eq!(fault.reason(), "not three segments");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    kind: FaultKind,
    reason: &'static str,
    lasting: bool,
}

impl Fault {
    /// A fault of this kind. It is [`lasting`](Self::lasting) unless the kind says that time or a newer key set may
    /// change it.
    pub(crate) const fn new(kind: FaultKind, reason: &'static str) -> Self {
        let lasting = !matches!(kind, FaultKind::UnknownKey | FaultKind::NotYetValid);
        Self { kind, reason, lasting }
    }

    pub(crate) const fn malformed(reason: &'static str) -> Self {
        Self::new(FaultKind::Malformed, reason)
    }

    pub(crate) const fn refused(reason: &'static str) -> Self {
        Self::new(FaultKind::Refused, reason)
    }

    /// The same, though it follows from more than the token's bytes.
    pub(crate) const fn passing(mut self) -> Self {
        self.lasting = false;
        self
    }

    /// What is wrong, for the log.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        self.reason
    }

    /// What is wrong, for the program.
    #[must_use]
    pub const fn kind(&self) -> FaultKind {
        self.kind
    }

    /// Whether the same token will meet the same fault for as long as the named key is known: only such a refusal may
    /// be remembered.
    #[must_use]
    pub const fn lasting(&self) -> bool {
        self.lasting
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason)
    }
}

impl std::error::Error for Fault {}
