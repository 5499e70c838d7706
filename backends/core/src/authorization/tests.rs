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

#[tokio::test]
async fn a_denial_has_the_reasons_of_all_who_were_asked() {
    let (one, two) = (Fake::at_once(Decision::no_opinion("one")), Fake::new(Decision::no_opinion("two")));
    for (authorizers, expected) in
        [(vec![], "no authorizer is there to allow it"), (vec![&one], "one"), (vec![&one, &two], "one; two")]
    {
        let decision = handle(alice(), &authorizers).decide(&ACTION).await;
        assert!(matches!(&decision, Decision::Deny(by) if by.as_str() == expected), "{decision:?}");
    }
}

#[tokio::test]
async fn where_nobody_decides_nothing_is_allowed_and_that_is_told_as_the_layer_has_it() {
    let unauthenticated = Rejection::unauthenticated(vec![challenge()]).with_style(Style::Armada);
    let nobody = Authorizers::new([], unauthenticated);
    for (principal, expected) in [(alice(), 403), (anonymous(), 401)] {
        for (principal, expected, style) in [
            (principal.clone().with_unauthorized(&nobody), expected, Style::Armada),
            // Somebody else's layer.
            (principal, 403, Style::Default),
        ] {
            let mut extensions = Extensions::new();
            extensions.insert(principal);
            let authorization = Authorization::from_extensions(&extensions).unwrap();
            let rejection = authorization.check(&ACTION).await.unwrap_err();
            assert_eq!((rejection.status().as_u16(), rejection.style()), (expected, style));
            assert_eq!(rejection.challenges().len(), usize::from(expected == 401));
        }
    }
}

#[tokio::test]
async fn a_check_at_once_waits_for_nobody_and_ends_as_the_other_does() {
    let (none, allow) = (Fake::at_once(Decision::no_opinion("n")), Fake::at_once(Decision::allow("a")));
    let away = Fake::at_once(Unavailable::new("away").into());
    let slow = Fake::new(Decision::allow("a"));
    for (authorizers, expected) in [
        (vec![&none, &allow], Some(Ok(()))),
        (vec![&none], Some(Err(403))),
        (vec![&none, &away, &allow], Some(Err(503))),
        (vec![&allow, &slow], Some(Ok(()))),
        (vec![&none, &slow, &allow], None),
        (vec![], Some(Err(403))),
    ] {
        let authorization = handle(alice(), &authorizers);
        let status = |rejection: Rejection| rejection.status().as_u16();
        assert_eq!(authorization.check_at_once(&ACTION).map(|checked| checked.map_err(status)), expected);
        if let Some(expected) = expected {
            assert_eq!(authorization.check(&ACTION).await.map_err(status), expected);
        }
    }
    assert_eq!(slow.asked(), 0);
}

#[tokio::test]
async fn what_the_object_grants_adds_to_what_is_allowed_and_overrules_neither_a_denial_nor_an_outage() {
    let owner = ExtraGrant::new(Grantee::User { backend: "corp", name: "alice" }, &["create"]);
    let reader = ExtraGrant::new(Grantee::Everyone, &["get"]);
    let none = Fake::new(Decision::no_opinion("n"));
    let allow = Fake::new(Decision::allow("a"));
    let deny = Fake::new(Decision::deny("d"));
    let away = Fake::new(Unavailable::new("away").into());
    for (authorizers, extra, expected) in [
        (vec![], &[reader, owner][..], Ok(())),
        (vec![&none], &[owner], Ok(())),
        (vec![&none], &[reader], Err(403)),
        (vec![&none], &[], Err(403)),
        (vec![&none, &allow], &[], Ok(())),
        (vec![&none, &deny], &[owner], Err(403)),
        (vec![&away], &[owner], Err(503)),
    ] {
        let checked = handle(alice(), &authorizers).check_with(&ACTION, extra).await;
        assert_eq!(checked.map_err(|rejection| rejection.status().as_u16()), expected);
    }
    let bob = handle(Principal::builder("bob").backend("corp").build(), &[&none]);
    assert!(bob.check_with(&ACTION, &[owner]).await.is_err());
}

#[tokio::test]
async fn what_is_not_allowed_is_heard_of_once_and_what_is_allowed_is_not() {
    let heard = Arc::new(std::sync::Mutex::new(Vec::new()));
    let told = Arc::clone(&heard);
    let observer = move |principal: &Principal, action: &Action<'_>, decision: &Decision| {
        told.lock().unwrap().push((principal.name().to_owned(), action.to_string(), decision.is_allow()));
    };
    let fake: Arc<dyn Authorizer> = Fake::at_once(Decision::no_opinion("n"));
    let authorizers = Authorizers::new([fake], Rejection::unauthenticated(Vec::new())).observed(observer);
    let authorization = Authorization::new(alice(), &authorizers);
    let owner = ExtraGrant::new(Grantee::Authenticated, &["*"]);
    assert!(authorization.check_with(&ACTION, &[owner]).await.is_ok());
    assert!(authorization.check(&ACTION).await.is_err());
    assert!(authorization.check_at_once(&ACTION).unwrap().is_err());
    let said = ("alice".to_owned(), ACTION.to_string(), false);
    assert_eq!(*heard.lock().unwrap(), [said.clone(), said]);
}

#[tokio::test]
async fn a_permit_carries_who_has_it_and_what_it_is_for() {
    struct CreateQueue(&'static str);
    impl Permission for CreateQueue {
        fn action(&self) -> Action<'_> {
            Action::new("create", "queues").name(self.0)
        }
    }
    let (none, allow) = (Fake::new(Decision::no_opinion("n")), Fake::new(Decision::allow("a")));
    let permit = Permit::ask(&handle(alice(), &[&allow]), CreateQueue("blue")).await.unwrap();
    assert_eq!((permit.principal(), permit.permission().0), (&alice(), "blue"));
    let denied = Permit::ask(&handle(alice(), &[&none]), CreateQueue("blue")).await.map(drop).unwrap_err();
    assert_eq!(denied.message(), r#"create queues "blue" is forbidden"#);
    let grant = ExtraGrant::new(Grantee::Group { backend: "corp", group: "ops" }, &["create"]);
    let permit = Permit::ask_with(&handle(alice(), &[&none]), CreateQueue("blue"), &[grant]).await.unwrap();
    assert_eq!(permit.into_permission().0, "blue");
}
