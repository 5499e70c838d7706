use super::Header;
use crate::{Algorithm, Fault, FaultKind};

fn allowed(text: &str) -> Result<Algorithm, Fault> {
    Header::parse(text)?.allowed(Algorithm::DEFAULT)
}

fn reason(text: &str) -> &'static str {
    let fault = allowed(text).expect_err(text);
    assert!(fault.lasting(), "{text}");
    fault.reason()
}

#[test]
fn a_plain_header_names_algorithm_key_and_type() {
    let header = Header::parse(r#"{"alg":"RS256","kid":"a","typ":"at+jwt"}"#).unwrap();
    assert_eq!((header.algorithm(), header.kid(), header.typ()), (Some(Algorithm::Rs256), Some("a"), Some("at+jwt")));
    let header = Header::parse(r#"{"alg":"Ed25519"}"#).unwrap();
    assert_eq!((header.algorithm(), header.kid(), header.typ()), (Some(Algorithm::EdDsa), None, None));
}

#[test]
fn a_header_of_another_form_is_malformed() {
    for text in [
        "",
        "[]",
        "null",
        "{}",
        r#"{"alg":null}"#,
        r#"{"alg":["RS256"]}"#,
        r#"{"alg":"RS256","alg":"RS256"}"#,
        r#"{"alg":"RS256","kid":1}"#,
        r#"{"alg":"RS256","kid":null}"#,
        r#"{"alg":"RS256","typ":1}"#,
        r#"{"alg":"RS256","x":{"a":1,"a":1}}"#,
        r#"{"typ":"JWT"}"#,
    ] {
        assert_eq!(Header::parse(text).expect_err(text).kind(), FaultKind::Malformed, "{text}");
    }
    let long = format!(r#"{{"alg":"RS256","kid":"{}"}}"#, "k".repeat(1025));
    assert_eq!(reason(&long), "kid is too long");
}

#[test]
fn every_extension_is_refused() {
    for crit in [r#"["exp"]"#, r#"["b64"]"#, "[]", "null", "1", r#""exp""#] {
        assert_eq!(reason(&format!(r#"{{"alg":"RS256","crit":{crit},"exp":1}}"#)), "crit names an extension");
    }
    assert_eq!(reason(r#"{"alg":"RS256","b64":false}"#), "b64 is an extension");
    assert_eq!(reason(r#"{"alg":"RS256","b64":true}"#), "b64 is an extension");
    assert_eq!(reason(r#"{"alg":"RS256","zip":"DEF"}"#), "compressed");
    assert_eq!(reason(r#"{"alg":"RS256","enc":"A128GCM"}"#), "encrypted");
}

#[test]
fn a_token_within_a_token_is_refused() {
    for cty in [r#""JWT""#, r#""jwt""#, r#""application/jwt""#, r#""Application/JWT""#, "1", "null"] {
        assert_eq!(reason(&format!(r#"{{"alg":"RS256","cty":{cty}}}"#)), "a token within a token", "{cty}");
    }
    for cty in [r#""json""#, r#""""#, r#""application/json""#, r#""ümlaut/ümlaut""#] {
        assert!(allowed(&format!(r#"{{"alg":"RS256","cty":{cty}}}"#)).is_ok(), "{cty}");
    }
}

#[test]
fn what_brings_or_names_a_key_is_ignored() {
    let text = r#"{"alg":"ES256","jku":"https://evil.example.test","x5u":"https://evil.example.test","jwk":{"kty":"oct","k":"AA"},"x5c":["AA"],"x5t":1}"#;
    assert_eq!(allowed(text), Ok(Algorithm::Es256));
}

#[test]
fn only_an_allowed_algorithm_is_verified() {
    assert_eq!(reason(r#"{"alg":"RS512"}"#), "the algorithm is not allowed");
    assert_eq!(Header::parse(r#"{"alg":"RS512"}"#).unwrap().allowed(&[Algorithm::Rs512]), Ok(Algorithm::Rs512));
    assert!(Header::parse(r#"{"alg":"RS256"}"#).unwrap().allowed(&[]).is_err());
    for alg in ["none", "None", "NONE", "nOnE"] {
        assert_eq!(reason(&format!(r#"{{"alg":"{alg}"}}"#)), "not signed: alg is none");
    }
    assert_eq!(reason(r#"{"alg":"HS256"}"#), "alg is an HMAC");
    for alg in ["", " none", "rs256", "RS256 ", "RS1", "ES256K", "dir", "PBES2-HS256+A128KW"] {
        assert_eq!(reason(&format!(r#"{{"alg":"{alg}"}}"#)), "alg is not known", "{alg}");
    }
}
