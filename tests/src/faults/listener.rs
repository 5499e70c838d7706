//! Connections in plain text, or within TLS.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use axum::serve::Listener;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{Receiver, channel};
use tokio_rustls::TlsAcceptor;

use crate::background::Background;

/// A connection, of which it no longer matters what is below it.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send {}

impl<S: AsyncRead + AsyncWrite + Send> Stream for S {}

type Connection = Pin<Box<dyn Stream>>;

/// Hands over connections whose handshake, if they have one, is done.
pub(super) struct Handshaken {
    address: SocketAddr,
    connections: Receiver<Connection>,
}

/// Listens at this address.
pub(super) fn listen(background: &Background, address: SocketAddr, tls: Option<Arc<ServerConfig>>) -> Handshaken {
    let listener = std::net::TcpListener::bind(address).expect("the port is ours");
    listener.set_nonblocking(true).expect("an option");
    let acceptor = tls.map(TlsAcceptor::from);
    let (sender, connections) = channel(1);
    background.spawn(async move {
        let listener = TcpListener::from_std(listener).expect("a listener");
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, sender) = (acceptor.clone(), sender.clone());
            // One that is slow to shake hands holds up nobody.
            tokio::spawn(async move {
                if let Ok(connection) = shake_hands(acceptor, stream).await {
                    let _ = sender.send(connection).await;
                }
            });
        }
    });
    Handshaken { address, connections }
}

async fn shake_hands(acceptor: Option<TlsAcceptor>, stream: TcpStream) -> io::Result<Connection> {
    Ok(match acceptor {
        Some(acceptor) => Box::pin(acceptor.accept(stream).await?),
        None => Box::pin(stream),
    })
}

impl Listener for Handshaken {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.connections.recv().await {
            Some(connection) => (connection, self.address),
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        Ok(self.address)
    }
}
