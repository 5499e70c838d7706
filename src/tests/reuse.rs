//! What a remembered verdict depends on.

use std::sync::atomic::Ordering;

use tower::ServiceExt as _;

use super::fake::*;
use crate::Scheme;

#[tokio::test]
async fn the_same_credential_is_verified_once() {
    let one = Fake::new("1", &[Scheme::BEARER]);
    let auth = auth(&[&one], "").await;
    let service = service(&auth);
    for form in ["Bearer ok-a", "bearer  ok-a", "BEARER ok-a"] {
        assert_eq!(outcome(&service, form).await.1, "one/a ops");
    }
    assert_eq!(one.asked(), 1);
    outcome(&service, "Bearer ok-b").await;
    assert_eq!(one.asked(), 2);
    let counters = auth.counters();
    assert_eq!((counters.hits, counters.misses, counters.accepted, counters.identities), (2, 2, 2, 2));
}

#[tokio::test]
async fn equal_bytes_of_two_schemes_are_two_credentials() {
    let one = Fake::new("1", &[Scheme::BEARER, Scheme::BASIC]);
    let service = service(&auth(&[&one], "").await);
    outcome(&service, "Bearer ok-a").await;
    outcome(&service, "Basic ok-a").await;
    assert_eq!(one.asked(), 2);
}

#[tokio::test]
async fn never_is_never_remembered() {
    let one = Fake::new("1", &[Scheme::NEGOTIATE]);
    one.never_reused.store(true, Ordering::SeqCst);
    let auth = auth(&[&one], "").await;
    let service = service(&auth);
    for _ in 0..3 {
        assert_eq!(outcome(&service, "Negotiate ok-a").await.0, 200);
        assert_eq!(outcome(&service, "Negotiate bad-a").await.0, 401);
    }
    assert_eq!(one.asked(), 6);
    assert_eq!((auth.counters().identities, auth.counters().refusals), (0, 0));
}

#[tokio::test]
async fn what_depends_on_more_is_remembered_with_that() {
    let one = Fake::new("1", &[Scheme::BEARER]);
    one.depends_on_path.store(true, Ordering::SeqCst);
    let service = service(&auth(&[&one], "").await);
    for (path, asked) in [("/a", 1), ("/b", 2), ("/a", 2)] {
        let mut request = request(&[("authorization", "Bearer ok-a")]);
        *request.uri_mut() = path.parse().unwrap();
        assert_eq!(service.clone().oneshot(request).await.unwrap().status(), 200);
        assert_eq!(one.asked(), asked, "{path}");
    }
}

#[tokio::test]
async fn only_lasting_refusals_are_remembered() {
    for (token, asked) in [("bad-a", 1), ("early-a", 3), ("away-a", 3), ("other-a", 1), ("explained-a", 3)] {
        let one = Fake::new("1", &[Scheme::BEARER]);
        let service = service(&auth(&[&one], "").await);
        for _ in 0..3 {
            assert_ne!(outcome(&service, &format!("Bearer {token}")).await.0, 200);
        }
        assert_eq!(one.asked(), asked, "{token}");
    }
}

#[tokio::test]
async fn a_remembered_refusal_is_answered_like_the_first() {
    let one = Fake::new("1", &[Scheme::BEARER]);
    let auth = auth(&[&one], "").await;
    let service = service(&auth);
    let first = ask(&service, "Bearer bad-a").await;
    let second = ask(&service, "Bearer bad-a").await;
    assert_eq!((first.status(), first.headers(), first.body()), (second.status(), second.headers(), second.body()));
    assert_eq!(auth.counters().refusal_hits, 1);
}
