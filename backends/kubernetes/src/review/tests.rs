use k8s_openapi::api::authentication::v1::UserInfo;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhIn0.c2lnbmF0dXJl";

/// What becomes of an answer, in words; `audiences` were asked for.
fn read(audiences: &[&str], status: Value) -> String {
    let status: Option<TokenReviewStatus> = serde_json::from_value(status).unwrap();
    match interpret(status, audiences, TOKEN) {
        Ok(user) => format!("accepted {}", user.name),
        Err(Verdict::Refused(refusal)) => format!("refused {}", refusal.reason),
        Err(Verdict::Unavailable(unavailable)) => format!("unavailable {}", unavailable.reason),
        Err(verdict) => panic!("{verdict:?}"),
    }
}

fn interpret(status: Option<TokenReviewStatus>, audiences: &[&str], token: &str) -> Result<User, Verdict> {
    let audiences: Vec<String> = audiences.iter().map(|audience| (*audience).to_owned()).collect();
    super::read(status, &audiences, token)
}

#[test]
fn who_is_authenticated_and_has_a_name_is_accepted_and_nobody_else() {
    let alice = json!({ "username": "alice" });
    for (status, expected) in [
        (json!({ "authenticated": true, "user": alice }), "accepted alice"),
        (json!({ "authenticated": false, "user": alice }), "refused the cluster does not take the token"),
        (json!({ "user": alice }), "refused the cluster does not take the token"),
        (json!({}), "refused the cluster does not take the token"),
        (Value::Null, "unavailable a review without a status"),
        (json!({ "authenticated": true }), "unavailable a review that authenticates somebody without a name"),
        (
            json!({ "authenticated": true, "user": { "username": "" } }),
            "unavailable a review that authenticates somebody without a name",
        ),
        (
            json!({ "authenticated": true, "user": { "username": "system:anonymous" } }),
            "refused the cluster takes the token for anonymous",
        ),
        (
            json!({ "authenticated": true, "user": { "username": "alice", "groups": ["system:unauthenticated"] } }),
            "refused the cluster takes the token for anonymous",
        ),
    ] {
        assert_eq!(read(&[], status.clone()), expected, "{status}");
    }
}

#[test]
fn an_answer_must_name_an_audience_that_was_asked_for() {
    let answer =
        |audiences: Value| json!({ "authenticated": true, "user": { "username": "alice" }, "audiences": audiences });
    let refused = "refused the cluster does not say that the token is for one of `audiences`";
    assert_eq!(read(&["orders", "bills"], answer(json!(["bills"]))), "accepted alice");
    assert_eq!(read(&["orders"], answer(json!(["orders.example.test", "other"]))), refused);
    // API servers from before audiences say nothing of them.
    assert_eq!(read(&["orders"], answer(json!([]))), refused);
    assert_eq!(read(&["orders"], answer(Value::Null)), refused);
    assert_eq!(read(&[], answer(json!(["https://kubernetes.default.svc"]))), "accepted alice");
}

#[test]
fn why_the_cluster_refuses_is_told_without_the_token() {
    let refused = |error: &str| read(&[], json!({ "authenticated": false, "error": error }));
    assert_eq!(refused("Token has\nexpired"), "refused the cluster does not take the token: Token hasexpired");
    assert_eq!(refused(&format!("bad token {TOKEN}")), "refused the cluster does not take the token");
    assert_eq!(refused(&"long ".repeat(100)).len(), "refused the cluster does not take the token: ".len() + 200);
}

#[test]
fn an_authenticator_of_the_cluster_that_is_away_is_an_outage_for_those_whom_it_may_know() {
    let webhook = "[invalid bearer token, Post \"https://hook.example.test\": dial tcp 192.0.2.1:443: connect: connection refused]";
    let slow = "[invalid bearer token, Post \"https://hook.example.test\": context deadline exceeded]";
    let database = "etcdserver: request timed out";
    for (error, token, is_outage) in [
        (webhook, "opaque", true),
        (webhook, TOKEN, false),
        (slow, "opaque", true),
        (slow, TOKEN, false),
        (database, "opaque", true),
        (database, TOKEN, true),
        ("Token has been invalidated", "opaque", false),
    ] {
        let status = json!({ "authenticated": false, "error": error });
        let status: Option<TokenReviewStatus> = serde_json::from_value(status).unwrap();
        let verdict = interpret(status, &[], token).unwrap_err();
        assert_eq!(matches!(verdict, Verdict::Unavailable(_)), is_outage, "{error} {token}: {verdict:?}");
    }
}

#[test]
fn a_user_comes_over_with_everything() {
    let user = json!({ "username": "alice", "uid": "1", "groups": ["ops"], "extra": { "k": ["v", "w"] } });
    let user: UserInfo = serde_json::from_value(user).unwrap();
    let status = TokenReviewStatus { authenticated: Some(true), user: Some(user), ..TokenReviewStatus::default() };
    let extra = [("k".to_owned(), vec!["v".to_owned(), "w".to_owned()])].into();
    let expected = User { name: "alice".to_owned(), uid: Some("1".to_owned()), groups: vec!["ops".to_owned()], extra };
    assert_eq!(interpret(Some(status), &[], TOKEN).unwrap(), expected);
}

proptest! {
    #[test]
    fn no_dozen_characters_of_a_token_get_into_a_reason(
        token in "[A-Za-z0-9._-]{12,80}", at in 0..80_usize, length in 11..40_usize,
    ) {
        let at = at.min(token.len() - 11);
        let piece = &token[at..(at + length).min(token.len())];
        prop_assert_eq!(harmless(&format!("invalid bearer token {piece}"), &token), None);
    }
}
