//! Ports that stay the same while a server is away.

use std::net::SocketAddr;

use tokio::net::TcpSocket;

/// A port that the kernel gives to nobody else for as long as this is there. It does not listen, so
/// that a connection is refused until a server listens, which must set `SO_REUSEADDR`.
pub(crate) struct Port {
    socket: TcpSocket,
}

impl Port {
    /// A free one of the loopback interface.
    pub(crate) fn free() -> Self {
        Self::held(SocketAddr::from(([127, 0, 0, 1], 0)))
    }

    /// This one, whether a server listens already or not.
    pub(crate) fn held(address: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_reuseaddr(true).expect("an option");
        socket.bind(address).unwrap_or_else(|error| panic!("{address} cannot be held: {error}"));
        Self { socket }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.socket.local_addr().expect("it has an address")
    }
}
