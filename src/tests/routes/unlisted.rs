//! Requests that no route is for.

use super::*;

async fn statuses(rest: &str) -> [u16; 4] {
    let service = with(rest).await;
    let bad = ("authorization", "Bearer bad-a");
    [
        status(&service, "/elsewhere", &[]).await,
        status(&service, "/elsewhere", &[bad]).await,
        status(&service, "/elsewhere", &[ALICE]).await,
        status(&service, "/elsewhere", &[ALICE, GRPC]).await,
    ]
}

#[tokio::test]
async fn it_takes_an_accepted_principal_until_a_route_asks_for_more() {
    let public = "[[route]]\npath = '/public'\npublic = true\n";
    let authenticated = format!("{public}[[route]]\npath = '/me'\nauthenticated = true\n");
    for file in ["", public, &authenticated] {
        assert_eq!(statuses(file).await, [401, 401, 200, 200], "{file}");
    }
    let scopes = format!("{authenticated}scopes = ['read']\n");
    let action = format!("{public}[[route]]\npath = '/a'\naction = {{ verb = 'get', url = '/a' }}\n");
    for file in [&scopes, &action, FILE] {
        // A gRPC call is answered with 200.
        assert_eq!(statuses(file).await, [401, 401, 403, 200], "{file}");
    }
}

#[tokio::test]
async fn a_denial_names_method_and_path_without_the_query() {
    let service = with(FILE).await;
    let response = get(&service, "DELETE /else%20where?token=secret", &[ALICE]).await;
    assert_eq!(response.status(), 403);
    assert_eq!(response.body(), r#"{"code":7,"message":"delete /else%20where is forbidden"}"#);
    let response = get(&service, "POST /elsewhere", &[ALICE, GRPC]).await;
    assert_eq!(response.headers()["grpc-status"], "7");
    assert_eq!(response.headers()["grpc-message"], "post /elsewhere is forbidden");
}

#[tokio::test]
async fn a_policy_gives_nobody_a_path_without_a_route() {
    let all =
        "[role.all]\nrules = [{ verbs = ['*'], urls = ['*'] }]\n[[binding]]\nrole = 'all'\nsubjects = ['everyone']\n";
    let service = with(&format!("{FILE}{all}")).await;
    assert_eq!(status(&service, "/elsewhere", &[ALICE]).await, 403);
}

#[tokio::test]
async fn an_anonymous_caller_is_let_in_before_and_asked_after() {
    let anonymous = "[[backend]]\nkind = 'anonymous'\n";
    let before = with(&format!("{anonymous}[[route]]\npath = '/me'\nauthenticated = true")).await;
    assert_eq!(get(&before, "/elsewhere", &[]).await.body(), "anonymous/anonymous");
    let after = with(&format!("{anonymous}{FILE}")).await;
    let response = get(&after, "/elsewhere", &[]).await;
    assert_eq!((response.status().as_u16(), challenges(&response)), (401, vec!["Bearer realm=\"1\""]));
}
