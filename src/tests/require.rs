//! Leave for all that one service does.

use std::convert::Infallible;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use portcullis_core::{
    Action, Authorization, Authorizer, Authorizers, Decision, Principal, Rejection, Style, Unavailable, Unidentified,
    async_trait,
};
use tower::{Layer as _, Service, ServiceExt as _, service_fn};

use crate::{RequireLayer, ResponseBody};

const LAYER: RequireLayer = RequireLayer::new(Action::new("create", "orders").namespace("eu"));

/// Decides as the caller's name says, at once or after a while.
struct ByName {
    at_once: bool,
}

impl ByName {
    fn decision(principal: &Principal) -> Decision {
        match principal.name() {
            "alice" => Decision::allow("alice may"),
            "away" => Unavailable::new("away").into(),
            _ => Decision::no_opinion("somebody else"),
        }
    }
}

#[async_trait]
impl Authorizer for ByName {
    async fn decide(&self, principal: &Principal, _: &Action<'_>) -> Decision {
        tokio::task::yield_now().await;
        Self::decision(principal)
    }

    fn decide_at_once(&self, principal: &Principal, _: &Action<'_>) -> Option<Decision> {
        self.at_once.then(|| Self::decision(principal))
    }

    fn describe(&self) -> String {
        "names".to_owned()
    }
}

fn left(principal: Principal, at_once: bool) -> Authorization {
    let challenge = http::HeaderValue::from_static("Basic realm=\"a\"");
    let unauthenticated = Rejection::unauthenticated(vec![challenge]).with_style(Style::Armada);
    Authorization::new(principal, &Authorizers::new([Arc::new(ByName { at_once }) as _], unauthenticated))
}

fn request<E: Clone + Send + Sync + 'static>(left: Option<E>, content_type: &'static str) -> Request<()> {
    let mut request = Request::builder().header("content-type", content_type).body(()).unwrap();
    if let Some(left) = left {
        request.extensions_mut().insert(left);
    }
    request
}

async fn answer(request: Request<()>) -> Response<Bytes> {
    let inner = service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new(Full::new(Bytes::from("done")))));
    let response: Response<ResponseBody<_>> = LAYER.layer(inner).oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    Response::from_parts(parts, body.collect().await.unwrap().to_bytes())
}

#[tokio::test]
async fn whoever_may_passes_and_others_are_told_what_was_asked() {
    let named = |name: &str| Principal::builder(name).build();
    let denied = r#"{"error":"create orders in namespace \"eu\" is forbidden","code":7,"message":"create orders in namespace \"eu\" is forbidden"}"#;
    for at_once in [true, false] {
        assert_eq!(answer(request(Some(left(named("alice"), at_once)), "text/plain")).await.body(), "done");
        let response = answer(request(Some(left(named("bob"), at_once)), "text/plain")).await;
        assert_eq!((response.status().as_u16(), response.body()), (403, &Bytes::from(denied)));
        let response = answer(request(Some(left(named("away"), at_once)), "text/plain")).await;
        assert_eq!((response.status().as_u16(), response.headers()["retry-after"].as_bytes()), (503, &b"5"[..]));
        let nobody = Principal::builder("anonymous").anonymous().build();
        let response = answer(request(Some(left(nobody, at_once)), "text/plain")).await;
        assert_eq!(
            (response.status().as_u16(), response.headers()["www-authenticate"].as_bytes()),
            (401, &b"Basic realm=\"a\""[..])
        );
    }
}

#[tokio::test]
async fn grpc_is_answered_in_its_own_form() {
    for (name, code) in [("bob", "7"), ("away", "14")] {
        let response = answer(request(Some(left(Principal::builder(name).build(), true)), "application/grpc")).await;
        assert_eq!((response.status().as_u16(), response.headers()["grpc-status"].as_bytes()), (200, code.as_bytes()));
        assert!(response.body().is_empty());
    }
}

#[tokio::test]
async fn without_a_principal_it_is_401_and_without_a_layer_500() {
    let unidentified = Unidentified::new(Rejection::unauthenticated(Vec::new()));
    assert_eq!(answer(request(Some(unidentified), "text/plain")).await.status(), 401);
    assert_eq!(answer(request(None::<()>, "text/plain")).await.status(), 500);
}

/// Panics if it is called without having been polled ready.
#[derive(Default)]
struct Strict {
    ready: bool,
}

impl Clone for Strict {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Service<Request<()>> for Strict {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> Poll<Result<(), Infallible>> {
        self.ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        assert!(std::mem::take(&mut self.ready), "it was not ready");
        std::future::ready(Ok(Response::new(Full::default())))
    }
}

#[tokio::test]
async fn the_service_that_was_polled_ready_is_the_one_that_is_called() {
    let mut service = LAYER.layer(Strict::default());
    for (name, at_once) in [("alice", true), ("alice", false), ("bob", true), ("alice", false), ("bob", false)] {
        poll_fn(|cx| Service::<Request<()>>::poll_ready(&mut service, cx)).await.unwrap();
        let left = left(Principal::builder(name).build(), at_once);
        let response = service.call(request(Some(left), "text/plain")).await.unwrap();
        assert_eq!(response.status().as_u16(), if name == "alice" { 200 } else { 403 });
    }
}
