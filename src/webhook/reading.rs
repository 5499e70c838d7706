//! A body that is read to its end, within bounds, while its signatures are computed.

use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::{Buf, Bytes};
use http::HeaderMap;
use http_body::{Body, Frame};
use pin_project_lite::pin_project;
use tokio::time::{Sleep, sleep};

use super::body::Whole;
use super::proofs::Proofs;
use super::room::Share;

/// Frames that are taken in one go. Then others have their turn.
const AT_ONCE: usize = 32;

/// Why it was not read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Halt {
    TooLarge,
    /// There is none for so many bodies together, or another one has it now.
    NoRoom,
    Late,
    /// The client went away, or does not speak HTTP.
    Broken,
}

pin_project! {
    pub(super) struct Reading<B> {
        #[pin]
        body: B,
        #[pin]
        deadline: Sleep,
        so_far: SoFar,
    }
}

/// What has been read.
struct SoFar {
    most: usize,
    length: usize,
    /// The first piece, as long as it is the only one.
    first: Option<Bytes>,
    /// All of them, once there are several.
    pieces: Vec<u8>,
    trailers: Option<HeaderMap>,
    share: Option<Share>,
    proofs: Option<Proofs>,
}

impl<B> Reading<B> {
    pub(super) fn new(body: B, proofs: Proofs, most: usize, timeout: Duration, share: Share) -> Self {
        let (share, proofs) = (Some(share), Some(proofs));
        let so_far = SoFar { most, length: 0, first: None, pieces: Vec::new(), trailers: None, share, proofs };
        Self { body, deadline: sleep(timeout), so_far }
    }
}

impl<B> Future for Reading<B>
where
    B: Body,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Output = Result<(Whole, Proofs), Halt>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if this.deadline.poll(cx).is_ready() {
            return Poll::Ready(Err(Halt::Late));
        }
        if this.so_far.is_given_up(cx.waker()) {
            return Poll::Ready(Err(Halt::NoRoom));
        }
        for _ in 0..AT_ONCE {
            match this.body.as_mut().poll_frame(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Some(Ok(frame))) => {
                    if let Err(halt) = this.so_far.take(frame, cx.waker()) {
                        return Poll::Ready(Err(halt));
                    }
                }
                Poll::Ready(Some(Err(error))) => {
                    let error = error.into();
                    tracing::debug!(error = &*error as &(dyn Error + 'static), "the body of a webhook broke off");
                    return Poll::Ready(Err(Halt::Broken));
                }
                Poll::Ready(None) => return Poll::Ready(this.so_far.end()),
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl SoFar {
    fn is_given_up(&self, waker: &Waker) -> bool {
        self.share.as_ref().is_some_and(|share| share.is_given_up(waker))
    }

    fn take<D: Buf>(&mut self, frame: Frame<D>, waker: &Waker) -> Result<(), Halt> {
        match frame.into_data() {
            Ok(data) => self.take_data(data, waker),
            Err(frame) => frame.into_trailers().map_or(Ok(()), |trailers| self.take_trailers(trailers, waker)),
        }
    }

    fn take_data<D: Buf>(&mut self, mut data: D, waker: &Waker) -> Result<(), Halt> {
        let length = data.remaining();
        if length == 0 {
            return Ok(());
        }
        self.lengthen(length)?;
        // One piece is handed on as it is. Of many, each would keep what it was cut from, and a place of its own besides.
        let is_first = self.first.is_none() && self.pieces.is_empty();
        match is_first {
            true => self.keep(length, waker)?,
            false => self.reserve(length, waker)?,
        }
        // Of `Bytes`, this copies nothing.
        let piece = data.copy_to_bytes(length);
        if let Some(proofs) = &mut self.proofs {
            proofs.update(&piece);
        }
        match is_first {
            true => self.first = Some(piece),
            false => self.pieces.extend_from_slice(&piece),
        }
        Ok(())
    }

    fn take_trailers(&mut self, trailers: HeaderMap, waker: &Waker) -> Result<(), Halt> {
        self.lengthen(trailers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum())?;
        self.keep(self.length, waker)?;
        match &mut self.trailers {
            Some(before) => before.extend(trailers),
            None => self.trailers = Some(trailers),
        }
        Ok(())
    }

    fn lengthen(&mut self, by: usize) -> Result<(), Halt> {
        self.length = self.length.saturating_add(by);
        if self.length > self.most { Err(Halt::TooLarge) } else { Ok(()) }
    }

    /// Makes place for another piece, which is counted before it is taken. It doubles, so that nothing is copied often; what the
    /// client says of the length is no reason to take more.
    fn reserve(&mut self, by: usize, waker: &Waker) -> Result<(), Halt> {
        let first = self.first.take().unwrap_or_default();
        let length = first.len() + self.pieces.len() + by;
        if length > self.pieces.capacity() {
            let capacity = length.max(2 * self.pieces.capacity()).min(self.most);
            self.keep(capacity, waker)?;
            self.pieces.reserve_exact(capacity - self.pieces.len());
        }
        self.pieces.extend_from_slice(&first);
        Ok(())
    }

    /// Takes room for so many bytes in all, if it has not been taken.
    fn keep(&mut self, bytes: usize, waker: &Waker) -> Result<(), Halt> {
        let grow = |share: &mut Share| share.grow(bytes.saturating_sub(share.bytes()), waker);
        if self.share.as_mut().is_some_and(grow) { Ok(()) } else { Err(Halt::NoRoom) }
    }

    /// It is not polled again after this.
    fn end(&mut self) -> Result<(Whole, Proofs), Halt> {
        let mut share = self.share.take().ok_or(Halt::Broken)?;
        if !share.settle() {
            return Err(Halt::NoRoom);
        }
        let pieces = Bytes::from(std::mem::take(&mut self.pieces));
        let bytes = self.first.take().or_else(|| Some(pieces).filter(|bytes| !bytes.is_empty()));
        let whole = Whole { bytes, trailers: self.trailers.take(), share: Some(share) };
        Ok((whole, self.proofs.take().ok_or(Halt::Broken)?))
    }
}

#[cfg(test)]
mod tests;
