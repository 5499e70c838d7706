//! The built-in service: tells callers who they are.

use std::convert::Infallible;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE};
use http::{Extensions, HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use portcullis::{Principal, Rejection, Unidentified};
use serde::Serialize;
use tonic::body::Body;
use tonic::codegen::{BoxFuture, StdError};
use tonic::service::Routes;
use tower::Service;

use crate::arrival;

mod grpc;

pub(crate) use self::grpc::SERVICE;

/// The last second that RFC 3339, and `google.protobuf.Timestamp`, can say: 9999-12-31T23:59:59Z.
const LAST_SECOND: u64 = 253_402_300_799;

/// Answers every path and method with the principal: in gRPC as `portcullis.whoami.v1.WhoAmI`, and
/// otherwise as JSON. Where the layer lets somebody through without one, that is an empty message, or `null`.
#[derive(Clone)]
pub(crate) struct WhoAmI {
    grpc: Routes,
}

pub(crate) fn service() -> WhoAmI {
    WhoAmI { grpc: grpc::routes() }
}

impl<B> Service<Request<B>> for WhoAmI
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<StdError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        if is_grpc(request.headers()) {
            let answer = arrival::answer(self.grpc.clone(), request);
            return Box::pin(async { Ok(answer.await) });
        }
        let response = json_response(request.method(), caller(request.extensions()));
        Box::pin(std::future::ready(Ok(response)))
    }
}

/// Who is calling; none on a public route, and in a preflight that is passed on.
fn caller(extensions: &Extensions) -> Result<Option<&Principal>, Rejection> {
    match Principal::from_extensions(extensions) {
        Ok(principal) => Ok(Some(principal)),
        Err(_) if extensions.get::<Unidentified>().is_some() => Ok(None),
        Err(rejection) => Err(rejection),
    }
}

/// gRPC proper; gRPC-web is another protocol, which this service does not speak.
pub(crate) fn is_grpc(headers: &HeaderMap) -> bool {
    const GRPC: &[u8] = b"application/grpc";
    let Some(content_type) = headers.get(CONTENT_TYPE) else { return false };
    let Some((start, rest)) = content_type.as_bytes().split_at_checked(GRPC.len()) else { return false };
    start.eq_ignore_ascii_case(GRPC) && matches!(rest.first(), None | Some(b';' | b'+' | b' ' | b'\t'))
}

fn json_response(method: &Method, caller: Result<Option<&Principal>, Rejection>) -> Response<Body> {
    if method == Method::CONNECT {
        // A 200 would promise a tunnel.
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_IMPLEMENTED;
        return response;
    }
    let (status, mut headers, (content_type, body)) = match caller {
        Ok(caller) => (StatusCode::OK, HeaderMap::new(), ("application/json", json(&caller.map(Answer::from)))),
        Err(rejection) => (rejection.status(), rejection.headers(), rejection.body()),
    };
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    let body = if method == Method::HEAD { Body::empty() } else { Body::new(Full::from(body)) };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

fn json(value: &impl Serialize) -> Vec<u8> {
    // It has no keys but strings, so it always serializes.
    let mut text = serde_json::to_vec(value).unwrap_or_default();
    text.push(b'\n');
    text
}

/// A principal, as JSON. All keys are always there.
#[derive(Serialize)]
struct Answer<'a> {
    name: &'a str,
    backend: &'a str,
    anonymous: bool,
    groups: Vec<&'a str>,
    scopes: Vec<&'a str>,
    issuer: Option<&'a str>,
    claims: &'a serde_json::Map<String, serde_json::Value>,
    /// In the form of RFC 3339, in UTC.
    expires_at: Option<String>,
}

impl<'a> From<&'a Principal> for Answer<'a> {
    fn from(principal: &'a Principal) -> Self {
        Self {
            name: principal.name(),
            backend: principal.backend(),
            anonymous: principal.is_anonymous(),
            groups: principal.groups().collect(),
            scopes: principal.scopes().collect(),
            issuer: principal.issuer(),
            claims: principal.claims(),
            expires_at: expiry(principal).map(|(time, _)| humantime::format_rfc3339(time).to_string()),
        }
    }
}

/// When the credential expires, also as the time since the epoch; none if it does not, or at a time
/// that cannot be written.
fn expiry(principal: &Principal) -> Option<(SystemTime, Duration)> {
    let time = principal.expires_at()?;
    let since_epoch = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    (since_epoch.as_secs() <= LAST_SECOND).then_some((time, since_epoch))
}

#[cfg(test)]
mod tests;
