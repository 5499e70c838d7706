//! The provider's metadata.

use portcullis_jwt::Json;

use crate::endpoint::Endpoint;

/// The key set's place, from a document of [OpenID Connect Discovery
/// 1.0](https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata) or
/// [RFC 8414](https://www.rfc-editor.org/rfc/rfc8414#section-2). Clusters serve little more than
/// the two members that are needed, so nothing else is asked for.
///
/// The keys may be on another host: the document came from the issuer's own.
pub(crate) fn key_set_of(document: &[u8], issuer: &str) -> Result<Endpoint, String> {
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
    Endpoint::parse(text("jwks_uri")?).map_err(|problem| format!("the metadata's `jwks_uri`: {problem}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ISSUER: &str = "https://id.example.test";

    fn keys(document: &str) -> Result<String, String> {
        key_set_of(document.as_bytes(), ISSUER).map(|keys| keys.url().to_string())
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
            let _ = key_set_of(&bytes, ISSUER);
        }
    }
}
