//! Accepts connections, until it is told not to.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, sleep};

use super::connection::Connector;
use super::health::HealthSwitch;
use super::share::Shares;
use super::signals::Signals;

/// How long requests that have begun may take after the first signal.
const MAX_DRAIN: Duration = Duration::from_secs(30);

/// How long to wait when the operating system lets us accept nothing: too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

/// How often to tell of clients who have too many connections.
const WARN_INTERVAL: Duration = Duration::from_secs(60);

/// Serves until the first signal, and then finishes what has begun. There is `room` for so many
/// connections: further ones wait in the operating system's queue, but those of a client that has its
/// share of them are closed.
pub(super) async fn run(
    listener: TcpListener,
    room: usize,
    connector: Arc<Connector>,
    health: HealthSwitch,
    mut signals: Signals,
) {
    let shares = Shares::of(room);
    tracing::info!("up to {room} connections at a time, {} of one client", shares.most());
    let room = Arc::new(Semaphore::new(room));
    let mut warned = None::<Instant>;
    // Each connection holds a receiver. That all of them are gone, tells the sender that all
    // connections are.
    let (stop, stopping) = watch::channel(());
    loop {
        let (stream, peer, place) = tokio::select! {
            accepted = accept(&listener, &room) => accepted,
            () = signals.next() => break,
        };
        let Some(share) = shares.take(peer.ip()) else {
            tracing::debug!(%peer, "closed: the client has too many connections");
            if warned.is_none_or(|last| last.elapsed() >= WARN_INTERVAL) {
                tracing::warn!(%peer, "a client has {} connections; its further ones are closed", shares.most());
                warned = Some(Instant::now());
            }
            continue;
        };
        let (connector, stopping) = (Arc::clone(&connector), stopping.clone());
        tokio::spawn(async move {
            connector.serve(stream, peer, stopping).await;
            drop((share, place));
        });
    }
    drop((listener, stopping));
    tracing::info!("ending: no more connections are accepted");
    health.off().await;
    // It fails only if there is no connection.
    let _ = stop.send(());
    tokio::select! {
        () = stop.closed() => tracing::info!("ended: all requests were answered"),
        () = sleep(MAX_DRAIN) => tracing::warn!("ended: {} connections took too long", stop.receiver_count()),
        () = signals.next() => tracing::warn!("ended at once: {} connections were open", stop.receiver_count()),
    }
}

/// The next connection, as soon as there is room for it.
async fn accept(listener: &TcpListener, room: &Arc<Semaphore>) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
    let Ok(place) = Arc::clone(room).acquire_owned().await else {
        // Nobody closes the semaphore.
        std::future::pending().await
    };
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return (stream, peer, place),
            Err(error) if is_of_one_connection(&error) => tracing::debug!("a connection was given up: {error}"),
            Err(error) => {
                tracing::error!("cannot accept connections: {error}");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Whether only the one connection is lost, so that the next can be accepted at once.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}
