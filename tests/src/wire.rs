//! HTTP/2, seen closely.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use h2::client::{SendRequest, handshake};
use http::response::Parts;
use http::{HeaderMap, Request, Version};

use crate::watch;

/// A connection of HTTP/2 in plain text, by prior knowledge. Clones are the same connection.
#[derive(Clone)]
pub struct Wire {
    sender: SendRequest<Bytes>,
    address: SocketAddr,
}

/// A response, with what an ordinary client does not show.
#[derive(Debug)]
pub struct Heard {
    /// Status and fields.
    pub head: Parts,
    /// Whether the head was the end of the stream: neither data nor trailers came.
    pub ended_with_head: bool,
    /// What came in DATA frames.
    pub data: Bytes,
    /// What came behind them.
    pub trailers: Option<HeaderMap>,
}

impl Wire {
    /// Connects.
    ///
    /// # Panics
    ///
    /// If nobody listens.
    pub async fn connect(address: SocketAddr) -> Self {
        let stream = tokio::net::TcpStream::connect(address).await.expect("somebody listens");
        let (sender, connection) = handshake(stream).await.expect("it speaks HTTP/2");
        tokio::spawn(connection);
        Self { sender, address }
    }

    /// A GET with this value of the `Authorization` field.
    ///
    /// # Panics
    ///
    /// If there is no response.
    pub async fn authorized(&mut self, value: &str) -> Heard {
        let request = Request::get("http://localhost/").version(Version::HTTP_2).header("authorization", value);
        self.send(request.body(Bytes::new()).expect("a field")).await
    }

    /// Sends a request, and hears all of the response.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub async fn send(&mut self, request: Request<Bytes>) -> Heard {
        watch::request(self.address, &request);
        let (parts, body) = request.into_parts();
        self.sender = self.sender.clone().ready().await.expect("the connection is open");
        let (response, mut stream) =
            self.sender.send_request(Request::from_parts(parts, ()), body.is_empty()).expect("the request is sent");
        if !body.is_empty() {
            stream.send_data(body, true).expect("the body is sent");
        }
        let (head, mut body) = response.await.expect("a response comes").into_parts();
        let ended_with_head = body.is_end_stream();
        let mut data = BytesMut::new();
        while let Some(chunk) = body.data().await {
            let chunk = chunk.expect("the whole body comes");
            let _ = body.flow_control().release_capacity(chunk.len());
            data.extend(chunk);
        }
        let trailers = body.trailers().await.expect("the stream ends well");
        Heard { head, ended_with_head, data: data.freeze(), trailers }
    }
}

/// One frame of HTTP/2 ([RFC 9113, section 4.1](https://www.rfc-editor.org/rfc/rfc9113#section-4.1)).
#[derive(Debug, PartialEq, Eq)]
pub struct Frame {
    /// DATA is 0, HEADERS 1, RST_STREAM 3.
    pub kind: u8,
    /// END_STREAM is 0x1, END_HEADERS 0x4.
    pub flags: u8,
}

/// Sends a request with these fields, pseudo-header fields first, and without a body; and returns
/// the frames of the response: written by hand, so that nothing of the server's own library is on
/// both sides.
///
/// # Panics
///
/// If the stream does not end.
#[must_use]
pub fn frames(address: SocketAddr, fields: &[(&str, &str)]) -> Vec<Frame> {
    watch::fields(address, fields);
    let mut stream = TcpStream::connect(address).expect("somebody listens");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout can be set");
    // Each field is a literal without indexing (RFC 7541, section 6.2.2), whose first byte is 0.
    let block: Vec<u8> =
        fields.iter().flat_map(|(name, value)| [vec![0], literal(name), literal(value)].concat()).collect();
    let mut sent = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    sent.extend(frame(4, 0, 0, &[]));
    sent.extend(frame(1, 0x4 | 0x1, 1, &block));
    stream.write_all(&sent).expect("the request is sent");
    let mut heard = Vec::new();
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).expect("the stream goes on until its end");
        let length = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
        let mut payload = vec![0; length];
        stream.read_exact(&mut payload).expect("the whole frame comes");
        let on_stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]) == 1;
        if !on_stream {
            continue;
        }
        heard.push(Frame { kind: head[3], flags: head[4] });
        let ends = head[3] == 3 || (head[3] <= 1 && head[4] & 0x1 != 0);
        if ends {
            return heard;
        }
    }
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a short payload").to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

fn literal(text: &str) -> Vec<u8> {
    let length = u8::try_from(text.len()).ok().filter(|length| *length < 127).expect("a short text");
    [&[length], text.as_bytes()].concat()
}
