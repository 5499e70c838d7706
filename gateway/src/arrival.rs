//! A bound on the wait for the message of a gRPC call.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use tokio::time::timeout;
use tonic::body::Body;
use tonic::service::Routes;
use tonic::{Status, codegen};
use tower::ServiceExt as _;

/// For all that a call needs before its answer begins.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Answers; with DEADLINE_EXCEEDED if the message does not come in time. How long a stream of answers
/// lasts is not bounded here.
pub(crate) async fn answer<B>(routes: Routes, request: Request<B>) -> Response<Body>
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<codegen::StdError>,
{
    match timeout(TIMEOUT, routes.oneshot(request)).await {
        Ok(Ok(response)) => response,
        Err(_) => Status::deadline_exceeded("the request did not come in time").into_http(),
    }
}
