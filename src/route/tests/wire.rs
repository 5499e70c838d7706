//! The same over a socket: what hyper makes of the bytes.

use std::sync::mpsc::Receiver;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::axum_router::{HANDLER, Seen, guarded};
use super::spellings::{CLOSED, Outcome, Row, rows};
use super::*;

/// A server, what it sees, and where it is.
async fn serve() -> (std::net::SocketAddr, Receiver<Seen>) {
    let (service, seen) = guarded(routes(CLOSED));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = axum::ServiceExt::<axum::extract::Request>::into_make_service(service);
    tokio::spawn(async move { axum::serve(listener, service).await });
    (address, seen)
}

/// Sends this, and returns what comes until it is done, or the server closes the connection.
pub(crate) async fn exchange(address: std::net::SocketAddr, sent: &[u8], is_done: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut received = Vec::new();
    let exchange = async {
        // A server that has read enough answers and closes.
        let _ = stream.write_all(sent).await;
        while !is_done(&received) && stream.read_buf(&mut received).await.is_ok_and(|read| read > 0) {}
    };
    tokio::time::timeout(Duration::from_secs(20), exchange).await.expect("an answer in time");
    received
}

/// The row's request, with these fields too.
pub(crate) fn http1(row: &Row, further: &[(&str, &str)]) -> Vec<u8> {
    let mut sent = [row.method.as_bytes(), b" ", &row.target, b" HTTP/1.1\r\n"].concat();
    for (name, value) in row.fields.iter().chain(further) {
        sent.extend(format!("{name}: {value}\r\n").bytes());
    }
    sent.extend(b"content-length: 0\r\nconnection: close\r\n\r\n");
    sent
}

#[tokio::test]
async fn hyper_hands_each_on_as_it_came_or_refuses_it() {
    let (address, seen) = serve().await;
    for row in rows() {
        let received = exchange(address, &http1(&row, &[]), |_| false).await;
        let shown = format!("{} {} {:?}", row.method, String::from_utf8_lossy(&row.target), row.fields);
        let answer = String::from_utf8_lossy(&received);
        let served = answer.lines().find_map(|line| line.strip_prefix(HANDLER)?.strip_prefix(": "));
        match (row.outcome, seen.try_recv().ok()) {
            (Outcome::Unparsed, None) => assert!(served.is_none() && !answer.contains(" 200 "), "{shown}: {answer}"),
            (Outcome::Refused(expected), Some(Seen { found: Err(ambiguous), .. })) => {
                assert_eq!(ambiguous, expected, "{shown}");
                assert!(answer.starts_with("HTTP/1.1 400 "), "{shown}: {answer}");
            }
            (Outcome::Takes(name), Some(Seen { found: Ok(Some(route)), .. })) => {
                assert_eq!(route.to_string(), name, "{shown}");
                assert_eq!(served, Some(row.served.unwrap_or(name)), "{shown}: {answer}");
            }
            (Outcome::Unlisted, Some(Seen { found: Ok(None), .. })) => {
                assert_eq!(served, Some(row.served.unwrap_or("-")), "{shown}: {answer}");
            }
            (expected, seen) => panic!("{shown}: {expected:?}, but {seen:?}: {answer}"),
        }
    }
}

/// A request of HTTP/2 whose fields may be anything, pseudo-header fields first: the preface, SETTINGS, and HEADERS of fields
/// that are neither indexed nor compressed ([RFC 7541, section 6.2.2](https://www.rfc-editor.org/rfc/rfc7541#section-6.2.2)).
pub(crate) fn http2<'a>(fields: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in fields {
        block.push(0);
        for text in [name.as_bytes(), value] {
            // Longer ones would need a length of several bytes.
            block.push(u8::try_from(text.len()).ok().filter(|length| *length < 127).unwrap());
            block.extend(text);
        }
    }
    let mut sent = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec();
    sent.extend(&u32::try_from(block.len()).unwrap().to_be_bytes()[1..]);
    sent.extend([0x01, 0x05, 0, 0, 0, 1]);
    sent.extend(block);
    sent
}

const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const GOAWAY: u8 = 7;

/// Whether what came is the beginning of a response, or will never be one.
pub(crate) fn is_answered(received: &[u8]) -> bool {
    frames(received).iter().any(|kind| [HEADERS, RST_STREAM, GOAWAY].contains(kind))
}

/// The types of the frames.
fn frames(mut received: &[u8]) -> Vec<u8> {
    let mut types = Vec::new();
    while let [high, middle, low, kind, _, _, _, _, _, rest @ ..] = received {
        types.push(*kind);
        received =
            rest.get(usize::from(*high) << 16 | usize::from(*middle) << 8 | usize::from(*low)..).unwrap_or_default();
    }
    types
}

#[tokio::test]
async fn a_path_of_http2_without_a_slash_reaches_no_handler() {
    let (address, seen) = serve().await;
    for (path, expected) in [
        ("/orders.v1.Orders/Drop", Outcome::Takes("/orders.v1.Orders/*")),
        ("orders.v1.Orders/Drop", Outcome::Unparsed),
        ("", Outcome::Unparsed),
        ("a.test/admin", Outcome::Unparsed),
        ("http://a.test/admin", Outcome::Unparsed),
        ("\\admin", Outcome::Unparsed),
        ("/ad min", Outcome::Unparsed),
        ("?/public", Outcome::Refused(Ambiguous::NoLeadingSlash)),
        // Nobody behind the parser of the target knows what stood there.
        ("#/public", Outcome::Takes("/")),
        ("*", Outcome::Refused(Ambiguous::Asterisk)),
        ("//admin", Outcome::Refused(Ambiguous::EmptySegment)),
        ("/static/../admin", Outcome::Refused(Ambiguous::DotSegment)),
        ("/public#/admin", Outcome::Takes("/public")),
    ] {
        let pseudo = [(":method", "POST"), (":scheme", "http"), (":authority", "a.test"), (":path", path)];
        let sent = http2(pseudo.map(|(name, value)| (name, value.as_bytes())));
        let received = exchange(address, &sent, is_answered).await;
        match (expected, seen.try_recv().ok().map(|seen| seen.found)) {
            (Outcome::Unparsed, None) => assert!(!frames(&received).contains(&HEADERS), "{path}"),
            (Outcome::Refused(expected), Some(Err(ambiguous))) => assert_eq!(ambiguous, expected, "{path}"),
            (Outcome::Takes(name), Some(Ok(Some(route)))) => assert_eq!(route.to_string(), name, "{path}"),
            (expected, found) => panic!("{path}: {expected:?}, but {found:?}"),
        }
    }
}
