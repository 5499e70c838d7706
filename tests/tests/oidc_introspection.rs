//! Opaque tokens of `oidc-provider`, which only the provider understands (RFC 7662).

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use portcullis_testbed::{Access, Fault, Faults, Program, Provider, Site};
use serde_json::json;

const ENDPOINT: &str = "/token/introspection";

fn opaque() -> Access {
    Access::to("orders").opaque()
}

fn token(provider: &Provider, user: &str) -> String {
    provider.log_in(user, &opaque()).access_token
}

/// The program, which asks at this URL, with this secret.
fn serve(provider: &Provider, url: &str, secret: &str) -> Program {
    serve_more(provider, url, secret, "")
}

/// The same, with more keys.
fn serve_more(provider: &Provider, url: &str, secret: &str, more: &str) -> Program {
    let client = Provider::INTROSPECTION_CLIENT.0;
    let keys = format!("url = \"{url}\", client_id = \"{client}\", client_secret = {{ file = \"secret\" }}");
    let site = Site::new(&format!("{}introspection = {{ {keys} }}\n{more}", provider.backend()));
    site.write("secret", secret);
    site.serve_here()
}

#[test]
fn who_has_an_opaque_token_is_let_in_beside_who_has_a_jwt() {
    let provider = Provider::start();
    let program = serve(&provider, &provider.url(ENDPOINT), Provider::INTROSPECTION_CLIENT.1);
    let who = program.bearer(&token(&provider, "alice")).json();
    assert_eq!((&who["name"], &who["groups"]), (&json!("alice"), &json!(["admins", "devs"])));
    assert_eq!((&who["scopes"], &who["issuer"]), (&json!(["openid", "groups"]), &json!(provider.issuer())));
    assert_eq!(program.bearer(&provider.client_token(&Access::to("orders"))).json()["name"], "worker");

    for unknown in ["opaque", "SlAV32hkKG.SlAV32hkKG", &token(&provider, "bob")[1..]] {
        assert_eq!(program.bearer(unknown).status, 401, "{unknown}");
    }
    let for_others = provider.log_in("alice", &Access::to("invoices").opaque()).access_token;
    assert_eq!(program.bearer(&for_others).status, 401);
}

/// What `oidc-provider` says of a client's opaque token has no `sub`: it is nobody's.
#[test]
fn a_client_is_named_by_another_claim_if_the_provider_names_no_subject() {
    let provider = Provider::start();
    let (url, secret) = (provider.url(ENDPOINT), Provider::INTROSPECTION_CLIENT.1);
    let worker = provider.client_token(&opaque());
    assert_eq!(serve(&provider, &url, secret).bearer(&worker).status, 401);
    let who = serve_more(&provider, &url, secret, "username_claim = \"client_id\"\n").bearer(&worker).json();
    assert_eq!((&who["name"], &who["scopes"]), (&json!("worker"), &json!(["read"])));
}

#[test]
fn one_answer_serves_for_a_while_and_an_outage_is_503() {
    let provider = Provider::start();
    let faults = Faults::before(&provider.issuer());
    let program = serve(&provider, &faults.url(ENDPOINT), Provider::INTROSPECTION_CLIENT.1);
    let (known, new) = (token(&provider, "alice"), token(&provider, "bob"));
    for _ in 0..5 {
        assert_eq!(program.bearer(&known).status, 200);
    }
    assert_eq!(faults.count(ENDPOINT), 1);
    for fault in [Fault::Status(500), Fault::Html, Fault::Document("application/json", "{}".to_owned())] {
        faults.set(ENDPOINT, fault.clone());
        let answer = program.bearer(&new);
        assert_eq!(answer.status, 503, "{fault:?}: {answer:?}");
        assert!(answer.field("retry-after").is_some());
    }
    faults.mend(ENDPOINT);
    program.bearer_until(&new, 200);
}

#[test]
fn a_secret_that_the_provider_refuses_is_an_outage_and_not_a_bad_token() {
    let provider = Provider::start();
    let program = serve(&provider, &provider.url(ENDPOINT), "not-the-secret");
    assert_eq!(program.bearer(&token(&provider, "alice")).status, 503);
}
