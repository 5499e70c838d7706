//! A backend that is away.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::fake::*;
use crate::{ManualClock, Revocation, Scheme};

const GRACE: &str = "[[backend]]\nkind = \"one\"\n[cache]\nttl = \"1m\"\nstale_if_unavailable = \"10m\"";

#[tokio::test]
async fn an_outage_is_503_with_the_backends_own_delay_and_a_known_identity_still_serves() {
    let one = Fake::new("1", &[Scheme::BEARER]);
    let service = service(&auth(&[&one], "").await);
    assert_eq!(outcome(&service, "Bearer ok-known").await.0, 200);
    one.away.store(true, Ordering::SeqCst);
    assert_eq!(outcome(&service, "Bearer ok-known").await.0, 200);
    let response = ask(&service, "Bearer ok-new").await;
    assert_eq!(response.status(), 503);
    assert_eq!(response.headers()["retry-after"], "9");
    assert!(challenges(&response).is_empty());
    one.away.store(false, Ordering::SeqCst);
    assert_eq!(outcome(&service, "Bearer ok-new").await.0, 200, "an outage is not remembered");
}

#[tokio::test]
async fn without_a_grace_nothing_serves_past_its_time() {
    let (one, clock) = (Fake::new("1", &[Scheme::BEARER]), ManualClock::new());
    let auth = builder(&[&one]).clock(&clock).load_toml("[[backend]]\nkind = \"one\"").await.unwrap();
    let service = service(&auth);
    outcome(&service, "Bearer ok-a").await;
    one.away.store(true, Ordering::SeqCst);
    clock.advance(Duration::from_secs(301));
    assert_eq!(outcome(&service, "Bearer ok-a").await.0, 503);
}

#[tokio::test]
async fn a_grace_is_counted_from_the_last_success_and_asks_again_every_few_seconds() {
    let (one, clock) = (Fake::new("1", &[Scheme::BEARER]), ManualClock::new());
    let auth = builder(&[&one]).clock(&clock).load_toml(GRACE).await.unwrap();
    let service = service(&auth);
    outcome(&service, "Bearer ok-a").await;
    one.away.store(true, Ordering::SeqCst);
    clock.advance(Duration::from_secs(60));
    for asked in [2, 2, 2] {
        assert_eq!(outcome(&service, "Bearer ok-a").await.0, 200);
        assert_eq!(one.asked(), asked);
    }
    assert_eq!(auth.counters().stale, 3);
    clock.advance(Duration::from_secs(539));
    assert_eq!(outcome(&service, "Bearer ok-a").await.0, 200);
    clock.advance(Duration::from_secs(1));
    assert_eq!(outcome(&service, "Bearer ok-a").await.0, 503);
    one.away.store(false, Ordering::SeqCst);
    assert_eq!(outcome(&service, "Bearer ok-a").await.0, 200);
    assert_eq!(one.asked(), 5);
}

#[tokio::test]
async fn no_grace_after_a_refusal_a_revocation_a_withdrawal_or_the_expiry() {
    for case in ["refusal", "revocation", "withdrawal", "expiry"] {
        let clock = ManualClock::new();
        let expiry = clock.wall() + Duration::from_secs(90);
        let one = Fake::with("1", &[Scheme::BEARER], |state| state.expiry = Some(expiry));
        let auth = builder(&[&one]).clock(&clock).load_toml(GRACE).await.unwrap();
        let service = service(&auth);
        assert_eq!(outcome(&service, "Bearer ok-a").await.0, 200);
        clock.advance(Duration::from_secs(61));
        let expected = match case {
            "refusal" => {
                one.refuses.store(true, Ordering::SeqCst);
                assert_eq!(outcome(&service, "Bearer ok-a").await.0, 401);
                clock.advance(Duration::from_secs(6));
                503
            }
            "revocation" => {
                auth.revoke(Revocation::principal("one", "a")).unwrap();
                503
            }
            "withdrawal" => {
                one.epoch.fetch_add(1, Ordering::SeqCst);
                503
            }
            _ => {
                clock.advance(Duration::from_secs(30));
                503
            }
        };
        one.away.store(true, Ordering::SeqCst);
        assert_eq!(outcome(&service, "Bearer ok-a").await.0, expected, "{case}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_backend_that_hangs_is_an_outage_after_the_timeout() {
    let one = Fake::new("1", &[Scheme::BEARER, Scheme::NEGOTIATE]);
    let auth = auth(&[&one], "[cache]\ntimeout = \"2s\"").await;
    let service = service(&auth);
    one.hanging.store(true, Ordering::SeqCst);
    let before = tokio::time::Instant::now();
    assert_eq!(outcome(&service, "Bearer ok-a").await.0, 503);
    one.never_reused.store(true, Ordering::SeqCst);
    assert_eq!(outcome(&service, "Negotiate ok-a").await.0, 503);
    assert_eq!(before.elapsed().as_secs(), 4);
    assert_eq!((auth.counters().unavailable, auth.counters().under_way), (2, 0));
}

#[tokio::test]
async fn a_backend_that_panics_is_an_outage_and_harms_nobody_else() {
    let one = Fake::new("1", &[Scheme::BEARER]);
    let auth = auth(&[&one], "").await;
    let service = service(&auth);
    assert_eq!(outcome(&service, "Bearer panic-a").await.0, 503);
    assert_eq!(outcome(&service, "Bearer ok-a").await.0, 200);
    assert_eq!(auth.counters().under_way, 0);
}
