//! An API server that is away, slow, or does not let us ask.

use std::time::{Duration, Instant};

use portcullis_core::{Backend as _, Clock, ManualClock};
use portcullis_mint::Mint;
use wiremock::matchers::path;
use wiremock::{Mock, ResponseTemplate};

use crate::api_server::*;

#[tokio::test]
async fn it_starts_while_the_cluster_is_away_and_says_that_it_cannot_tell_whose_a_token_is() {
    let server = ApiServer::start().await;
    server.server.reset().await;
    let backend = server.backend("").await;
    let token = server.mint.sign(&account());
    let found = verdict(&backend, &token).await;
    assert!(found.starts_with("undecided: the provider's keys are not known yet: the API server at "), "{found}");
    assert!(backend.warnings().iter().any(|warning| warning.contains("it answered 404")), "{:?}", backend.warnings());

    server.shows_keys(&[&server.mint]).await;
    server.reviews(authenticated).await;
    let began = Instant::now();
    while verdict(&backend, &token).await != "accepted system:serviceaccount:argo:deployer" {
        assert!(began.elapsed() < Duration::from_secs(20), "it does not recover");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn the_first_keys_do_not_part_those_who_wait_for_them_from_those_who_come_later() {
    let server = ApiServer::start().await;
    let backend = server.backend("").await;
    let before = backend.epoch();
    ready(&backend).await;
    assert_eq!(backend.epoch(), before);
}

#[tokio::test]
async fn a_token_with_a_good_signature_is_this_clusters_and_its_outage_is_everybodys() {
    let server = ApiServer::start().await;
    let backend = server.backend("timeout = '500ms'").await;
    ready(&backend).await;
    server.server.reset().await;
    let away = ResponseTemplate::new(503);
    Mock::given(path(REVIEWS)).respond_with(away).mount(&server.server).await;
    let found = verdict(&backend, &server.mint.sign(&account())).await;
    assert!(found.starts_with("unavailable: ") && found.ends_with(": it answered 503"), "{found}");
}

#[tokio::test]
async fn an_unknown_key_while_the_cluster_is_away_may_be_new_here_or_of_another_cluster() {
    let server = ApiServer::start().await;
    let backend = server.backend("timeout = '500ms'").await;
    ready(&backend).await;
    server.server.reset().await;
    let found = verdict(&backend, &Mint::new("RS256", "new").sign(&account())).await;
    assert!(found.starts_with("undecided: "), "{found}");
}

#[tokio::test]
async fn a_new_key_is_found_soon_after_an_outage_in_which_somebody_asked_for_an_unknown_one() {
    let server = ApiServer::start().await;
    let backend = server.backend("timeout = '300ms'\ncool_down = '1s'").await;
    ready(&backend).await;
    server.server.reset().await;
    let new = Mint::new("RS256", "new");
    let token = new.sign(&account());
    assert!(verdict(&backend, &token).await.starts_with("undecided: "));
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(verdict(&backend, &token).await.starts_with("undecided: "));
    server.shows_keys(&[&server.mint, &new]).await;
    server.reviews(authenticated).await;
    let began = Instant::now();
    while verdict(&backend, &token).await != "accepted system:serviceaccount:argo:deployer" {
        assert!(began.elapsed() < Duration::from_secs(10), "the regular fetch is in five minutes");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn an_api_server_that_hangs_is_an_outage_within_the_timeout() {
    let server = ApiServer::start().await;
    let backend = server.backend("timeout = '500ms'").await;
    ready(&backend).await;
    server.server.reset().await;
    let slow = ResponseTemplate::new(201).set_delay(Duration::from_secs(60));
    Mock::given(path(REVIEWS)).respond_with(slow).mount(&server.server).await;
    let began = Instant::now();
    let found = verdict(&backend, &server.mint.sign(&account())).await;
    assert!(found.starts_with("unavailable: ") && found.ends_with(": no answer in time"), "{found}");
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
}

#[tokio::test]
async fn nobody_elses_token_waits_for_a_cluster_that_hangs() {
    let server = ApiServer::start().await;
    server.server.reset().await;
    Mock::given(wiremock::matchers::any())
        .respond_with(ResponseTemplate::new(200).set_delay(Duration::from_secs(60)))
        .mount(&server.server)
        .await;
    let of_another = server.mint.sign(&account_with(&serde_json::json!({ "iss": "https://id.example.test" })));
    let began = Instant::now();
    let backend = server.backend(&format!("issuers = ['{ISSUER}']\ntimeout = '2s'")).await;
    assert_eq!(verdict(&backend, &of_another).await, "not mine: the token is of another issuer");
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    // Its own wait for the first keys, once; later ones hear at once that they are not there.
    let own = server.mint.sign(&account());
    assert!(verdict(&backend, &own).await.starts_with("undecided: "));
    let began = Instant::now();
    assert!(verdict(&backend, &own).await.starts_with("undecided: "));
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
}

#[tokio::test]
async fn keys_serve_for_their_time_after_the_cluster_went_away() {
    let server = ApiServer::start().await;
    let hand = ManualClock::new();
    let backend = backend(&server.server.uri(), "timeout = '500ms'", Clock::from(&hand)).await;
    ready(&backend).await;
    server.server.reset().await;
    server.reviews(authenticated).await;
    let token = server.mint.sign(&account());
    hand.advance(Duration::from_secs(30 * 60));
    assert_eq!(verdict(&backend, &token).await, "accepted system:serviceaccount:argo:deployer");
    hand.advance(Duration::from_secs(31 * 60));
    let found = verdict(&backend, &server.mint.sign(&account())).await;
    assert!(found.starts_with("undecided: "), "{found}");
}

#[tokio::test]
async fn a_cluster_that_does_not_let_us_ask_is_an_outage_that_names_the_role() {
    let server = ApiServer::start().await;
    let backend = server.backend("").await;
    ready(&backend).await;
    server.server.reset().await;
    Mock::given(path(REVIEWS)).respond_with(ResponseTemplate::new(403)).mount(&server.server).await;
    let found = verdict(&backend, &server.mint.sign(&account())).await;
    assert!(found.starts_with("unavailable: ") && found.ends_with("such as system:auth-delegator"), "{found}");
    assert!(backend.warnings().iter().any(|warning| warning.contains("system:auth-delegator")));
}
