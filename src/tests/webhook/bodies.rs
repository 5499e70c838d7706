//! What becomes of bodies.

use std::time::Duration;

use http::HeaderMap;
use tracing::instrument::WithSubscriber as _;

use super::*;
use crate::tests::audit::Log;
use crate::webhook::frames::Next;

fn data(text: &str) -> Next {
    Next::Data(Bytes::copy_from_slice(text.as_bytes()))
}

#[tokio::test]
async fn a_body_in_pieces_and_its_trailers_reach_the_service_unchanged() {
    let service = Site::new("").await.service();
    let mut trailers = HeaderMap::new();
    trailers.insert("x-checksum", HeaderValue::from_static("abc"));
    let frames = [data("Hel"), Next::Later, data(""), data("lo, "), data("World!"), Next::Trailers(trailers)];
    let response = send(&service, post(PATH, &[GITHUB], Frames::of(frames))).await;
    assert_eq!((field(&response, "caller"), field(&response, "body")), ("webhook/github.com forges", "Replay(whole)"));
    assert_eq!((&response.body()[..], field(&response, "trailer")), (HELLO.as_bytes(), "x-checksum=abc"));
}

#[tokio::test]
async fn the_bodies_of_other_requests_are_not_touched() {
    let service = Site::new("").await.service();
    let long = || Frames::of([data(&"x".repeat(1000)), data("y")]);
    for (path, fields) in [
        (PATH, &[("authorization", "Bearer ok-alice"), GITHUB][..]),
        ("/other", &[("authorization", "Bearer ok-alice"), GITHUB]),
    ] {
        let response = send(&service, post(path, fields, long())).await;
        assert_eq!((response.body().len(), field(&response, "body")), (1001, "Replay(untouched)"));
    }
}

#[tokio::test]
async fn a_body_over_the_bound_is_413_be_it_announced_or_not() {
    let service = Site::new("").await.service();
    let announced = [GITHUB, ("content-length", "65")];
    // It is not waited for.
    let response = send(&service, post(PATH, &announced, Frames::of([Next::Never]))).await;
    assert_eq!(response.status(), 413);
    let body = r#"{"code":8,"message":"the body is longer than 64 bytes"}"#;
    assert_eq!((&response.body()[..], field(&response, "cache-control")), (body.as_bytes(), "no-store"));
    for frames in
        [Frames::one("x".repeat(65)), Frames::of([data(&"x".repeat(64)), Next::Later, data("x"), Next::Never])]
    {
        assert_eq!(caller(&service, post(PATH, &[GITHUB], frames)).await, Err(413));
    }
    // For all senders alike, once they are known.
    let token = [("x-gitlab-token", "secret-gitlab")];
    assert_eq!(caller(&service, post(PATH, &token, Frames::one("x".repeat(65)))).await, Err(413));
    let longest = "x".repeat(64);
    let signature = hex("sha256=", GITHUB_SECRET, &longest);
    let fields = [("x-hub-signature-256", &*signature), ("content-length", "64")];
    assert!(caller(&service, post(PATH, &fields, Frames::one(longest))).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_408_and_one_that_breaks_off_400() {
    let service = Site::new("").await.service();
    let began = tokio::time::Instant::now();
    let response = send(&service, post(PATH, &[GITHUB], Frames::of([data("Hello"), Next::Never]))).await;
    assert_eq!((response.status().as_u16(), field(&response, "cache-control")), (408, "no-store"));
    assert!((30..31).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    assert_eq!(caller(&service, post(PATH, &[GITHUB], Frames::of([data("Hello"), Next::Broken]))).await, Err(400));
    let short = Site::with(Auth::builder(), &FILE.replace("max_body = 64", "timeout = '1s'")).await;
    let began = tokio::time::Instant::now();
    assert_eq!(caller(&short.service(), post(PATH, &[GITHUB], Frames::of([Next::Never]))).await, Err(408));
    assert!(began.elapsed() < Duration::from_secs(2));
}

/// Whoever has no secret can send the form of a signature, and a body without end.
#[tokio::test(start_paused = true)]
async fn bodies_that_do_not_end_keep_no_delivery_out() {
    let site = Site::with(Auth::builder(), &FILE.replace("max_body = 64", "max_body = 64\nmax_buffered = 256")).await;
    let service = site.service();
    let mut stalled: Vec<_> = (0..4)
        .map(|_| {
            let service = service.clone();
            let forged =
                ("x-hub-signature-256", "sha256=0000000000000000000000000000000000000000000000000000000000000000");
            let body = Frames::of([data(&"x".repeat(63)), Next::Never]);
            tokio::spawn(async move { caller(&service, post(PATH, &[forged], body)).await })
        })
        .collect();
    tokio::task::yield_now().await;
    let began = tokio::time::Instant::now();
    assert!(caller(&service, post(PATH, &[GITHUB], Frames::one(HELLO))).await.is_ok());
    // The first one has made room for it, and hears of it at once.
    assert_eq!((stalled.remove(0).await.unwrap(), began.elapsed()), (Err(503), Duration::ZERO));
    for other in stalled {
        assert_eq!(other.await.unwrap(), Err(408));
    }
}

#[tokio::test(start_paused = true)]
async fn bodies_that_the_service_has_not_taken_share_their_room_and_one_without_gets_503() {
    let site = Site::with(Auth::builder(), &FILE.replace("max_body = 64", "max_body = 64\nmax_buffered = 64")).await;
    let inner = service_fn(async |request: Request<Replay<Frames>>| {
        tokio::time::sleep(Duration::from_secs(60)).await;
        let body = request.into_body().collect().await.unwrap().to_bytes();
        Ok::<_, Infallible>(Response::new(Full::new(body)))
    });
    let service = site.auth.webhook_layer().layer(site.auth.layer().layer(inner));
    let long = || {
        let request = post(PATH, &[("x-gitlab-token", "secret-gitlab")], Frames::one("x".repeat(60)));
        service.clone().oneshot(request)
    };
    let held = tokio::spawn(long());
    tokio::task::yield_now().await;
    let refused = long().await.unwrap();
    assert_eq!((refused.status().as_u16(), &refused.headers()["retry-after"]), (503, &HeaderValue::from_static("1")));
    let told = refused.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(told, r#"{"code":14,"message":"too many bodies of webhooks are under way"}"#);
    assert_eq!(held.await.unwrap().unwrap().status(), 200);
    assert_eq!(long().await.unwrap().status(), 200);
}

#[tokio::test]
async fn why_a_body_broke_off_is_in_the_log() {
    let service = Site::new("").await.service();
    let broken = || post(PATH, &[GITHUB], Frames::of([data("Hello"), Next::Broken]));
    // Once unheard, as in the tests of the audit.
    send(&service, broken()).await;
    let log = Log::default();
    send(&service, broken()).with_subscriber(log.subscriber()).await;
    let text = log.text();
    let line = text.lines().find(|line| line.contains("the body of a webhook broke off"));
    assert!(line.is_some_and(|line| line.contains("DEBUG") && line.contains("error=broken")), "{text}");
}

#[tokio::test]
async fn an_empty_body_can_be_signed() {
    let site = Site::new("").await;
    let signature = hex("sha256=", GITHUB_SECRET, "");
    let request = || post(PATH, &[("x-hub-signature-256", &*signature)], Frames::default());
    let response = send(&site.service(), request()).await;
    assert_eq!((field(&response, "caller"), response.body().len()), ("webhook/github.com forges", 0));
}
