//! The future of the layer's answer.

use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::{Request, Response};
use pin_project_lite::pin_project;
use portcullis_core::Reply;
use tower_service::Service;

use crate::body::ResponseBody;
use crate::gate::{Deciding, Gate, Pending, Settled};
use crate::rejected::Rejected;
use crate::verifier::Verification;

pin_project! {
    /// The future of an [`AuthService`](crate::AuthService). It boxes nothing unless a credential
    /// must really be verified, or somebody beyond this process asked whether the caller may.
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
        /// Somebody is being asked who the caller is; the service waits, ready.
        Verifying { verification: Verification, pending: Pending, waiting: Waiting<S, B> },
        /// Somebody is being asked whether the caller may.
        Deciding { deciding: Deciding, waiting: Waiting<S, B>, reply: Reply },
        Rejected { rejected: Rejected, reply: Reply },
        Done,
    }
}

/// What goes on once somebody has answered.
pub(crate) struct Waiting<S, B> {
    pub(crate) gate: Arc<Gate>,
    pub(crate) service: S,
    pub(crate) request: Request<B>,
}

impl<S, B> ResponseFuture<S, B>
where
    S: Service<Request<B>>,
{
    pub(crate) fn calling(future: S::Future) -> Self {
        Self { state: State::Calling { future, reply: None } }
    }

    pub(crate) fn rejected(rejected: Rejected) -> Self {
        Self { state: State::Rejected { rejected, reply: Reply::default() } }
    }

    pub(crate) fn verifying(verification: Verification, pending: Pending, waiting: Waiting<S, B>) -> Self {
        Self { state: State::Verifying { verification, pending, waiting } }
    }

    pub(crate) fn deciding(deciding: Deciding, waiting: Waiting<S, B>) -> Self {
        Self { state: State::Deciding { deciding, waiting, reply: Reply::default() } }
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
                    let StateReplaced::Verifying { pending, waiting, .. } = state.as_mut().project_replace(State::Done)
                    else {
                        unreachable!("the state was just looked at");
                    };
                    let Waiting { gate, mut service, mut request } = waiting;
                    let next = match gate.settle(&mut request, &pending, answer) {
                        Settled::Pass => State::Calling { future: service.call(request), reply: Some(reply) },
                        Settled::Reject(denial) => State::Rejected { rejected: gate.reject(&request, denial), reply },
                        Settled::Decide(deciding) => {
                            State::Deciding { deciding, waiting: Waiting { gate, service, request }, reply }
                        }
                    };
                    state.set(next);
                }
                StateProjection::Deciding { deciding, .. } => {
                    let decided = ready!(deciding.as_mut().poll(cx));
                    let StateReplaced::Deciding { waiting, reply, .. } = state.as_mut().project_replace(State::Done)
                    else {
                        unreachable!("the state was just looked at");
                    };
                    let Waiting { gate, mut service, mut request } = waiting;
                    let next = match decided {
                        Ok(authorization) => {
                            gate.permit(&mut request, authorization);
                            State::Calling { future: service.call(request), reply: Some(reply) }
                        }
                        Err(denial) => State::Rejected { rejected: gate.reject(&request, denial), reply },
                    };
                    state.set(next);
                }
                StateProjection::Rejected { rejected, reply } => {
                    let mut response = ready!(rejected.poll(cx));
                    // Somebody who was verified and may not is owed the proof of who we are all the same.
                    mem::take(reply).append_to(response.headers_mut());
                    return Poll::Ready(Ok(response));
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
