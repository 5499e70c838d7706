//! What was withdrawn.

use std::sync::atomic::Ordering;

use super::fake::*;
use crate::Scheme;

#[tokio::test]
async fn a_withdrawal_is_felt_at_once() {
    let one = Fake::new("1", &[Scheme::BEARER]);
    let service = service(&auth(&[&one], "").await);
    assert_eq!(outcome(&service, "Bearer ok-a").await.0, 200);
    one.refuses.store(true, Ordering::SeqCst);
    assert_eq!(outcome(&service, "Bearer ok-a").await.0, 200, "nobody was told yet");
    one.epoch.fetch_add(1, Ordering::SeqCst);
    assert_eq!(outcome(&service, "Bearer ok-a").await.0, 401);
}

#[tokio::test]
async fn identities_that_the_backend_still_vouches_for_are_not_verified_again() {
    let one = Fake::new("1", &[Scheme::BEARER]);
    let service = service(&auth(&[&one], "").await);
    outcome(&service, "Bearer ok-a").await;
    one.vouches.store(true, Ordering::SeqCst);
    for _ in 0..3 {
        one.epoch.fetch_add(1, Ordering::SeqCst);
        assert_eq!(outcome(&service, "Bearer ok-a").await.0, 200);
    }
    assert_eq!(one.asked(), 1);
    one.vouches.store(false, Ordering::SeqCst);
    assert_eq!(outcome(&service, "Bearer ok-a").await.0, 200, "kept under the present epoch");
    assert_eq!(one.asked(), 1);
}

#[tokio::test]
async fn a_refusal_is_forgotten_when_any_backend_of_the_scheme_changes() {
    let (one, two) = (Fake::new("1", &[Scheme::BEARER]), Fake::new("2", &[Scheme::BEARER]));
    let service = service(&auth(&[&one, &two], "").await);
    outcome(&service, "Bearer other-a").await;
    outcome(&service, "Bearer other-a").await;
    assert_eq!((one.asked(), two.asked()), (1, 1));
    two.epoch.fetch_add(1, Ordering::SeqCst);
    outcome(&service, "Bearer other-a").await;
    assert_eq!((one.asked(), two.asked()), (2, 2));
}

#[tokio::test]
async fn a_verification_that_a_withdrawal_overtakes_is_not_trusted_later() {
    let one = Fake::new("1", &[Scheme::BEARER]);
    let service = service(&auth(&[&one], "").await);
    one.shut();
    let early = under_way(&service, &one, "Bearer ok-a").await;
    one.epoch.fetch_add(1, Ordering::SeqCst);
    one.open();
    early.await.unwrap();
    outcome(&service, "Bearer ok-a").await;
    assert_eq!(one.asked(), 2);
}

#[tokio::test]
async fn who_comes_after_a_withdrawal_does_not_join_what_was_under_way() {
    let one = Fake::new("1", &[Scheme::BEARER]);
    let service = service(&auth(&[&one], "").await);
    one.shut();
    let early = under_way(&service, &one, "Bearer ok-a").await;
    one.epoch.fetch_add(1, Ordering::SeqCst);
    let late = under_way(&service, &one, "Bearer ok-a").await;
    one.open();
    assert_eq!((early.await.unwrap().0, late.await.unwrap().0), (200, 200));
}
