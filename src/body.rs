//! The body of what the layer answers.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

pin_project! {
    /// The body of the service behind the layer, or of a rejection.
    ///
    /// It costs nothing beside the service's own: its size hint and its end are exact, so that
    /// `Content-Length` and END_STREAM are what they were. It is a body where the chunks of the
    /// service's own can be made from [`Bytes`], as with axum, tonic and hyper they are.
    pub struct ResponseBody<R> {
        #[pin]
        kind: Kind<R>,
    }
}

pin_project! {
    #[project = KindProjection]
    enum Kind<R> {
        Service { #[pin] body: R },
        Rejection { bytes: Option<Bytes> },
    }
}

impl<R> ResponseBody<R> {
    pub(crate) fn service(body: R) -> Self {
        Self { kind: Kind::Service { body } }
    }

    pub(crate) fn rejection(bytes: Bytes) -> Self {
        Self { kind: Kind::Rejection { bytes: Some(bytes).filter(|bytes| !bytes.is_empty()) } }
    }
}

impl<R> Body for ResponseBody<R>
where
    R: Body,
    R::Data: From<Bytes>,
{
    type Data = R::Data;
    type Error = R::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<R::Data>, R::Error>>> {
        match self.project().kind.project() {
            KindProjection::Service { body } => body.poll_frame(cx),
            KindProjection::Rejection { bytes } => {
                Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(R::Data::from(bytes)))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Service { body } => body.is_end_stream(),
            Kind::Rejection { bytes } => bytes.is_none(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Service { body } => body.size_hint(),
            Kind::Rejection { bytes } => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
        }
    }
}

/// Empty, as the body of a service that answers with nothing.
impl<R> Default for ResponseBody<R> {
    fn default() -> Self {
        Self::rejection(Bytes::new())
    }
}

impl<R> std::fmt::Debug for ResponseBody<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.kind {
            Kind::Service { .. } => "ResponseBody(service)",
            Kind::Rejection { .. } => "ResponseBody(rejection)",
        })
    }
}
