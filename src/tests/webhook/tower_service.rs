//! The layer as a tower service: readiness, errors, sizes.

use std::task::{Context, Poll};
use std::time::Duration;

use http_body::Body as _;
use http_body_util::Empty;
use tower::Service as _;
use tower::buffer::Buffer;
use tower::limit::{ConcurrencyLimit, GlobalConcurrencyLimitLayer};

use super::*;
use crate::webhook::frames::Next;

/// Panics when it is called without having been polled ready, as tower allows.
struct Strict {
    ready: bool,
}

impl Clone for Strict {
    fn clone(&self) -> Self {
        Self { ready: false }
    }
}

impl tower::Service<Request<Replay<Frames>>> for Strict {
    type Response = Response<Empty<Bytes>>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Replay<Frames>>) -> Self::Future {
        assert!(std::mem::take(&mut self.ready), "called without being ready");
        std::future::ready(Ok(Response::new(Empty::new())))
    }
}

/// Requests of every sort, each with its status.
fn requests() -> Vec<(Request<Frames>, u16)> {
    let gitlab = ("x-gitlab-token", "secret-gitlab");
    let pieces = || Frames::of([Next::Later, Next::Data(Bytes::from_static(b"x")), Next::Later]);
    vec![
        (post(PATH, &[gitlab], pieces()), 200),
        (post(PATH, &[("x-gitlab-token", "wrong")], pieces()), 401),
        (post(PATH, &[GITHUB], Frames::one("other")), 401),
        (post("/a//b", &[gitlab], pieces()), 400),
        (post(PATH, &[gitlab], Frames::one("x".repeat(65))), 413),
        (post(PATH, &[gitlab], Frames::of([Next::Broken])), 400),
        (post(PATH, &[("authorization", "Bearer ok-a")], pieces()), 200),
        (post(PATH, &[], pieces()), 401),
        (post("/other", &[("authorization", "Bearer ok-b")], pieces()), 200),
        (post(PATH, &[gitlab], Frames::default()), 200),
    ]
}

#[tokio::test]
async fn the_service_that_was_polled_ready_is_the_one_that_is_called() {
    let site = Site::new("").await;
    let mut service = site.auth.webhook_layer().layer(site.auth.layer().layer(Strict { ready: false }));
    for (request, status) in requests() {
        let shown = format!("{request:?}");
        assert_eq!(service.ready().await.unwrap().call(request).await.unwrap().status(), status, "{shown}");
    }
}

#[tokio::test]
async fn whoever_is_refused_gives_the_place_back() {
    let site = Site::new("").await;
    let limit = GlobalConcurrencyLimitLayer::new(1);
    let connection = || site.auth.webhook_layer().layer(site.auth.layer().layer(limit.layer(Strict { ready: false })));
    let (mut one, mut other) = (connection(), connection());
    for (request, status) in requests() {
        let wrong = post(PATH, &[("x-gitlab-token", "wrong")], Frames::default());
        for (connection, request, status) in [(&mut one, request, status), (&mut other, wrong, 401)] {
            let ready = tokio::time::timeout(Duration::from_secs(5), connection.ready()).await;
            let ready = ready.expect("a place is free").unwrap();
            assert_eq!(ready.call(request).await.unwrap().status(), status);
        }
    }
}

#[tokio::test]
async fn a_concurrency_limit_and_buffers_work_inside_and_outside() {
    let site = Site::new("").await;
    let inner = service_fn(async |_: Request<Replay<Frames>>| {
        tokio::task::yield_now().await;
        Ok::<_, tower::BoxError>(Response::new(Full::new(Bytes::from_static(b"hello"))))
    });
    let buffered = Buffer::new(ConcurrencyLimit::new(inner, 2), 3);
    let service = site.auth.webhook_layer().layer(site.auth.layer().layer(buffered));
    let many = std::iter::repeat_with(requests).take(5).flatten();
    let answers = many.map(|(request, status)| {
        let answer = service.clone().oneshot(request);
        (tokio::spawn(answer), status)
    });
    for (answer, status) in answers.collect::<Vec<_>>() {
        assert_eq!(answer.await.unwrap().unwrap().status(), status);
    }
    let service = Buffer::new(site.auth.webhook_layer().layer(site.auth.layer().layer(Strict { ready: false })), 3);
    for (request, status) in requests() {
        assert_eq!(service.clone().oneshot(request).await.unwrap().status(), status);
    }
}

/// How often it was cloned.
struct Counted(std::sync::Arc<std::sync::atomic::AtomicUsize>);

impl Clone for Counted {
    fn clone(&self) -> Self {
        self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Self(self.0.clone())
    }
}

impl tower::Service<Request<Replay<Frames>>> for Counted {
    type Response = Response<Empty<Bytes>>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Replay<Frames>>) -> Self::Future {
        std::future::ready(Ok(Response::new(Empty::new())))
    }
}

#[tokio::test]
async fn a_service_that_is_not_called_is_cloned_once() {
    let site = Site::new("").await;
    let counted = Counted(Default::default());
    let clones = counted.0.clone();
    let mut service = site.auth.webhook_layer().layer(counted);
    for (field, expected) in [(("x-gitlab-token", "wrong"), 1), (("x-other", ""), 0), (GITHUB, 2)] {
        clones.store(0, std::sync::atomic::Ordering::Relaxed);
        service.ready().await.unwrap().call(post(PATH, &[field], Frames::one(HELLO))).await.unwrap();
        assert_eq!(clones.load(std::sync::atomic::Ordering::Relaxed), expected, "{field:?}");
    }
}

#[tokio::test]
async fn the_error_stays_that_of_the_inner_service() {
    #[derive(Debug, PartialEq)]
    struct Own;
    let site = Site::new("").await;
    let inner = service_fn(async |_: Request<Replay<Frames>>| Err::<Response<Empty<Bytes>>, _>(Own));
    let service = site.auth.webhook_layer().layer(site.auth.layer().layer(inner));
    for request in
        [post(PATH, &[GITHUB], Frames::one(HELLO)), post("/", &[("authorization", "Bearer ok-a")], Frames::default())]
    {
        assert_eq!(service.clone().oneshot(request).await.map(|_| ()).unwrap_err(), Own);
    }
}

#[tokio::test]
async fn sizes_and_ends_of_bodies_are_exact() {
    let site = Site::new("").await;
    let inner = service_fn(async |request: Request<Replay<Frames>>| {
        let body = request.into_body();
        let told = format!("{:?} {}", body.size_hint().exact(), body.is_end_stream());
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(told))))
    });
    let service = site.auth.webhook_layer().layer(site.auth.layer().layer(inner));
    let told = async |request| {
        let response = service.clone().oneshot(request).await.unwrap().into_body();
        (response.size_hint().exact(), response.collect().await.unwrap().to_bytes())
    };
    assert_eq!(told(post(PATH, &[GITHUB], Frames::one(HELLO))).await, (Some(14), Bytes::from("Some(13) false")));
    let gitlab = [("x-gitlab-token", "secret-gitlab")];
    assert_eq!(told(post(PATH, &gitlab, Frames::default())).await, (Some(12), Bytes::from("Some(0) true")));
    let refused = told(post(PATH, &[("x-gitlab-token", "wrong")], Frames::default())).await;
    assert_eq!(refused.0, Some(refused.1.len() as u64));
}

/// Whatever a server gives a request: nothing is asked of the body, as long as nobody signed it.
#[tokio::test]
async fn a_file_without_webhooks_passes_everything_on() {
    let auth = crate::tests::fake::auth(&[&Fake::new("1", &[Scheme::BEARER])], "").await;
    let service = service(&auth, &auth);
    let fields = [("authorization", "Bearer ok-alice"), ("x-gitlab-token", "x")];
    let response = send(&service, post("/a//b", &fields, Frames::one("x"))).await;
    assert_eq!((field(&response, "caller"), field(&response, "body")), ("one/alice ops", "Replay(untouched)"));
    assert_eq!(field(&response, "x-gitlab-token"), "x");
}

#[tokio::test]
async fn whoever_sends_a_body_slowly_keeps_nobody_out() {
    let site = Site::new("").await;
    let limit = GlobalConcurrencyLimitLayer::new(1);
    let mut service = site.auth.webhook_layer().layer(site.auth.layer().layer(limit.layer(Strict { ready: false })));
    let mut slow = Vec::new();
    for _ in 0..3 {
        let request = post(PATH, &[GITHUB], Frames::of([Next::Never]));
        let mut answer = Box::pin(service.ready().await.unwrap().call(request));
        assert!(polled_once(&mut answer).await.is_none());
        slow.push(answer);
    }
    let request = post("/other", &[("authorization", "Bearer ok-a")], Frames::default());
    let ready = tokio::time::timeout(Duration::from_secs(5), service.ready()).await.expect("a place is free").unwrap();
    assert_eq!(ready.call(request).await.unwrap().status(), 200);
}

/// What a future says now.
async fn polled_once<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    std::future::poll_fn(|cx| {
        Poll::Ready(match std::pin::Pin::new(&mut *future).poll(cx) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        })
    })
    .await
}
