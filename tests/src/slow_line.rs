//! A line on which answers come late.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

use crate::background::Background;
use crate::port::Port;

/// How answers come.
#[derive(Clone, Copy, Debug, Default)]
pub enum Pace {
    /// As the server gives them.
    #[default]
    AtOnce,
    /// Each piece that the server writes, so much later than the one before.
    Pieces(Duration),
    /// A byte at a time, each so much later than the one before; at least a millisecond.
    Bytes(Duration),
}

/// A port of loopback that leads to a server. What clients say gets there at once; what the server answers comes
/// [at a pace](Self::set), and unchanged.
pub struct SlowLine {
    pace: Arc<Mutex<Pace>>,
    port: Port,
    _background: Background,
}

impl SlowLine {
    /// One to the server that listens there, as fast as it is.
    ///
    /// # Panics
    ///
    /// If it cannot listen.
    #[must_use]
    pub fn to(server: SocketAddr) -> Self {
        let (pace, port, background) = (Arc::default(), Port::free(), Background::start());
        let listener = std::net::TcpListener::bind(port.address()).expect("the port is ours");
        listener.set_nonblocking(true).expect("an option");
        let at = Arc::clone(&pace);
        background.spawn(async move {
            let listener = TcpListener::from_std(listener).expect("a listener");
            while let Ok((client, _)) = listener.accept().await {
                let pace = Arc::clone(&at);
                tokio::spawn(async move { join(client, server, &pace).await });
            }
        });
        Self { pace, port, _background: background }
    }

    /// Answers come like this from now on, on connections that are there already too.
    ///
    /// # Panics
    ///
    /// Never.
    pub fn set(&self, pace: Pace) {
        *self.pace.lock().expect("nobody panicked") = pace;
    }

    /// Where it begins.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.port.address()
    }
}

/// Until one of them has enough.
async fn join(client: TcpStream, server: SocketAddr, pace: &Mutex<Pace>) -> io::Result<()> {
    client.set_nodelay(true)?;
    let server = TcpStream::connect(server).await?;
    server.set_nodelay(true)?;
    let ((mut asked, answer), (answered, mut question)) = (client.into_split(), server.into_split());
    tokio::select! {
        asked = copy(&mut asked, &mut question) => asked.map(drop),
        answered = pass(answered, answer, pace) => answered,
    }
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, pace: &Mutex<Pace>) -> io::Result<()> {
    let mut buffer = vec![0; 16 << 10];
    loop {
        let size = from.read(&mut buffer).await?;
        let piece = &buffer[..size];
        if piece.is_empty() {
            return Ok(());
        }
        let now = *pace.lock().expect("nobody panicked");
        let (pieces, delay) = match now {
            Pace::AtOnce => (piece.chunks(size), Duration::ZERO),
            Pace::Pieces(delay) => (piece.chunks(size), delay),
            Pace::Bytes(delay) => (piece.chunks(1), delay),
        };
        for piece in pieces {
            if !delay.is_zero() {
                sleep(delay).await;
            }
            to.write_all(piece).await?;
        }
    }
}
