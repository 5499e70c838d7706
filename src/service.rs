//! The service that the layer makes.

use std::mem;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use tower_service::Service;

use crate::body::ResponseBody;
use crate::future::{ResponseFuture, Waiting};
use crate::gate::{Admission, Gate};

/// Calls the inner service for those whom the gate lets through, and answers the others itself.
///
/// It is ready when the inner service is, whatever the providers do. The error stays that of the
/// inner service, which must be `Clone`: the clone that was polled ready waits while a credential
/// is verified. So a concurrency limit inside counts those requests too; put one around the layer
/// if it should not.
///
/// It does not read the bodies of those whom it answers. Over HTTP/1 it answers them once the server has had its turn to see that,
/// so that hyper says `Connection: close` where the body has not come; else a client would send its credential on a connection that ends.
#[derive(Clone)]
pub struct AuthService<S> {
    gate: Arc<Gate>,
    inner: S,
}

impl<S> AuthService<S> {
    pub(crate) fn new(gate: Arc<Gate>, inner: S) -> Self {
        Self { gate, inner }
    }
}

impl<S, B, R> Service<Request<B>> for AuthService<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<S, B>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        match self.gate.admit(&mut request) {
            Admission::Pass => ResponseFuture::calling(self.inner.call(request)),
            Admission::Reject(denial) => {
                // The inner service was polled ready and is not called: what it reserved for this
                // request is given back.
                self.inner = self.inner.clone();
                ResponseFuture::rejected(self.gate.reject(&request, denial))
            }
            Admission::Verify(verification, pending) => {
                ResponseFuture::verifying(verification, pending, self.waiting(request))
            }
            Admission::Decide(deciding) => ResponseFuture::deciding(deciding, self.waiting(request)),
        }
    }
}

impl<S: Clone> AuthService<S> {
    /// The inner service that was polled ready goes along; its clone need not be ready.
    fn waiting<B>(&mut self, request: Request<B>) -> Waiting<S, B> {
        let clone = self.inner.clone();
        let service = mem::replace(&mut self.inner, clone);
        Waiting { gate: Arc::clone(&self.gate), service, request }
    }
}

impl<S> std::fmt::Debug for AuthService<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuthService").finish_non_exhaustive()
    }
}
