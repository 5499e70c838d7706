//! The layer as a tower service: readiness, errors, bodies.

use std::convert::Infallible;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as _;
use http_body_util::{Empty, Full};
use tower::buffer::Buffer;
use tower::limit::{ConcurrencyLimit, GlobalConcurrencyLimitLayer};
use tower::{Layer as _, Service, ServiceExt as _, service_fn};

use super::fake::*;
use crate::{Auth, Scheme};

async fn some() -> Auth {
    auth(&[&Fake::new("1", &[Scheme::BEARER])], "").await
}

/// Panics when it is called without having been polled ready, as tower allows.
pub(super) struct Strict {
    pub(super) ready: bool,
}

impl Clone for Strict {
    fn clone(&self) -> Self {
        Self { ready: false }
    }
}

impl Service<Request<()>> for Strict {
    type Response = Response<Empty<Bytes>>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        assert!(std::mem::take(&mut self.ready), "called without being ready");
        std::future::ready(Ok(Response::new(Empty::new())))
    }
}

#[tokio::test]
async fn the_service_that_was_polled_ready_is_the_one_that_is_called() {
    let mut service = some().await.layer().layer(Strict { ready: false });
    for token in ["Bearer ok-a", "Bearer bad-a", "Bearer ok-a", "Bearer ok-b", "", "Bearer ok-b"] {
        let answer = service.ready().await.unwrap().call(request(&[("authorization", token)])).await;
        let expected = if token.starts_with("Bearer ok") { 200 } else { 401 };
        assert_eq!(answer.unwrap().status(), expected, "{token}");
    }
}

#[tokio::test]
async fn a_rejection_does_not_use_up_a_place_under_a_concurrency_limit() {
    let inner = ConcurrencyLimit::new(Strict { ready: false }, 1);
    let mut service = some().await.layer().layer(inner);
    for token in ["Bearer bad-a", "Bearer ok-a", "", "Bearer ok-a", "Bearer ok-b", "Bearer away-a", "Bearer ok-c"] {
        let ready = tokio::time::timeout(Duration::from_secs(5), service.ready()).await.expect("a place is free");
        let _ = ready.unwrap().call(request(&[("authorization", token)])).await.unwrap();
    }
}

#[tokio::test]
async fn a_rejection_gives_its_place_back_to_other_connections() {
    let limit = GlobalConcurrencyLimitLayer::new(1);
    let auth = some().await;
    let mut connections = [(); 2].map(|()| auth.layer().layer(limit.layer(Strict { ready: false })));
    for token in ["Bearer bad-a", "Bearer bad-a", "", "Bearer ok-a"] {
        for connection in &mut connections {
            let ready =
                tokio::time::timeout(Duration::from_secs(5), connection.ready()).await.expect("a place is free");
            let _ = ready.unwrap().call(request(&[("authorization", token)])).await.unwrap();
        }
    }
}

#[tokio::test]
async fn many_requests_pass_a_concurrency_limit_and_a_buffer() {
    let inner = service_fn(async |_: Request<()>| {
        tokio::task::yield_now().await;
        Ok::<_, tower::BoxError>(Response::new(Full::new(Bytes::from_static(b"hello"))))
    });
    let buffered = Buffer::new(ConcurrencyLimit::new(inner, 2), 3);
    let service = some().await.layer().layer(buffered);
    let requests = (0..50).map(|number| {
        let token = format!("Bearer ok-{}", number % 10);
        service.clone().oneshot(request(&[("authorization", &token)]))
    });
    for answer in requests.map(tokio::spawn).collect::<Vec<_>>() {
        assert_eq!(answer.await.unwrap().unwrap().status(), 200);
    }
}

#[tokio::test]
async fn a_buffer_around_the_layer_works_as_well() {
    let service = Buffer::new(some().await.layer().layer(Strict { ready: false }), 3);
    for token in ["Bearer ok-a", "Bearer bad-a", "Bearer ok-a"] {
        service.clone().oneshot(request(&[("authorization", token)])).await.unwrap();
    }
}

#[tokio::test]
async fn the_error_stays_that_of_the_inner_service() {
    #[derive(Debug, PartialEq)]
    struct Own;
    let inner = service_fn(async |_: Request<()>| Err::<Response<Empty<Bytes>>, _>(Own));
    let service = some().await.layer().layer(inner);
    for _ in 0..2 {
        let answer = service.clone().oneshot(request(&[("authorization", "Bearer ok-a")])).await;
        assert_eq!(answer.map(|_| ()).unwrap_err(), Own);
    }
}

#[tokio::test]
async fn sizes_and_ends_of_bodies_are_exact() {
    let inner = service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new(Full::new(Bytes::from("hello")))));
    let service = some().await.layer().layer(inner);
    let body = async |token, content_type| {
        let fields = [("authorization", token), ("content-type", content_type)];
        service.clone().oneshot(request(&fields)).await.unwrap().into_body()
    };
    let served = body("Bearer ok-a", "text/plain").await;
    assert_eq!((served.size_hint().exact(), served.is_end_stream()), (Some(5), false));
    let refused = body("Bearer bad-a", "text/plain").await;
    let length = r#"{"code":16,"message":"no valid credential was presented"}"#.len() as u64;
    assert_eq!((refused.size_hint().exact(), refused.is_end_stream()), (Some(length), false));
    let grpc = body("Bearer bad-a", "application/grpc").await;
    assert_eq!((grpc.size_hint().exact(), grpc.is_end_stream()), (Some(0), true));
}

#[tokio::test]
async fn any_request_body_passes_untouched() {
    struct Opaque(u8);
    let inner = service_fn(async |request: Request<Opaque>| {
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::copy_from_slice(&[request.into_body().0]))))
    });
    let service = some().await.layer().layer(inner);
    let request = Request::builder().header("authorization", "Bearer ok-a").body(Opaque(7)).unwrap();
    use http_body_util::BodyExt as _;
    let answer = service.oneshot(request).await.unwrap().into_body().collect().await.unwrap().to_bytes();
    assert_eq!(&answer[..], [7]);
}
