//! Leave for all that one service does.

use std::mem;
use std::task::{Context, Poll};

use http::{Request, Response};
use portcullis_core::{Action, Authorization};
use tower_layer::Layer;
use tower_service::Service;

use crate::body::ResponseBody;
use crate::rejected::Rejected;

mod future;

pub use future::RequireFuture;

/// Lets a request pass if its caller may do something: for one route of a router, or one service of tonic. It stands inside the
/// [layer](crate::AuthLayer) that tells who the caller is. Whoever may not is answered as
/// [`Authorization::check`] says, in the transport's own form.
///
/// ```
/// use axum::{Router, routing::get};
/// use portcullis::{Action, Auth, RequireLayer};
///
/// const READ_METRICS: RequireLayer = RequireLayer::new(Action::url("get", "/metrics"));
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), portcullis::ConfigError> {
/// let auth = Auth::from_toml("[[backend]]\nkind = 'anonymous'").await?;
/// let app: Router = Router::new()
///     .route("/metrics", get(|| async { "up 1" }).layer(READ_METRICS))
///     .layer(auth.layer());
/// # Ok(())
/// # }
/// ```
///
/// In tonic, [`LayerExt`](https://docs.rs/tonic/0.14/tonic/service/trait.LayerExt.html) keeps the service's name:
/// `RequireLayer::new(Action::new("submit", "jobs")).named_layer(SubmitServer::new(service))`.
#[derive(Clone, Copy, Debug)]
pub struct RequireLayer {
    action: Action<'static>,
}

/// The service that a [`RequireLayer`] makes. It is ready when the inner service is.
#[derive(Clone, Copy, Debug)]
pub struct RequireService<S> {
    action: Action<'static>,
    inner: S,
}

impl RequireLayer {
    /// Every request takes leave for this.
    #[must_use]
    pub const fn new(action: Action<'static>) -> Self {
        Self { action }
    }
}

impl<S> Layer<S> for RequireLayer {
    type Service = RequireService<S>;

    fn layer(&self, inner: S) -> RequireService<S> {
        RequireService { action: self.action, inner }
    }
}

impl<S, B, R> Service<Request<B>> for RequireService<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = RequireFuture<S, B>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let checked = match Authorization::from_extensions(request.extensions()) {
            Ok(authorization) => authorization.check_at_once(&self.action).ok_or(authorization),
            Err(rejection) => Ok(Err(rejection)),
        };
        match checked {
            Ok(Ok(())) => RequireFuture::calling(self.inner.call(request)),
            Ok(Err(rejection)) => {
                // What the inner service reserved for this request is given back.
                self.inner = self.inner.clone();
                RequireFuture::rejected(Rejected::new(&rejection, &request))
            }
            Err(authorization) => {
                let action = self.action;
                let deciding = Box::pin(async move { authorization.check(&action).await });
                let clone = self.inner.clone();
                RequireFuture::deciding(deciding, mem::replace(&mut self.inner, clone), request)
            }
        }
    }
}
