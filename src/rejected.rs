//! The answer to a request that is not passed on, and the moment at which it is given.

use std::mem;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{Request, Response, Version};
use portcullis_core::Rejection;

use crate::body::ResponseBody;
use crate::rejection::{Transport, render};

/// The request, and with it its body, is dropped before this is polled.
///
/// A body of HTTP/1 that nobody reads is in the way of the next request of its connection: the server has to take what has come
/// of it, or to end the connection and to say so ([RFC 9112, section 9.3](https://www.rfc-editor.org/rfc/rfc9112#section-9.3)).
/// hyper looks whether its body was dropped each time before it asks for the answer. An answer that is there at once is
/// written before it has looked, promises that the connection goes on, and the credential that the client then sends on it is lost.
/// So such an answer is given one turn later.
pub(crate) struct Rejected {
    response: Option<Response<Bytes>>,
    /// The server has yet to see that nobody reads the body.
    is_unseen: bool,
}

impl Rejected {
    /// `rejection` in the form that suits the client who made `request`.
    pub(crate) fn new<B>(rejection: &Rejection, request: &Request<B>) -> Self {
        let response = render(rejection, Transport::of(request.method(), request.headers()));
        Self { response: Some(response), is_unseen: has_body_in_the_way(request) }
    }

    pub(crate) fn poll<R>(&mut self, cx: &mut Context<'_>) -> Poll<Response<ResponseBody<R>>> {
        if mem::take(&mut self.is_unseen) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let response = self.response.take().expect("polled after it was ready");
        Poll::Ready(response.map(ResponseBody::rejection))
    }
}

/// HTTP/2 and 3 have a stream for each request.
fn has_body_in_the_way<B>(request: &Request<B>) -> bool {
    let headers = request.headers();
    request.version() <= Version::HTTP_11
        && (headers.contains_key(TRANSFER_ENCODING) || headers.get(CONTENT_LENGTH).is_some_and(|length| length != "0"))
}
