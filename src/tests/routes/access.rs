//! Routes that ask for nothing, or for a credential alone.

use super::*;
use crate::Auth;

const ANONYMOUS: &str = "[[backend]]\nkind = 'anonymous'\n";

#[tokio::test]
async fn a_public_route_is_for_those_without_a_credential_and_for_no_bad_one() {
    let service = with(FILE).await;
    let long = format!("Bearer ok-{}", "a".repeat(64 << 10));
    for (authorization, expected, body) in [
        (None, 200, "unidentified"),
        (Some("Bearer ok-bob"), 200, "one/bob ops"),
        (Some("Bearer bad-bob"), 401, ""),
        (Some("Bearer early-bob"), 401, ""),
        (Some("Bearer other-bob"), 401, ""),
        (Some("Basic ok-bob"), 401, ""),
        (Some("Bearer"), 401, ""),
        (Some("nonsense"), 401, ""),
        (Some(""), 401, ""),
        (Some("Bearer ok-\u{e4}"), 401, ""),
        (Some(&*long), 431, ""),
        (Some("Bearer away-bob"), 503, ""),
    ] {
        let fields: Vec<_> = authorization.into_iter().map(|value| ("authorization", value)).collect();
        for target in ["/public", "HEAD /public", "POST /public"] {
            let response = get(&service, target, &fields).await;
            assert_eq!(response.status(), expected, "{target} {authorization:?}");
            assert!(body.is_empty() || response.body() == body, "{target} {authorization:?}: {response:?}");
            assert!(!response.headers().contains_key("authorization"), "{authorization:?}");
        }
    }
    assert_eq!(status(&service, "/public", &[ALICE, ALICE]).await, 400);
}

#[tokio::test]
async fn where_there_is_an_anonymous_backend_a_public_route_is_for_its_principal() {
    let service = with(&format!("{ANONYMOUS}{FILE}")).await;
    assert_eq!(get(&service, "/public", &[]).await.body(), "anonymous/anonymous");
    assert_eq!(get(&service, "/public", &[BOB]).await.body(), "one/bob ops");
    assert_eq!(status(&service, "/public", &[("authorization", "Bearer bad-bob")]).await, 401);
}

#[tokio::test]
async fn an_authenticated_route_is_for_any_accepted_credential() {
    let service = with(FILE).await;
    assert_eq!(get(&service, "/me", &[BOB]).await.body(), "one/bob ops");
    for fields in [&[][..], &[("authorization", "Bearer bad-bob")]] {
        assert_eq!(status(&service, "/me", fields).await, 401);
    }
    assert_eq!(challenges(&get(&service, "/me", &[]).await), ["Bearer realm=\"1\""]);
}

#[tokio::test]
async fn an_authenticated_route_asks_anonymous_callers_who_they_are() {
    let (one, two) = (bearer(), Fake::new("2", &[Scheme::BASIC]));
    let service = service(&auth(&[&one, &two], &format!("{ANONYMOUS}{FILE}")).await);
    let both = ["Bearer realm=\"1\"", "Basic realm=\"2\""];
    let response = get(&service, "/me", &[]).await;
    assert_eq!((response.status().as_u16(), challenges(&response)), (401, both.to_vec()));
    assert_eq!(get(&service, "/me", &[GRPC]).await.headers()["grpc-status"], "16");
    assert_eq!(get(&service, "/me", &[("authorization", "Basic ok-carol")]).await.body(), "two/carol ops");
    let nameless = [("authorization", "Bearer anonymous-x")];
    assert_eq!(status(&service, "/me", &nameless).await, 401, "no backend vouches for somebody anonymous");
}

#[tokio::test]
async fn where_there_is_nothing_to_authenticate_with_it_is_forbidden() {
    let file = format!("{ANONYMOUS}[[route]]\npath = '/me'\nauthenticated = true");
    let service = service(&Auth::from_toml(&file).await.unwrap());
    let response = get(&service, "/me", &[]).await;
    assert_eq!((response.status().as_u16(), challenges(&response).len()), (403, 0));
    assert_eq!(response.body(), r#"{"code":7,"message":"get /me is forbidden"}"#);
}

#[tokio::test]
async fn another_site_does_not_use_what_a_browser_attaches_on_a_public_route_either() {
    let service = service(&auth(&[&Fake::new("1", &[Scheme::BASIC])], FILE).await);
    let elsewhere = ("sec-fetch-site", "cross-site");
    assert_eq!(status(&service, "POST /public", &[("authorization", "Basic ok-bob"), elsewhere]).await, 403);
    assert_eq!(status(&service, "POST /public", &[elsewhere]).await, 200);
}

#[tokio::test]
async fn a_preflight_passes_where_no_route_is_for_it_and_only_if_the_file_says_so() {
    let preflight = [("origin", "https://app.test"), ("access-control-request-method", "GET")];
    let (checked, passed) = (with(FILE).await, with(&format!("[request]\npreflight = 'pass'\n{FILE}")).await);
    for (target, expected) in [
        ("OPTIONS /workflows/argo/a", 200),
        ("OPTIONS /elsewhere", 200),
        // The route is for every method, and so is what is behind it, perhaps.
        ("OPTIONS /me", 401),
        ("OPTIONS /m%65", 401),
    ] {
        assert_eq!(status(&checked, target, &preflight).await, 401, "{target}");
        let response = get(&passed, target, &preflight).await;
        assert_eq!(response.status(), expected, "{target}");
        assert!(expected != 200 || response.body() == "unidentified", "{target}");
        assert_eq!(status(&passed, target, &preflight[..1]).await, 401, "{target}");
    }
    assert_eq!(get(&passed, "OPTIONS /public", &preflight).await.body(), "unidentified");
    assert_eq!(status(&passed, "OPTIONS /me/../public", &preflight).await, 400);
    let with_credential = [preflight[0], preflight[1], BOB];
    assert_eq!(status(&passed, "OPTIONS /elsewhere", &with_credential).await, 403, "like any other request");
}

/// tonic takes a request for a call whatever its method is.
#[tokio::test]
async fn no_preflight_is_a_call_of_grpc() {
    let route = "[[route]]\ngrpc = '/orders.v1.Orders/*'\naction = { verb = 'get', url = '/orders' }";
    let service = with(&format!("[request]\npreflight = 'pass'\n{route}")).await;
    let preflight = [("origin", "https://app.test"), ("access-control-request-method", "POST")];
    let response = get(&service, "OPTIONS /orders.v1.Orders/List", &[&preflight[..], &[GRPC]].concat()).await;
    assert_eq!(response.headers()["grpc-status"], "16");
}
