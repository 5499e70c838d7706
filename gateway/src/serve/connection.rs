//! One connection: TLS, HTTP/1.1 or HTTP/2, and their bounds.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use portcullis::Peer;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;

use super::end_point::EndPoint;
use super::front::Front;
use super::preface::Prefaced;
use super::tls::Tls;
use super::turn::Turns;

/// For all header fields of a request together, in bytes. The longest credential that the layer
/// takes has 96 KiB; hyper's own bound for HTTP/2 is 16 KiB.
const MAX_HEAD: u32 = 128 * 1024;

/// How many requests one HTTP/2 connection may have open.
const MAX_STREAMS: u32 = 200;

/// For the TLS handshake.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// For the head of an HTTP/1 request, also the next one on the connection.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// For the client to ask something, or to read some of the answer.
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);

/// For an idle connection to end in order.
const FAREWELL_TIMEOUT: Duration = Duration::from_secs(10);

/// How often to ask an HTTP/2 client whether it is still there, and how long to wait for the answer.
const PING_INTERVAL: Duration = Duration::from_secs(30);
const PING_TIMEOUT: Duration = Duration::from_secs(20);

/// Serves connections.
pub(super) struct Connector {
    front: Front,
    tls: Option<Tls>,
    http: auto::Builder<TokioExecutor>,
}

impl Connector {
    pub(super) fn new(front: Front, tls: Option<Tls>) -> Self {
        let mut http = auto::Builder::new(TokioExecutor::new());
        http.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(MAX_HEAD as usize);
        http.http2()
            .timer(TokioTimer::new())
            .keep_alive_interval(PING_INTERVAL)
            .keep_alive_timeout(PING_TIMEOUT)
            .max_concurrent_streams(MAX_STREAMS)
            .max_header_list_size(MAX_HEAD);
        Self { front, tls, http }
    }

    /// Serves until the client goes or is idle, or until `stopping` changes and what has begun is answered.
    pub(super) async fn serve(&self, stream: TcpStream, peer: SocketAddr, mut stopping: watch::Receiver<()>) {
        // On a socket that listens on IPv6 and IPv4, those who use IPv4 come in disguise.
        let peer = Peer(SocketAddr::new(peer.ip().to_canonical(), peer.port()));
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%peer, "cannot switch off Nagle's algorithm: {error}");
        }
        let Some(tls) = &self.tls else {
            return self.speak(stream, peer, EndPoint::default(), stopping).await;
        };
        let handshake = tokio::select! {
            handshake = timeout(HANDSHAKE_TIMEOUT, tls.acceptor.accept(stream)) => handshake,
            _ = stopping.changed() => return,
        };
        match handshake {
            Ok(Ok(stream)) => self.speak(stream, peer, tls.end_point.clone(), stopping).await,
            Ok(Err(error)) => tracing::debug!(%peer, "TLS handshake: {error}"),
            Err(_) => tracing::debug!(%peer, "TLS handshake: took too long"),
        }
    }

    async fn speak<I>(&self, io: I, peer: Peer, end_point: EndPoint, mut stopping: watch::Receiver<()>)
    where
        I: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (front, turns) = (self.front.clone(), Turns::default());
        let service = hyper::service::service_fn(|mut request: Request<Incoming>| {
            end_point.mark(request.extensions_mut());
            let (answer, turn) = (front.clone().answer(peer, request), turns.begin());
            async move { Ok::<_, Infallible>(answer.await?.map(|body| turn.answer(body))) }
        });
        let connection = self.http.serve_connection(TokioIo::new(Prefaced::new(io)), service);
        tokio::pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => Some(ended),
            _ = stopping.changed() => {
                connection.as_mut().graceful_shutdown();
                Some(connection.await)
            }
            () = turns.idle_for(IDLE_TIMEOUT) => {
                connection.as_mut().graceful_shutdown();
                timeout(FAREWELL_TIMEOUT, connection).await.ok()
            }
        };
        match ended {
            Some(Ok(())) => {}
            Some(Err(error)) => tracing::debug!(%peer, "{error}"),
            None => tracing::debug!(%peer, "given up: it was idle, and did not end in order"),
        }
    }
}

#[cfg(test)]
mod tests;
