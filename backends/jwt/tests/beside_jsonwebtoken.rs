//! The process holds a jsonwebtoken with both of its providers enabled, as feature unification may bring about, and none
//! installed: it panics at first use. Nothing of ours may.

use std::panic::catch_unwind;
use std::time::SystemTime;

use jsonwebtoken::{EncodingKey, Header};
use portcullis_jwt::{Algorithm, KeySet, Rules, Scratch, Token};
use portcullis_mint::{Mint, jwks, now};
use serde_json::json;

#[test]
fn tokens_are_verified_where_jsonwebtoken_does_not_know_its_provider() {
    let theirs =
        catch_unwind(|| jsonwebtoken::encode(&Header::default(), &json!({}), &EncodingKey::from_secret(b"secret")));
    assert!(theirs.is_err(), "jsonwebtoken has found a provider, so this test shows nothing");

    let rules = Rules::new("https://id.example.test", ["orders-api"]);
    for algorithm in Algorithm::DEFAULT {
        let mint = Mint::new(algorithm.name(), "a");
        let keys = KeySet::parse(jwks(&[&mint]).to_string().as_bytes()).expect("a set");
        let text = mint.sign(&json!({ "iss": "https://id.example.test", "aud": "orders-api", "exp": now() + 60 }));
        let mut scratch = Scratch::new();
        let token = Token::parse(&text, &mut scratch).expect("a token");
        assert_eq!(token.verify(&keys, &rules.algorithms), Ok(()), "{algorithm}");
        assert!(rules.check(&token, SystemTime::now()).is_ok(), "{algorithm}");
    }
}
