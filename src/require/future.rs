//! The future of the answer.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::{Request, Response};
use pin_project_lite::pin_project;
use portcullis_core::Rejection;
use tower_service::Service;

use crate::body::ResponseBody;
use crate::rejected::Rejected;

/// Whether the caller may, of which somebody is asked.
type Deciding = Pin<Box<dyn Future<Output = Result<(), Rejection>> + Send>>;

pin_project! {
    /// The future of a [`RequireService`](super::RequireService). It boxes nothing unless somebody beyond this process is asked.
    pub struct RequireFuture<S, B>
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
        Calling { #[pin] future: F },
        /// The service waits, ready.
        Deciding { deciding: Deciding, service: S, request: Request<B> },
        Rejected { rejected: Rejected },
        Done,
    }
}

impl<S, B> RequireFuture<S, B>
where
    S: Service<Request<B>>,
{
    pub(super) fn calling(future: S::Future) -> Self {
        Self { state: State::Calling { future } }
    }

    pub(super) fn rejected(rejected: Rejected) -> Self {
        Self { state: State::Rejected { rejected } }
    }

    pub(super) fn deciding(deciding: Deciding, service: S, request: Request<B>) -> Self {
        Self { state: State::Deciding { deciding, service, request } }
    }
}

impl<S, B, R> Future for RequireFuture<S, B>
where
    S: Service<Request<B>, Response = Response<R>>,
{
    type Output = Result<Response<ResponseBody<R>>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        loop {
            match state.as_mut().project() {
                StateProjection::Calling { future } => {
                    return Poll::Ready(Ok(ready!(future.poll(cx))?.map(ResponseBody::service)));
                }
                StateProjection::Deciding { deciding, .. } => {
                    let decided = ready!(deciding.as_mut().poll(cx));
                    let StateReplaced::Deciding { mut service, request, .. } =
                        state.as_mut().project_replace(State::Done)
                    else {
                        unreachable!("the state was just looked at");
                    };
                    state.set(match decided {
                        Ok(()) => State::Calling { future: service.call(request) },
                        Err(rejection) => State::Rejected { rejected: Rejected::new(&rejection, &request) },
                    });
                }
                StateProjection::Rejected { rejected } => return Poll::Ready(Ok(ready!(rejected.poll(cx)))),
                StateProjection::Done => panic!("polled after it was ready"),
            }
        }
    }
}

impl<S, B> fmt::Debug for RequireFuture<S, B>
where
    S: Service<Request<B>>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequireFuture").finish_non_exhaustive()
    }
}
