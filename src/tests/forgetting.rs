//! `forget` and `revoke`.

use std::time::{Duration, SystemTime};

use super::fake::*;
use crate::{ManualClock, Revocation, RevocationsFull, Scheme};

const ONE: &str = "[[backend]]\nkind = \"one\"\n";

#[tokio::test]
async fn what_is_forgotten_is_verified_anew() {
    let one = Fake::new("1", &[Scheme::BEARER]);
    let auth = auth(&[&one], "").await;
    let service = service(&auth);
    let both = async || {
        for token in ["Bearer ok-a", "Bearer ok-b"] {
            assert_eq!(outcome(&service, token).await.0, 200);
        }
        one.asked()
    };
    assert_eq!(both().await, 2);
    auth.forget("one", "a");
    assert_eq!(both().await, 3);
    auth.forget("two", "a");
    assert_eq!(both().await, 3, "alice of one backend is not alice of another");
    auth.forget_all();
    assert_eq!(both().await, 5);
}

#[tokio::test]
async fn a_verification_under_way_when_something_is_forgotten_is_not_remembered() {
    let one = Fake::new("1", &[Scheme::BEARER]);
    let auth = auth(&[&one], "").await;
    let service = service(&auth);
    one.shut();
    let early = under_way(&service, &one, "Bearer ok-a").await;
    auth.forget("one", "a");
    one.open();
    assert_eq!(early.await.unwrap().0, 200);
    assert_eq!(auth.counters().identities, 0);
}

#[tokio::test]
async fn who_comes_after_the_forgetting_does_not_join_what_was_under_way() {
    let one = Fake::new("1", &[Scheme::BEARER]);
    let auth = auth(&[&one], "").await;
    let service = service(&auth);
    one.shut();
    let early = under_way(&service, &one, "Bearer ok-a").await;
    auth.forget("one", "a");
    let late = under_way(&service, &one, "Bearer ok-a").await;
    one.open();
    assert_eq!((early.await.unwrap().0, late.await.unwrap().0), (200, 200));
    assert_eq!(auth.counters().identities, 1);
}

#[tokio::test]
async fn every_kind_of_revocation_refuses_at_once_and_past_the_time_to_live() {
    let clock = ManualClock::new();
    let issued = clock.wall();
    let later = issued + Duration::from_secs(1);
    for revocation in [
        Revocation::principal("one", "a"),
        Revocation::principal("one", "a").issued_before(later),
        Revocation::token("https://id.test", "a"),
        Revocation::credential("bearer ok-a").unwrap(),
    ] {
        let one = Fake::with("1", &[Scheme::BEARER], |state| state.issued_at = Some(issued));
        let auth = builder(&[&one]).clock(&clock).load_toml(ONE).await.unwrap();
        let service = service(&auth);
        assert_eq!(outcome(&service, "Bearer ok-a").await.0, 200);
        auth.revoke(revocation.clone()).unwrap();
        for _ in 0..3 {
            assert_eq!(outcome(&service, "Bearer ok-a").await.0, 401, "{revocation:?}");
            assert_eq!(outcome(&service, "Bearer ok-b").await.0, 200, "{revocation:?}");
            clock.advance(Duration::from_secs(301));
        }
        assert!(auth.lift(&revocation) && !auth.lift(&revocation));
        assert_eq!(outcome(&service, "Bearer ok-a").await.0, 200, "{revocation:?}");
    }
}

#[tokio::test]
async fn what_was_issued_later_is_not_revoked() {
    let clock = ManualClock::new();
    let one = Fake::with("1", &[Scheme::BEARER], |state| state.issued_at = Some(clock.wall()));
    let auth = builder(&[&one]).clock(&clock).load_toml(ONE).await.unwrap();
    let service = service(&auth);
    auth.revoke(Revocation::principal("one", "a").issued_before(clock.wall())).unwrap();
    assert_eq!(outcome(&service, "Bearer ok-a").await.0, 200);
    auth.revoke(Revocation::principal("one", "a")).unwrap();
    assert_eq!(outcome(&service, "Bearer ok-a").await.0, 401, "of two revocations the wider one counts");
}

#[tokio::test]
async fn a_verification_under_way_when_the_revocation_comes_is_neither_served_nor_remembered() {
    let one = Fake::new("1", &[Scheme::BEARER]);
    let auth = auth(&[&one], "").await;
    let service = service(&auth);
    one.shut();
    let early = under_way(&service, &one, "Bearer ok-a").await;
    auth.revoke(Revocation::principal("one", "a")).unwrap();
    one.open();
    assert_eq!(early.await.unwrap().0, 401);
    assert_eq!((auth.counters().identities, auth.counters().revoked), (0, 1));
}

#[tokio::test]
async fn who_comes_after_a_revocation_does_not_join_what_was_under_way() {
    let one = Fake::new("1", &[Scheme::BEARER]);
    let auth = auth(&[&one], "").await;
    let service = service(&auth);
    one.shut();
    let early = under_way(&service, &one, "Bearer ok-a").await;
    auth.revoke(Revocation::principal("one", "somebody-else")).unwrap();
    let late = under_way(&service, &one, "Bearer ok-a").await;
    one.open();
    assert_eq!((early.await.unwrap().0, late.await.unwrap().0), (200, 200));
}

#[tokio::test]
async fn a_revoked_credential_costs_no_verification() {
    let one = Fake::new("1", &[Scheme::BEARER]);
    let auth = auth(&[&one], "").await;
    auth.revoke(Revocation::credential("Bearer ok-a").unwrap()).unwrap();
    assert_eq!(outcome(&service(&auth), "Bearer ok-a").await.0, 401);
    assert_eq!(one.asked(), 0);
}

#[tokio::test]
async fn a_full_list_refuses_and_forgets_nothing_but_what_is_over() {
    let (one, clock) = (Fake::new("1", &[Scheme::BEARER]), ManualClock::new());
    let file = format!("{ONE}[cache]\nmax_revocations = 2");
    let auth = builder(&[&one]).clock(&clock).load_toml(&file).await.unwrap();
    let service = service(&auth);
    auth.revoke(Revocation::principal("one", "a")).unwrap();
    auth.revoke(Revocation::principal("one", "b").until(clock.wall() + Duration::from_secs(60))).unwrap();
    assert_eq!(auth.revoke(Revocation::principal("one", "c")), Err(RevocationsFull));
    for (name, status) in [("a", 401), ("b", 401), ("c", 200)] {
        assert_eq!(outcome(&service, &format!("Bearer ok-{name}")).await.0, status);
    }
    clock.advance(Duration::from_secs(61));
    assert_eq!(outcome(&service, "Bearer ok-b").await.0, 200);
    auth.revoke(Revocation::principal("one", "c")).unwrap();
    for (name, status) in [("a", 401), ("b", 200), ("c", 401)] {
        assert_eq!(outcome(&service, &format!("Bearer ok-{name}")).await.0, status);
    }
}

#[tokio::test]
async fn a_revocation_that_is_over_does_not_widen_a_later_one() {
    let clock = ManualClock::new();
    let one = Fake::with("1", &[Scheme::BEARER], |state| state.issued_at = Some(clock.wall()));
    let auth = builder(&[&one]).clock(&clock).load_toml(ONE).await.unwrap();
    let of = |seconds| clock.wall() + Duration::from_secs(seconds);
    auth.revoke(Revocation::principal("one", "a").until(of(10))).unwrap();
    assert_eq!(outcome(&service(&auth), "Bearer ok-a").await.0, 401);
    clock.advance(Duration::from_secs(11));
    let long_ago = clock.wall() - Duration::from_secs(900);
    auth.revoke(Revocation::principal("one", "a").issued_before(long_ago).until(of(900))).unwrap();
    assert_eq!(outcome(&service(&auth), "Bearer ok-a").await.0, 200);
}

#[tokio::test]
async fn a_revoked_token_leaves_the_list_when_it_has_long_expired() {
    let clock = ManualClock::new();
    let (issued, expiry) = (clock.wall(), clock.wall() + Duration::from_secs(600));
    let one = Fake::with("1", &[Scheme::BEARER], |state| {
        (state.issued_at, state.expiry) = (Some(issued), Some(expiry));
    });
    let file = format!("{ONE}[cache]\nmax_revocations = 1");
    let auth = builder(&[&one]).clock(&clock).load_toml(&file).await.unwrap();
    let other = || Revocation::token("https://id.test", "z").until(SystemTime::now());
    auth.revoke(Revocation::token("https://id.test", "a")).unwrap();
    assert_eq!(outcome(&service(&auth), "Bearer ok-a").await.0, 401);
    clock.advance(Duration::from_secs(600 + 3600));
    assert_eq!(auth.revoke(other()), Err(RevocationsFull));
    clock.advance(Duration::from_secs(1));
    auth.revoke(other()).unwrap();
}

#[test]
fn a_revocation_shows_no_credential() {
    let shown = format!("{:?}", Revocation::credential("Bearer c2VjcmV0").unwrap());
    assert!(!shown.contains("c2VjcmV0"), "{shown}");
}
