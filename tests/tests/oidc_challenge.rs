//! What a client learns that comes without a token, or with a bad one.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use portcullis_testbed::{Provider, Site, curl};
use serde_json::json;

#[test]
fn a_client_finds_its_way_from_the_challenge_to_the_issuer() {
    let provider = Provider::start();
    let resource = "[resource]\nidentifier = \"https://orders.example.test\"\nscopes = [\"read\"]\n";
    let program = Site::new(&format!("{}{resource}", provider.backend())).serve_here();
    let path = "/.well-known/oauth-protected-resource";
    let rest = format!("resource_metadata=\"https://orders.example.test{path}\"");

    let without = curl(&[&program.url("/")]);
    assert_eq!(without.status, 401);
    assert_eq!(without.fields_of("www-authenticate"), [format!("Bearer realm=\"portcullis\", {rest}")]);
    let bad = program.bearer("eyJhbGciOiJub25lIn0.e30.");
    assert_eq!(bad.status, 401);
    let challenge = format!("Bearer realm=\"portcullis\", error=\"invalid_token\", {rest}");
    assert_eq!(bad.fields_of("www-authenticate"), [challenge]);

    let metadata = curl(&[&program.url(path)]);
    assert_eq!(metadata.status, 200);
    let expected = json!({
        "resource": "https://orders.example.test", "authorization_servers": [provider.issuer()],
        "bearer_methods_supported": ["header"], "scopes_supported": ["read"],
    });
    assert_eq!(metadata.json(), expected);
}
