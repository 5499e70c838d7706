//! A bound on the wait for a connection's first bytes.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// What HTTP/2 begins with ([RFC 9113, section 3.4](https://www.rfc-editor.org/rfc/rfc9113#section-3.4)).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// For the bytes that tell HTTP/2 from HTTP/1.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A connection whose reads fail if it has not said in time which HTTP it speaks. hyper's own bounds
/// apply only once it knows.
pub(super) struct Prefaced<I> {
    io: I,
    /// None once the version is known.
    waiting: Option<Waiting>,
}

struct Waiting {
    deadline: Pin<Box<Sleep>>,
    /// What has not come yet of the preface.
    rest: &'static [u8],
}

impl<I> Prefaced<I> {
    pub(super) fn new(io: I) -> Self {
        Self { io, waiting: Some(Waiting { deadline: Box::pin(sleep(TIMEOUT)), rest: PREFACE }) }
    }
}

impl<I: AsyncRead + Unpin> AsyncRead for Prefaced<I> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        let read = Pin::new(&mut this.io).poll_read(cx, buf);
        let Some(waiting) = &mut this.waiting else { return read };
        if read.is_pending() {
            return waiting.deadline.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()));
        }
        match waiting.rest.strip_prefix(&buf.filled()[before..]) {
            Some(rest) if !rest.is_empty() => waiting.rest = rest,
            _ => this.waiting = None,
        }
        read
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for Prefaced<I> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().io).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().io).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
    use tokio::time::timeout;

    fn connection() -> (DuplexStream, Prefaced<DuplexStream>) {
        let (client, server) = duplex(1024);
        (client, Prefaced::new(server))
    }

    /// Reads as long as something comes, and then for an hour.
    async fn read(server: &mut Prefaced<DuplexStream>) -> Option<io::ErrorKind> {
        let mut read = Vec::new();
        match timeout(Duration::from_secs(3600), server.read_to_end(&mut read)).await {
            Ok(ended) => Some(ended.unwrap_err().kind()),
            Err(_) => None,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_says_nothing_or_half_a_preface_is_not_waited_for() {
        let (_client, mut server) = connection();
        assert_eq!(read(&mut server).await, Some(io::ErrorKind::TimedOut));
        let (mut client, mut server) = connection();
        client.write_all(&PREFACE[..PREFACE.len() - 1]).await.unwrap();
        assert_eq!(read(&mut server).await, Some(io::ErrorKind::TimedOut));
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_said_the_version_may_take_time() {
        for first in [PREFACE, b"G", b"PRI * HTTP/1.1", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0"] {
            let (mut client, mut server) = connection();
            // One by one, so that each byte is a read of its own.
            for byte in first {
                client.write_all(&[*byte]).await.unwrap();
                assert_eq!(server.read_u8().await.unwrap(), *byte);
            }
            assert_eq!(read(&mut server).await, None, "{first:?}");
        }
    }
}
