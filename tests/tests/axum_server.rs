//! The layer around an axum router, called with curl.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use axum::Router;
use axum::extract::Request;
use axum::routing::{any, get};
use portcullis::{Auth, Principal, Rejection};
use portcullis_testbed::{Answer, Badges, Server, curl, serve};
use serde_json::json;

fn router() -> Router {
    Router::new()
        .route("/principal", any(async |principal: Principal| principal.name().to_owned()))
        .route(
            "/optional",
            any(async |principal: Option<Principal>| format!("{:?}", principal.map(|p| p.name().to_owned()))),
        )
        .route(
            "/rejection",
            get(async |principal: Principal| -> Result<(), Rejection> {
                Err(Rejection::forbidden(format!("{} may not", principal.name())))
            }),
        )
        .route("/echo", any(async |request: Request| format!("{:?}", request.headers().get("authorization"))))
}

/// curl blocks, and the server needs the runtime.
async fn ask(server: &Server, path: &str, arguments: &[&str]) -> Answer {
    let arguments: Vec<String> = arguments.iter().copied().chain([&*server.url(path)]).map(str::to_owned).collect();
    let ask = move || curl(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    tokio::task::spawn_blocking(ask).await.unwrap()
}

const CAROL: &[&str] = &["-H", "Authorization: Bearer carol"];

#[tokio::test(flavor = "multi_thread")]
async fn handlers_get_the_principal_and_not_the_credential() {
    let auth = Badges::default().auth("").await;
    let server = serve(router().layer(auth.layer())).await;
    assert_eq!(ask(&server, "/principal", CAROL).await.body, b"carol");
    assert_eq!(ask(&server, "/optional", CAROL).await.body, b"Some(\"carol\")");
    assert_eq!(ask(&server, "/echo", CAROL).await.body, b"None");
    for path in ["/principal", "/optional", "/no/such/path"] {
        let refused = ask(&server, path, &["-H", "Authorization: Bearer stolen"]).await;
        assert_eq!((refused.status, refused.json()["code"].clone()), (401, json!(16)), "{path}");
        assert_eq!(refused.field("www-authenticate"), Some("Bearer realm=\"badges\""));
    }
    assert_eq!(ask(&server, "/no/such/path", CAROL).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_without_a_layer_is_a_500_and_lets_nobody_in() {
    let server = serve(router()).await;
    for path in ["/principal", "/optional"] {
        let answer = ask(&server, path, CAROL).await;
        let expected = json!({ "code": 13, "message": "this service is not behind a Portcullis layer" });
        assert_eq!((answer.status, answer.json()), (500, expected));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preflight_that_is_passed_on_has_no_principal() {
    let auth = Badges::default().auth("[request]\npreflight = \"pass\"\n").await;
    let server = serve(router().layer(auth.layer())).await;
    let preflight =
        ["-X", "OPTIONS", "-H", "Origin: https://app.example.test", "-H", "Access-Control-Request-Method: PUT"];
    assert_eq!(ask(&server, "/optional", &preflight).await.body, b"None");
    let refused = ask(&server, "/principal", &preflight).await;
    assert_eq!((refused.status, refused.field("www-authenticate")), (401, Some("Bearer realm=\"badges\"")));
    // What only looks like one is none.
    assert_eq!(ask(&server, "/optional", &preflight[..2]).await.status, 401);
    let stolen = [&preflight[..], &["-H", "Authorization: Bearer stolen"]].concat();
    assert_eq!(ask(&server, "/optional", &stolen).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn anonymous_is_somebody() {
    let auth = Badges::default().auth("[[backend]]\nkind = \"anonymous\"\nname = \"guest\"\n").await;
    let server = serve(router().layer(auth.layer())).await;
    assert_eq!(ask(&server, "/principal", &[]).await.body, b"guest");
    assert_eq!(ask(&server, "/optional", &[]).await.body, b"Some(\"guest\")");
    assert_eq!(ask(&server, "/optional", &["-H", "Authorization: Bearer stolen"]).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejection_of_a_handler_reads_like_one_of_the_layer() {
    let auth = Badges::default().auth("").await;
    let server = serve(router().layer(auth.layer())).await;
    let answer = ask(&server, "/rejection", CAROL).await;
    assert_eq!((answer.status, answer.json()), (403, json!({ "code": 7, "message": "carol may not" })));
    assert_eq!(answer.field("cache-control"), Some("no-store"));
    assert_eq!(answer.field("content-type"), Some("application/json"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fixed_principal_is_whoever_calls() {
    let auth = Auth::fixed(Principal::builder("alice").group("ops").build());
    let server = serve(router().layer(auth.layer())).await;
    assert_eq!(ask(&server, "/principal", &[]).await.body, b"alice");
    assert_eq!(ask(&server, "/principal", CAROL).await.body, b"alice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_is_owed_to_each_exchange_that_succeeds() {
    let badges = Badges::owing();
    let server = serve(router().layer(badges.auth("").await.layer())).await;
    for asked in 1..=3 {
        let answer = ask(&server, "/principal", CAROL).await;
        assert_eq!((answer.status, answer.field("authentication-info")), (200, Some("badge=\"seen\"")));
        assert_eq!(badges.asked(), asked);
    }
    let refused = ask(&server, "/principal", &["-H", "Authorization: Bearer stolen"]).await;
    assert_eq!((refused.status, refused.field("authentication-info")), (401, None));
}
