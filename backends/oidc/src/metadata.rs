//! The provider's metadata.

use std::fmt;

use portcullis_jwt::Json;

use crate::endpoint::Endpoint;

/// What is used of a provider's metadata: [OpenID Connect Discovery
/// 1.0](https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata) or
/// [RFC 8414](https://www.rfc-editor.org/rfc/rfc8414#section-2). Clusters serve little more than
/// the two members that are needed, so nothing else is asked for.
///
/// ```
/// use portcullis_oidc::ProviderMetadata;
///
/// let document = br#"{"issuer":"https://id.example.test","jwks_uri":"https://keys.example.test/a"}"#;
/// let metadata = ProviderMetadata::parse(document, "https://id.example.test").unwrap();
/// assert_eq!(metadata.jwks_uri(), "https://keys.example.test/a");
/// assert!(ProviderMetadata::parse(document, "https://id.example.test/").is_err());
/// ```
#[derive(Clone, Debug)]
pub struct ProviderMetadata {
    keys: Endpoint,
}

/// Why a provider's metadata cannot be used, for a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadMetadata(String);

impl fmt::Display for BadMetadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadMetadata {}

impl ProviderMetadata {
    /// Reads the document of this issuer: JSON, without duplicate members.
    ///
    /// # Errors
    ///
    /// [`BadMetadata`] says what is wrong: it is of another issuer, or its keys are neither behind
    /// `https` nor, with an issuer that is there, on this machine. They may be on another host: the
    /// document came from the issuer's own.
    pub fn parse(document: &[u8], issuer: &str) -> Result<Self, BadMetadata> {
        Self::read(document, issuer).map_err(BadMetadata)
    }

    fn read(document: &[u8], issuer: &str) -> Result<Self, String> {
        let document = std::str::from_utf8(document).map_err(|_| "the metadata is not UTF-8")?;
        let document = Json::parse(document).map_err(|bad| format!("the metadata is {bad}"))?;
        let text = |member: &str| {
            let text = document.get(member).and_then(Json::as_str);
            text.ok_or_else(|| format!("the metadata has no string `{member}`"))
        };
        // Section 4.3 of the one, section 3.3 of the other: else one provider could speak for another.
        if text("issuer")? != issuer {
            return Err("the metadata is of another issuer: it must name the very text of `issuer`".to_owned());
        }
        let keys = Endpoint::parse(text("jwks_uri")?);
        let keys = keys.map_err(|problem| format!("the metadata's `jwks_uri`: {problem}"))?;
        let is_ours = |endpoint: &Endpoint| endpoint.is_this_machine();
        // What listens here may trust whoever asks from here.
        if is_ours(&keys) && !Endpoint::parse(issuer).is_ok_and(|issuer| is_ours(&issuer)) {
            return Err("the metadata's `jwks_uri` leads to this machine, where the issuer is not".to_owned());
        }
        Ok(Self { keys })
    }

    /// Where the keys are.
    #[must_use]
    pub fn jwks_uri(&self) -> &str {
        self.keys.url().as_str()
    }

    pub(crate) fn into_keys(self) -> Endpoint {
        self.keys
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ISSUER: &str = "https://id.example.test";

    fn keys(document: &str) -> Result<String, String> {
        let metadata = ProviderMetadata::parse(document.as_bytes(), ISSUER).map_err(|bad| bad.to_string())?;
        Ok(metadata.jwks_uri().to_owned())
    }

    #[test]
    fn two_members_are_enough() {
        let keys = keys(r#"{"issuer":"https://id.example.test","jwks_uri":"https://keys.example.test/a?b"}"#);
        assert_eq!(keys.unwrap(), "https://keys.example.test/a?b");
    }

    #[test]
    fn the_issuer_must_match_to_the_letter() {
        for other in [
            r#""https://id.example.test/""#,
            r#""https://ID.example.test""#,
            r#""https://id.example.test:443""#,
            r#"["https://id.example.test"]"#,
            "null",
        ] {
            let error =
                keys(&format!(r#"{{"issuer":{other},"jwks_uri":"https://id.example.test/keys"}}"#)).unwrap_err();
            assert!(error.contains("issuer"), "{error}");
        }
    }

    #[test]
    fn what_is_no_strict_document_with_a_safe_place_for_keys_is_refused() {
        for document in [
            "",
            "<html></html>",
            "[]",
            "{}",
            r#"{"issuer":"https://id.example.test"}"#,
            r#"{"issuer":"https://id.example.test","jwks_uri":7}"#,
            r#"{"issuer":"https://id.example.test","jwks_uri":"http://id.example.test/keys"}"#,
            r#"{"issuer":"https://id.example.test","jwks_uri":"/keys"}"#,
            r#"{"issuer":"https://id.example.test","jwks_uri":"https://a/","jwks_uri":"https://b/"}"#,
            r#"{"issuer":"https://evil.example.test","issuer":"https://id.example.test","jwks_uri":"https://a/"}"#,
            r#"{"issuer":"https://id.example.test","jwks_uri":"https://a/"} x"#,
        ] {
            assert!(keys(document).is_err(), "{document}");
        }
    }

    proptest! {
        #[test]
        fn no_document_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = ProviderMetadata::parse(&bytes, ISSUER);
        }
    }
}
