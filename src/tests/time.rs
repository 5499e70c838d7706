//! How long an answer is remembered.

use std::time::{Duration, SystemTime};

use super::fake::*;
use crate::{ManualClock, Scheme};

const ONE: &str = "[[backend]]\nkind = \"one\"\n";

/// How often the backend is asked for one credential at these times, in seconds.
async fn asked_at(one: &Fake, clock: &ManualClock, rest: &str, token: &str, times: &[u64]) -> Vec<usize> {
    let auth = builder(&[one]).clock(clock).load_toml(&format!("{ONE}{rest}")).await.unwrap();
    let service = service(&auth);
    let (mut asked, mut now) = (Vec::new(), 0);
    for time in times {
        clock.advance(Duration::from_secs(time - now));
        now = *time;
        outcome(&service, token).await;
        asked.push(one.asked());
    }
    asked
}

#[tokio::test]
async fn an_identity_is_remembered_until_the_files_cap() {
    let one = Fake::new("1", &[Scheme::BEARER]);
    let asked = asked_at(&one, &ManualClock::new(), "", "Bearer ok-a", &[0, 299, 300, 598, 601]).await;
    assert_eq!(asked, [1, 1, 2, 2, 3]);
}

#[tokio::test]
async fn a_backend_may_shorten_that_and_not_lengthen_it() {
    let short = Fake::with("1", &[Scheme::BEARER], |state| state.lifetime = Some(Duration::from_secs(10)));
    assert_eq!(asked_at(&short, &ManualClock::new(), "", "Bearer ok-a", &[0, 9, 10]).await, [1, 1, 2]);
    let long = Fake::with("1", &[Scheme::BEARER], |state| state.lifetime = Some(Duration::from_secs(9999)));
    assert_eq!(asked_at(&long, &ManualClock::new(), "", "Bearer ok-a", &[0, 299, 300]).await, [1, 1, 2]);
}

#[tokio::test]
async fn no_identity_outlives_its_credential() {
    let clock = ManualClock::new();
    let expiry = clock.wall() + Duration::from_secs(60);
    let one = Fake::with("1", &[Scheme::BEARER], |state| state.expiry = Some(expiry));
    assert_eq!(asked_at(&one, &clock, "", "Bearer ok-a", &[0, 59, 60, 61]).await, [1, 1, 2, 3]);
    let expired = Fake::with("1", &[Scheme::BEARER], |state| state.expiry = Some(SystemTime::UNIX_EPOCH));
    assert_eq!(asked_at(&expired, &ManualClock::new(), "", "Bearer ok-a", &[0, 0]).await, [1, 2]);
}

#[tokio::test]
async fn a_backend_may_shorten_how_long_a_refusal_is_remembered() {
    let one = Fake::new("1", &[Scheme::BEARER]);
    let clock = ManualClock::new();
    let briefly = "Bearer briefly-a";
    let auth = builder(&[&one]).clock(&clock).load_toml(ONE).await.unwrap();
    let service = service(&auth);
    for (milliseconds, asked) in [(0, 1), (999, 1), (1, 2)] {
        clock.advance(Duration::from_millis(milliseconds));
        assert_eq!(outcome(&service, briefly).await.0, 401);
        assert_eq!(one.asked(), asked);
    }
}

#[tokio::test]
async fn a_refusal_is_remembered_for_its_own_short_time() {
    let one = Fake::new("1", &[Scheme::BEARER]);
    assert_eq!(asked_at(&one, &ManualClock::new(), "", "Bearer bad-a", &[0, 4, 5]).await, [1, 1, 2]);
}

#[tokio::test]
async fn a_time_to_live_of_nothing_remembers_nothing() {
    let one = Fake::new("1", &[Scheme::BEARER]);
    let rest = "[cache]\nttl = \"0s\"\nrefusal_ttl = \"0s\"";
    assert_eq!(asked_at(&one, &ManualClock::new(), rest, "Bearer ok-a", &[0, 0]).await, [1, 2]);
    assert_eq!(asked_at(&one, &ManualClock::new(), rest, "Bearer bad-a", &[0, 0]).await, [3, 4]);
    let auth = builder(&[&one]).load_toml(&format!("{ONE}{rest}")).await.unwrap();
    for token in ["Bearer ok-a", "Bearer bad-a"] {
        outcome(&service(&auth), token).await;
    }
    assert_eq!((auth.counters().identities, auth.counters().refusals), (0, 0));
}

#[tokio::test]
async fn refusals_clear_the_dead_out_too() {
    let (one, clock) = (Fake::new("1", &[Scheme::BEARER]), ManualClock::new());
    let auth = builder(&[&one]).clock(&clock).load_toml(ONE).await.unwrap();
    outcome(&service(&auth), "Bearer ok-a").await;
    clock.advance(Duration::from_secs(301));
    outcome(&service(&auth), "Bearer bad-a").await;
    assert_eq!(auth.counters().identities, 0);
}

#[tokio::test]
async fn the_store_holds_no_more_than_its_capacity_and_drops_the_dead() {
    let (one, clock) = (Fake::new("1", &[Scheme::BEARER]), ManualClock::new());
    let file = format!("{ONE}[cache]\ncapacity = 20\nrefusal_capacity = 10");
    let auth = builder(&[&one]).clock(&clock).load_toml(&file).await.unwrap();
    let service = service(&auth);
    for number in 0..100 {
        outcome(&service, &format!("Bearer ok-{number}")).await;
        outcome(&service, &format!("Bearer bad-{number}")).await;
    }
    let full = auth.counters();
    assert!((1..=20).contains(&full.identities) && (1..=10).contains(&full.refusals), "{full:?}");
    clock.advance(Duration::from_secs(300));
    outcome(&service, "Bearer ok-new").await;
    let swept = auth.counters();
    assert_eq!((swept.identities, swept.refusals), (1, 0));
}
