//! Routes that ask for scopes.

use super::*;

const SCOPED: &str = r#"
    [[route]]
    path = "/orders"
    authenticated = true
    scopes = ["read", "list"]

    [[route]]
    path = "/orders/{name}"
    action = { verb = "get", resource = "orders", name = "{name}" }
    scopes = ["read"]

    [role.blue]
    rules = [{ verbs = ["get"], resources = ["orders"], names = ["blue"] }]

    [[binding]]
    role = "blue"
    subjects = [{ backend = "one", user = "scoped" }, { backend = "one", user = "alice" }]
"#;

const READ: (&str, &str) = ("authorization", "Bearer scoped-read");

#[tokio::test]
async fn it_takes_all_of_them() {
    let service = with(SCOPED).await;
    for (token, expected) in
        [("scoped-read+list+more", 200), ("scoped-list+read", 200), ("scoped-read", 403), ("ok-alice", 403)]
    {
        let fields = [("authorization", &*format!("Bearer {token}"))];
        assert_eq!(status(&service, "/orders", &fields).await, expected, "{token}");
    }
}

#[tokio::test]
async fn who_lacks_one_is_told_which_the_next_token_needs() {
    let service = with(SCOPED).await;
    let response = get(&service, "/orders", &[READ]).await;
    assert_eq!(response.status(), 403);
    let challenge = r#"Bearer realm="1", error="insufficient_scope", scope="read list""#;
    assert_eq!(challenges(&response), [challenge]);
    assert_eq!(response.body(), r#"{"code":7,"message":"the scope is not sufficient; needed: read list"}"#);
    let response = get(&service, "/orders", &[READ, GRPC]).await;
    assert_eq!((&response.headers()["grpc-status"], challenges(&response)), (&"7".parse().unwrap(), vec![challenge]));
}

#[tokio::test]
async fn without_a_bearer_token_no_challenge_asks_for_one() {
    let service = service(&auth(&[&Fake::new("1", &[Scheme::BASIC])], SCOPED).await);
    let response = get(&service, "/orders", &[("authorization", "Basic ok-alice")]).await;
    assert_eq!((response.status().as_u16(), challenges(&response).len()), (403, 0));
}

#[tokio::test]
async fn an_action_is_needed_beside_them() {
    let service = with(SCOPED).await;
    assert_eq!(status(&service, "/orders/blue", &[READ]).await, 200);
    let denied = get(&service, "/orders/red", &[READ]).await;
    assert_eq!(denied.body(), r#"{"code":7,"message":"get orders \"red\" is forbidden"}"#);
    assert_eq!(status(&service, "/orders/blue", &[ALICE]).await, 403, "she may, and her token may not");
}

#[tokio::test]
async fn an_anonymous_caller_has_none_and_is_asked_who_it_is() {
    let service = with(&format!("[[backend]]\nkind = 'anonymous'\n{SCOPED}")).await;
    for target in ["/orders", "/orders/blue"] {
        let response = get(&service, target, &[]).await;
        assert_eq!((response.status().as_u16(), challenges(&response)), (401, vec!["Bearer realm=\"1\""]), "{target}");
    }
}
