//! The body of a request that passes the webhook layer.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::room::Share;

pin_project! {
    /// The body of a request that went through a [`WebhookLayer`](super::WebhookLayer): the client's own, untouched; or, of a
    /// request whose signature was verified, its bytes and trailers, which are all there.
    ///
    /// It is a body where the chunks of the client's own can be made from [`Bytes`], as with axum, tonic and hyper they are.
    pub struct Replay<B> {
        #[pin]
        kind: Kind<B>,
    }
}

pin_project! {
    #[project = KindProjection]
    enum Kind<B> {
        Untouched { #[pin] body: B },
        Whole { whole: Whole },
    }
}

/// A body that was read to its end.
#[derive(Debug, Default)]
pub(super) struct Whole {
    /// None if it was empty.
    pub(super) bytes: Option<Bytes>,
    pub(super) trailers: Option<HeaderMap>,
    /// Until the bytes are taken.
    pub(super) share: Option<Share>,
}

impl<B> Replay<B> {
    pub(super) fn untouched(body: B) -> Self {
        Self { kind: Kind::Untouched { body } }
    }

    pub(super) fn whole(whole: Whole) -> Self {
        Self { kind: Kind::Whole { whole } }
    }
}

/// The body of a request that was not signed, so that a service which takes this type can be called without the layer:
///
/// ```
/// use http_body_util::{BodyExt as _, Full};
/// use portcullis::webhook::Replay;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let body = Replay::from(Full::<bytes::Bytes>::from("hello"));
/// assert_eq!(body.collect().await?.to_bytes(), "hello");
/// # Ok(())
/// # }
/// ```
impl<B> From<B> for Replay<B> {
    fn from(body: B) -> Self {
        Self::untouched(body)
    }
}

impl Whole {
    fn next<D: From<Bytes>>(&mut self) -> Option<Frame<D>> {
        if let Some(bytes) = self.bytes.take() {
            self.share = None;
            return Some(Frame::data(D::from(bytes)));
        }
        self.trailers.take().map(Frame::trailers)
    }
}

impl<B> Body for Replay<B>
where
    B: Body,
    B::Data: From<Bytes>,
{
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        match self.project().kind.project() {
            KindProjection::Untouched { body } => body.poll_frame(cx),
            KindProjection::Whole { whole } => Poll::Ready(whole.next().map(Ok)),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Untouched { body } => body.is_end_stream(),
            Kind::Whole { whole } => whole.bytes.is_none() && whole.trailers.is_none(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Untouched { body } => body.size_hint(),
            Kind::Whole { whole } => SizeHint::with_exact(whole.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
        }
    }
}

impl<B> fmt::Debug for Replay<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            Kind::Untouched { .. } => "Replay(untouched)",
            Kind::Whole { .. } => "Replay(whole)",
        })
    }
}
