//! Keys that come and go.

use std::time::Duration;

use portcullis_core::Backend as _;
use portcullis_mint::{Mint, jwks};
use portcullis_oidc::Oidc;
use serde_json::json;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::provider::{KEYS, METADATA, Outcome, Provider, accepted, json_answer, outcome};

/// Moves the clock until a fetch is due, and waits until the epoch has risen.
async fn refresh(provider: &Provider, oidc: &Oidc, token: &str) {
    let before = oidc.epoch();
    provider.clock.advance(Duration::from_secs(301));
    for _ in 0..200 {
        outcome(oidc, token).await;
        if oidc.epoch() > before {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the epoch did not rise");
}

#[tokio::test]
async fn a_service_starts_while_the_provider_is_away_and_serves_when_it_is_there() {
    let mint = Mint::new("ES256", "a");
    let provider = Provider::bare().await;
    let oidc = provider.oidc();
    let token = mint.sign(&provider.claims());
    assert_eq!(outcome(&oidc, &token).await, Outcome::Unavailable);
    // What is not of this issuer does not wait for it.
    let mut other = provider.claims();
    other["iss"] = json!("https://other.example.test");
    assert_eq!(outcome(&oidc, &mint.sign(&other)).await, Outcome::NotMine);
    provider.rotate(&[&mint]).await;
    provider.clock.advance(Duration::from_secs(31));
    assert_eq!(outcome(&oidc, &token).await, Outcome::Accepted);
}

#[tokio::test]
async fn keys_serve_while_the_provider_is_away_and_not_for_ever() {
    let mint = Mint::new("ES256", "a");
    let provider = Provider::with(&[&mint]).await;
    let oidc = provider.oidc();
    let token = mint.sign(&provider.claims());
    assert_eq!(outcome(&oidc, &token).await, Outcome::Accepted);
    provider.server.reset().await;
    provider.clock.advance(Duration::from_secs(3500));
    assert_eq!(outcome(&oidc, &token).await, Outcome::Accepted);
    provider.clock.advance(Duration::from_secs(200));
    assert_eq!(outcome(&oidc, &token).await, Outcome::Unavailable);
    provider.rotate(&[&mint]).await;
    provider.clock.advance(Duration::from_secs(31));
    assert_eq!(outcome(&oidc, &token).await, Outcome::Accepted);
}

#[tokio::test]
async fn a_new_key_is_found_at_once_and_without_asking_for_metadata() {
    let (old, new) = (Mint::new("ES256", "old"), Mint::new("RS256", "new"));
    let provider = Provider::with(&[&old]).await;
    let oidc = provider.oidc();
    assert_eq!(outcome(&oidc, &old.sign(&provider.claims())).await, Outcome::Accepted);
    provider.rotate(&[&old, &new]).await;
    assert_eq!(outcome(&oidc, &new.sign(&provider.claims())).await, Outcome::Accepted);
    assert_eq!(outcome(&oidc, &old.sign(&provider.claims())).await, Outcome::Accepted);
    assert_eq!((provider.count(KEYS).await, provider.count(METADATA).await), (1, 0));
}

#[tokio::test]
async fn a_withdrawn_key_stops_verifying_and_raises_the_epoch() {
    let (old, new) = (Mint::new("ES256", "old"), Mint::new("ES256", "new"));
    let provider = Provider::with(&[&old]).await;
    let oidc = provider.oidc();
    let token = old.sign(&provider.claims());
    let alice = accepted(&oidc, &token).await;
    let first = oidc.epoch();
    assert!(oidc.still_vouches(&alice, first));

    provider.rotate(&[&old, &new]).await;
    refresh(&provider, &oidc, &token).await;
    let second = oidc.epoch();
    assert!(oidc.still_vouches(&alice, first), "a key more withdraws nothing");

    provider.rotate(&[&new]).await;
    refresh(&provider, &oidc, &token).await;
    assert!(!oidc.still_vouches(&alice, first) && !oidc.still_vouches(&alice, second));
    assert!(oidc.still_vouches(&alice, oidc.epoch()));
    assert_eq!(outcome(&oidc, &token).await, Outcome::RefusedForNow);
    assert_eq!(outcome(&oidc, &new.sign(&provider.claims())).await, Outcome::Accepted);
}

#[tokio::test]
async fn forged_key_names_cost_a_bounded_number_of_fetches() {
    let mint = Mint::new("ES256", "a");
    let provider = Provider::with(&[&mint]).await;
    let oidc = provider.oidc();
    let good = mint.sign(&provider.claims());
    for n in 0..300 {
        let header = json!({ "alg": "ES256", "kid": format!("forged{n}") });
        let forged = mint.sign_with(&header, &provider.claims());
        assert_eq!(outcome(&oidc, &forged).await, Outcome::RefusedForNow);
        if n % 50 == 0 {
            assert_eq!(outcome(&oidc, &good).await, Outcome::Accepted);
        }
    }
    assert!(provider.count(KEYS).await <= 2, "{}", provider.count(KEYS).await);
    assert_eq!(provider.count(METADATA).await, 1);
}

#[tokio::test]
async fn a_token_that_breaks_the_rules_is_not_worth_a_fetch() {
    let mint = Mint::new("ES256", "a");
    let provider = Provider::with(&[&mint]).await;
    let oidc = provider.oidc();
    assert_eq!(outcome(&oidc, &mint.sign(&provider.claims())).await, Outcome::Accepted);
    let mut claims = provider.claims();
    claims["nonce"] = json!("that of an ID token");
    let forged = mint.sign_with(&json!({ "alg": "ES256", "kid": "forged" }), &claims);
    assert_eq!(outcome(&oidc, &forged).await, Outcome::RefusedForGood);
    assert_eq!(provider.count(KEYS).await, 1);
}

#[tokio::test]
async fn keys_that_moved_are_found_through_the_metadata() {
    let mint = Mint::new("ES256", "a");
    let provider = Provider::with(&[&mint]).await;
    let oidc = provider.oidc();
    let token = mint.sign(&provider.claims());
    assert_eq!(outcome(&oidc, &token).await, Outcome::Accepted);
    let new = Mint::new("ES256", "b");
    provider.server.reset().await;
    let moved = json!({ "issuer": provider.issuer(), "jwks_uri": format!("{}/moved", provider.issuer()) });
    provider.serve(METADATA, json_answer(&moved)).await;
    provider.serve("/moved", json_answer(&jwks(&[&new]))).await;
    assert_eq!(outcome(&oidc, &new.sign(&provider.claims())).await, Outcome::Accepted);
    assert_eq!((provider.count(METADATA).await, provider.count("/moved").await), (1, 1));
}

#[tokio::test]
async fn metadata_is_believed_for_an_hour() {
    let mint = Mint::new("ES256", "a");
    let provider = Provider::with(&[&mint]).await;
    let oidc = provider.oidc();
    let token = mint.sign(&provider.claims());
    assert_eq!(outcome(&oidc, &token).await, Outcome::Accepted);
    for (advance, metadata, keys) in [(1800, 1, 2), (1801, 2, 3)] {
        provider.clock.advance(Duration::from_secs(advance));
        for _ in 0..200 {
            assert_eq!(outcome(&oidc, &token).await, Outcome::Accepted);
            if provider.count(KEYS).await == keys {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!((provider.count(METADATA).await, provider.count(KEYS).await), (metadata, keys));
    }
}

#[tokio::test]
async fn a_given_place_of_keys_needs_no_metadata() {
    let mint = Mint::new("ES256", "a");
    let provider = Provider::bare().await;
    provider.serve("/elsewhere", json_answer(&jwks(&[&mint]))).await;
    let mut config = provider.config();
    config.jwks_url = Some(format!("{}/elsewhere", provider.issuer()));
    assert_eq!(outcome(&provider.oidc_with(config), &mint.sign(&provider.claims())).await, Outcome::Accepted);
    assert_eq!(provider.count(METADATA).await, 0);
}

#[tokio::test]
async fn the_client_token_is_read_at_each_fetch_and_sent() {
    let (mint, new) = (Mint::new("ES256", "a"), Mint::new("ES256", "b"));
    let provider = Provider::bare().await;
    for (token, mints) in [("first", vec![&mint]), ("second", vec![&mint, &new])] {
        for (at, answer) in [(METADATA, provider.metadata()), (KEYS, json_answer(&jwks(&mints)))] {
            let asked = Mock::given(method("GET")).and(path(at));
            asked
                .and(header("authorization", format!("Bearer {token}")))
                .respond_with(answer)
                .mount(&provider.server)
                .await;
        }
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "first\n").unwrap();
    let mut config = provider.config();
    config.client_token_file = Some(file.path().to_owned());
    let oidc = provider.oidc_with(config);
    assert_eq!(outcome(&oidc, &mint.sign(&provider.claims())).await, Outcome::Accepted);
    std::fs::write(file.path(), "second\n").unwrap();
    assert_eq!(outcome(&oidc, &new.sign(&provider.claims())).await, Outcome::Accepted);

    let mut config = provider.config();
    config.client_token_file = Some("no-such-file".into());
    let made = Oidc::new(config, "corp", std::path::Path::new(""), portcullis_core::Clock::default());
    assert_eq!(made.unwrap_err().key(), "client_token_file");
}

#[tokio::test]
async fn an_answer_that_must_not_be_kept_is_fetched_sooner() {
    let mint = Mint::new("ES256", "a");
    let provider = Provider::bare().await;
    provider.serve(METADATA, provider.metadata()).await;
    let keys = |value: &str| json_answer(&jwks(&[&mint])).insert_header("cache-control", value);
    provider.serve(KEYS, keys("no-store")).await;
    let oidc = provider.oidc();
    let token = mint.sign(&provider.claims());
    assert_eq!(outcome(&oidc, &token).await, Outcome::Accepted);
    provider.clock.advance(Duration::from_secs(61));
    for _ in 0..200 {
        outcome(&oidc, &token).await;
        if provider.count(KEYS).await == 2 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{}", provider.count(KEYS).await);
}

#[tokio::test]
async fn requests_say_who_asks_and_nothing_more() {
    let mint = Mint::new("ES256", "a");
    let provider = Provider::bare().await;
    provider.serve(METADATA, provider.metadata().insert_header("set-cookie", "session=1; Path=/")).await;
    provider.serve(KEYS, ResponseTemplate::new(302).insert_header("location", "/moved")).await;
    provider.serve("/moved", json_answer(&jwks(&[&mint]))).await;
    assert_eq!(outcome(&provider.oidc(), &mint.sign(&provider.claims())).await, Outcome::Accepted);
    let requests = provider.server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 3);
    for request in requests {
        assert!(request.headers["user-agent"].to_str().unwrap().starts_with("portcullis/"));
        assert_eq!(request.headers["accept"], "application/json");
        for absent in ["cookie", "referer", "authorization", "accept-encoding"] {
            assert!(!request.headers.contains_key(absent), "{absent}");
        }
    }
}

/// So a cluster has it: its issuer is a name, and its metadata lead to an address.
#[tokio::test]
async fn the_client_token_goes_to_another_host_only_if_the_file_names_it() {
    let mint = Mint::new("ES256", "a");
    let (provider, elsewhere) = (Provider::bare().await, MockServer::start().await);
    let keys = format!("{}{KEYS}", elsewhere.uri());
    let metadata = json!({ "issuer": provider.issuer(), "jwks_uri": keys });
    provider.serve(METADATA, json_answer(&metadata)).await;
    let shown = Mock::given(path(KEYS)).and(header("authorization", "Bearer our-own"));
    shown.respond_with(json_answer(&jwks(&[&mint]))).mount(&elsewhere).await;
    Mock::given(path(KEYS)).respond_with(ResponseTemplate::new(401)).mount(&elsewhere).await;

    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "our-own").unwrap();
    let mut config = provider.config();
    config.client_token_file = Some(file.path().to_owned());
    let token = mint.sign(&provider.claims());
    let oidc = provider.oidc_with(config.clone());
    assert_eq!(outcome(&oidc, &token).await, Outcome::Unavailable);
    let told = oidc.warnings().join("\n");
    assert!(told.contains("answered 401") && told.contains("`client_token_file` was not sent there"), "{told}");

    config.jwks_url = Some(keys);
    assert_eq!(outcome(&provider.oidc_with(config), &token).await, Outcome::Accepted);
}
