//! A provider that does not answer.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use axum::Router;
use axum::routing::any;
use bytes::Bytes;
use http::{Request, Version};
use portcullis::Principal;
use portcullis_testbed::{Badges, Heard, Server, Wire, serve};

async fn server(badges: &Badges, rest: &str) -> Server {
    let router = Router::new().route("/", any(async |principal: Principal| principal.name().to_owned()));
    serve(router.layer(badges.auth(rest).await.layer())).await
}

async fn ask(server: &Server, name: &str, content_type: &str) -> Heard {
    let request = Request::post("http://localhost/")
        .version(Version::HTTP_2)
        .header("authorization", format!("Bearer {name}"))
        .header("content-type", content_type);
    Wire::connect(server.address()).await.send(request.body(Bytes::new()).unwrap()).await
}

#[tokio::test]
async fn who_is_not_known_yet_is_asked_to_come_again() {
    let badges = Badges::default();
    let server = server(&badges, "").await;
    badges.set_away(true);
    let plain = ask(&server, "carol", "text/plain").await;
    assert_eq!(plain.head.status, 503);
    assert_eq!(plain.head.headers["retry-after"], "8", "7.5 seconds, rounded up");
    assert_eq!(plain.head.headers["cache-control"], "no-store");
    assert!(!plain.head.headers.contains_key("www-authenticate"), "another credential would not help");
    let body: serde_json::Value = serde_json::from_slice(&plain.data).unwrap();
    assert_eq!(body["code"], 14);

    let grpc = ask(&server, "carol", "application/grpc").await;
    assert!(grpc.ended_with_head);
    assert_eq!((grpc.head.status.as_u16(), &grpc.head.headers["grpc-status"]), (200, &"14".parse().unwrap()));
    assert_eq!(grpc.head.headers["grpc-retry-pushback-ms"], "7500");
    assert!(!grpc.head.headers.contains_key("retry-after"));

    // An outage is not remembered.
    badges.set_away(false);
    assert_eq!(ask(&server, "carol", "text/plain").await.data, "carol");
}

#[tokio::test]
async fn who_is_known_does_not_notice() {
    let badges = Badges::default();
    let server = server(&badges, "").await;
    assert_eq!(ask(&server, "carol", "text/plain").await.head.status, 200);
    badges.set_away(true);
    assert_eq!(ask(&server, "carol", "text/plain").await.data, "carol");
    assert_eq!(ask(&server, "dave", "text/plain").await.head.status, 503);
    assert_eq!(badges.asked(), 2);
}

#[tokio::test]
async fn with_a_grace_who_was_known_goes_on_being_served() {
    let badges = Badges::default();
    let server = server(&badges, "[cache]\nttl = \"100ms\"\nstale_if_unavailable = \"1h\"\n").await;
    assert_eq!(ask(&server, "carol", "text/plain").await.head.status, 200);
    badges.set_away(true);
    tokio::time::sleep(std::time::Duration::from_millis(150)).await;
    assert_eq!(ask(&server, "carol", "text/plain").await.data, "carol");
    assert_eq!(badges.asked(), 2, "it was asked again, in vain");
    assert_eq!(ask(&server, "dave", "text/plain").await.head.status, 503);
}

#[tokio::test]
async fn an_outage_does_not_fall_through_to_anonymous() {
    let badges = Badges::default();
    let server = server(&badges, "[[backend]]\nkind = \"anonymous\"\n").await;
    badges.set_away(true);
    assert_eq!(ask(&server, "carol", "text/plain").await.head.status, 503);
}
