//! Many requests at once.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::task::JoinSet;

use super::fake::*;
use crate::Scheme;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_thousand_first_requests_with_one_credential_are_verified_once() {
    let one = Fake::new("1", &[Scheme::BEARER]);
    let auth = auth(&[&one], "").await;
    let service = service(&auth);
    let mut requests = JoinSet::new();
    for _ in 0..10_000 {
        let service = service.clone();
        requests.spawn(async move { outcome(&service, "Bearer ok-a").await });
    }
    while let Some(answer) = requests.join_next().await {
        assert_eq!(answer.unwrap().1, "one/a ops");
    }
    assert_eq!(one.asked(), 1);
    let counters = auth.counters();
    assert_eq!(counters.hits + counters.misses, 10_000);
    assert_eq!(counters.misses, counters.coalesced + 1);
}

#[tokio::test]
async fn a_client_that_goes_away_neither_loses_nor_repeats_the_others_verification() {
    let one = Fake::new("1", &[Scheme::BEARER]);
    let auth = auth(&[&one], "").await;
    let service = service(&auth);
    one.shut();
    let (first, second) = (service.clone(), service.clone());
    let first = tokio::spawn(async move { outcome(&first, "Bearer ok-a").await });
    let second = tokio::spawn(async move { outcome(&second, "Bearer ok-a").await });
    while auth.counters().misses < 2 {
        tokio::task::yield_now().await;
    }
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    one.open();
    assert_eq!(second.await.unwrap().0, 200);
    assert_eq!(outcome(&service, "Bearer ok-a").await.0, 200);
    assert_eq!(one.asked(), 1);
}

#[tokio::test]
async fn a_verification_goes_on_when_every_client_has_gone() {
    let one = Fake::new("1", &[Scheme::BEARER]);
    let auth = auth(&[&one], "").await;
    let service = service(&auth);
    one.shut();
    let only = service.clone();
    let only = tokio::spawn(async move { outcome(&only, "Bearer ok-a").await });
    while one.asked() == 0 {
        tokio::task::yield_now().await;
    }
    only.abort();
    one.open();
    while auth.counters().accepted == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(outcome(&service, "Bearer ok-a").await.0, 200);
    assert_eq!(one.asked(), 1);
}

#[tokio::test]
async fn more_verifications_than_the_limit_are_503_and_known_identities_pass() {
    let one = Fake::new("1", &[Scheme::BEARER]);
    let auth = auth(&[&one], "[cache]\nmax_in_flight = 2").await;
    let service = service(&auth);
    assert_eq!(outcome(&service, "Bearer ok-known").await.0, 200);
    one.shut();
    let mut waiting = JoinSet::new();
    for number in 0..2 {
        let service = service.clone();
        waiting.spawn(async move { outcome(&service, &format!("Bearer ok-{number}")).await });
    }
    while auth.counters().under_way < 2 {
        tokio::task::yield_now().await;
    }
    let response = ask(&service, "Bearer ok-third").await;
    assert_eq!(response.status(), 503);
    assert_eq!(response.headers()["retry-after"], "1");
    assert_eq!(outcome(&service, "Bearer ok-known").await.0, 200);
    one.never_reused.store(true, Ordering::SeqCst);
    assert_eq!(outcome(&service, "Bearer ok-alone").await.0, 503);
    one.open();
    while let Some(answer) = waiting.join_next().await {
        assert_eq!(answer.unwrap().0, 200);
    }
    tokio::time::timeout(Duration::from_secs(10), async {
        while auth.counters().under_way > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
}
