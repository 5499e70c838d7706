//! Who is connected.

use std::fmt;
use std::net::SocketAddr;

/// The address of the connection's other end, as the server saw it: a request extension that
/// whoever accepts connections inserts, and that the layer reads for its audit events.
///
/// Behind a proxy this is the proxy. No `X-Forwarded-For` is believed.
///
/// ```
/// use portcullis_core::Peer;
///
/// let mut request = http::Request::new(());
/// request.extensions_mut().insert(Peer("192.0.2.7:4711".parse().unwrap()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Peer(pub SocketAddr);

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
