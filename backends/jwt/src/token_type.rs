//! The media types that tokens declare in `typ`.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer};

/// A value of the header `typ` (RFC 7515, section 4.1.9), which keeps tokens of one kind from being taken for another
/// (RFC 8725, section 3.11). Compared without regard to case, and without a leading `application/`.
///
/// ```
/// use portcullis_jwt::TokenType;
///
/// let access: TokenType = "application/AT+JWT".parse()?;
/// assert_eq!(access, TokenType::AccessToken);
/// assert!(access.covers(Some("at+jwt")));
/// assert!(!access.covers(None));
/// # Ok::<(), std::convert::Infallible>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenType {
    /// `at+jwt`: an access token (RFC 9068, section 2.1).
    AccessToken,
    /// `JWT`: any JSON Web Token (RFC 7519, section 5.1).
    Jwt,
    /// `absent`: no `typ` at all.
    Absent,
    /// Another media type, in small letters and without `application/`.
    Other(String),
}

impl TokenType {
    /// What is accepted unless somebody says otherwise: `at+jwt`, `JWT` and none at all.
    pub const DEFAULT: &'static [Self] = &[Self::AccessToken, Self::Jwt, Self::Absent];

    /// Whether a token whose header says this is of the type.
    #[must_use]
    pub fn covers(&self, typ: Option<&str>) -> bool {
        match (self, typ) {
            (Self::Absent, typ) => typ.is_none(),
            (_, None) => false,
            (_, Some(typ)) => subtype(typ).eq_ignore_ascii_case(self.name()),
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::AccessToken => "at+jwt",
            Self::Jwt => "jwt",
            Self::Absent => "absent",
            Self::Other(name) => name,
        }
    }
}

/// A media type without the `application/` that may be left out, as long as no other slash follows
/// (RFC 7515, section 4.1.9).
pub(crate) fn subtype(media_type: &str) -> &str {
    const PREFIX: &str = "application/";
    match media_type.split_at_checked(PREFIX.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(PREFIX) && !rest.contains('/') => rest,
        _ => media_type,
    }
}

impl FromStr for TokenType {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let name = subtype(text).to_ascii_lowercase();
        Ok(match name.as_str() {
            "at+jwt" => Self::AccessToken,
            "jwt" => Self::Jwt,
            "absent" => Self::Absent,
            _ => Self::Other(name),
        })
    }
}

impl fmt::Display for TokenType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if *self == Self::Jwt { "JWT" } else { self.name() })
    }
}

impl<'de> Deserialize<'de> for TokenType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Ok(kind) = String::deserialize(deserializer)?.parse();
        Ok(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::TokenType;

    fn of(text: &str) -> TokenType {
        let Ok(kind) = text.parse();
        kind
    }

    #[test]
    fn case_and_the_prefix_do_not_count() {
        for typ in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"] {
            assert!(TokenType::AccessToken.covers(Some(typ)), "{typ}");
            assert_eq!(of(typ), TokenType::AccessToken);
        }
        assert!(of("application/example+jwt").covers(Some("EXAMPLE+JWT")));
    }

    #[test]
    fn everything_else_counts() {
        for typ in ["", "jwt", "at+jwt ", "application/", "application/application/at+jwt", "text/at+jwt", "absent"] {
            assert!(!TokenType::AccessToken.covers(Some(typ)), "{typ}");
        }
        assert!(!TokenType::Absent.covers(Some("absent")));
        assert!(!TokenType::Jwt.covers(None));
        assert!(!of("application/a/b").covers(Some("a/b")));
    }

    #[test]
    fn a_type_is_read_from_a_file_as_it_is_shown() {
        for kind in ["at+jwt", "JWT", "absent", "example+jwt"] {
            assert_eq!(serde_json::from_value::<TokenType>(kind.into()).unwrap().to_string(), kind);
        }
    }
}
