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
    /// `Content-Length` and END_STREAM are what they were.
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

/// What a response body must be able to carry for the layer to answer in its place: anything that
/// is made from [`Bytes`], as `Bytes` itself is. The bodies of axum, tonic and hyper all do.
#[diagnostic::on_unimplemented(
    message = "a Portcullis layer cannot answer with chunks of `{Self}`",
    label = "the response body of this service has chunks that cannot be made from `Bytes`",
    note = "map the body of the service, e.g. with `tower_http::map_response_body`, so that its `Data` is `bytes::Bytes`"
)]
pub trait ResponseData: bytes::Buf + From<Bytes> {}

impl<D: bytes::Buf + From<Bytes>> ResponseData for D {}

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
    R::Data: ResponseData,
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
