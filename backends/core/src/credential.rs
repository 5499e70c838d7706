//! What a client presents.

use std::fmt;
use std::ops::Range;

use http::HeaderValue;

use crate::Scheme;

/// What the client presented: a scheme and its bytes, from one header field, one metadata key, or
/// the configured cookie.
///
/// Its bytes are not verified, so they never appear in its `Debug` form, and must not appear in a
/// log, an error or a label.
///
/// ```
/// use http::HeaderValue;
/// use portcullis_core::{Credential, Scheme, Source};
///
/// let field = HeaderValue::from_static("basic YWxpY2U6c2VjcmV0");
/// let credential = Credential::parse(field, Source::Header, &[Scheme::BASIC]).unwrap();
/// assert!(credential.is(&Scheme::BASIC));
/// assert_eq!(credential.token(), b"YWxpY2U6c2VjcmV0");
/// ```
#[derive(Clone)]
pub struct Credential {
    value: HeaderValue,
    scheme: Range<usize>,
    token: Range<usize>,
    source: Source,
}

/// Where a [`Credential`] was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// The `Authorization` field, which in gRPC is the metadata key `authorization`.
    Header,
    /// The configured cookie. Browsers attach it by themselves.
    Cookie,
}

/// The field was there, and it is not a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

impl Credential {
    /// Splits the value of an `Authorization` field.
    ///
    /// A value of one word is a scheme without a token if it is one of the `known` schemes, and
    /// otherwise a bare value ([`Scheme::NONE`]). Spaces and tabs around and between the words do
    /// not count.
    ///
    /// # Errors
    ///
    /// [`Malformed`] if the value is empty, begins with something that is no RFC 9110 token, or
    /// contains anything but visible ASCII, spaces and tabs.
    pub fn parse(value: HeaderValue, source: Source, known: &[Scheme]) -> Result<Self, Malformed> {
        let bytes = value.as_bytes();
        let mut range = 0..bytes.len();
        skip_blanks(bytes, &mut range);
        let text = &bytes[range.clone()];
        let word = text.iter().position(|byte| !TOKEN_CHARS[usize::from(*byte)]).unwrap_or(text.len());
        let (scheme, token) = match text.get(word) {
            Some(b' ' | b'\t') if word > 0 => {
                let scheme = range.start..range.start + word;
                range.start = scheme.end;
                skip_blanks(bytes, &mut range);
                (scheme, range)
            }
            _ if text.is_empty() || text.iter().any(|byte| is_blank(*byte)) => return Err(Malformed),
            _ if known.iter().any(|scheme| scheme.matches(text)) => (range.clone(), range.end..range.end),
            _ => (range.start..range.start, range),
        };
        if !bytes[token.clone()].is_ascii() {
            return Err(Malformed);
        }
        Ok(Self { scheme, token, source, value })
    }

    /// The scheme as the client spelled it; empty for a bare value.
    #[must_use]
    pub fn scheme(&self) -> &[u8] {
        &self.value.as_bytes()[self.scheme.clone()]
    }

    /// Whether the credential is of this scheme.
    #[must_use]
    pub fn is(&self, scheme: &Scheme) -> bool {
        scheme.matches(self.scheme())
    }

    /// What follows the scheme, without surrounding blanks. Empty if nothing does.
    #[must_use]
    pub fn token(&self) -> &[u8] {
        &self.value.as_bytes()[self.token.clone()]
    }

    /// The token as text. It is always ASCII.
    #[must_use]
    pub fn token_str(&self) -> &str {
        std::str::from_utf8(self.token()).unwrap_or_default()
    }

    /// Where it was found.
    #[must_use]
    pub fn source(&self) -> Source {
        self.source
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential").field("source", &self.source).finish_non_exhaustive()
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a credential")
    }
}

impl std::error::Error for Malformed {}

fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

/// Narrows `range` to what is between the blanks at its ends.
fn skip_blanks(bytes: &[u8], range: &mut Range<usize>) {
    while range.start < range.end && is_blank(bytes[range.start]) {
        range.start += 1;
    }
    while range.start < range.end && is_blank(bytes[range.end - 1]) {
        range.end -= 1;
    }
}

/// `tchar` of RFC 9110, section 5.6.2, as a table: every request is looked through with it.
const TOKEN_CHARS: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = matches!(
            byte as u8,
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z'
            | b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
        );
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Result<Credential, Malformed> {
        let value = HeaderValue::from_bytes(text.as_bytes()).map_err(|_| Malformed)?;
        Credential::parse(value, Source::Header, &[Scheme::BASIC, Scheme::NEGOTIATE])
    }

    #[test]
    fn scheme_case_and_blanks_do_not_count() {
        for text in ["Basic abc=", "bAsIc abc=", "BASIC \t  abc=  ", " \tBasic abc=", "basic\tabc=\t"] {
            let credential = parse(text).unwrap();
            assert!(credential.is(&Scheme::BASIC), "{text:?}");
            assert_eq!(credential.token(), b"abc=", "{text:?}");
        }
    }

    #[test]
    fn one_word_is_a_known_scheme_or_a_bare_value() {
        let empty = parse("NEGOTIATE ").unwrap();
        assert!(empty.is(&Scheme::NEGOTIATE));
        assert_eq!(empty.token(), b"");
        let bare = parse("v0:YWJj").unwrap();
        assert!(bare.is(&Scheme::NONE));
        assert_eq!(bare.token(), b"v0:YWJj");
        assert!(parse("Basicabc=").unwrap().is(&Scheme::NONE));
    }

    #[test]
    fn what_is_no_credential_is_malformed() {
        for text in ["", " ", "\t", "Ba/sic abc", "Basic ab\u{e9}", "(a) b"] {
            assert_eq!(parse(text).err(), Some(Malformed), "{text:?}");
        }
    }

    #[test]
    fn the_debug_form_holds_no_secret() {
        let shown = format!("{:?}", parse("Basic c2VjcmV0").unwrap());
        assert!(!shown.contains("c2VjcmV0"), "{shown}");
    }

    proptest! {
        #[test]
        fn any_field_value_parses_or_is_malformed(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(value) = HeaderValue::from_bytes(&bytes)
                && let Ok(credential) = Credential::parse(value, Source::Header, &[Scheme::BASIC])
            {
                let joined = [credential.scheme(), credential.token()].concat();
                let kept: Vec<u8> = bytes.iter().copied().filter(|b| !is_blank(*b)).collect();
                let shown: Vec<u8> = joined.into_iter().filter(|b| !is_blank(*b)).collect();
                prop_assert_eq!(shown, kept);
                prop_assert!(credential.token().is_ascii());
            }
        }
    }
}
