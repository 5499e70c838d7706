use std::sync::atomic::{AtomicUsize, Ordering};

use http::{HeaderValue, StatusCode};

use super::*;
use crate::{RejectionKind, Style, Unavailable, Unidentified};

/// Decides as it is told, and counts how often it is asked.
struct Fake {
    decision: Decision,
    at_once: bool,
    asked: AtomicUsize,
}

impl Fake {
    fn new(decision: Decision) -> Arc<Self> {
        Arc::new(Self { decision, at_once: false, asked: AtomicUsize::new(0) })
    }

    fn at_once(decision: Decision) -> Arc<Self> {
        Arc::new(Self { decision, at_once: true, asked: AtomicUsize::new(0) })
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

#[crate::async_trait]
impl Authorizer for Fake {
    async fn decide(&self, _: &Principal, _: &Action<'_>) -> Decision {
        assert!(!self.at_once, "the decision was at hand");
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.decision.clone()
    }

    fn decide_at_once(&self, _: &Principal, _: &Action<'_>) -> Option<Decision> {
        self.at_once.then(|| self.decision.clone())
    }

    fn describe(&self) -> String {
        "a fake".to_owned()
    }
}

const ACTION: Action<'_> = Action::new("create", "workflows").group("argoproj.io").namespace("argo");

fn challenge() -> HeaderValue {
    HeaderValue::from_static("Basic realm=\"orders\"")
}

fn alice() -> Principal {
    Principal::builder("alice").backend("corp").group("ops").build()
}

fn anonymous() -> Principal {
    Principal::builder("anonymous").anonymous().build()
}

fn handle(principal: Principal, authorizers: &[&Arc<Fake>]) -> Authorization {
    let authorizers = authorizers.iter().map(|fake| Arc::clone(fake) as Arc<dyn Authorizer>);
    let unauthenticated = Rejection::unauthenticated(vec![challenge()]).with_message("who are you?");
    Authorization::new(principal, &Authorizers::new(authorizers, unauthenticated))
}

/// The status that the check ends with.
async fn status(principal: Principal, authorizers: &[&Arc<Fake>]) -> StatusCode {
    let checked = handle(principal, authorizers).check(&ACTION).await;
    checked.map_or_else(|rejection| rejection.status(), |()| StatusCode::OK)
}

#[tokio::test]
async fn the_first_that_allows_or_denies_decides_and_nobody_is_asked_after_it() {
    let (none, allow, deny) =
        (Fake::new(Decision::no_opinion("n")), Fake::new(Decision::allow("a")), Fake::new(Decision::deny("d")));
    assert_eq!(status(alice(), &[&none, &allow, &deny]).await, StatusCode::OK);
    assert_eq!((none.asked(), allow.asked(), deny.asked()), (1, 1, 0));
    assert_eq!(status(alice(), &[&none, &deny, &allow]).await, StatusCode::FORBIDDEN);
    assert_eq!((none.asked(), allow.asked(), deny.asked()), (2, 1, 1));
}

#[tokio::test]
async fn what_nobody_allows_is_denied() {
    let none = Fake::new(Decision::no_opinion("n"));
    assert_eq!(status(alice(), &[&none, &none]).await, StatusCode::FORBIDDEN);
    assert_eq!(status(alice(), &[]).await, StatusCode::FORBIDDEN);
    assert!(matches!(handle(alice(), &[&none]).decide(&ACTION).await, Decision::Deny(_)));
}

#[tokio::test]
async fn an_outage_is_503_and_nobody_who_might_allow_is_asked_after_it() {
    let allow = Fake::new(Decision::allow("a"));
    for (away, delay) in [
        (Unavailable::new("away"), RETRY_AFTER),
        (Unavailable::new("away").retry_after(Duration::from_secs(7)), Duration::from_secs(7)),
    ] {
        let away = Fake::new(away.into());
        for principal in [alice(), anonymous()] {
            let rejection = handle(principal, &[&away, &allow]).check(&ACTION).await.unwrap_err();
            assert_eq!((rejection.status().as_u16(), rejection.retry_after()), (503, Some(delay)));
            assert_eq!(rejection.grpc_code(), 14);
            assert!(!rejection.message().contains("away") && !rejection.message().contains("credential"));
        }
    }
    assert_eq!(allow.asked(), 0);
    // Somebody before it has decided already.
    let away = Fake::new(Unavailable::new("away").into());
    assert_eq!(status(alice(), &[&allow, &away]).await, StatusCode::OK);
    assert_eq!(away.asked(), 0);
}

#[tokio::test]
async fn a_denial_names_what_was_asked_and_neither_the_caller_nor_the_rule() {
    let deny = Fake::new(Decision::deny("the rule"));
    let rejection = handle(alice(), &[&deny]).check(&ACTION).await.unwrap_err();
    assert_eq!((rejection.status().as_u16(), rejection.grpc_code()), (403, 7));
    assert_eq!(rejection.message(), r#"create workflows.argoproj.io in namespace "argo" is forbidden"#);
    let body = String::from_utf8(rejection.body().1).unwrap();
    for secret in ["alice", "ops", "corp", "rule"] {
        assert!(!body.contains(secret), "{body}");
    }
    assert!(rejection.challenges().is_empty());
}

#[tokio::test]
async fn an_anonymous_caller_is_told_how_to_authenticate_where_more_is_wanted() {
    for decision in [Decision::deny("d"), Decision::no_opinion("n")] {
        let fake = Fake::new(decision);
        let rejection = handle(anonymous(), &[&fake]).check(&ACTION).await.unwrap_err();
        assert_eq!((rejection.kind(), rejection.grpc_code()), (RejectionKind::Unauthenticated, 16));
        assert_eq!((rejection.message(), rejection.challenges()), ("who are you?", &[challenge()][..]));
    }
    assert_eq!(status(anonymous(), &[&Fake::new(Decision::allow("a"))]).await, StatusCode::OK);
}

#[tokio::test]
async fn where_there_is_nothing_to_authenticate_with_an_anonymous_caller_is_denied() {
    let authorizers = Authorizers::new([], Rejection::unauthenticated(Vec::new()));
    let rejection = Authorization::new(anonymous(), &authorizers).check(&ACTION).await.unwrap_err();
    assert_eq!(rejection.kind(), RejectionKind::Forbidden);
}

#[tokio::test]
async fn a_decision_at_hand_is_not_waited_for() {
    let (none, allow) = (Fake::at_once(Decision::no_opinion("n")), Fake::at_once(Decision::allow("a")));
    assert_eq!(status(alice(), &[&none, &allow]).await, StatusCode::OK);
    assert_eq!(status(alice(), &[&none]).await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn every_rejection_has_the_style_of_the_file() {
    let unauthenticated = Rejection::unauthenticated(vec![challenge()]).with_style(Style::Problem);
    for decision in [Decision::deny("d"), Unavailable::new("away").into()] {
        for principal in [alice(), anonymous()] {
            let fake: Arc<dyn Authorizer> = Fake::new(decision.clone());
            let authorizers = Authorizers::new([fake], unauthenticated.clone());
            let rejection = Authorization::new(principal, &authorizers).check(&ACTION).await.unwrap_err();
            assert_eq!(rejection.body().0, "application/problem+json");
        }
    }
}

#[test]
fn the_handle_is_found_where_the_layer_left_it() {
    let mut extensions = Extensions::new();
    let kind = |extensions: &Extensions| Authorization::from_extensions(extensions).unwrap_err().kind();
    assert_eq!(kind(&extensions), RejectionKind::Internal);
    extensions.insert(Unidentified::new(Rejection::unauthenticated(vec![challenge()])));
    assert_eq!(kind(&extensions), RejectionKind::Unauthenticated);
    extensions.insert(handle(alice(), &[]));
    assert_eq!(Authorization::from_extensions(&extensions).unwrap().principal(), &alice());
}
