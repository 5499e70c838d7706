//! Why the layer must not stand inside `Router::nest`: what axum shows it there.

use std::sync::mpsc::{Sender, channel};

use axum::Router;
use axum::body::Body;
use axum::extract::OriginalUri;
use axum::middleware::{Next, from_fn};
use axum::routing::get;
use tower::ServiceExt as _;

use super::*;

const ROUTES: &str = r#"
    route = [
        { path = "/healthz", public = true },
        { path = "/admin/{*rest}", action = { verb = "get", url = "/admin/{rest}" } },
    ]
"#;

/// Tells which route a layer finds, and what the whole path is.
async fn look(told: Sender<(String, String)>, request: axum::extract::Request, next: Next) -> axum::response::Response {
    let found = found(&routes(ROUTES), Head::from(&request)).unwrap();
    let whole = request.extensions().get::<OriginalUri>().map_or("", |uri| uri.path()).to_owned();
    told.send((found, whole)).unwrap();
    next.run(request).await
}

/// What a layer finds for `/admin/healthz`, inside of the nest and outside.
async fn found_for(nest: impl Fn(Router) -> Router) -> [(String, String); 2] {
    let ((inside, told_inside), (outside, told_outside)) = (channel(), channel());
    let admin = Router::new().route("/healthz", get(async || "all is well"));
    let admin = admin.layer(from_fn(move |request, next| look(inside.clone(), request, next)));
    let app = nest(admin).layer(from_fn(move |request, next| look(outside.clone(), request, next)));
    let response = app.oneshot(request("GET", "/admin/healthz", None).map(|()| Body::empty())).await.unwrap();
    assert_eq!(response.status(), 200);
    [told_inside.recv().unwrap(), told_outside.recv().unwrap()]
}

#[tokio::test]
async fn inside_a_nest_the_prefix_is_gone_and_another_route_is_found() {
    let [inside, outside] = found_for(|admin| Router::new().nest("/admin", admin)).await;
    assert_eq!(outside.0, "/admin/{*rest}");
    // For everybody, although nobody may see what is below `/admin`.
    assert_eq!(inside.0, "/healthz");
    assert_eq!(inside.1, "/admin/healthz");
}

#[tokio::test]
async fn a_nested_service_sees_no_more() {
    let [inside, outside] = found_for(|admin| Router::new().nest_service("/admin", admin)).await;
    assert_eq!((outside.0.as_str(), inside.0.as_str()), ("/admin/{*rest}", "/healthz"));
}

/// The whole path is what the first router saw, not what the client sent: whatever rewrote it before stays unseen.
#[tokio::test]
async fn the_original_uri_is_not_always_what_the_client_sent() {
    let (sender, told) = channel();
    let app = Router::new().route("/healthz", get(async || "all is well"));
    let app = app.layer(from_fn(move |request, next| look(sender.clone(), request, next)));
    let rewritten = tower::util::MapRequest::new(app, |mut request: axum::extract::Request| {
        *request.uri_mut() = Uri::from_static("/healthz");
        request
    });
    rewritten.oneshot(request("GET", "/admin/healthz", None).map(|()| Body::empty())).await.unwrap();
    assert_eq!(told.recv().unwrap(), ("/healthz".to_owned(), "/healthz".to_owned()));
}
