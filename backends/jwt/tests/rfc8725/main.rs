//! RFC 8725, "JSON Web Token Best Current Practices", section by section: the threats of section 2 and the practices of
//! section 3, each with a token that an attacker would try.

mod practices;
mod threats;

use std::time::SystemTime;

use portcullis_jwt::{Algorithm, Fault, FaultKind, KeySet, Rules, Scratch, Token};
use portcullis_mint::{Mint, base64url, jwks, now};
use serde_json::{Value, json};

const ISSUER: &str = "https://id.example.test";

fn claims() -> Value {
    json!({ "iss": ISSUER, "aud": "orders-api", "sub": "alice", "exp": now() + 60, "iat": now() })
}

fn keys(mints: &[&Mint]) -> KeySet {
    KeySet::parse(jwks(mints).to_string().as_bytes()).expect("a set")
}

fn rules() -> Rules {
    Rules::new(ISSUER, ["orders-api"])
}

/// All three steps that a token has to pass.
fn accept_with(rules: &Rules, text: &str, keys: &KeySet) -> Result<(), Fault> {
    let mut scratch = Scratch::new();
    let token = Token::parse(text, &mut scratch)?;
    token.verify(keys, &rules.algorithms)?;
    rules.check(&token, SystemTime::now()).map(drop)
}

fn accept(text: &str, keys: &KeySet) -> Result<(), Fault> {
    accept_with(&rules(), text, keys)
}

#[track_caller]
fn refuse(text: &str, keys: &KeySet, kind: FaultKind) -> Fault {
    let fault = accept(text, keys).expect_err("a token that must be refused");
    assert_eq!(fault.kind(), kind, "{fault}");
    fault
}

/// A token of any header, claims and signature.
fn token(header: &Value, claims: &Value, signature: &[u8]) -> String {
    format!("{}.{}.{}", base64url(header.to_string()), base64url(claims.to_string()), base64url(signature))
}

/// What all the others differ from in one thing.
#[test]
fn control_a_good_token_is_accepted() {
    for algorithm in Algorithm::DEFAULT {
        let mint = Mint::new(algorithm.name(), "a");
        assert_eq!(accept(&mint.sign(&claims()), &keys(&[&mint])), Ok(()), "{algorithm}");
    }
}
