//! A small client of HTTP.

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, Version};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use crate::program::Program;

/// alice:wonderland
pub(crate) const ALICE: &str = "Basic YWxpY2U6d29uZGVybGFuZA==";
/// alice:queen
pub(crate) const NOT_ALICE: &str = "Basic YWxpY2U6cXVlZW4=";

/// HTTP/2 is spoken with prior knowledge.
pub(crate) const VERSIONS: [Version; 2] = [Version::HTTP_11, Version::HTTP_2];

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// Sends one request, on a connection of its own.
pub(crate) async fn send(
    program: &Program,
    version: Version,
    method: Method,
    path: &str,
    authorization: Option<&str>,
) -> Answer {
    let stream = TcpStream::connect(program.address).await.unwrap();
    send_over(stream, version, method, path, authorization).await
}

/// Sends one request over a connection that there is already.
pub(crate) async fn send_over<I>(
    io: I,
    version: Version,
    method: Method,
    path: &str,
    authorization: Option<&str>,
) -> Answer
where
    I: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let http2 = version == Version::HTTP_2;
    let uri = if http2 { format!("http://localhost{path}") } else { path.to_owned() };
    let mut request = Request::builder().method(method).uri(uri).version(version);
    if !http2 {
        request = request.header("host", "localhost");
    }
    if let Some(authorization) = authorization {
        request = request.header("authorization", authorization);
    }
    let request = request.body(Full::<Bytes>::default()).unwrap();
    let io = TokioIo::new(io);
    let response = if http2 {
        let (mut sender, connection) = http2::handshake(TokioExecutor::new(), io).await.unwrap();
        tokio::spawn(connection);
        sender.send_request(request).await.unwrap()
    } else {
        let (mut sender, connection) = http1::handshake(io).await.unwrap();
        tokio::spawn(connection);
        sender.send_request(request).await.unwrap()
    };
    assert_eq!(response.version(), version);
    let (head, body) = response.into_parts();
    Answer { status: head.status, headers: head.headers, body: body.collect().await.unwrap().to_bytes() }
}
