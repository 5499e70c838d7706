use portcullis_mint::{Mint, base64url, jwks};
use proptest::prelude::*;
use serde_json::json;

use super::{Scratch, Token, looks_like_jwt};
use crate::{Algorithm, Fault, FaultKind, Json, KeySet};

fn parse(text: &str) -> Result<(), Fault> {
    Token::parse(text, &mut Scratch::new()).map(drop)
}

fn reason(text: &str) -> &'static str {
    parse(text).expect_err(text).reason()
}

fn key_set(mint: &Mint) -> KeySet {
    KeySet::parse(jwks(&[mint]).to_string().as_bytes()).unwrap()
}

fn verify(text: &str, keys: &KeySet) -> Result<(), Fault> {
    Token::parse(text, &mut Scratch::new())?.verify(keys, Algorithm::DEFAULT)
}

#[test]
fn there_are_exactly_three_segments() {
    for text in ["", "a", ".", "a.b", "a.b.c.d", "a.b.c.d.e.f", "...", "....."] {
        assert_eq!(reason(text), "not three segments", "{text}");
    }
    for text in ["a.b.c.d.e", "...."] {
        let fault = parse(text).unwrap_err();
        assert_eq!((fault.kind(), fault.reason()), (FaultKind::Refused, "encrypted"));
    }
}

#[test]
fn every_segment_is_strict_base64url() {
    let mint = Mint::new("EdDSA", "a");
    let keys = key_set(&mint);
    let good = mint.sign(&json!({ "sub": "alice" }));
    assert_eq!(verify(&good, &keys), Ok(()));
    let segments: Vec<&str> = good.split('.').collect();
    for at in 0..3 {
        for wrong in ["{}=", "{}==", "{} ", " {}", "{}\n", "{}+", "{}/", "{}A", "{}\u{e9}"] {
            let mut segments: Vec<String> = segments.iter().map(|segment| (*segment).to_owned()).collect();
            segments[at] = wrong.replace("{}", &segments[at]);
            assert!(verify(&segments.join("."), &keys).is_err(), "{wrong} in segment {at}");
        }
    }
}

#[test]
fn a_header_is_kept_once_a_token_with_it_was_verified_and_not_before() {
    let mint = Mint::new("EdDSA", "a");
    let keys = key_set(&mint);
    let token = mint.sign(&json!({ "sub": "alice" }));
    let (segment, _) = token.split_once('.').unwrap();
    let kept = |segment: &str| keys.proved_header(segment.as_bytes());

    let forged = Mint::new("EdDSA", "a").sign(&json!({ "sub": "alice" }));
    assert_eq!(forged.split('.').next(), Some(segment));
    assert!(verify(&forged, &keys).is_err() && kept(segment).is_none());

    assert_eq!(verify(&token, &keys), Ok(()));
    let header = kept(segment).unwrap();
    assert_eq!((header.algorithm(), header.kid(), header.typ()), (Some(Algorithm::EdDsa), Some("a"), Some("at+jwt")));

    let other = mint.sign_with(&json!({ "alg": "EdDSA", "kid": "a", "typ": "JWT" }), &json!({}));
    assert_eq!(verify(&other, &keys), Ok(()));
    assert!(kept(other.split('.').next().unwrap()).is_none(), "one for each key");
}

#[test]
fn beside_keys_that_know_its_header_a_token_is_read_as_without() {
    let mint = Mint::new("EdDSA", "a");
    let keys = key_set(&mint);
    let token = mint.sign(&json!({ "sub": "alice" }));
    assert_eq!(verify(&token, &keys), Ok(()));
    let (segment, rest) = token.split_once('.').unwrap();
    let (_, signature) = rest.split_once('.').unwrap();
    let beside = |text: &str| {
        let mut scratch = Scratch::new();
        let token = Token::parse_beside(text, &mut scratch, Some(&keys))?;
        token.verify(&keys, Algorithm::DEFAULT)?;
        Ok(token.claims().get("sub").and_then(Json::as_str).map(str::to_owned))
    };
    assert_eq!(beside(&token), Ok(Some("alice".to_owned())));
    let bob = base64url(r#"{"sub":"bob"}"#);
    for text in [
        format!("{segment}.{bob}.{signature}"),
        format!("{segment}.!.{signature}"),
        format!("{segment}.{}.{signature}", base64url("[]")),
        format!("{segment}.{rest}.{signature}"),
        format!("{segment}A.{rest}"),
        format!("{}.{rest}", base64url(r#"{"alg":"none"}"#)),
    ] {
        let fault = verify(&text, &keys).expect_err(&text);
        assert_eq!(beside(&text), Err(fault), "{text}");
    }
}

#[test]
fn bits_left_over_are_refused_in_every_segment() {
    let header = base64url(r#"{"alg":"RS256"}"#);
    // 15, 16 and 17 bytes: the last group holds 0, 4 and 2 bits too many.
    let payload = base64url(r#"{"sub":"alice"} "#);
    assert!(parse(&format!("{header}.{payload}.")).is_ok());
    let loose = format!("{}h", &payload[..payload.len() - 1]);
    assert_eq!(reason(&format!("{header}.{loose}.")), "the claims are not strict base64url");
}

#[test]
fn the_header_is_bounded() {
    let header = |length: usize| base64url(format!(r#"{{"alg":"RS256","x":"{}"}}"#, "x".repeat(length)));
    assert!(parse(&format!("{}.{}.", header(4000), base64url("{}"))).is_ok());
    assert_eq!(reason(&format!("{}.{}.", header(4100), base64url("{}"))), "the header is too long");
}

#[test]
fn what_is_no_text_is_refused() {
    let good = base64url("{}");
    assert_eq!(reason(&format!("{}.{good}.", base64url(b"{\"alg\":\"\xff\"}"))), "the header is not UTF-8");
    let header = base64url(r#"{"alg":"RS256"}"#);
    assert_eq!(reason(&format!("{header}.{}.", base64url(b"{\"sub\":\"\xc3\x28\"}"))), "the claims are not UTF-8");
    // An overlong slash, and half a surrogate pair.
    assert!(parse(&format!("{header}.{}.", base64url(b"{\"sub\":\"\xc0\xaf\"}"))).is_err());
    assert!(parse(&format!("{header}.{}.", base64url(b"{\"sub\":\"\xed\xa0\x80\"}"))).is_err());
}

#[test]
fn room_can_be_used_again() {
    let mint = Mint::new("EdDSA", "a");
    let keys = key_set(&mint);
    let mut scratch = Scratch::new();
    for sub in ["a long name for somebody", "b"] {
        let text = mint.sign(&json!({ "sub": sub }));
        let token = Token::parse(&text, &mut scratch).unwrap();
        token.verify(&keys, Algorithm::DEFAULT).unwrap();
        assert_eq!(token.claims().get("sub").unwrap().as_str(), Some(sub));
    }
}

#[test]
fn a_signature_that_is_too_long_is_refused_before_it_is_read() {
    let mint = Mint::new("EdDSA", "a");
    let good = mint.sign(&json!({}));
    let fault = verify(&(good + &"A".repeat(60_000)), &key_set(&mint)).unwrap_err();
    assert_eq!((fault.kind(), fault.reason()), (FaultKind::BadSignature, "the signature is too long"));
}

#[test]
fn an_empty_signature_is_refused() {
    for algorithm in ["RS256", "ES256", "EdDSA"] {
        let mint = Mint::new(algorithm, "a");
        let token = mint.sign(&json!({}));
        let unsigned = &token[..=token.rfind('.').unwrap()];
        assert_eq!(verify(unsigned, &key_set(&mint)).unwrap_err().kind(), FaultKind::BadSignature, "{algorithm}");
    }
}

#[test]
fn a_token_with_any_one_character_changed_is_refused() {
    for algorithm in ["EdDSA", "ES256", "RS256"] {
        let mint = Mint::new(algorithm, "a");
        let keys = key_set(&mint);
        let good = mint.sign(&json!({ "sub": "alice" }));
        assert_eq!(verify(&good, &keys), Ok(()));
        for at in 0..good.len() {
            for flip in [0x01, 0x20] {
                let mut bytes = good.clone().into_bytes();
                bytes[at] ^= flip;
                let text = String::from_utf8(bytes).unwrap();
                assert!(verify(&text, &keys).is_err(), "{algorithm}: {flip:#x} at {at}");
            }
        }
    }
}

#[test]
fn a_jwt_is_told_from_an_opaque_token() {
    for header in ["{}", r#"{"alg":"none"}"#, "{ \"alg\": 1 }", "{\n}", "{", "{not json"] {
        let first = base64url(header);
        for rest in ["", ".", ".x", ".x.y", ".x.y.z", ".x.y.z.t"] {
            assert_eq!(looks_like_jwt(format!("{first}{rest}")), !rest.is_empty(), "{header} {rest}");
        }
    }
    for opaque in [
        "",
        ".",
        "e",
        "e.",
        "opaque",
        "v2.local.abc",
        "eyJ=.x.y",
        "eyJhbGciOiJSUzI1NiJ9 .x",
        "eyJ+.x",
        "[].x",
        ".eyJhbGci.x",
        "ghp_0123.x",
    ] {
        assert!(!looks_like_jwt(opaque), "{opaque}");
    }
    // White space before the brace is JSON, but no issuer's.
    assert!(!looks_like_jwt(format!("{}.x.y", base64url(" {}"))));
}

proptest! {
    #[test]
    fn no_text_panics(text in any::<String>(), parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 0..6)) {
        let keys = KeySet::default();
        let _ = (verify(&text, &keys), looks_like_jwt(&text));
        let text = parts.iter().map(base64url).collect::<Vec<_>>().join(".");
        let _ = (verify(&text, &keys), looks_like_jwt(&text));
    }

    #[test]
    fn what_is_parsed_looks_like_a_jwt(header in r#"\{"alg":"(RS|ES)256"(,"kid":"[a-z]*")?\}"#, payload in r#"\{("[a-z]+":[0-9])?\}"#) {
        let text = format!("{}.{}.{}", base64url(header), base64url(payload), base64url("signature"));
        prop_assert!(parse(&text).is_ok());
        prop_assert!(looks_like_jwt(&text));
    }
}
