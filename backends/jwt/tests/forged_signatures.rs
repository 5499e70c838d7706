//! Signatures that nobody with the private key has made: HMACs under every form of the public key (RFC 8725, section
//! 2.1), numbers that are none of the group, points put together from two keys (section 3.4), and names written so that
//! only an unescaping reader sees that they occur twice (section 2.6).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use aws_lc_rs::{hmac, signature};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use portcullis_jwt::{Algorithm, Fault, FaultKind, KeySet, Scratch, Token};
use portcullis_mint::{Mint, base64url, jwks};
use serde_json::{Value, json};

const ALL: [Algorithm; 4] = [Algorithm::Rs256, Algorithm::Es256, Algorithm::Es384, Algorithm::Es512];

/// The order of each curve's base point (FIPS 186-4, appendix D.1.2), with the zeros that fill it up.
const ORDERS: [(&str, &str); 3] = [
    ("ES256", "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"),
    ("ES384", "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973"),
    (
        "ES512",
        "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c\
         47aebb6fb71e91386409",
    ),
];

fn key_set(keys: &[Value]) -> KeySet {
    KeySet::parse(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}

fn verify(text: &str, keys: &KeySet) -> Result<(), Fault> {
    Token::parse(text, &mut Scratch::new())?.verify(keys, &ALL)
}

fn signed(header: &Value) -> String {
    format!("{}.{}", base64url(header.to_string()), base64url(r#"{"sub":"root"}"#))
}

/// A definite-length DER value (X.690, section 8.1).
fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = content.len().to_be_bytes();
    let length = &length[length.iter().take_while(|byte| **byte == 0).count()..];
    let head = if content.len() < 128 { vec![tag] } else { vec![tag, 0x80 | u8::try_from(length.len()).unwrap()] };
    [&head, length, &content].concat()
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

#[test]
fn an_hmac_under_no_form_of_the_rsa_public_key_is_a_signature() {
    let mint = Mint::new("RS256", "a");
    let mut jwk = mint.jwk();
    let number = |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap();
    let (modulus, exponent) = (number("n"), number("e"));
    // RSAPublicKey (RFC 8017, appendix A.1.1) and SubjectPublicKeyInfo (RFC 5280, section 4.1) with rsaEncryption.
    let pkcs1 = der(0x30, &[&der(0x02, &[&[0], &modulus]), &der(0x02, &[&exponent])]);
    let rsa_encryption = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
    let algorithm = der(0x30, &[&der(0x06, &[&rsa_encryption]), &[0x05, 0x00]]);
    let spki = der(0x30, &[&algorithm, &der(0x03, &[&[0], &pkcs1])]);
    for form in [&pkcs1, &spki] {
        let key = signature::UnparsedPublicKey::new(&signature::RSA_PKCS1_2048_8192_SHA256, form);
        key.verify(b"control", &mint.signature(b"control")).expect("the form is that of this very key");
    }
    let pem = (pem("PUBLIC KEY", &spki), pem("RSA PUBLIC KEY", &pkcs1));
    let secrets = [
        modulus.as_slice(),
        pkcs1.as_slice(),
        spki.as_slice(),
        pem.0.as_bytes(),
        pem.0.trim_end().as_bytes(),
        pem.1.as_bytes(),
        pem.1.trim_end().as_bytes(),
    ];

    jwk.as_object_mut().unwrap().remove("alg");
    let keys = [key_set(&[mint.jwk()]), key_set(&[jwk])];
    for secret in secrets {
        // By its right name, and as a signature of the key's own algorithm.
        for (alg, kind) in [("HS256", FaultKind::Refused), ("RS256", FaultKind::BadSignature)] {
            let signed = signed(&json!({ "alg": alg, "kid": "a" }));
            let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), signed.as_bytes());
            let text = format!("{signed}.{}", base64url(tag));
            assert!(keys.iter().all(|keys| verify(&text, keys).unwrap_err().kind() == kind), "{alg}");
        }
    }
}

#[test]
fn ecdsa_numbers_that_are_zero_or_at_least_the_order_are_refused() {
    for (alg, order) in ORDERS {
        let order: Vec<u8> =
            (0..order.len()).step_by(2).map(|at| u8::from_str_radix(&order[at..at + 2], 16).unwrap()).collect();
        let length = order.len();
        let mint = Mint::new(alg, "a");
        let keys = key_set(&[mint.jwk()]);
        let signed = signed(&json!({ "alg": alg, "kid": "a" }));
        let good = mint.signature(signed.as_bytes());
        let verdict = |signature: &[u8]| verify(&format!("{signed}.{}", base64url(signature)), &keys);
        assert_eq!((good.len(), verdict(&good)), (2 * length, Ok(())), "{alg}");

        let mut next = order.clone();
        *next.last_mut().unwrap() += 1;
        let mut one = vec![0; length];
        one[length - 1] = 1;
        let bad = [vec![0; length], order, next, vec![0xff; length]];
        let (r, s) = good.split_at(length);
        for number in &bad {
            for other in bad.iter().chain([&one]) {
                for signature in [[number.as_slice(), other].concat(), [other.as_slice(), number].concat()] {
                    assert_eq!(verdict(&signature).unwrap_err().kind(), FaultKind::BadSignature, "{alg}");
                }
            }
            assert_eq!(verdict(&[number, s].concat()).unwrap_err().kind(), FaultKind::BadSignature, "{alg}");
            assert_eq!(verdict(&[r, number].concat()).unwrap_err().kind(), FaultKind::BadSignature, "{alg}");
        }
    }
}

#[test]
fn an_x_of_one_key_with_the_y_of_another_is_no_key_and_hurts_no_other() {
    for (alg, _) in ORDERS {
        let (one, two) = (Mint::new(alg, "a"), Mint::new(alg, "b"));
        let mut mixed = one.jwk();
        mixed["y"] = two.jwk()["y"].clone();
        let keys = key_set(&[mixed, two.jwk()]);
        assert_eq!(keys.unusable(), ["keys[0]: a point that is not on the curve"], "{alg}");
        let claims = json!({ "sub": "alice" });
        assert_eq!(verify(&one.sign(&claims), &keys).unwrap_err().kind(), FaultKind::UnknownKey, "{alg}");
        assert_eq!(verify(&two.sign(&claims), &keys), Ok(()), "{alg}");
    }
}

#[test]
fn a_name_twice_is_seen_through_escapes_and_at_any_depth_of_a_signed_token() {
    let mint = Mint::new("ES256", "a");
    let keys = KeySet::parse(jwks(&[&mint]).to_string().as_bytes()).unwrap();
    let header = br#"{"alg":"ES256","kid":"a"}"#;
    for claims in [
        r#"{"sub":"alice","\u0073ub":"root"}"#,
        r#"{"sub":"alice","s\u0075b":"root"}"#,
        r#"{"realm_access":{"roles":[],"\u0072oles":["admin"]}}"#,
        r#"{"a":[[{"b":[{"c":1,"d":2,"\u0063":3}]}]]}"#,
    ] {
        let fault = verify(&mint.sign_raw(header, claims.as_bytes()), &keys).unwrap_err();
        assert_eq!((fault.kind(), fault.reason()), (FaultKind::Malformed, "the claims have a name twice"), "{claims}");
    }
    for header in [r#"{"alg":"none","a\u006cg":"ES256","kid":"a"}"#, r#"{"alg":"ES256","kid":"b","\u006bid":"a"}"#] {
        let fault = verify(&mint.sign_raw(header.as_bytes(), b"{}"), &keys).unwrap_err();
        assert_eq!((fault.kind(), fault.reason()), (FaultKind::Malformed, "the header has a name twice"), "{header}");
    }
    // An escape alone is no offence.
    assert_eq!(verify(&mint.sign_raw(header, br#"{"\u0073ub":"alice"}"#), &keys), Ok(()));
}
