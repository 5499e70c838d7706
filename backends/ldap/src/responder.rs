//! A server for tests, which does what no real one does on demand.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::ber::{self, tag};

/// One request, as far as tests want to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    Bind {
        dn: String,
        password: String,
    },
    /// The base, filter and attributes as they are in the message, and the mark of the page before.
    Search {
        base: String,
        rest: Vec<u8>,
        cookie: Vec<u8>,
    },
    Other,
}

impl Request {
    /// Whether this is somewhere in a search's filter.
    pub(crate) fn asks_for(&self, value: &[u8]) -> bool {
        let Self::Search { rest, .. } = self else { return false };
        // With its length before it: a longer value is another one.
        let value = [&[u8::try_from(value.len()).unwrap()], value].concat();
        rest.windows(value.len()).any(|window| window == value)
    }
}

/// What is done about a request.
#[derive(Clone)]
pub(crate) enum Reply {
    /// These messages, each the part behind the message's number.
    Messages(Vec<Vec<u8>>),
    /// This message, and then the end of the connection.
    Last(Vec<u8>),
    /// These bytes.
    Bytes(Vec<u8>),
    /// Nothing, and nothing ever after.
    Silence,
    /// The end of the connection.
    Close,
}

/// The server, and what it was asked.
pub(crate) struct Responder {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<Vec<Request>>>,
    connections: Arc<AtomicUsize>,
}

impl Responder {
    pub(crate) async fn start(reply: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (asked, connections): (Arc<Mutex<Vec<Request>>>, Arc<AtomicUsize>) = Default::default();
        let (noted, counted, reply) = (Arc::clone(&asked), Arc::clone(&connections), Arc::new(reply));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(stream, Arc::clone(&reply), Arc::clone(&noted)));
            }
        });
        Self { address, asked, connections }
    }

    pub(crate) fn url(&self) -> String {
        format!("ldap://{}", self.address)
    }

    pub(crate) fn asked(&self) -> Vec<Request> {
        self.asked.lock().unwrap().clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

async fn serve(mut stream: TcpStream, reply: Arc<impl Fn(&Request) -> Reply>, asked: Arc<Mutex<Vec<Request>>>) {
    while let Some((id, request)) = read(&mut stream).await {
        asked.lock().unwrap().push(request.clone());
        let whole = |message: &Vec<u8>| element(tag::SEQUENCE, &[element(tag::INTEGER, &id), message.clone()].concat());
        let bytes = match reply(&request) {
            Reply::Messages(messages) => messages.iter().flat_map(whole).collect(),
            Reply::Last(message) => {
                let _ = stream.write_all(&whole(&message)).await;
                return;
            }
            Reply::Bytes(bytes) => bytes,
            Reply::Silence => std::future::pending().await,
            Reply::Close => return,
        };
        if stream.write_all(&bytes).await.is_err() {
            return;
        }
    }
}

async fn read(stream: &mut TcpStream) -> Option<(Vec<u8>, Request)> {
    let mut bytes = Vec::new();
    let message = loop {
        if let Some(message) = ber::take(tag::SEQUENCE, &mut bytes.as_slice()) {
            break message.to_vec();
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let mut message = message.as_slice();
    let id = ber::take(tag::INTEGER, &mut message)?.to_vec();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let request = if let Some(mut bind) = ber::take(0x60, &mut message) {
        ber::take(tag::INTEGER, &mut bind)?;
        let dn = text(ber::take(tag::OCTET_STRING, &mut bind)?);
        Request::Bind { dn, password: text(ber::take(0x80, &mut bind)?) }
    } else if let Some(mut search) = ber::take(0x63, &mut message) {
        let base = text(ber::take(tag::OCTET_STRING, &mut search)?);
        Request::Search { base, rest: search.to_vec(), cookie: cookie(message).unwrap_or_default() }
    } else {
        Request::Other
    };
    Some((id, request))
}

/// That of the one control.
fn cookie(mut controls: &[u8]) -> Option<Vec<u8>> {
    let mut controls = ber::take(0xa0, &mut controls)?;
    let mut control = ber::take(tag::SEQUENCE, &mut controls)?;
    ber::take(tag::OCTET_STRING, &mut control)?;
    let mut value = ber::take(tag::OCTET_STRING, &mut control)?;
    let mut value = ber::take(tag::SEQUENCE, &mut value)?;
    ber::take(tag::INTEGER, &mut value)?;
    ber::take(tag::OCTET_STRING, &mut value).map(<[u8]>::to_vec)
}

pub(crate) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&[tag, 0x84], length.as_slice(), content].concat()
}

fn result(tag: u8, code: u8) -> Vec<u8> {
    element(
        tag,
        &[element(tag::ENUMERATED, &[code]), element(tag::OCTET_STRING, b""), element(tag::OCTET_STRING, b"")].concat(),
    )
}

/// The answer to a bind.
pub(crate) fn bound(code: u8) -> Reply {
    Reply::Messages(vec![bound_as(code)])
}

pub(crate) fn bound_as(code: u8) -> Vec<u8> {
    result(0x61, code)
}

/// The end of a search.
pub(crate) fn done(code: u8) -> Vec<u8> {
    result(0x65, code)
}

/// The end of a page.
pub(crate) fn page_done(cookie: &[u8]) -> Vec<u8> {
    let value = element(tag::SEQUENCE, &[element(tag::INTEGER, &[0]), element(tag::OCTET_STRING, cookie)].concat());
    let control = [element(tag::OCTET_STRING, b"1.2.840.113556.1.4.319"), element(tag::OCTET_STRING, &value)].concat();
    [done(0), element(0xa0, &element(tag::SEQUENCE, &control))].concat()
}

/// An entry that was found.
pub(crate) fn entry(dn: &str, attributes: &[(&str, &str)]) -> Vec<u8> {
    let attribute = |(name, value): &(&str, &str)| {
        let values = element(0x31, &element(tag::OCTET_STRING, value.as_bytes()));
        element(tag::SEQUENCE, &[element(tag::OCTET_STRING, name.as_bytes()), values].concat())
    };
    let attributes: Vec<u8> = attributes.iter().flat_map(attribute).collect();
    element(0x64, &[element(tag::OCTET_STRING, dn.as_bytes()), element(tag::SEQUENCE, &attributes)].concat())
}

/// The answer to a search.
pub(crate) fn found(entries: &[Vec<u8>]) -> Reply {
    Reply::Messages(entries.iter().cloned().chain([done(0)]).collect())
}
