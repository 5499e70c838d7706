//! An authorizer's answer.

use std::fmt;
use std::sync::Arc;

use crate::Unavailable;

/// An authorizer's answer to an [`Action`](crate::Action). Only [`NoOpinion`](Self::NoOpinion) lets the next
/// authorizer be asked.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use]
pub enum Decision {
    /// It may be done, and nobody else is asked.
    Allow(DecidedBy),
    /// It may not be done, and nobody else is asked.
    Deny(DecidedBy),
    /// Nothing is known about it: the next authorizer is asked, and at the end it may not be done.
    NoOpinion(DecidedBy),
    /// Whoever must be asked did not answer: 503, and nobody else is asked.
    Unavailable(Unavailable),
}

/// Who or what decided, in one line: an authorizer and its rule. For log and audit, never for the client. Cheap to
/// clone.
///
/// ```
/// use std::sync::Arc;
/// use portcullis_core::{DecidedBy, Decision};
///
/// let fixed = Decision::deny("the office is closed");
/// let rule: Arc<str> = Arc::from("role operator, rule 2");
/// let kept = Decision::allow(Arc::clone(&rule));
/// assert!(matches!(kept, Decision::Allow(by) if by.as_str() == &*rule));
/// ```
#[derive(Clone)]
pub struct DecidedBy(Text);

/// A text that costs nothing to hand out again.
#[derive(Clone)]
enum Text {
    Fixed(&'static str),
    Shared(Arc<str>),
}

impl Decision {
    /// Allows, for this reason.
    pub fn allow(by: impl Into<DecidedBy>) -> Self {
        Self::Allow(by.into())
    }

    /// Denies, for this reason.
    pub fn deny(by: impl Into<DecidedBy>) -> Self {
        Self::Deny(by.into())
    }

    /// Leaves it to the next authorizer, for this reason.
    pub fn no_opinion(by: impl Into<DecidedBy>) -> Self {
        Self::NoOpinion(by.into())
    }

    /// Whether it may be done.
    #[must_use]
    pub fn is_allow(&self) -> bool {
        matches!(self, Self::Allow(_))
    }
}

impl From<Unavailable> for Decision {
    fn from(unavailable: Unavailable) -> Self {
        Self::Unavailable(unavailable)
    }
}

impl DecidedBy {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Text::Fixed(text) => text,
            Text::Shared(text) => text,
        }
    }
}

impl From<&'static str> for DecidedBy {
    fn from(text: &'static str) -> Self {
        Self(Text::Fixed(text))
    }
}

impl From<String> for DecidedBy {
    fn from(text: String) -> Self {
        Self(Text::Shared(text.into()))
    }
}

impl From<Arc<str>> for DecidedBy {
    fn from(text: Arc<str>) -> Self {
        Self(Text::Shared(text))
    }
}

impl PartialEq for DecidedBy {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for DecidedBy {}

impl fmt::Debug for DecidedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl fmt::Display for DecidedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
