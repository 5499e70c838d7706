//! Verdicts, and who is asked after which.

use super::fake::*;
use crate::Scheme;

#[tokio::test]
async fn an_accepted_caller_is_stamped_injected_and_its_credential_taken_out() {
    let one = Fake::new("one", &[Scheme::BEARER]);
    let service = service(&auth(&[&one], "").await);
    let response = ask(&service, "bearer ok-alice").await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.body(), "one/alice ops", "system: groups are dropped");
    assert!(!response.headers().contains_key("authorization"));
}

#[tokio::test]
async fn only_not_mine_goes_on_to_the_next_backend() {
    for (token, status, asked_second) in
        [("ok-a", 200, 0), ("bad-a", 401, 0), ("early-a", 401, 0), ("away-a", 503, 0), ("other-a", 401, 1)]
    {
        let (one, two) = (Fake::new("one", &[Scheme::BEARER]), Fake::new("two", &[Scheme::BEARER]));
        let service = service(&auth(&[&one, &two], "").await);
        assert_eq!(outcome(&service, &format!("Bearer {token}")).await.0, status, "{token}");
        assert_eq!((one.asked(), two.asked()), (1, asked_second), "{token}");
    }
}

#[tokio::test]
async fn one_that_cannot_tell_whose_it_is_lets_those_say_who_can_prove_it_and_is_503_otherwise() {
    for (proves, token, answer, asked) in [
        (true, "ok-a", (200, "two/a ops"), 1),
        (true, "bad-a", (401, ""), 1),
        (true, "other-a", (503, ""), 1),
        (true, "x-a", (503, ""), 1),
        (false, "ok-a", (503, ""), 0),
        (false, "bad-a", (503, ""), 0),
    ] {
        let (one, two) = (Fake::new("one", &[Scheme::BEARER]), Fake::new("two", &[Scheme::BEARER]));
        one.undecided.store(true, std::sync::atomic::Ordering::SeqCst);
        two.proves.store(proves, std::sync::atomic::Ordering::SeqCst);
        let service = service(&auth(&[&one, &two], "").await);
        let found = outcome(&service, &format!("Bearer {token}")).await;
        assert_eq!((found.0, found.1.as_str()), answer, "{token}");
        assert_eq!(two.asked(), asked, "{token}");
    }
}

#[tokio::test]
async fn a_credential_is_shown_to_the_backends_of_its_scheme_alone() {
    let (one, two) = (Fake::new("one", &[Scheme::BASIC]), Fake::new("two", &[Scheme::BEARER, Scheme::NONE]));
    let service = service(&auth(&[&one, &two], "").await);
    assert_eq!(outcome(&service, "Bearer ok-b").await.1, "two/b ops");
    assert_eq!(outcome(&service, "ok-bare").await.1, "two/bare ops");
    assert_eq!(one.asked(), 0);
}

#[tokio::test]
async fn a_principal_that_only_kubernetes_may_name_is_refused() {
    let one = Fake::new("one", &[Scheme::BEARER]);
    let service = service(&auth(&[&one], "").await);
    assert_eq!(outcome(&service, "Bearer ok-system:admin").await.0, 401);
    assert_eq!(outcome(&service, "Bearer ok-").await.0, 401, "a caller without a name");
    assert_eq!(outcome(&service, "Bearer anonymous-a").await.0, 401, "nobody becomes anonymous by a credential");
}

#[tokio::test]
async fn deny_all_is_403_to_everybody_and_so_is_an_empty_file() {
    for file in ["", "[[backend]]\nkind = \"deny-all\""] {
        let service = service(&crate::Auth::from_toml(file).await.unwrap());
        for fields in [&[][..], &[("authorization", "Bearer ok-a")], &[("authorization", "")]] {
            let response = send(&service, fields).await;
            assert_eq!(response.status(), 403);
            assert_eq!(response.body(), r#"{"code":7,"message":"access is denied to everybody"}"#);
            assert!(challenges(&response).is_empty());
        }
    }
}

#[tokio::test]
async fn what_is_owed_goes_back_with_the_response_of_the_service_and_is_never_remembered() {
    let one = Fake::new("one", &[Scheme::NEGOTIATE]);
    one.never_reused.store(true, std::sync::atomic::Ordering::SeqCst);
    let service = service(&auth(&[&one], "").await);
    for _ in 0..2 {
        let response = ask(&service, "Negotiate ok-alice").await;
        assert_eq!(response.status(), 200);
        assert_eq!(challenges(&response), ["Negotiate YWNjZXB0ZWQ="]);
    }
    one.never_reused.store(false, std::sync::atomic::Ordering::SeqCst);
    for _ in 0..2 {
        assert!(challenges(&ask(&service, "Negotiate ok-alice").await).is_empty());
    }
}
