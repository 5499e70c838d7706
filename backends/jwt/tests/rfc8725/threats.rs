//! Section 2: threats and vulnerabilities.

use aws_lc_rs::hmac;
use portcullis_jwt::{Algorithm, FaultKind, KeySet};
use portcullis_mint::{Mint, base64url, jwks, now};
use serde_json::{Value, json};

use crate::{ISSUER, accept, claims, keys, refuse, token};

const NONE: [&str; 5] = ["none", "None", "NONE", "nOnE", "nonE"];

#[test]
fn section_2_1_a_token_that_says_it_is_not_signed_is_refused() {
    let mint = Mint::new("RS256", "a");
    let keys = keys(&[&mint]);
    for alg in NONE {
        for header in [json!({ "alg": alg }), json!({ "alg": alg, "kid": "a", "typ": "at+jwt" })] {
            refuse(&token(&header, &claims(), b""), &keys, FaultKind::Refused);
            refuse(&mint.sign_with(&header, &claims()), &keys, FaultKind::Refused);
        }
    }
    // None of these is allowed by any spelling in a file, either.
    assert!(NONE.iter().all(|alg| alg.parse::<Algorithm>().is_err()));
}

#[test]
fn section_2_1_the_public_key_is_no_hmac_secret() {
    let mint = Mint::new("RS256", "a");
    let jwk = mint.jwk();
    let keys = keys(&[&mint]);
    let n = jwk["n"].as_str().expect("n");
    let document = jwks(&[&mint]).to_string();
    // All that an attacker might take for the bytes of the key.
    for secret in [n.to_owned(), document, jwk.to_string(), String::new()] {
        for (alg, algorithm) in
            [("HS256", hmac::HMAC_SHA256), ("HS384", hmac::HMAC_SHA384), ("HS512", hmac::HMAC_SHA512)]
        {
            let header = json!({ "alg": alg, "kid": "a", "typ": "at+jwt" });
            let signed = format!("{}.{}", base64url(header.to_string()), base64url(claims().to_string()));
            let tag = hmac::sign(&hmac::Key::new(algorithm, secret.as_bytes()), signed.as_bytes());
            let fault = refuse(&token(&header, &claims(), tag.as_ref()), &keys, FaultKind::Refused);
            assert_eq!(fault.reason(), "alg is an HMAC");
        }
    }
}

#[test]
fn section_2_2_there_is_no_weak_symmetric_key_for_there_is_none() {
    let document = json!({ "keys": [{ "kty": "oct", "k": base64url("secret"), "kid": "a", "alg": "HS256" }] });
    let keys = KeySet::parse(document.to_string().as_bytes()).expect("a set");
    assert!(keys.is_empty());
    assert!(["HS256", "HS384", "HS512"].iter().all(|alg| alg.parse::<Algorithm>().is_err()));
}

#[test]
fn section_2_3_an_encrypted_token_is_refused_whatever_is_in_it() {
    let mint = Mint::new("RS256", "a");
    let inner = mint.sign(&claims());
    let header = base64url(json!({ "alg": "RSA-OAEP", "enc": "A128GCM", "cty": "JWT" }).to_string());
    let five = format!("{header}.{}.{}.{}.{}", base64url("key"), base64url("iv"), base64url(inner), base64url("tag"));
    assert_eq!(refuse(&five, &keys(&[&mint]), FaultKind::Refused).reason(), "encrypted");
    let enc = mint.sign_with(&json!({ "alg": "RS256", "enc": "A128GCM", "kid": "a" }), &claims());
    assert_eq!(refuse(&enc, &keys(&[&mint]), FaultKind::Refused).reason(), "encrypted");
}

#[test]
fn section_2_4_and_2_5_nothing_is_ever_decrypted() {
    // Neither the length of a plain text nor an ephemeral key off the curve can be probed where nothing is decrypted.
    let mint = Mint::new("ES256", "a");
    let mut epk = Mint::new("ES256", "b").jwk();
    epk["y"] = json!(base64url([1; 32]));
    for header in [
        json!({ "alg": "ECDH-ES", "enc": "A128GCM", "epk": epk, "kid": "a" }),
        json!({ "alg": "dir", "enc": "A128CBC-HS256", "zip": "DEF", "kid": "a" }),
    ] {
        let text = format!("{}...AA.AA", base64url(header.to_string()));
        assert_eq!(refuse(&text, &keys(&[&mint]), FaultKind::Refused).reason(), "encrypted");
    }
}

#[test]
fn section_2_6_json_that_two_parsers_read_differently_is_refused() {
    let mint = Mint::new("ES256", "a");
    let keys = keys(&[&mint]);
    let header = br#"{"alg":"ES256","kid":"a"}"#;
    let good = claims().to_string();
    let twice = good.replacen('{', r#"{"sub":"root","#, 1);
    refuse(&mint.sign_raw(header, twice.as_bytes()), &keys, FaultKind::Malformed);
    refuse(&mint.sign_raw(br#"{"alg":"none","alg":"ES256","kid":"a"}"#, good.as_bytes()), &keys, FaultKind::Malformed);
    for broken in [
        format!("{good}{good}"),
        format!("{good}x"),
        format!("\u{feff}{good}"),
        good.replace('"', "'"),
        good.replacen('{', "{,", 1),
    ] {
        refuse(&mint.sign_raw(header, broken.as_bytes()), &keys, FaultKind::Malformed);
    }
    assert_eq!(accept(&mint.sign_raw(header, good.as_bytes()), &keys), Ok(()));
}

#[test]
fn section_2_6_text_in_another_encoding_is_refused() {
    let mint = Mint::new("ES256", "a");
    let utf16: Vec<u8> = claims().to_string().encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut latin1 = claims().to_string().into_bytes();
    let at = latin1.windows(5).position(|word| word == b"alice").expect("alice");
    latin1[at] = 0xe4;
    for payload in [utf16, latin1] {
        refuse(&mint.sign_raw(br#"{"alg":"ES256","kid":"a"}"#, &payload), &keys(&[&mint]), FaultKind::Malformed);
    }
}

#[test]
fn section_2_7_a_token_for_somebody_else_is_refused() {
    let mint = Mint::new("RS256", "a");
    let keys = keys(&[&mint]);
    let mut substituted = claims();
    substituted["aud"] = json!("stock-api");
    refuse(&mint.sign(&substituted), &keys, FaultKind::OtherAudience);
    // Parts of two good tokens make no third one.
    let other = json!({ "iss": ISSUER, "aud": "orders-api", "sub": "root", "exp": now() + 60 });
    let (one, two) = (mint.sign(&claims()), mint.sign(&other));
    let part = |text: &str, n: usize| text.split('.').nth(n).expect("a segment").to_owned();
    refuse(&format!("{}.{}.{}", part(&one, 0), part(&two, 1), part(&one, 2)), &keys, FaultKind::BadSignature);
}

#[test]
fn section_2_8_another_kind_of_token_of_the_same_issuer_is_refused() {
    let mint = Mint::new("RS256", "a");
    let keys = keys(&[&mint]);
    let with = |name: &str, value: Value| {
        let mut claims = claims();
        claims[name] = value;
        claims
    };
    let logout = json!({ "http://schemas.openid.net/event/backchannel-logout": {} });
    for claims in [
        with("nonce", json!("n")),
        with("at_hash", json!("h")),
        with("c_hash", json!("h")),
        with("typ", json!("ID")),
        with("typ", json!("Refresh")),
        with("typ", json!("Logout")),
        with("events", logout),
    ] {
        refuse(&mint.sign(&claims), &keys, FaultKind::Refused);
    }
}

#[test]
fn section_2_9_nothing_in_a_token_makes_a_request_or_a_lookup() {
    // Names of keys are compared, and URLs in the header are not looked at: no module of this crate can fetch.
    let mint = Mint::new("RS256", "a");
    let keys = keys(&[&mint]);
    for kid in ["../../../../dev/null", "' OR 1=1 --", "a\u{0}", "A", " a", "http://169.254.169.254/"] {
        let text = mint.sign_with(&json!({ "alg": "RS256", "kid": kid }), &claims());
        refuse(&text, &keys, FaultKind::UnknownKey);
    }
}
