//! The addresses of one host.

use std::io;
use std::net::SocketAddr;

use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use crate::deadline::share;
use crate::failure::Failure;

/// Connects to any of the addresses of this host and port.
pub(super) async fn any_of(host: (&str, u16), until: Instant) -> Result<TcpStream, Failure> {
    let addresses: Vec<_> = tokio::net::lookup_host(host).await.map_err(Failure::away)?.collect();
    first(&addresses, until, TcpStream::connect).await
}

/// What comes of the first address that takes the connection. One that says nothing leaves time for the others.
async fn first<T>(
    addresses: &[SocketAddr],
    until: Instant,
    connect: impl AsyncFn(SocketAddr) -> io::Result<T>,
) -> Result<T, Failure> {
    let mut told = Failure::away("the host has no address");
    for (position, address) in addresses.iter().enumerate() {
        let part = share(until, addresses.len() - position);
        told = match timeout_at(part, connect(*address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => Failure::away(error),
            Err(_) => Failure::away("no connection in time"),
        };
    }
    Err(told)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn addresses(count: u8) -> Vec<SocketAddr> {
        (1..=count).map(|last| ([192, 0, 2, last], 636).into()).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_that_says_nothing_leaves_time_for_the_others() {
        let begun = Instant::now();
        let until = begun + Duration::from_secs(6);
        let connect = async |address: SocketAddr| match address.ip().to_string().as_str() {
            "192.0.2.1" => std::future::pending().await,
            "192.0.2.2" => Err(io::ErrorKind::ConnectionRefused.into()),
            _ => Ok(address),
        };
        assert_eq!(first(&addresses(3), until, connect).await, Ok(addresses(3)[2]));
        assert_eq!(begun.elapsed().as_secs(), 2, "a third");
        assert!(matches!(first(&addresses(2), until, connect).await, Err(Failure::Away(_))));
        assert!(matches!(first(&[], until, connect).await, Err(Failure::Away(_))));
    }

    #[tokio::test]
    async fn a_closed_port_is_passed_over() {
        let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let open = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let until = Instant::now() + Duration::from_secs(20);
        let address = open.local_addr().unwrap();
        let stream = first(&[closed, address], until, TcpStream::connect).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), address);
    }
}
