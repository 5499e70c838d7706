//! A proxy for those who may not go out by themselves.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use crate::background::Background;
use crate::port::Port;

/// A proxy on loopback that knows `CONNECT` ([RFC 9110, section
/// 9.3.6](https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6)) and remembers for whom it was asked.
pub struct ConnectProxy {
    shared: Arc<Shared>,
    port: Port,
    _background: Background,
}

struct Shared {
    hosts: HashMap<String, SocketAddr>,
    tunnels: Mutex<Vec<String>>,
}

impl ConnectProxy {
    /// One for which these hosts, with their ports, are at these addresses; it knows no others.
    ///
    /// # Panics
    ///
    /// If it cannot listen.
    #[must_use]
    pub fn start(hosts: &[(&str, SocketAddr)]) -> Self {
        let hosts = hosts.iter().map(|(host, address)| ((*host).to_owned(), *address)).collect();
        let shared = Arc::new(Shared { hosts, tunnels: Mutex::default() });
        let (port, background) = (Port::free(), Background::start());
        let listener = std::net::TcpListener::bind(port.address()).expect("the port is ours");
        listener.set_nonblocking(true).expect("an option");
        let serving = Arc::clone(&shared);
        background.spawn(async move {
            let listener = TcpListener::from_std(listener).expect("a listener");
            while let Ok((stream, _)) = listener.accept().await {
                let serving = Arc::clone(&serving);
                tokio::spawn(async move { serving.serve(stream).await });
            }
        });
        Self { shared, port, _background: background }
    }

    /// Its URL, for `HTTPS_PROXY`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.port.address())
    }

    /// The hosts, with their ports, to which it was asked for a tunnel.
    ///
    /// # Panics
    ///
    /// Never.
    #[must_use]
    pub fn tunnels(&self) -> Vec<String> {
        self.shared.tunnels.lock().expect("nobody panicked").clone()
    }
}

impl Shared {
    async fn serve(&self, stream: TcpStream) -> io::Result<()> {
        let mut client = BufReader::new(stream);
        let mut request = String::new();
        client.read_line(&mut request).await?;
        let mut field = String::new();
        while client.read_line(&mut field).await? > 2 {
            field.clear();
        }
        let host = request.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next()).unwrap_or_default();
        self.tunnels.lock().expect("nobody panicked").push(host.to_owned());
        let Some(address) = self.hosts.get(host) else {
            return client.write_all(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n").await;
        };
        let mut server = TcpStream::connect(address).await?;
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
        copy_bidirectional(&mut client, &mut server).await?;
        Ok(())
    }
}
