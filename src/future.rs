//! The future of the layer's answer.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{Request, Response};
use pin_project_lite::pin_project;
use portcullis_core::Reply;
use tower_service::Service;

use crate::body::ResponseBody;
use crate::gate::Gate;
use crate::verifier::{Presented, Verification};

pin_project! {
    /// The future of an [`AuthService`](crate::AuthService). It boxes nothing unless a credential
    /// must really be verified.
    pub struct ResponseFuture<S, B>
    where
        S: Service<Request<B>>,
    {
        #[pin]
        state: State<S, S::Future, B>,
    }
}

pin_project! {
    #[project = StateProjection]
    #[project_replace = StateReplaced]
    enum State<S, F, B> {
        /// The service is at work.
        Calling { #[pin] future: F, reply: Option<Reply> },
        /// Somebody is being asked; the service waits, ready.
        Verifying { verification: Verification, waiting: Waiting<S, B> },
        Rejected { response: Response<Bytes> },
        Done,
    }
}

/// What goes on once the verification is done.
struct Waiting<S, B> {
    gate: Arc<Gate>,
    presented: Presented,
    service: S,
    request: Request<B>,
}

impl<S, B> ResponseFuture<S, B>
where
    S: Service<Request<B>>,
{
    pub(crate) fn calling(future: S::Future) -> Self {
        Self { state: State::Calling { future, reply: None } }
    }

    pub(crate) fn rejected(response: Response<Bytes>) -> Self {
        Self { state: State::Rejected { response } }
    }

    pub(crate) fn verifying(
        gate: Arc<Gate>,
        verification: Verification,
        presented: Presented,
        service: S,
        request: Request<B>,
    ) -> Self {
        let waiting = Waiting { gate, presented, service, request };
        Self { state: State::Verifying { verification, waiting } }
    }
}

impl<S, B, R> Future for ResponseFuture<S, B>
where
    S: Service<Request<B>, Response = Response<R>>,
{
    type Output = Result<Response<ResponseBody<R>>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        loop {
            match state.as_mut().project() {
                StateProjection::Calling { future, reply } => {
                    let mut response = ready!(future.poll(cx))?.map(ResponseBody::service);
                    if let Some(reply) = reply.take() {
                        reply.append_to(response.headers_mut());
                    }
                    return Poll::Ready(Ok(response));
                }
                StateProjection::Verifying { verification, .. } => {
                    let (answer, reply) = ready!(verification.as_mut().poll(cx));
                    let StateReplaced::Verifying { waiting, .. } = state.as_mut().project_replace(State::Done) else {
                        unreachable!("the state was just looked at");
                    };
                    let Waiting { gate, presented, mut service, mut request } = waiting;
                    let next = match gate.settle(&mut request, presented, answer) {
                        Ok(()) => State::Calling { future: service.call(request), reply: Some(reply) },
                        Err(denial) => State::Rejected { response: gate.reject(&request, denial) },
                    };
                    state.set(next);
                }
                StateProjection::Rejected { .. } => {
                    let StateReplaced::Rejected { response } = state.as_mut().project_replace(State::Done) else {
                        unreachable!("the state was just looked at");
                    };
                    return Poll::Ready(Ok(response.map(ResponseBody::rejection)));
                }
                StateProjection::Done => panic!("polled after it was ready"),
            }
        }
    }
}

impl<S, B> std::fmt::Debug for ResponseFuture<S, B>
where
    S: Service<Request<B>>,
{
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
