//! What is between a server and ldap3.
//!
//! ldap3 reads messages of any length, and nested ones by recursion: some kilobytes of a server that has gone astray
//! would overflow the stack, which ends the whole process. So each message is looked at before ldap3 gets to see it,
//! which is on the other end of a pair of sockets.

use std::io;
use std::sync::{Arc, OnceLock};

use ldap3::StdStream;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::task::JoinHandle;

use super::message;
use crate::ber;

/// Bytes of one message. A group with a hundred thousand members has no more, and its members are not asked for.
const MAX_MESSAGE: usize = 16 * 1024 * 1024;
/// Levels of elements in elements. The answers to what is asked here have five.
const MAX_DEPTH: usize = 12;
/// Elements of one message. Each takes some hundred bytes of memory, and may be two bytes long.
const MAX_ELEMENTS: usize = 500_000;

/// Begins to pass messages on. Returns the end for ldap3, what ldap3 calls it, and the task. Why a message is not passed
/// on, after which there are no more, is noted in `fault` before the end.
pub(super) fn begin(
    server: impl AsyncRead + AsyncWrite + Send + 'static,
    fault: Arc<OnceLock<String>>,
) -> io::Result<(StdStream, &'static str, JoinHandle<()>)> {
    let (ours, theirs, url) = pair()?;
    let task = tokio::spawn(async move {
        let (from_server, mut to_server) = tokio::io::split(server);
        let (mut from_client, mut to_client) = tokio::io::split(ours);
        // Either end closes both.
        tokio::select! {
            _ = tokio::io::copy(&mut from_client, &mut to_server) => {}
            stopped = pass(BufReader::new(from_server), &mut to_client) => if let Some(reason) = stopped {
                // Whoever waits for the message hears the reason, and logs it.
                tracing::debug!(%reason, "a connection to the directory is given up");
                let _ = fault.set(reason);
            }
        }
    });
    Ok((theirs, url, task))
}

#[cfg(unix)]
fn pair() -> io::Result<(tokio::net::UnixStream, StdStream, &'static str)> {
    let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
    ours.set_nonblocking(true)?;
    Ok((tokio::net::UnixStream::from_std(ours)?, StdStream::Unix(theirs), "ldapi://sieve"))
}

/// Of this machine's network, where there are no others.
#[cfg(not(unix))]
fn pair() -> io::Result<(tokio::net::TcpStream, StdStream, &'static str)> {
    let listener = std::net::TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0))?;
    let ours = std::net::TcpStream::connect(listener.local_addr()?)?;
    let (theirs, peer) = listener.accept()?;
    if peer != ours.local_addr()? {
        return Err(io::Error::other("somebody else was first"));
    }
    ours.set_nonblocking(true)?;
    Ok((tokio::net::TcpStream::from_std(ours)?, StdStream::Tcp(theirs), "ldap://sieve"))
}

/// Passes messages on, until there are no more, or there is one that must not be: then it says why.
async fn pass(mut server: impl AsyncRead + Unpin, client: &mut (impl AsyncWrite + Unpin)) -> Option<String> {
    loop {
        let message = match message::read(&mut server, MAX_MESSAGE).await {
            Ok(message) => message,
            Err(error) if error.kind() == io::ErrorKind::InvalidData => return Some(error.to_string()),
            Err(_) => return None,
        };
        if !is_flat(&message, MAX_DEPTH, &mut { MAX_ELEMENTS }) {
            return Some("a malformed answer, or one nested too deep or of too many parts".to_owned());
        }
        if client.write_all(&message).await.is_err() {
            return None;
        }
    }
}

/// Whether these are whole elements, not nested deeper than that, and not more than are left.
fn is_flat(mut bytes: &[u8], depth: usize, left: &mut usize) -> bool {
    const CONSTRUCTED: u8 = 0x20;
    while let Some(&tag) = bytes.first() {
        let (Some(content), Some(fewer)) = (ber::take(tag, &mut bytes), left.checked_sub(1)) else { return false };
        *left = fewer;
        if tag & CONSTRUCTED != 0 && (depth == 0 || !is_flat(content, depth - 1, left)) {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tokio::io::AsyncReadExt as _;

    /// Elements in elements.
    fn nested(depth: usize) -> Vec<u8> {
        (0..depth).fold(Vec::new(), |inner, _| crate::responder::element(0x30, &inner))
    }

    #[test]
    fn what_is_nested_too_deep_or_cut_off_is_not_flat() {
        let is_flat = |bytes: &[u8]| is_flat(bytes, MAX_DEPTH, &mut { MAX_ELEMENTS });
        assert!(is_flat(&nested(MAX_DEPTH)));
        assert!(!is_flat(&nested(MAX_DEPTH + 1)));
        assert!(is_flat(b"\x30\x03\x02\x01\x01\x04\x01\x30"));
        for bytes in [&b"\x30"[..], b"\x30\x01", b"\x30\x03\x02\x02\x01", b"\x30\x80\0\0", b"\x30\x04\x02\x01\x01\x04"]
        {
            assert!(!is_flat(bytes), "{bytes:?}");
        }
    }

    #[test]
    fn elements_are_counted_at_all_levels() {
        let message = |inner: usize| crate::responder::element(0x30, &[0x04, 0].repeat(inner));
        let is_flat = |bytes: &[u8]| is_flat(bytes, MAX_DEPTH, &mut { MAX_ELEMENTS });
        assert!(is_flat(&message(MAX_ELEMENTS - 1)));
        assert!(!is_flat(&message(MAX_ELEMENTS)));
        assert!(!is_flat(&[message(MAX_ELEMENTS / 2), message(MAX_ELEMENTS / 2)].concat()));
    }

    #[tokio::test]
    async fn messages_are_passed_on_until_one_must_not_be() {
        let good = b"\x30\x0c\x02\x01\x01\x65\x07\x0a\x01\x00\x04\x00\x04\x00".to_vec();
        for (bad, said) in [
            (nested(10_000), Some("a malformed answer, or one nested too deep or of too many parts")),
            (b"\x30\x84\x7f\xff\xff\xff".to_vec(), Some("an answer of 2147483647 bytes, which is too long")),
            (b"HTTP/1.1 400".to_vec(), Some("a malformed answer")),
            (b"\x30\x84\0\0".to_vec(), None),
        ] {
            let (mut server, ours) = tokio::io::duplex(1024 * 1024);
            let (mut client, theirs) = tokio::io::duplex(1024 * 1024);
            let after = if said.is_some() { good.clone() } else { Vec::new() };
            server.write_all(&[good.clone(), good.clone(), bad, after].concat()).await.unwrap();
            drop(server);
            let mut theirs = theirs;
            assert_eq!(pass(ours, &mut theirs).await.as_deref(), said);
            drop(theirs);
            let mut passed = Vec::new();
            client.read_to_end(&mut passed).await.unwrap();
            assert_eq!(passed, [good.clone(), good.clone()].concat());
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = is_flat(&bytes, MAX_DEPTH, &mut { MAX_ELEMENTS });
        }
    }
}
