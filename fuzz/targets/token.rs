//! Any text is a token, or a fault; no token verifies; and JSON means what `serde_json` says it does.

#![no_main]

use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use libfuzzer_sys::fuzz_target;
use portcullis_jwt::{BadJson, Json, KeySet, Rules, Scratch, Token, looks_like_jwt};
use serde_json::Value;

/// An Ed25519 key of RFC 8037, appendix A.2.
const KEYS: &str =
    r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    read(text);
    // The same text as what is inside of a token: a header, a line, claims.
    if let Some((header, claims)) = text.split_once('\n') {
        let encode = |part: &str| URL_SAFE_NO_PAD.encode(part);
        read(&format!("{}.{}.{}", encode(header), encode(claims), "A".repeat(86)));
        compare(claims);
    }
    compare(text);
});

fn read(text: &str) {
    let keys = KeySet::parse(KEYS.as_bytes()).expect("a good key");
    let mut rules = Rules::new("https://id.example.test", ["orders"]);
    rules.accept_id_tokens = true;
    let mut scratch = Scratch::new();
    if let Ok(token) = Token::parse(text, &mut scratch) {
        assert!(looks_like_jwt(text));
        assert!(token.verify(&keys, &rules.algorithms).is_err(), "nobody has the private key");
        let _ = rules.check(&token, SystemTime::now());
        let _ = (token.header().kid(), token.claims().audiences().is_ok(), token.claims().expires_at());
    }
}

/// What we read, `serde_json` reads too, and the same; what we do not, has a reason.
fn compare(text: &str) {
    match (Json::parse(text), serde_json::from_str::<Value>(text)) {
        (Ok(ours), Ok(theirs)) => assert_eq!(ours.to_value(), theirs),
        (Ok(_), Err(error)) => panic!("only we read {text:?}: {error}"),
        (Err(BadJson::Syntax), Ok(_)) => panic!("only we do not read {text:?}"),
        (Err(_), _) => {}
    }
}
