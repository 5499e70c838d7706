//! Two providers of different makes at once: `oidc-provider`, and Glewlwyd, whose groups are one
//! string.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use portcullis_testbed::{Access, Glewlwyd, Provider, Site, decoded};
use serde_json::json;

/// Both, with a name each.
fn config(provider: &Provider, glewlwyd: &Glewlwyd) -> String {
    let first = format!("{}name = \"first\"\n", provider.backend());
    let second = provider.backend().replace(&provider.issuer(), &glewlwyd.issuer()).replace("orders", "api");
    format!("{first}{second}name = \"second\"\n")
}

#[test]
fn each_token_is_for_the_provider_that_issued_it() {
    let (provider, glewlwyd) = (Provider::start(), Glewlwyd::start());
    let program = Site::new(&config(&provider, &glewlwyd)).serve_here();

    let who = program.bearer(&provider.log_in("alice", &Access::to("orders")).access_token).json();
    assert_eq!((&who["backend"], &who["name"]), (&json!("first"), &json!("alice")));
    assert_eq!(who["groups"], json!(["admins", "devs"]));

    let token = glewlwyd.alice();
    let claims = decoded(&token).1;
    assert_eq!(claims["groups"], "admins,devs", "one string");
    let who = program.bearer(&token).json();
    assert_eq!((&who["backend"], &who["issuer"]), (&json!("second"), &json!(glewlwyd.issuer())));
    assert_eq!((&who["name"], &who["groups"]), (&claims["sub"], &json!(["admins", "devs"])));

    // The audience of one is nothing to the other.
    assert_eq!(program.bearer(&provider.client_token(&Access::to("api"))).status, 401);
}

#[test]
fn one_that_is_away_does_not_hold_up_the_other() {
    let (mut provider, glewlwyd) = (Provider::start(), Glewlwyd::start());
    let token = provider.client_token(&Access::to("orders"));
    provider.stop();
    let program = Site::new(&config(&provider, &glewlwyd)).serve_here();
    assert_eq!(program.bearer(&token).status, 503);
    assert_eq!(program.bearer(&glewlwyd.alice()).status, 200);
    provider.start_again();
    program.bearer_until(&token, 200);
}
