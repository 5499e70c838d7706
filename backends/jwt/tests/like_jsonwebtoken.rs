//! jsonwebtoken on RustCrypto, chosen explicitly for this process, as signer and verifier that shares no code with ours.

use std::sync::Once;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::crypto::rust_crypto;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{DecodingKey, EncodingKey, Header, Validation};
use portcullis_jwt::{Algorithm, KeySet, Scratch, Token};
use portcullis_mint::{Mint, jwks, now};
use serde_json::{Value, json};

/// All that RustCrypto has: no P-521.
const SHARED: [&str; 9] = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"];

fn choose_provider() {
    static CHOSEN: Once = Once::new();
    CHOSEN.call_once(|| rust_crypto::DEFAULT_PROVIDER.install_default().expect("the first provider of this process"));
}

fn claims() -> Value {
    json!({ "iss": "https://id.example.test", "aud": "orders-api", "sub": "Ελένη", "exp": now() + 60, "roles": ["a", "b"] })
}

fn encoding_key(mint: &Mint) -> EncodingKey {
    let der = mint.pkcs8();
    let pem = || {
        let lines: Vec<String> = STANDARD
            .encode(&der)
            .as_bytes()
            .chunks(64)
            .map(|line| String::from_utf8_lossy(line).into_owned())
            .collect();
        format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"))
    };
    match &mint.algorithm()[..2] {
        "ES" => EncodingKey::from_ec_der(&der),
        "Ed" => EncodingKey::from_ed_der(&der),
        _ => EncodingKey::from_rsa_pem(pem().as_bytes()).expect("an RSA key"),
    }
}

fn ours(text: &str, mint: &Mint) -> bool {
    let keys = KeySet::parse(jwks(&[mint]).to_string().as_bytes()).expect("a set");
    let algorithm = mint.algorithm().parse::<Algorithm>().expect("an algorithm");
    let mut scratch = Scratch::new();
    Token::parse(text, &mut scratch).is_ok_and(|token| token.verify(&keys, &[algorithm]).is_ok())
}

fn theirs(text: &str, mint: &Mint) -> bool {
    let jwk: Jwk = serde_json::from_value(mint.jwk()).expect("a JWK");
    let key = DecodingKey::from_jwk(&jwk).expect("a key");
    let mut validation = Validation::new(mint.algorithm().parse().expect("an algorithm"));
    validation.set_audience(&["orders-api"]);
    jsonwebtoken::decode::<Value>(text, &key, &validation).is_ok()
}

#[test]
fn what_jsonwebtoken_signs_is_verified_here() {
    choose_provider();
    for algorithm in SHARED {
        let mint = Mint::new(algorithm, "a");
        let mut header = Header::new(algorithm.parse().expect("an algorithm"));
        header.kid = Some("a".to_owned());
        let text = jsonwebtoken::encode(&header, &claims(), &encoding_key(&mint)).expect("a token");
        assert!(ours(&text, &mint), "{algorithm}");
        let mut scratch = Scratch::new();
        let token = Token::parse(&text, &mut scratch).expect("a token");
        assert_eq!(token.claims().get("sub").and_then(|sub| sub.as_str()), Some("Ελένη"));
        assert_eq!(token.header().typ(), Some("JWT"));
    }
}

#[test]
fn what_is_verified_here_is_verified_by_jsonwebtoken() {
    choose_provider();
    for algorithm in SHARED {
        let mint = Mint::new(algorithm, "a");
        let text = mint.sign(&claims());
        assert!(ours(&text, &mint) && theirs(&text, &mint), "{algorithm}");
        // Every eighth character changed: whatever is accepted here must be accepted there.
        for at in (0..text.len()).step_by(8) {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).expect("ASCII");
            assert!(!ours(&changed, &mint) || theirs(&changed, &mint), "{algorithm} at {at}");
        }
    }
}
