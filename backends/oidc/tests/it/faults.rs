//! Providers that misbehave: the service goes on, and says 503 for what it cannot know.

use std::time::{Duration, Instant};

use portcullis_core::Backend as _;
use portcullis_mint::{Mint, jwks};
use serde_json::json;
use wiremock::ResponseTemplate;

use crate::provider::{KEYS, METADATA, Outcome, Provider, json_answer, outcome, unavailable};

/// What a token of this provider, whose keys are at `KEYS` behind good metadata, is answered.
async fn with_keys(answer: ResponseTemplate) -> String {
    let provider = Provider::bare().await;
    provider.serve(METADATA, provider.metadata()).await;
    provider.serve(KEYS, answer).await;
    reason(&provider).await
}

async fn with_metadata(answer: impl Fn(&Provider) -> ResponseTemplate) -> String {
    let provider = Provider::bare().await;
    provider.serve(METADATA, answer(&provider)).await;
    reason(&provider).await
}

/// Why the backend does not know; the same is what an administrator is told.
async fn reason(provider: &Provider) -> String {
    let oidc = provider.oidc();
    let reason = unavailable(&oidc, &Mint::new("ES256", "a").sign(&provider.claims())).await;
    let warnings = oidc.warnings().join("\n");
    format!("{reason}\n{warnings}")
}

#[tokio::test]
async fn an_error_a_page_or_an_endless_body_instead_of_keys_is_an_outage() {
    for (answer, part) in [
        (ResponseTemplate::new(500).set_body_string("hunter2"), "answered 500"),
        (ResponseTemplate::new(204), "answered 204"),
        (ResponseTemplate::new(200).set_body_raw("<html>hunter2</html>", "text/html"), ""),
        (ResponseTemplate::new(200).set_body_raw("{\"keys\":1}", "application/json"), ""),
        (ResponseTemplate::new(200).set_body_bytes(vec![b' '; 1024 * 1024 + 1]), "larger than 1024 KiB"),
    ] {
        let reason = with_keys(answer).await;
        assert!(reason.contains(part) && !reason.contains("hunter2"), "{reason}");
    }
}

#[tokio::test]
async fn a_set_of_just_the_allowed_size_is_read() {
    let mint = Mint::new("ES256", "a");
    let provider = Provider::bare().await;
    provider.serve(METADATA, provider.metadata()).await;
    let mut document = jwks(&[&mint]).to_string();
    document.push_str(&" ".repeat(1024 * 1024 - document.len()));
    provider.serve(KEYS, ResponseTemplate::new(200).set_body_string(document)).await;
    assert_eq!(outcome(&provider.oidc(), &mint.sign(&provider.claims())).await, Outcome::Accepted);
}

#[tokio::test]
async fn a_slow_provider_is_an_outage_within_the_timeout() {
    let provider = Provider::bare().await;
    provider.serve(METADATA, provider.metadata().set_delay(Duration::from_secs(30))).await;
    let mut config = provider.config();
    config.timeout = Duration::from_millis(200);
    let oidc = provider.oidc_with(config);
    let start = Instant::now();
    let token = Mint::new("ES256", "a").sign(&provider.claims());
    unavailable(&oidc, &token).await;
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert!(oidc.warnings().join("\n").contains("no answer in time"), "{:?}", oidc.warnings());
}

#[tokio::test]
async fn redirects_stay_within_one_origin_and_end() {
    let mint = Mint::new("ES256", "a");
    let to = |location: &str| ResponseTemplate::new(302).insert_header("location", location);

    let provider = Provider::bare().await;
    provider.serve(METADATA, provider.metadata()).await;
    provider.serve(KEYS, to("/a")).await;
    provider.serve("/a", to("/b")).await;
    provider.serve("/b", to("/c")).await;
    provider.serve("/c", json_answer(&jwks(&[&mint]))).await;
    assert_eq!(outcome(&provider.oidc(), &mint.sign(&provider.claims())).await, Outcome::Accepted);

    provider.server.reset().await;
    provider.serve(METADATA, provider.metadata()).await;
    provider.serve(KEYS, to("/keys?secret=hunter2")).await;
    let endless = reason(&provider).await;
    assert!(endless.contains("redirected too often") && !endless.contains("hunter2"), "{endless}");
    assert_eq!(provider.count(KEYS).await, 4);

    let other = Provider::with(&[&mint]).await;
    let elsewhere = with_keys(to(&format!("{}{KEYS}?secret=hunter2", other.issuer()))).await;
    assert!(elsewhere.contains("redirected to another host") && !elsewhere.contains("hunter2"), "{elsewhere}");
    assert_eq!(other.count(KEYS).await, 0);
}

#[tokio::test]
async fn metadata_of_another_issuer_or_with_an_unsafe_place_for_keys_is_an_outage() {
    let keys = "https://keys.example.test/";
    let wrong =
        with_metadata(|_| json_answer(&json!({ "issuer": "https://evil.example.test", "jwks_uri": keys }))).await;
    assert!(wrong.contains("another issuer") && !wrong.contains("evil"), "{wrong}");
    let slash =
        with_metadata(|p| json_answer(&json!({ "issuer": format!("{}/", p.issuer()), "jwks_uri": keys }))).await;
    assert!(slash.contains("another issuer"), "{slash}");
    let uri = "http://keys.example.test/?secret=hunter2";
    let plain = with_metadata(|p| json_answer(&json!({ "issuer": p.issuer(), "jwks_uri": uri }))).await;
    assert!(plain.contains("jwks_uri") && !plain.contains("hunter2"), "{plain}");
    let large = with_metadata(|_| ResponseTemplate::new(200).set_body_bytes(vec![b' '; 256 * 1024 + 1])).await;
    assert!(large.contains("larger than 256 KiB"), "{large}");
}

#[tokio::test]
async fn one_broken_key_does_not_hurt_the_others() {
    let mint = Mint::new("ES256", "a");
    let provider = Provider::bare().await;
    provider.serve(METADATA, provider.metadata()).await;
    let broken = json!({ "kty": "EC", "crv": "P-256", "kid": "b", "x": "AA", "y": "AA", "use": "sig" });
    provider.serve(KEYS, json_answer(&json!({ "keys": [broken, mint.jwk(), 7] }))).await;
    let oidc = provider.oidc();
    assert_eq!(outcome(&oidc, &mint.sign(&provider.claims())).await, Outcome::Accepted);
    assert!(oidc.warnings().join("\n").contains("cannot be used"), "{:?}", oidc.warnings());
}

#[tokio::test]
async fn keys_of_one_name_are_not_mistaken_for_each_other() {
    let (one, two, forger) = (Mint::new("ES256", "a"), Mint::new("ES256", "a"), Mint::new("ES256", "a"));
    let provider = Provider::with(&[&one, &two]).await;
    let oidc = provider.oidc();
    for mint in [&one, &two] {
        assert_eq!(outcome(&oidc, &mint.sign(&provider.claims())).await, Outcome::Accepted);
    }
    assert_ne!(outcome(&oidc, &forger.sign(&provider.claims())).await, Outcome::Accepted);
}

#[tokio::test]
async fn metadata_where_rfc_8414_has_it_is_found() {
    let mint = Mint::new("ES256", "a");
    let provider = Provider::bare().await;
    let issuer = format!("{}/realms/corp", provider.issuer());
    let metadata = json!({ "issuer": issuer, "jwks_uri": format!("{}{KEYS}", provider.issuer()) });
    provider.serve("/.well-known/oauth-authorization-server/realms/corp", json_answer(&metadata)).await;
    provider.serve(KEYS, json_answer(&jwks(&[&mint]))).await;
    let mut config = provider.config();
    config.issuer.clone_from(&issuer);
    let mut claims = provider.claims();
    claims["iss"] = json!(issuer);
    assert_eq!(outcome(&provider.oidc_with(config), &mint.sign(&claims)).await, Outcome::Accepted);
    assert_eq!(provider.count("/realms/corp/.well-known/openid-configuration").await, 1);
}
