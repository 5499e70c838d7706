//! Deliveries that come twice.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use http::StatusCode;
use tokio::sync::Semaphore;

use super::*;
use crate::webhook::frames::Next;

#[tokio::test]
async fn a_delivery_that_was_taken_is_refused_for_the_window() {
    let site = Site::new("").await;
    assert!(site.caller(&[GITHUB], HELLO).await.is_ok());
    // What is not signed makes no new delivery of it.
    assert_eq!(site.caller(&[GITHUB, ("x-github-delivery", "new")], HELLO).await, Err(401));
    site.clock.advance(Duration::from_secs(299));
    assert_eq!(site.caller(&[GITHUB], HELLO).await, Err(401));
    site.clock.advance(Duration::from_secs(2));
    assert!(site.caller(&[GITHUB], HELLO).await.is_ok());
}

#[tokio::test]
async fn a_window_can_be_longer_or_none() {
    let hour = Site::with(Auth::builder(), &FILE.replace("max_body = 64", "replay_window = '1h'")).await;
    assert!(hour.caller(&[GITHUB], HELLO).await.is_ok());
    hour.clock.advance(Duration::from_secs(3599));
    // There is no challenge for a 401.
    assert_eq!(hour.caller(&[GITHUB], HELLO).await, Err(403));
    let none = Site::with(Auth::builder(), &FILE.replace("max_body = 64", "replay_window = '0s'")).await;
    for _ in 0..3 {
        assert!(none.caller(&[GITHUB], HELLO).await.is_ok());
    }
}

#[tokio::test]
async fn a_signed_time_is_good_once_and_then_too_old() {
    let site = Site::new("").await;
    let now = site.clock.wall().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let sign = |time: u64| (time.to_string(), hex("v1=", "secret-clock", &format!("{time}.x")));
    let (time, signature) = sign(now + 50);
    let fields = [("x-clock", &*signature), ("x-clock-time", &*time)];
    assert!(site.caller(&fields, "x").await.is_ok());
    for _ in 0..12 {
        assert_eq!(site.caller(&fields, "x").await, Err(401));
        site.clock.advance(Duration::from_secs(60));
    }
    for (time, is_good) in
        [(now + 720, true), (now + 661, true), (now + 650, false), (now + 779, true), (now + 790, false)]
    {
        let (time, signature) = sign(time);
        let found = site.caller(&[("x-clock", &*signature), ("x-clock-time", &*time)], "x").await;
        assert_eq!(found.is_ok(), is_good, "{time}");
    }
}

#[tokio::test]
async fn a_time_that_is_over_when_the_body_is_there_is_too_old() {
    for window in ["max_body = 64", "replay_window = '0s'"] {
        let site = Site::with(Auth::builder(), &FILE.replace("max_body = 64", window)).await;
        let now = site.clock.wall().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        let (time, signature) = (now.to_string(), hex("v1=", "secret-clock", &format!("{now}.x")));
        let fields = [("x-clock", &*signature), ("x-clock-time", &*time)];
        assert!(site.caller(&fields, "x").await.is_ok());
        // It is good for a minute.
        site.clock.advance(Duration::from_secs(59));
        let body = Frames::of([Next::Later, Next::Data("x".into())]);
        let mut under_way = pin!(site.service().oneshot(post(PATH, &fields, body)));
        assert!(poll_fn(|cx| Poll::Ready(under_way.as_mut().poll(cx).is_pending())).await);
        site.clock.advance(Duration::from_secs(4));
        assert_eq!(under_way.await.unwrap().status(), 403, "{window}");
    }
}

#[tokio::test]
async fn the_same_to_another_path_is_no_new_delivery() {
    let service = Site::new("").await.service();
    let to = async |path: &str| caller(&service, post(path, &[GITHUB], Frames::one(HELLO))).await.map(drop);
    assert_eq!(to("/api/v1/events/argo/build").await, Ok(()));
    for path in ["/api/v1/events/argo/build", "/api/v1/events/argo/deploy", "/api/v1/events/other/build"] {
        assert_eq!(to(path).await, Err(401), "{path}");
    }
}

#[tokio::test]
async fn where_the_file_says_so_the_same_to_two_paths_is_two_deliveries() {
    let file = FILE.replace("max_body = 64", "replay_per_path = true");
    let service = Site::with(Auth::builder(), &file).await.service();
    let to = async |path: &str| caller(&service, post(path, &[GITHUB], Frames::one(HELLO))).await.map(drop);
    for path in ["/api/v1/events/argo/build", "/api/v1/events/argo/deploy"] {
        // There is no challenge for a 401.
        assert_eq!((to(path).await, to(path).await), (Ok(()), Err(403)), "{path}");
    }
    // In another spelling, or with a query, it is the same path.
    for path in ["/api/v1/events/argo/%62uild", "/api/v1/events/argo/build?again"] {
        assert_eq!(to(path).await, Err(403), "{path}");
    }
}

#[tokio::test]
async fn senders_who_may_say_the_same_twice_are_not_held_to_it() {
    let site = Site::new("").await;
    let acme = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, hmac("secret-acme", "x"));
    for field in [("x-acme", &*acme), ("x-gitlab-token", "secret-gitlab"), ("x-hook-uuid", "secret-bitbucket")] {
        for _ in 0..2 {
            assert!(site.caller(&[field], "x").await.is_ok(), "{field:?}");
        }
    }
}

/// What comes of a delivery to a service that answers with this, and perhaps a `grpc-status`.
async fn answering(site: &Site, status: StatusCode, grpc: Option<&'static str>) -> u16 {
    let inner = service_fn(move |_: Request<Replay<Frames>>| {
        let mut response = Response::new(Full::<Bytes>::default());
        *response.status_mut() = status;
        if let Some(grpc) = grpc {
            response.headers_mut().insert("grpc-status", HeaderValue::from_static(grpc));
        }
        std::future::ready(Ok::<_, Infallible>(response))
    });
    let service = site.auth.webhook_layer().layer(site.auth.layer().layer(inner));
    service.oneshot(post(PATH, &[GITHUB], Frames::one(HELLO))).await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_delivery_that_was_not_taken_may_come_again() {
    let site = Site::new("").await;
    for status in [500, 503, 404, 429, 302] {
        assert_eq!(answering(&site, StatusCode::from_u16(status).unwrap(), None).await, status);
    }
    for _ in 0..2 {
        assert_eq!(answering(&site, StatusCode::OK, Some("7")).await, 200, "a refusal of gRPC");
    }
    assert_eq!(answering(&site, StatusCode::ACCEPTED, Some("0")).await, 202);
    assert_eq!(answering(&site, StatusCode::OK, None).await, 401);
}

#[tokio::test]
async fn one_that_nobody_waits_for_any_more_was_not_taken_and_one_under_way_is_not_taken_twice() {
    static OPEN: Semaphore = Semaphore::const_new(0);
    let site = Site::new("").await;
    let inner = service_fn(async |_: Request<Replay<Frames>>| {
        OPEN.acquire().await.unwrap().forget();
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
    });
    let service = site.auth.webhook_layer().layer(site.auth.layer().layer(inner));
    let send = || {
        let answer = service.clone().oneshot(post(PATH, &[GITHUB], Frames::one(HELLO)));
        async move {
            let response = answer.await.unwrap();
            (response.status().as_u16(), response.headers().contains_key("retry-after"))
        }
    };
    let under_way = tokio::spawn(send());
    tokio::task::yield_now().await;
    assert_eq!(send().await, (503, true), "it may yet fail");
    under_way.abort();
    assert!(under_way.await.unwrap_err().is_cancelled());
    OPEN.add_permits(1);
    assert_eq!(send().await, (200, false));
    assert_eq!(send().await, (401, false));
}
