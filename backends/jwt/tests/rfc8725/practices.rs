//! Section 3: best practices.

use std::time::Duration;

use portcullis_jwt::{Algorithm, FaultKind, KeySet, TokenType};
use portcullis_mint::{Mint, base64url, now};
use serde_json::{Value, json};

use crate::{ISSUER, accept, accept_with, claims, keys, refuse, rules, token};

#[test]
fn section_3_1_an_algorithm_is_verified_only_if_it_is_allowed_and_the_keys_own() {
    let (rsa, ec) = (Mint::new("RS256", "rsa"), Mint::new("ES256", "ec"));
    let keys = keys(&[&rsa, &ec]);
    // Allowed, but not this key's; then this key's, but not allowed.
    let lie = rsa.sign_with(&json!({ "alg": "PS256", "kid": "rsa" }), &claims());
    refuse(&lie, &keys, FaultKind::BadSignature);
    refuse(&rsa.sign_with(&json!({ "alg": "RS256", "kid": "ec" }), &claims()), &keys, FaultKind::BadSignature);
    refuse(&ec.sign_with(&json!({ "alg": "ES256", "kid": "rsa" }), &claims()), &keys, FaultKind::BadSignature);
    let mut only_ec = rules();
    only_ec.algorithms = vec![Algorithm::Es256];
    assert_eq!(accept_with(&only_ec, &rsa.sign(&claims()), &keys).expect_err("a fault").kind(), FaultKind::Refused);
    assert_eq!(accept_with(&only_ec, &ec.sign(&claims()), &keys), Ok(()));
}

#[test]
fn section_3_2_algorithms_that_are_out_of_date_are_not_there() {
    for alg in ["RS1", "RSA1_5", "HS1", "MD5", "ES256K", "none"] {
        assert!(alg.parse::<Algorithm>().is_err(), "{alg}");
        let mint = Mint::new("RS256", "a");
        let text = mint.sign_with(&json!({ "alg": alg, "kid": "a" }), &claims());
        refuse(&text, &keys(&[&mint]), FaultKind::Refused);
    }
    // SHA-1 and RSA of 1,024 bits.
    let weak = json!({ "keys": [{ "kty": "RSA", "n": base64url([0xff; 128]), "e": "AQAB" }] });
    assert!(KeySet::parse(weak.to_string().as_bytes()).expect("a set").is_empty());
}

#[test]
fn section_3_3_every_step_must_succeed() {
    let (mint, stranger) = (Mint::new("ES256", "a"), Mint::new("ES256", "a"));
    let keys = keys(&[&mint]);
    refuse(&stranger.sign(&claims()), &keys, FaultKind::BadSignature);
    // A signed token within a signed one: the outer signature says nothing about the inner claims.
    let nested = mint.sign_raw(br#"{"alg":"ES256","kid":"a","cty":"JWT"}"#, stranger.sign(&claims()).as_bytes());
    refuse(&nested, &keys, FaultKind::Malformed);
    let says_nested = mint.sign_with(&json!({ "alg": "ES256", "kid": "a", "cty": "JWT" }), &claims());
    refuse(&says_nested, &keys, FaultKind::Refused);
}

#[test]
fn section_3_4_inputs_to_cryptography_are_validated() {
    // A point off the curve (the invalid curve attack).
    let mut jwk = Mint::new("ES256", "a").jwk();
    jwk["y"] = json!(base64url([1; 32]));
    let off = KeySet::parse(json!({ "keys": [jwk] }).to_string().as_bytes()).expect("a set");
    assert_eq!(off.unusable(), ["keys[0]: a point that is not on the curve"]);

    for (algorithm, length) in [("ES256", 32), ("ES384", 48), ("ES512", 66)] {
        let mint = Mint::new(algorithm, "a");
        let keys = keys(&[&mint]);
        let mut rules = rules();
        rules.algorithms = vec![algorithm.parse().expect("an algorithm")];
        let header = json!({ "alg": algorithm, "kid": "a", "typ": "at+jwt" });
        let good =
            mint.signature(format!("{}.{}", base64url(header.to_string()), base64url(claims().to_string())).as_bytes());
        assert_eq!(good.len(), 2 * length);
        let der = der_of(&good);
        let mut halved = good.clone();
        halved.remove(0);
        let (r, s) = good.split_at(length);
        for (what, signature) in [
            ("r = s = 0, as Java once took (CVE-2022-21449)", vec![0; 2 * length]),
            ("r = 0", [&vec![0; length][..], s].concat()),
            ("s = 0", [r, &vec![0; length]].concat()),
            ("r = s = 2^n - 1", vec![0xff; 2 * length]),
            ("one byte short", halved),
            ("one byte long", [&[0][..], &good].concat()),
            ("one half", r.to_vec()),
            ("twice", [&good[..], &good].concat()),
            ("in DER", der),
            ("nothing", Vec::new()),
        ] {
            let text = token(&header, &claims(), &signature);
            let fault = accept_with(&rules, &text, &keys).expect_err(what);
            assert_eq!(fault.kind(), FaultKind::BadSignature, "{algorithm}: {what}");
        }
        assert_eq!(accept_with(&rules, &token(&header, &claims(), &good), &keys), Ok(()));
    }
}

/// The same signature as X9.62 and TLS write it: `SEQUENCE { r INTEGER, s INTEGER }`.
fn der_of(fixed: &[u8]) -> Vec<u8> {
    let integer = |bytes: &[u8]| {
        let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len() - 1);
        let padding = usize::from(bytes[start] >= 0x80);
        let bytes = [&[0][..padding], &bytes[start..]].concat();
        [&[2, bytes.len() as u8][..], &bytes].concat()
    };
    let (r, s) = fixed.split_at(fixed.len() / 2);
    let body = [integer(r), integer(s)].concat();
    let length = if body.len() < 128 { vec![body.len() as u8] } else { vec![0x81, body.len() as u8] };
    [vec![0x30], length, body].concat()
}

#[test]
fn section_3_4_signatures_of_rsa_and_ed25519_have_their_length() {
    for (algorithm, length) in [("RS256", 256), ("PS256", 256), ("EdDSA", 64)] {
        let mint = Mint::new(algorithm, "a");
        let keys = keys(&[&mint]);
        let header = json!({ "alg": algorithm, "kid": "a" });
        let good =
            mint.signature(format!("{}.{}", base64url(header.to_string()), base64url(claims().to_string())).as_bytes());
        for signature in [
            vec![0; length],
            vec![0xff; length],
            good[1..].to_vec(),
            [&[0][..], &good].concat(),
            [&good[..], &[0]].concat(),
            vec![1],
        ] {
            refuse(&token(&header, &claims(), &signature), &keys, FaultKind::BadSignature);
        }
        assert_eq!(accept(&token(&header, &claims(), &good), &keys), Ok(()));
    }
}

#[test]
fn section_3_5_keys_that_are_too_weak_or_not_secret_are_refused() {
    let mut leaked = Mint::new("EdDSA", "a").jwk();
    leaked["d"] = json!(base64url([7; 32]));
    let weak_exponent = json!({ "kty": "RSA", "n": base64url([0xff; 256]), "e": base64url([1]) });
    let password = json!({ "kty": "oct", "k": base64url("correct horse") });
    let document = json!({ "keys": [leaked, weak_exponent, password] });
    let keys = KeySet::parse(document.to_string().as_bytes()).expect("a set");
    assert!(keys.is_empty());
    assert_eq!(keys.unusable().len(), 3);
}

#[test]
fn section_3_6_a_compressed_token_is_refused() {
    let mint = Mint::new("RS256", "a");
    let text = mint.sign_with(&json!({ "alg": "RS256", "kid": "a", "zip": "DEF" }), &claims());
    assert_eq!(refuse(&text, &keys(&[&mint]), FaultKind::Refused).reason(), "compressed");
}

#[test]
fn section_3_7_only_utf_8_is_read() {
    let mint = Mint::new("RS256", "a");
    let keys = keys(&[&mint]);
    for bytes in [&b"{\"sub\":\"\xff\"}"[..], b"\xfe\xff\x00{\x00}", b"{\"sub\":\"\xc0\x80\"}"] {
        refuse(&mint.sign_raw(br#"{"alg":"RS256","kid":"a"}"#, bytes), &keys, FaultKind::Malformed);
    }
    let mut named = claims();
    named["sub"] = json!("Ελένη");
    assert_eq!(accept(&mint.sign(&named), &keys), Ok(()));
}

#[test]
fn section_3_8_the_issuer_is_ours_and_the_key_is_its_own() {
    let (ours, theirs) = (Mint::new("RS256", "a"), Mint::new("RS256", "a"));
    let mut foreign = claims();
    foreign["iss"] = json!("https://evil.example.test");
    refuse(&ours.sign(&foreign), &keys(&[&ours]), FaultKind::OtherIssuer);
    // Another issuer that claims to be ours, with a key of the same name.
    refuse(&theirs.sign(&claims()), &keys(&[&ours]), FaultKind::BadSignature);
    for iss in [json!([ISSUER]), json!([ISSUER, "https://evil.example.test"]), json!(null), json!({})] {
        foreign["iss"] = iss;
        refuse(&ours.sign(&foreign), &keys(&[&ours]), FaultKind::Malformed);
    }
}

#[test]
fn section_3_9_the_audience_is_required_and_ours() {
    let mint = Mint::new("RS256", "a");
    let keys = keys(&[&mint]);
    let mut claims = claims();
    for (aud, kind) in [
        (json!("other-api"), FaultKind::OtherAudience),
        (json!(["other-api", "third-api"]), FaultKind::OtherAudience),
        (json!([]), FaultKind::Malformed),
        (json!(["orders-api", 1]), FaultKind::Malformed),
        (json!(null), FaultKind::Malformed),
    ] {
        claims["aud"] = aud;
        refuse(&mint.sign(&claims), &keys, kind);
    }
    claims.as_object_mut().expect("an object").remove("aud");
    refuse(&mint.sign(&claims), &keys, FaultKind::Malformed);
}

#[test]
fn section_3_10_keys_that_a_token_brings_are_ignored() {
    let (ours, attacker) = (Mint::new("ES256", "ours"), Mint::new("ES256", "attacker"));
    let keys = keys(&[&ours]);
    for member in ["jwk", "jku", "x5u", "x5c", "x5t", "x5t#S256"] {
        for kid in ["ours", "attacker"] {
            let header = json!({ "alg": "ES256", "kid": kid, member: attacker.jwk() });
            let kind = if kid == "ours" { FaultKind::BadSignature } else { FaultKind::UnknownKey };
            refuse(&attacker.sign_with(&header, &claims()), &keys, kind);
        }
        let nameless = json!({ "alg": "ES256", member: attacker.jwk() });
        refuse(&attacker.sign_with(&nameless, &claims()), &keys, FaultKind::UnknownKey);
        // Nor do they spoil a token whose key is known.
        let header = json!({ "alg": "ES256", "kid": "ours", member: attacker.jwk() });
        assert_eq!(accept(&ours.sign_with(&header, &claims()), &keys), Ok(()));
    }
}

#[test]
fn section_3_11_the_type_is_checked() {
    let mint = Mint::new("RS256", "a");
    let keys = keys(&[&mint]);
    let typed = |typ: Value| mint.sign_with(&json!({ "alg": "RS256", "kid": "a", "typ": typ }), &claims());
    for typ in ["logout+jwt", "secevent+jwt", "dpop+jwt", "JOSE", ""] {
        refuse(&typed(json!(typ)), &keys, FaultKind::Refused);
    }
    refuse(&typed(json!(["at+jwt"])), &keys, FaultKind::Malformed);
    let mut strict = rules();
    strict.token_types = vec![TokenType::AccessToken];
    assert_eq!(accept_with(&strict, &typed(json!("at+jwt")), &keys), Ok(()));
    assert_eq!(accept_with(&strict, &typed(json!("JWT")), &keys).expect_err("a fault").kind(), FaultKind::Refused);
}

#[test]
fn section_3_12_kinds_of_token_exclude_each_other() {
    // By the header's type, by the claims, by the audience, by the key: any one of them is enough.
    let (access, other) = (Mint::new("RS256", "access"), Mint::new("RS256", "other"));
    let mut id_token = claims();
    id_token["nonce"] = json!("n");
    refuse(&access.sign(&id_token), &keys(&[&access]), FaultKind::Refused);
    refuse(&other.sign(&claims()), &keys(&[&access]), FaultKind::UnknownKey);
    let mut bound = claims();
    bound["cnf"] = json!({ "jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" });
    refuse(&access.sign(&bound), &keys(&[&access]), FaultKind::Refused);
    let mut lasting = claims();
    lasting.as_object_mut().expect("an object").remove("exp");
    refuse(&access.sign(&lasting), &keys(&[&access]), FaultKind::Refused);
    let mut old = rules();
    old.max_age = Some(Duration::from_secs(1));
    old.leeway = Duration::ZERO;
    let mut aged = claims();
    aged["iat"] = json!(now() - 5);
    assert_eq!(
        accept_with(&old, &access.sign(&aged), &keys(&[&access])).expect_err("a fault").kind(),
        FaultKind::Expired
    );
}
