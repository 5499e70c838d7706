//! What a token says.

use std::borrow::Cow;

use crate::json::mark;
use crate::{BadJson, ClaimPath, Fault, Json, NumericDate};

/// The claims of a token: a JSON object in which no name occurs twice, at any depth.
///
/// Nothing here is checked but the form. Whoever asks before [`Token::verify`](crate::Token::verify) and
/// [`Rules::check`](crate::Rules::check) reads what anybody may have written.
///
/// ```
/// use portcullis_jwt::Claims;
///
/// let claims = Claims::parse(r#"{ "iss": "https://id.example.test", "realm_access": { "roles": ["ops"] } }"#)?;
/// assert_eq!(claims.issuer()?, "https://id.example.test");
/// assert!(claims.at(&"realm_access.roles".parse()?).is_some());
/// assert!(claims.audiences().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Claims<'t> {
    members: Vec<(Cow<'t, str>, Json<'t>)>,
    /// The [marks](mark) of all the names: most claims that are asked for are not there, and need not be searched.
    marks: u64,
}

impl<'t> Claims<'t> {
    /// Reads claims from the text of a JSON object, such as a token's payload or an introspection answer (RFC 7662).
    ///
    /// # Errors
    /// A malformed [`Fault`] if the text is no JSON object, or has a name twice.
    pub fn parse(text: &'t str) -> Result<Self, Fault> {
        match Json::parse(text) {
            Ok(Json::Object(members)) => {
                let marks = members.iter().fold(0, |marks, (name, _)| marks | mark(name));
                Ok(Self { members, marks })
            }
            Ok(_) => Err(Fault::malformed("the claims are no JSON object")),
            Err(bad) => Err(Fault::malformed(match bad {
                BadJson::Syntax => "the claims are not JSON",
                BadJson::DuplicateName => "the claims have a name twice",
                BadJson::TooDeep => "the claims are nested too deeply",
                BadJson::NumberOutOfRange => "the claims have a number out of range",
            })),
        }
    }

    /// The claim of this name.
    // Inlined, so that the mark and the length of a name in the code are known when it is compiled.
    #[inline]
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Json<'t>> {
        if self.marks & mark(name) == 0 {
            return None;
        }
        self.members.iter().find(|(own, _)| own == name).map(|(_, value)| value)
    }

    /// The value that a path leads to. `None` if a step is missing, or leads into something that is no object.
    #[must_use]
    pub fn at(&self, path: &ClaimPath) -> Option<&Json<'t>> {
        let (first, rest) = path.segments().split_first()?;
        rest.iter().try_fold(self.get(first)?, |value, name| value.get(name))
    }

    /// All claims, in the order of the text.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Json<'t>)> {
        self.members.iter().map(|(name, value)| (name.as_ref(), value))
    }

    /// Who issued the token: `iss`, one string (RFC 7519, section 4.1.1).
    ///
    /// # Errors
    /// A malformed [`Fault`] if it is missing or anything but one string.
    pub fn issuer(&self) -> Result<&str, Fault> {
        self.get("iss").and_then(Json::as_str).ok_or(Fault::malformed("iss is not one string"))
    }

    /// Whom the token is for: `aud`, a string or an array of strings (RFC 7519, section 4.1.3).
    ///
    /// # Errors
    /// A malformed [`Fault`] if it is missing, an empty array, or holds anything but strings.
    pub fn audiences(&self) -> Result<Audiences<'_, 't>, Fault> {
        let audiences = match self.get("aud") {
            Some(one @ Json::String(_)) => std::slice::from_ref(one),
            Some(Json::Array(several)) => several,
            _ => &[],
        };
        if audiences.is_empty() || audiences.iter().any(|audience| audience.as_str().is_none()) {
            return Err(Fault::malformed("aud is neither a string nor an array of strings"));
        }
        Ok(Audiences { audiences })
    }

    /// When the token ends: `exp` (RFC 7519, section 4.1.4).
    ///
    /// # Errors
    /// A malformed [`Fault`] if it is there and no number.
    pub fn expires_at(&self) -> Result<Option<NumericDate>, Fault> {
        self.date("exp", Fault::malformed("exp is no number"))
    }

    /// Before when the token does not count: `nbf` (RFC 7519, section 4.1.5).
    ///
    /// # Errors
    /// A malformed [`Fault`] if it is there and no number.
    pub fn not_before(&self) -> Result<Option<NumericDate>, Fault> {
        self.date("nbf", Fault::malformed("nbf is no number"))
    }

    /// When the token was issued: `iat` (RFC 7519, section 4.1.6).
    ///
    /// # Errors
    /// A malformed [`Fault`] if it is there and no number.
    pub fn issued_at(&self) -> Result<Option<NumericDate>, Fault> {
        self.date("iat", Fault::malformed("iat is no number"))
    }

    /// The token's own name: `jti` (RFC 7519, section 4.1.7).
    ///
    /// # Errors
    /// A malformed [`Fault`] if it is there and no string.
    pub fn id(&self) -> Result<Option<&str>, Fault> {
        let id = self.get("jti").map(|id| id.as_str().ok_or(Fault::malformed("jti is no string")));
        id.transpose()
    }

    fn date(&self, name: &str, otherwise: Fault) -> Result<Option<NumericDate>, Fault> {
        let date = self.get(name).map(|date| date.as_number().map(NumericDate::from).ok_or(otherwise));
        date.transpose()
    }
}

/// The audiences of a token: at least one.
#[derive(Debug, Clone, Copy)]
pub struct Audiences<'c, 't> {
    audiences: &'c [Json<'t>],
}

impl<'c, 't> Audiences<'c, 't> {
    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &'c str> + use<'c, 't> {
        self.audiences.iter().filter_map(Json::as_str)
    }

    /// Whether this is one of them, byte for byte.
    #[must_use]
    pub fn contains(&self, audience: &str) -> bool {
        self.iter().any(|own| own == audience)
    }

    /// Whether one of ours is among them.
    #[must_use]
    pub fn contains_any(&self, ours: &[String]) -> bool {
        ours.iter().any(|audience| self.contains(audience))
    }
}

#[cfg(test)]
mod tests;
