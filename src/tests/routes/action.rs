//! Routes that name an action.

use super::*;

#[tokio::test]
async fn what_a_caller_may_is_looked_up_with_what_the_path_captured() {
    let service = with(FILE).await;
    assert_eq!(get(&service, "/workflows/argo/nightly", &[ALICE]).await.body(), "one/alice ops");
    for (target, caller, asked) in [
        ("/workflows/argo/nightly", BOB, r#"\"nightly\" in namespace \"argo\""#),
        ("/workflows/other/nightly", ALICE, r#"\"nightly\" in namespace \"other\""#),
        ("/workflows/Argo/nightly", ALICE, r#"\"nightly\" in namespace \"Argo\""#),
        ("/workflows/argo%20/a%22b", ALICE, r#"\"a\\u{22}b\" in namespace \"argo\\u{20}\""#),
    ] {
        let response = get(&service, target, &[caller]).await;
        assert_eq!(response.status(), 403, "{target}");
        let body = format!(r#"{{"code":7,"message":"get workflows {asked} is forbidden"}}"#);
        assert_eq!(response.body(), &body, "neither the caller nor the rule is named");
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert!(challenges(&response).is_empty());
    }
}

#[tokio::test]
async fn a_fresh_caller_and_a_remembered_one_are_answered_alike() {
    let one = bearer();
    let service = service(&auth(&[&one], FILE).await);
    for _ in 0..3 {
        assert_eq!(status(&service, "/workflows/argo/a", &[ALICE]).await, 200);
        assert_eq!(status(&service, "/workflows/other/a", &[ALICE]).await, 403);
        assert_eq!(status(&service, "/workflows/argo/a", &[BOB]).await, 403);
    }
    assert_eq!(one.asked(), 2, "alice and bob, once each");
}

#[tokio::test]
async fn a_grpc_call_is_told_with_its_own_codes() {
    let route = r#"
        [[route]]
        grpc = "/orders.v1.Orders/List"
        action = { verb = "list", resource = "orders" }
    "#;
    let service = with(route).await;
    let denied = get(&service, "POST /orders.v1.Orders/List", &[GRPC, BOB]).await;
    assert_eq!((denied.status().as_u16(), &denied.headers()["grpc-status"]), (200, &"7".parse().unwrap()));
    assert_eq!(denied.headers()["grpc-message"], "list orders is forbidden");
    assert!(denied.body().is_empty());
    let nobody = get(&service, "POST /orders.v1.Orders/List", &[GRPC]).await;
    assert_eq!(nobody.headers()["grpc-status"], "16");
    assert_eq!(challenges(&nobody), ["Bearer realm=\"1\""]);
}

#[tokio::test]
async fn somebody_who_is_not_known_is_asked_and_not_told_what_was_asked() {
    let plain = with(FILE).await;
    let anonymous = with(&format!("[[backend]]\nkind = 'anonymous'\n{FILE}")).await;
    for service in [plain, anonymous] {
        let response = get(&service, "/workflows/argo/a", &[]).await;
        assert_eq!((response.status().as_u16(), challenges(&response)), (401, vec!["Bearer realm=\"1\""]));
        assert_eq!(response.body(), r#"{"code":16,"message":"no valid credential was presented"}"#);
    }
}

#[tokio::test]
async fn an_anonymous_caller_may_what_the_policy_gives_it() {
    let binding = "[[binding]]\nrole = 'reader'\nsubjects = [{ backend = 'anonymous' }]\n";
    let service = with(&format!("[[backend]]\nkind = 'anonymous'\n{FILE}{binding}")).await;
    assert_eq!(get(&service, "/workflows/argo/a", &[]).await.body(), "anonymous/anonymous");
    assert_eq!(status(&service, "/workflows/other/a", &[]).await, 401);
}

#[tokio::test]
async fn without_anybody_who_decides_an_action_is_denied_to_all() {
    let service = with("[[route]]\npath = '/a'\naction = { verb = 'get', url = '/a' }").await;
    assert_eq!(status(&service, "/a", &[ALICE]).await, 403);
}

#[tokio::test]
async fn a_head_takes_the_route_of_a_get_and_its_answer_has_no_body() {
    let service = with(FILE).await;
    assert_eq!(status(&service, "HEAD /workflows/argo/a", &[ALICE]).await, 200);
    let denied = get(&service, "HEAD /workflows/argo/a", &[BOB]).await;
    assert_eq!((denied.status().as_u16(), denied.body().len()), (403, 0));
    assert_eq!(status(&service, "POST /workflows/argo/a", &[ALICE]).await, 403, "no route is for it");
}
