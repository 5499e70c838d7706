//! What routes say, through the whole layer.

mod access;
mod action;
mod audited;
mod away;
mod axum_handlers;
mod deny_all;
mod nest;
mod owed;
mod refused;
mod scopes;
mod styles;
mod tricks;
mod unlisted;
mod waiting;

use bytes::Bytes;
use http::{Method, Request, Response};
use tower::ServiceExt as _;

use super::fake::*;
use crate::Scheme;

/// Routes of every kind, and alice, who may get the workflows of the namespace `argo`.
const FILE: &str = r#"
    [[route]]
    path = "/public"
    public = true

    [[route]]
    path = "/me"
    authenticated = true

    [[route]]
    methods = ["GET"]
    path = "/workflows/{namespace}/{name}"
    action = { verb = "get", resource = "workflows", namespace = "{namespace}", name = "{name}" }

    [role.reader]
    rules = [{ verbs = ["get"], resources = ["workflows"], namespaces = ["argo"] }]

    [[binding]]
    role = "reader"
    subjects = [{ backend = "one", user = "alice" }]
"#;

const ALICE: (&str, &str) = ("authorization", "Bearer ok-alice");
const BOB: (&str, &str) = ("authorization", "Bearer ok-bob");
const GRPC: (&str, &str) = ("content-type", "application/grpc");

fn bearer() -> Fake {
    Fake::new("1", &[Scheme::BEARER])
}

/// The layer with one backend, in front of a service that tells who reached it.
async fn with(rest: &str) -> Service {
    service(&auth(&[&bearer()], rest).await)
}

/// A request for this target, `GET` or the method before it.
fn request_for(target: &str, fields: &[(&'static str, &str)]) -> Request<()> {
    let (method, target) = target.split_once(' ').unwrap_or(("GET", target));
    let mut request = request(fields);
    *request.method_mut() = Method::from_bytes(method.as_bytes()).unwrap();
    *request.uri_mut() = target.parse().unwrap();
    request
}

async fn get(service: &Service, target: &str, fields: &[(&'static str, &str)]) -> Response<Bytes> {
    service.clone().oneshot(request_for(target, fields)).await.unwrap()
}

async fn status(service: &Service, target: &str, fields: &[(&'static str, &str)]) -> u16 {
    get(service, target, fields).await.status().as_u16()
}
