//! Groups that did not fit into the token.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use portcullis_mint::{Mint, jwks, now};
use portcullis_testbed::{Faults, Site};
use serde_json::json;

#[test]
fn groups_that_are_elsewhere_are_none_and_the_log_says_so() {
    let (faults, mint) = (Faults::start(), Mint::new("ES256", "a"));
    faults.publish("/jwks", &jwks(&[&mint]));
    let issuer = faults.url("");
    let config = format!(
        "[[backend]]\nkind = \"oidc\"\nissuer = \"{issuer}\"\njwks_url = \"{}\"\naudiences = [\"orders\"]\ngroups_claim = \"groups\"\n",
        faults.url("/jwks")
    );
    let program = Site::new(&config).serve_here();
    let mut claims = json!({ "iss": issuer, "aud": "orders", "sub": "alice", "exp": now() + 60, "groups": ["ops"] });
    assert_eq!(program.bearer(&mint.sign(&claims)).json()["groups"], json!(["ops"]));

    claims["_claim_names"] = json!({ "groups": "src1" });
    claims["_claim_sources"] = json!({ "src1": { "endpoint": "https://graph.example.test/alice" } });
    let who = program.bearer(&mint.sign(&claims)).json();
    assert_eq!((&who["name"], &who["groups"]), (&json!("alice"), &json!([])));
    let log = String::from_utf8_lossy(&program.stop().output).into_owned();
    let warnings: Vec<&str> = log.lines().filter(|line| line.contains("overage")).collect();
    assert!(warnings.len() == 1 && warnings[0].contains("WARN"), "{log}");
}
