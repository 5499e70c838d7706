//! Requests passed on.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// What the other server says; 404 if there is none, 502 if it is away.
pub(super) async fn answer(upstream: Option<SocketAddr>, request: Request) -> Response {
    let Some(upstream) = upstream else { return StatusCode::NOT_FOUND.into_response() };
    match passed_on(upstream, request).await {
        Ok(response) => response,
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    }
}

async fn passed_on(upstream: SocketAddr, request: Request) -> Result<Response, Box<dyn std::error::Error>> {
    let stream = TcpStream::connect(upstream).await?;
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender.send_request(request).await?.map(Body::new))
}
