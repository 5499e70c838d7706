//! A bare connection, for requests that no client library would send.

use std::io::{BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::{Answer, watch};

/// A connection of HTTP/1.1.
pub struct Socket {
    stream: BufReader<TcpStream>,
    address: SocketAddr,
}

impl Socket {
    /// Connects.
    ///
    /// # Panics
    ///
    /// If nobody listens.
    #[must_use]
    pub fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("somebody listens");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout can be set");
        Self { stream: BufReader::new(stream), address }
    }

    /// Sends bytes as they are.
    pub fn send(&mut self, bytes: &[u8]) {
        watch::bytes(self.address, bytes);
        // The server may answer, and close, before it has read everything.
        let _ = self.stream.get_mut().write_all(bytes);
    }

    /// Reads a response.
    ///
    /// # Panics
    ///
    /// If none comes.
    #[must_use]
    pub fn answer(&mut self) -> Answer {
        Answer::read(&mut self.stream, false)
    }

    /// Sends a GET with these field lines, and reads the response.
    #[must_use]
    pub fn get(&mut self, fields: &[&[u8]]) -> Answer {
        let mut request = b"GET / HTTP/1.1\r\nHost: localhost\r\n".to_vec();
        for field in fields {
            request.extend(*field);
            request.extend(b"\r\n");
        }
        request.extend(b"\r\n");
        self.send(&request);
        self.answer()
    }

    /// Reads until the server closes the connection.
    #[must_use]
    pub fn rest(mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        // A reset ends it too.
        let _ = self.stream.read_to_end(&mut rest);
        rest
    }
}
