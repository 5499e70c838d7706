//! Opaque tokens: what becomes of them by what the endpoint answers.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use portcullis_core::{Backend as _, Clock, Secret, Verdict};
use portcullis_mint::{Mint, now};
use portcullis_oidc::{IntrospectionConfig, Oidc, OidcConfig};
use serde_json::json;
use wiremock::matchers::{body_string, header, method, path};
use wiremock::{Mock, ResponseTemplate};

use crate::provider::{Outcome, Provider, accepted, credential, json_answer, outcome, present, unavailable};

const SECRET: &str = "hunter2 &%";

/// A backend that introspects at this provider, and the file with its secret.
fn introspecting(provider: &Provider, change: impl Fn(&mut IntrospectionConfig)) -> (Oidc, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("secret"), format!("{SECRET}\n")).unwrap();
    let url = format!("{}/introspect", provider.issuer());
    let mut introspection = IntrospectionConfig::new(url, "orders", Secret::File("secret".into()));
    change(&mut introspection);
    let mut config = provider.config();
    config.introspection = Some(introspection);
    let oidc = Oidc::new(config, "corp", directory.path(), Clock::from(&provider.clock)).unwrap();
    (oidc, directory)
}

async fn answering(answer: ResponseTemplate) -> (Provider, Oidc, tempfile::TempDir) {
    let provider = Provider::bare().await;
    Mock::given(method("POST")).and(path("/introspect")).respond_with(answer).mount(&provider.server).await;
    let (oidc, directory) = introspecting(&provider, |_| ());
    (provider, oidc, directory)
}

#[tokio::test]
async fn the_endpoint_is_asked_as_rfc_7662_has_it() {
    let provider = Provider::bare().await;
    let active = json!({ "active": true, "aud": "orders", "sub": "alice", "scope": "read", "iss": provider.issuer(), "exp": now() + 60 });
    Mock::given(method("POST"))
        .and(path("/introspect"))
        .and(header("authorization", "Basic b3JkZXJzOmh1bnRlcjIrJTI2JTI1"))
        .and(header("content-type", "application/x-www-form-urlencoded"))
        .and(header("accept", "application/json"))
        .and(body_string("token=aB0-._%7E%2B%2F%3D%3D&token_type_hint=access_token"))
        .respond_with(json_answer(&active))
        .mount(&provider.server)
        .await;
    let (oidc, _directory) = introspecting(&provider, |_| ());
    let token = "aB0-._~+/==";
    assert!(oidc.recognizes(&credential(token)));
    let Verdict::Accepted(accepted) = present(&oidc, token).await else { panic!() };
    assert_eq!(accepted.lifetime, Some(Duration::from_secs(30)));
    assert_eq!(accepted.principal.name(), "alice");
    assert_eq!(accepted.principal.scopes().collect::<Vec<_>>(), ["read"]);
    let expires = accepted.principal.expires_at().unwrap().duration_since(std::time::UNIX_EPOCH).unwrap();
    assert_eq!(expires.as_secs(), active["exp"].as_u64().unwrap());
    assert!(oidc.sole_claims().contains(&"opaque bearer tokens".to_owned()));
}

#[tokio::test]
async fn what_the_endpoint_says_decides_between_401_and_503() {
    let status = ResponseTemplate::new;
    for (answer, expected) in [
        (json_answer(&json!({ "active": true, "aud": "orders", "sub": "alice" })), Outcome::Accepted),
        (json_answer(&json!({ "active": false })), Outcome::RefusedForNow),
        (json_answer(&json!({ "active": "true", "sub": "alice" })), Outcome::Unavailable),
        (json_answer(&json!({ "active": true, "aud": "orders" })), Outcome::RefusedForNow),
        (json_answer(&json!({ "active": true, "sub": "alice", "aud": "bills" })), Outcome::RefusedForNow),
        (json_answer(&json!({ "active": true, "aud": "orders", "sub": "alice", "cnf": {} })), Outcome::RefusedForNow),
        (json_answer(&json!([])), Outcome::Unavailable),
        (status(200).set_body_string("<html>"), Outcome::Unavailable),
        (status(200).set_body_bytes(vec![b' '; 256 * 1024 + 1]), Outcome::Unavailable),
        (status(201).set_body_json(json!({ "active": true, "aud": "orders", "sub": "alice" })), Outcome::Unavailable),
        (status(400), Outcome::Unavailable),
        (status(401), Outcome::Unavailable),
        (status(403), Outcome::Unavailable),
        (status(404), Outcome::Unavailable),
        (status(429), Outcome::Unavailable),
        (status(500), Outcome::Unavailable),
        (status(302).insert_header("location", "http://127.0.0.2/"), Outcome::Unavailable),
    ] {
        let (_provider, oidc, _directory) = answering(answer.clone()).await;
        assert_eq!(outcome(&oidc, "opaque").await, expected, "{answer:?}");
    }
}

#[tokio::test]
async fn a_refusal_of_our_own_credentials_is_told_and_forgotten_when_it_is_over() {
    let (provider, oidc, _directory) = answering(ResponseTemplate::new(401).set_body_string("hunter2")).await;
    let reason = unavailable(&oidc, "opaque").await;
    assert!(reason.contains("our own credentials") && !reason.contains("hunter2"), "{reason}");
    assert!(oidc.warnings().join("\n").contains("introspection.client_id"), "{:?}", oidc.warnings());
    provider.server.reset().await;
    let good = json_answer(&json!({ "active": true, "aud": "orders", "sub": "alice" }));
    Mock::given(method("POST")).respond_with(good).mount(&provider.server).await;
    accepted(&oidc, "opaque").await;
    assert!(!oidc.warnings().join("\n").contains("introspection.client_id"));
}

#[tokio::test]
async fn retry_after_is_passed_on() {
    let (_provider, oidc, _directory) = answering(ResponseTemplate::new(429).insert_header("retry-after", "7")).await;
    let Verdict::Unavailable(unavailable) = present(&oidc, "opaque").await else { panic!() };
    assert_eq!(unavailable.retry_after, Some(Duration::from_secs(7)));
}

#[tokio::test]
async fn a_provider_that_is_gone_or_slow_is_an_outage_and_never_a_401() {
    let provider = Provider::bare().await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(200).set_delay(Duration::from_secs(30)))
        .mount(&provider.server)
        .await;
    let (slow, _directory) = introspecting(&provider, |i| i.timeout = Some(Duration::from_millis(200)));
    let start = Instant::now();
    assert!(unavailable(&slow, "opaque").await.contains("no answer in time"));
    assert!(start.elapsed() < Duration::from_secs(5));
    let (gone, _directory) = introspecting(&provider, |i| i.url = "http://127.0.0.1:1/".to_owned());
    assert!(unavailable(&gone, "opaque").await.contains("cannot connect"));
}

#[tokio::test]
async fn questions_beyond_the_bound_do_not_pile_up() {
    let provider = Provider::bare().await;
    let slow =
        json_answer(&json!({ "active": true, "aud": "orders", "sub": "alice" })).set_delay(Duration::from_secs(2));
    Mock::given(method("POST")).respond_with(slow).mount(&provider.server).await;
    let (oidc, _directory) = introspecting(&provider, |i| i.max_concurrent = 2);
    let oidc = Arc::new(oidc);
    let tasks: Vec<_> = (0..6)
        .map(|n| {
            let oidc = Arc::clone(&oidc);
            tokio::spawn(async move {
                let start = Instant::now();
                (present(&oidc, &format!("opaque{n}")).await, start.elapsed())
            })
        })
        .collect();
    let (mut served, mut busy) = (0, 0);
    for task in tasks {
        match task.await.unwrap() {
            (Verdict::Accepted(_), _) => served += 1,
            (Verdict::Unavailable(unavailable), after) => {
                assert_eq!(unavailable.retry_after, Some(Duration::from_secs(1)));
                assert!(after < Duration::from_millis(1500), "{after:?}");
                busy += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((served, busy), (2, 4));
    assert_eq!(outcome(&oidc, "later").await, Outcome::Accepted);
}

#[tokio::test]
async fn what_cannot_be_a_token_is_refused_without_asking() {
    let (provider, oidc, _directory) =
        answering(json_answer(&json!({ "active": true, "aud": "orders", "sub": "alice" }))).await;
    for token in ["a b", "a\"b", "", "=", &"x".repeat(4097)] {
        assert_eq!(outcome(&oidc, token).await, Outcome::RefusedForNow, "{token}");
    }
    assert_eq!(provider.count("/introspect").await, 0);
}

#[tokio::test]
async fn a_jwt_is_verified_here_and_never_sent_anywhere() {
    let mint = Mint::new("ES256", "a");
    let provider = Provider::with(&[&mint]).await;
    let (oidc, _directory) = introspecting(&provider, |_| ());
    assert_eq!(outcome(&oidc, &mint.sign(&provider.claims())).await, Outcome::Accepted);
    let mut other = provider.claims();
    other["iss"] = json!("https://other.example.test");
    assert_eq!(outcome(&oidc, &mint.sign(&other)).await, Outcome::NotMine);
    assert_eq!(provider.count("/introspect").await, 0);
}

#[tokio::test]
async fn a_secret_that_is_not_there_is_an_error_at_the_start() {
    let mut config = OidcConfig::default();
    config.issuer = "http://localhost:1".to_owned();
    config.audiences = vec!["orders".to_owned()];
    let secret = Secret::File("no-such-file".into());
    config.introspection = Some(IntrospectionConfig::new("http://localhost:1/", "orders", secret));
    let invalid = Oidc::new(config, "corp", Path::new("/nowhere"), Clock::default()).unwrap_err();
    assert_eq!(invalid.key(), "introspection.client_secret");
    assert!(invalid.problem().contains("no-such-file"), "{invalid}");
}

#[tokio::test]
async fn no_debug_form_shows_the_secret() {
    let (_provider, oidc, _directory) = answering(ResponseTemplate::new(401)).await;
    unavailable(&oidc, "opaque").await;
    let shown = format!("{oidc:?}{}{:?}", oidc.describe(), oidc.warnings());
    assert!(shown.contains("corp") && !shown.contains("hunter2") && !shown.contains("b3JkZXJz"), "{shown}");
}
