//! One credential out of a request, and out of the request.

use http::header::{AUTHORIZATION, COOKIE};
use http::{HeaderMap, HeaderValue};
use portcullis_core::{Credential, Scheme, Source};

/// What a request presents.
#[derive(Debug)]
pub(crate) enum Extracted {
    Nothing,
    Credential(Credential),
    /// There is something, and it is no credential: a bad one, never an absent one.
    Malformed,
    /// Two fields or two cookies: nobody knows which one counts.
    Ambiguous,
    /// Longer than its scheme may be.
    TooLarge,
}

/// Where credentials are looked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sources {
    /// The cookie that counts where there is no `Authorization` field.
    pub(crate) cookie: Option<String>,
    /// Whether the service behind is shown the credential.
    pub(crate) forward: bool,
}

const KIB: usize = 1024;

/// The least of the bounds.
const BASIC_BOUND: usize = 8 * KIB;

/// Whether the credential is longer than one of its scheme may be.
fn is_too_large(credential: &Credential) -> bool {
    let length = credential.token().len();
    length > BASIC_BOUND && length > bound(credential)
}

/// How long a credential of this scheme may be, in bytes.
fn bound(credential: &Credential) -> usize {
    if credential.is(&Scheme::BASIC) {
        BASIC_BOUND
    } else if credential.is(&Scheme::NEGOTIATE) {
        // A ticket with the groups of an Active Directory account is up to 64 KiB, before base64.
        96 * KIB
    } else {
        64 * KIB
    }
}

impl Sources {
    /// Takes the credential out of `headers`. A field that is there never falls back to the
    /// cookie, whatever is in it; both are taken out unless they are to be forwarded.
    pub(crate) fn extract(&self, headers: &mut HeaderMap, known: &[Scheme]) -> Extracted {
        let field = self.take_field(headers);
        let cookie = match &self.cookie {
            Some(name) => self.take_cookie(headers, name),
            None => Ok(None),
        };
        let (value, source) = match (field, cookie) {
            (Err(Twice), _) => return Extracted::Ambiguous,
            (Ok(Some(value)), _) => (value, Source::Header),
            (Ok(None), Ok(None)) => return Extracted::Nothing,
            (Ok(None), Ok(Some(value))) => (value, Source::Cookie),
            (Ok(None), Err(Twice)) => return Extracted::Ambiguous,
        };
        match Credential::parse(value, source, known) {
            Ok(credential) if is_too_large(&credential) => Extracted::TooLarge,
            Ok(credential) => Extracted::Credential(credential),
            Err(_) => Extracted::Malformed,
        }
    }

    /// Whether `headers` present a credential, be it good or bad.
    #[cfg(feature = "webhook")]
    pub(crate) fn are_used(&self, headers: &HeaderMap) -> bool {
        let has = |name: &String| {
            let mut pairs = headers.get_all(COOKIE).iter().flat_map(|field| field.as_bytes().split(|b| *b == b';'));
            pairs.any(|pair| value_of(pair.trim_ascii(), name).is_some())
        };
        headers.contains_key(AUTHORIZATION) || self.cookie.as_ref().is_some_and(has)
    }

    fn take_field(&self, headers: &mut HeaderMap) -> Result<Option<HeaderValue>, Twice> {
        if self.forward {
            let mut values = headers.get_all(AUTHORIZATION).iter();
            return match (values.next(), values.next()) {
                (Some(_), Some(_)) => Err(Twice),
                (value, _) => Ok(value.cloned()),
            };
        }
        // Removing takes all the values and returns one: the length tells how many there were.
        let before = headers.len();
        let value = headers.remove(AUTHORIZATION);
        if before - headers.len() > 1 { Err(Twice) } else { Ok(value) }
    }

    fn take_cookie(&self, headers: &mut HeaderMap, name: &str) -> Result<Option<HeaderValue>, Twice> {
        let mut found = Vec::new();
        let mut kept: Vec<u8> = Vec::new();
        for pair in headers.get_all(COOKIE).iter().flat_map(|field| field.as_bytes().split(|b| *b == b';')) {
            let pair = pair.trim_ascii();
            match value_of(pair, name) {
                Some(value) => found.push(value.to_vec()),
                None if pair.is_empty() => {}
                None => {
                    if !kept.is_empty() {
                        kept.extend(b"; ");
                    }
                    kept.extend(pair);
                }
            }
        }
        if found.is_empty() {
            return Ok(None);
        }
        if !self.forward {
            headers.remove(COOKIE);
            // The pieces of a valid field are a valid field.
            if let Some(rest) = HeaderValue::from_bytes(&kept).ok().filter(|rest| !rest.is_empty()) {
                headers.insert(COOKIE, rest);
            }
        }
        match (found.pop(), found.pop()) {
            (Some(value), None) => HeaderValue::from_bytes(&value).map(Some).map_err(|_| Twice),
            _ => Err(Twice),
        }
    }
}

/// A source that holds two credentials.
struct Twice;

/// The value of a cookie pair of this name, without quotes around it ([RFC 6265, section
/// 4.1.1](https://www.rfc-editor.org/rfc/rfc6265#section-4.1.1)). A pair without `=` that is the
/// name alone counts as there and empty.
fn value_of<'a>(pair: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let rest = pair.strip_prefix(name.as_bytes())?.trim_ascii_start();
    if rest.is_empty() {
        return Some(rest);
    }
    let value = rest.strip_prefix(b"=")?.trim_ascii();
    Some(value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\"")).unwrap_or(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KNOWN: &[Scheme] = &[Scheme::BASIC, Scheme::BEARER, Scheme::NEGOTIATE];

    fn headers(fields: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        headers
    }

    fn sources() -> Sources {
        Sources { cookie: Some("session".to_owned()), forward: false }
    }

    fn token(extracted: &Extracted) -> &str {
        match extracted {
            Extracted::Credential(credential) => credential.token_str(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_field_that_is_there_never_falls_back_to_the_cookie() {
        for value in ["", "  ", "B\u{e4}sic abc"] {
            let mut headers = headers(&[("authorization", value), ("cookie", "session=Bearer good")]);
            assert!(matches!(sources().extract(&mut headers, KNOWN), Extracted::Malformed), "{value:?}");
            assert!(headers.is_empty(), "both sources are stripped");
        }
    }

    #[test]
    fn the_cookie_counts_without_a_field_and_the_other_cookies_stay() {
        let mut headers = headers(&[("cookie", "a=1; session=\"Bearer good\"; b=2"), ("cookie", "c=3; sessions=4")]);
        let extracted = sources().extract(&mut headers, KNOWN);
        assert_eq!(token(&extracted), "good");
        assert_eq!(headers["cookie"], "a=1; b=2; c=3; sessions=4");
        assert_eq!(headers.get_all("cookie").iter().count(), 1);
    }

    #[test]
    fn what_is_not_configured_is_no_source() {
        let mut headers = headers(&[("cookie", "session=Bearer good")]);
        assert!(matches!(Sources::default().extract(&mut headers, KNOWN), Extracted::Nothing));
        assert_eq!(headers["cookie"], "session=Bearer good");
    }

    #[test]
    fn two_of_a_kind_are_ambiguous() {
        let mut two = headers(&[("authorization", "Basic a"), ("authorization", "Basic a")]);
        assert!(matches!(sources().extract(&mut two, KNOWN), Extracted::Ambiguous));
        let mut two = headers(&[("cookie", "session=a"), ("cookie", "session=b")]);
        assert!(matches!(sources().extract(&mut two, KNOWN), Extracted::Ambiguous));
        let mut other = headers(&[("authorization", "Basic a"), ("cookie", "session=a; session=b")]);
        assert_eq!(token(&sources().extract(&mut other, KNOWN)), "a");
    }

    #[test]
    fn an_empty_cookie_is_a_bad_credential() {
        for value in ["session=", "session", "session=\"\""] {
            assert!(matches!(sources().extract(&mut headers(&[("cookie", value)]), KNOWN), Extracted::Malformed));
        }
    }

    #[test]
    fn each_scheme_has_its_bound() {
        for (scheme, bound) in [("Basic", 8), ("Bearer", 64), ("Negotiate", 96), ("Other", 64)] {
            let mut exact = headers(&[("authorization", &format!("{scheme} {}", "a".repeat(bound * KIB)))]);
            assert!(matches!(sources().extract(&mut exact, KNOWN), Extracted::Credential(_)), "{scheme}");
            let mut over = headers(&[("authorization", &format!("{scheme} {}", "a".repeat(bound * KIB + 1)))]);
            assert!(matches!(sources().extract(&mut over, KNOWN), Extracted::TooLarge), "{scheme}");
        }
    }

    #[test]
    fn a_forwarded_credential_stays() {
        let sources = Sources { forward: true, ..sources() };
        let mut headers = headers(&[("authorization", "Basic a"), ("cookie", "session=b; x=y")]);
        let before = headers.clone();
        assert_eq!(token(&sources.extract(&mut headers, KNOWN)), "a");
        assert_eq!(headers, before);
    }

    proptest! {
        #[test]
        fn any_fields_give_one_answer_and_leave_no_credential(
            fields in proptest::collection::vec((any::<bool>(), proptest::collection::vec(any::<u8>(), 0..40)), 0..5)
        ) {
            let mut headers = HeaderMap::new();
            for (cookie, bytes) in &fields {
                let mut value = if *cookie { b"session=".to_vec() } else { Vec::new() };
                value.extend(bytes);
                if let Ok(value) = HeaderValue::from_bytes(&value) {
                    headers.append(if *cookie { COOKIE } else { AUTHORIZATION }, value);
                }
            }
            let present = !headers.is_empty();
            #[cfg(feature = "webhook")]
            prop_assert_eq!(present, sources().are_used(&headers));
            let extracted = sources().extract(&mut headers, KNOWN);
            prop_assert_eq!(present, !matches!(extracted, Extracted::Nothing));
            prop_assert!(!headers.contains_key(AUTHORIZATION));
            let rest = headers.get(COOKIE).map_or(&b""[..], HeaderValue::as_bytes);
            prop_assert!(rest.split(|b| *b == b';').all(|pair| value_of(pair.trim_ascii(), "session").is_none()));
        }
    }
}
