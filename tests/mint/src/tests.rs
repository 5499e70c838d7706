use aws_lc_rs::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::{Mint, base64url};

fn member(mint: &Mint, name: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(mint.jwk()[name].as_str().expect("a string")).expect("base64url")
}

fn verifies(mint: &Mint) -> bool {
    let token = mint.sign(&json!({ "sub": "alice" }));
    let (signed, sealed) = token.rsplit_once('.').expect("two dots");
    let sealed = URL_SAFE_NO_PAD.decode(sealed).expect("base64url");
    let rsa = |parameters: &signature::RsaParameters| {
        signature::RsaPublicKeyComponents { n: member(mint, "n"), e: member(mint, "e") }
            .verify(parameters, signed.as_bytes(), &sealed)
            .is_ok()
    };
    let raw = |algorithm: &'static dyn VerificationAlgorithm, key: Vec<u8>| {
        UnparsedPublicKey::new(algorithm, key).verify(signed.as_bytes(), &sealed).is_ok()
    };
    let point = || [vec![4], member(mint, "x"), member(mint, "y")].concat();
    match mint.algorithm() {
        "RS256" => rsa(&signature::RSA_PKCS1_2048_8192_SHA256),
        "RS384" => rsa(&signature::RSA_PKCS1_2048_8192_SHA384),
        "RS512" => rsa(&signature::RSA_PKCS1_2048_8192_SHA512),
        "PS256" => rsa(&signature::RSA_PSS_2048_8192_SHA256),
        "PS384" => rsa(&signature::RSA_PSS_2048_8192_SHA384),
        "PS512" => rsa(&signature::RSA_PSS_2048_8192_SHA512),
        "ES256" => raw(&signature::ECDSA_P256_SHA256_FIXED, point()),
        "ES384" => raw(&signature::ECDSA_P384_SHA384_FIXED, point()),
        "ES512" => raw(&signature::ECDSA_P521_SHA512_FIXED, point()),
        "EdDSA" => raw(&signature::ED25519, member(mint, "x")),
        other => panic!("{other}"),
    }
}

#[test]
fn the_jwk_verifies_what_the_mint_signs() {
    for algorithm in ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"] {
        assert!(verifies(&Mint::new(algorithm, "k")), "{algorithm}");
    }
}

#[test]
fn two_mints_have_two_keys() {
    assert_ne!(Mint::new("EdDSA", "k").jwk()["x"], Mint::new("EdDSA", "k").jwk()["x"]);
}

#[test]
fn the_header_may_lie() {
    let token = Mint::new("ES256", "k").sign_with(&json!({ "alg": "none" }), &json!({}));
    assert_eq!(token.split('.').next(), Some(base64url(br#"{"alg":"none"}"#).as_str()));
}
