//! The name of an authentication scheme.

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};

/// An authentication scheme ([RFC 9110, section 11.1](https://www.rfc-editor.org/rfc/rfc9110#section-11.1)):
/// the first word of an `Authorization` field. Compared without regard to case.
///
/// ```
/// use portcullis_core::Scheme;
///
/// assert_eq!(Scheme::BASIC, Scheme::new("basic"));
/// assert_eq!(Scheme::new("KubernetesAuth").as_str(), "KubernetesAuth");
/// ```
#[derive(Clone)]
pub struct Scheme(Cow<'static, str>);

impl Scheme {
    /// User name and password, [RFC 7617](https://www.rfc-editor.org/rfc/rfc7617).
    pub const BASIC: Self = Self(Cow::Borrowed("Basic"));
    /// A bearer token, [RFC 6750](https://www.rfc-editor.org/rfc/rfc6750).
    pub const BEARER: Self = Self(Cow::Borrowed("Bearer"));
    /// SPNEGO, [RFC 4559](https://www.rfc-editor.org/rfc/rfc4559).
    pub const NEGOTIATE: Self = Self(Cow::Borrowed("Negotiate"));
    /// No scheme at all: a bare value, which some systems put into the field.
    pub const NONE: Self = Self(Cow::Borrowed(""));

    /// A scheme by its name, spelled as it is to appear in challenges.
    ///
    /// The name should be an RFC 9110 token; one that is not can never match a credential.
    #[must_use]
    pub fn new(name: impl Into<Cow<'static, str>>) -> Self {
        Self(name.into())
    }

    /// The name as it was given; empty for [`Scheme::NONE`].
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `name`, as a client spelled it, names this scheme.
    #[must_use]
    pub fn matches(&self, name: &[u8]) -> bool {
        // Most clients spell a scheme as it is registered, and equality is the cheaper question.
        let own = self.0.as_bytes();
        own == name || own.eq_ignore_ascii_case(name)
    }

    /// Whether browsers attach credentials of this scheme to requests by themselves, also to
    /// those that another site made them send. They do so with the schemes that they know how to
    /// ask a person for.
    #[must_use]
    pub fn is_ambient(&self) -> bool {
        const KNOWN_TO_BROWSERS: [&str; 4] = ["Basic", "Negotiate", "Digest", "NTLM"];
        KNOWN_TO_BROWSERS.iter().any(|name| self.matches(name.as_bytes()))
    }
}

impl PartialEq for Scheme {
    fn eq(&self, other: &Self) -> bool {
        self.matches(other.0.as_bytes())
    }
}

impl Eq for Scheme {}

impl Hash for Scheme {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.to_ascii_lowercase().hash(state);
    }
}

impl fmt::Debug for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scheme({:?})", self.0)
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_browsers_ask_a_person_for_is_ambient() {
        for name in ["basic", "NEGOTIATE", "Digest", "ntlm"] {
            assert!(Scheme::new(name).is_ambient(), "{name}");
        }
        assert!(![Scheme::BEARER, Scheme::NONE, Scheme::new("ApiKey")].iter().any(Scheme::is_ambient));
    }

    #[test]
    fn equal_schemes_have_equal_hashes() {
        let set = std::collections::HashSet::from([Scheme::BASIC, Scheme::new("BASIC")]);
        assert_eq!(set.len(), 1);
    }
}
