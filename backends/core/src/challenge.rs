//! One `WWW-Authenticate` value.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;

use crate::Scheme;

/// One challenge ([RFC 9110, section 11.3](https://www.rfc-editor.org/rfc/rfc9110#section-11.3)).
///
/// ```
/// use portcullis_core::{Challenge, Scheme};
///
/// let challenge = Challenge::new(Scheme::BASIC).param("realm", "the \"inner\" court").param("charset", "UTF-8");
/// assert_eq!(
///     challenge.to_header_value(),
///     r#"Basic realm="the \"inner\" court", charset="UTF-8""#,
/// );
/// assert_eq!(Challenge::new(Scheme::NEGOTIATE).token(b"abc").to_header_value(), "Negotiate YWJj");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Challenge {
    scheme: Scheme,
    text: String,
    parameters: usize,
}

impl Challenge {
    /// A challenge of this scheme, so far without parameters.
    pub fn new(scheme: Scheme) -> Self {
        let text = scheme.as_str().chars().filter(char::is_ascii_graphic).collect();
        Self { scheme, text, parameters: 0 }
    }

    /// Adds a parameter as a quoted string. `name` must be an RFC 9110 token.
    ///
    /// What a quoted string cannot carry (control characters) or clients disagree about (anything
    /// beyond ASCII) is replaced by `?`.
    pub fn param(mut self, name: &'static str, value: &str) -> Self {
        self.text.push_str(if self.parameters == 0 { " " } else { ", " });
        self.text.push_str(name);
        self.text.push_str("=\"");
        for c in value.chars() {
            match c {
                '"' | '\\' => self.text.extend(['\\', c]),
                ' '..='~' => self.text.push(c),
                _ => self.text.push('?'),
            }
        }
        self.text.push('"');
        self.parameters += 1;
        self
    }

    /// Puts a token behind the scheme, in base64, in place of parameters.
    pub fn token(mut self, token: &[u8]) -> Self {
        self = Self::new(self.scheme);
        self.text.push(' ');
        STANDARD.encode_string(token, &mut self.text);
        self
    }

    /// The scheme.
    #[must_use]
    pub fn scheme(&self) -> &Scheme {
        &self.scheme
    }

    /// The field value.
    #[must_use]
    pub fn to_header_value(&self) -> HeaderValue {
        // Only visible ASCII and spaces were pushed, so this cannot fail; an empty value would
        // be no challenge, and is nothing that a client could misread.
        HeaderValue::from_str(&self.text).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// `http-auth` is an independent parser of challenges.
        #[test]
        fn what_we_emit_parses_back_with_an_independent_parser(realm in "[ -~]{0,60}", other in "[ -~]{0,60}") {
            let value = Challenge::new(Scheme::BASIC).param("realm", &realm).param("charset", &other).to_header_value();
            let parsed = http_auth::parse_challenges(value.to_str().unwrap()).unwrap();
            prop_assert_eq!(parsed.len(), 1);
            prop_assert_eq!(parsed[0].scheme, "Basic");
            let params: Vec<_> = parsed[0].params.iter().map(|(k, v)| (*k, v.to_unescaped())).collect();
            prop_assert_eq!(params, vec![("realm", realm), ("charset", other)]);
        }

        #[test]
        fn any_text_makes_a_valid_field(realm in any::<String>()) {
            let value = Challenge::new(Scheme::BEARER).param("realm", &realm).to_header_value();
            prop_assert!(http_auth::parse_challenges(value.to_str().unwrap()).is_ok());
        }
    }
}
