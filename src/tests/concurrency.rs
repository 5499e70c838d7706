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
    let only = under_way(&service, &one, "Bearer ok-a").await;
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

/// Fills the one place for bearer tokens with a verification that does not end until `open`.
async fn fill(auth: &crate::Auth, one: &Fake) -> tokio::task::JoinHandle<(u16, String)> {
    one.shut();
    let service = service(auth);
    let held = tokio::spawn(async move { outcome(&service, "Bearer ok-held").await });
    while auth.counters().under_way == 0 {
        tokio::task::yield_now().await;
    }
    held
}

#[tokio::test]
async fn a_flood_of_one_scheme_does_not_hold_up_another() {
    let (one, two) = (Fake::new("1", &[Scheme::BEARER]), Fake::new("2", &[Scheme::BASIC]));
    let auth = auth(&[&one, &two], "[cache]\nmax_in_flight = 1").await;
    let held = fill(&auth, &one).await;
    assert_eq!(outcome(&service(&auth), "Bearer ok-other").await.0, 503);
    assert_eq!(outcome(&service(&auth), "Basic ok-other").await.0, 200);
    one.open();
    assert_eq!(held.await.unwrap().0, 200);
}

#[tokio::test]
async fn a_known_identity_has_its_grace_also_when_there_is_no_room_to_ask() {
    let (one, clock) = (Fake::new("1", &[Scheme::BEARER]), crate::ManualClock::new());
    let file = "[[backend]]\nkind = \"one\"\n[cache]\nmax_in_flight = 1\nttl = \"1m\"\nstale_if_unavailable = \"10m\"";
    let auth = builder(&[&one]).clock(&clock).load_toml(file).await.unwrap();
    assert_eq!(outcome(&service(&auth), "Bearer ok-known").await.0, 200);
    clock.advance(Duration::from_secs(61));
    let held = fill(&auth, &one).await;
    assert_eq!(outcome(&service(&auth), "Bearer ok-known").await.0, 200);
    assert_eq!(outcome(&service(&auth), "Bearer ok-new").await.0, 503);
    one.open();
    assert_eq!(held.await.unwrap().0, 200);
}
