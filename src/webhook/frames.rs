//! A body for tests, frame by frame.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame};

/// What comes of a body, one after the other; then its end.
#[derive(Debug, Default)]
pub(crate) struct Frames(pub(crate) VecDeque<Next>);

#[derive(Clone, Debug)]
pub(crate) enum Next {
    Data(Bytes),
    Trailers(HeaderMap),
    /// Nothing yet, and then the next.
    Later,
    /// Nothing for ever.
    Never,
    Broken,
}

impl Frames {
    pub(crate) fn of(frames: impl IntoIterator<Item = Next>) -> Self {
        Self(frames.into_iter().collect())
    }

    /// One frame.
    pub(crate) fn one(bytes: impl AsRef<[u8]>) -> Self {
        Self::of([Next::Data(Bytes::copy_from_slice(bytes.as_ref()))])
    }
}

impl Body for Frames {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
        match self.0.pop_front() {
            None => Poll::Ready(None),
            Some(Next::Data(bytes)) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            Some(Next::Trailers(trailers)) => Poll::Ready(Some(Ok(Frame::trailers(trailers)))),
            Some(Next::Later) => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Some(Next::Never) => {
                self.0.push_front(Next::Never);
                Poll::Pending
            }
            Some(Next::Broken) => Poll::Ready(Some(Err("broken"))),
        }
    }
}
