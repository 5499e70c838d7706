//! The future of the webhook layer's answer.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::{Request, Response};
use http_body::Body;
use pin_project_lite::pin_project;
use tower_service::Service;

use super::body::Replay;
use super::deliveries::Delivery;
use super::hook::Hook;
use super::reading::Reading;
use crate::body::ResponseBody;
use crate::gate::Gate;
use crate::rejected::Rejected;

pin_project! {
    /// The future of a [`WebhookService`](super::WebhookService).
    pub struct WebhookFuture<S, B>
    where
        S: Service<Request<Replay<B>>>,
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
        Calling { #[pin] future: F, delivery: Option<Delivery> },
        /// The body is being read.
        Reading { #[pin] reading: Reading<B>, waiting: Waiting<S> },
        /// The service is to be ready.
        Readying { service: S, request: Request<Replay<B>>, delivery: Option<Delivery> },
        Rejected { rejected: Rejected },
        Done,
    }
}

/// What goes on once the body is there.
pub(super) struct Waiting<S> {
    pub(super) gate: Arc<Gate>,
    pub(super) hook: Arc<Hook>,
    pub(super) service: S,
    pub(super) request: Request<()>,
}

impl<S, B> WebhookFuture<S, B>
where
    S: Service<Request<Replay<B>>>,
{
    pub(super) fn calling(future: S::Future) -> Self {
        Self { state: State::Calling { future, delivery: None } }
    }

    pub(super) fn reading(reading: Reading<B>, waiting: Waiting<S>) -> Self {
        Self { state: State::Reading { reading, waiting } }
    }

    pub(super) fn rejected(rejected: Rejected) -> Self {
        Self { state: State::Rejected { rejected } }
    }
}

impl<S, B, R> Future for WebhookFuture<S, B>
where
    S: Service<Request<Replay<B>>, Response = Response<R>>,
    B: Body,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Output = Result<Response<ResponseBody<R>>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        loop {
            match state.as_mut().project() {
                StateProjection::Calling { future, delivery } => {
                    let answer = ready!(future.poll(cx));
                    // Without an answer it was not taken, and is forgotten here.
                    let delivery = delivery.take();
                    return Poll::Ready(answer.map(|response| {
                        if let Some(delivery) = delivery {
                            delivery.settle(response.status(), response.headers());
                        }
                        response.map(ResponseBody::service)
                    }));
                }
                StateProjection::Readying { service, .. } => {
                    let ready = ready!(service.poll_ready(cx));
                    let StateReplaced::Readying { mut service, request, delivery } =
                        state.as_mut().project_replace(State::Done)
                    else {
                        unreachable!("the state was just looked at");
                    };
                    if let Err(error) = ready {
                        return Poll::Ready(Err(error));
                    }
                    state.set(State::Calling { future: service.call(request), delivery });
                }
                StateProjection::Reading { reading, .. } => {
                    let read = ready!(reading.poll(cx));
                    let StateReplaced::Reading { waiting, .. } = state.as_mut().project_replace(State::Done) else {
                        unreachable!("the state was just looked at");
                    };
                    let Waiting { gate, hook, service, mut request } = waiting;
                    state.set(match hook.end(&gate, &mut request, read) {
                        Ok((whole, delivery)) => {
                            let request = request.map(|()| Replay::whole(whole));
                            State::Readying { service, request, delivery }
                        }
                        Err(denial) => State::Rejected { rejected: gate.reject(&request, denial) },
                    });
                }
                StateProjection::Rejected { rejected } => return Poll::Ready(Ok(ready!(rejected.poll(cx)))),
                StateProjection::Done => panic!("polled after it was ready"),
            }
        }
    }
}

impl<S, B> fmt::Debug for WebhookFuture<S, B>
where
    S: Service<Request<Replay<B>>>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookFuture").finish_non_exhaustive()
    }
}
