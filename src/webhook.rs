//! Webhooks: requests whose credential is a signature of their body, by `[[webhook]]` sections ([`WebhookConfig`]).
//!
//! A webhook is sent by a program that knows a secret and no scheme of HTTP. The [`WebhookLayer`] verifies its signature, and
//! hands a principal to the [layer](crate::AuthLayer) of the same [`Auth`](crate::Auth) behind it, where everything else happens
//! as with any other caller: routes, authorizers, the audit. The principal's backend is the section's `name`, and bindings say
//! `{ backend = "webhook", user = "github.com" }`; so does `act_as` of a backend `kubernetes`.
//!
//! ```
//! use axum::{Router, routing::post};
//! use portcullis::{Auth, Principal};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let directory = std::env::temp_dir().join(format!("portcullis-webhook-{}", std::process::id()));
//! # std::fs::create_dir_all(&directory)?;
//! # std::fs::write(directory.join("github.secret"), "It's a Secret to Everybody")?;
//! # std::fs::write(directory.join("portcullis.toml"), r#"
//! [[webhook]]
//! path = "/api/v1/events/{namespace}/{discriminator}"
//!
//! [[webhook.client]]
//! name = "github.com"
//! type = "github"
//! secrets = [{ file = "github.secret" }]
//! # "#)?;
//! # let path = directory.join("portcullis.toml");
//! let auth = Auth::from_path(path).await?;
//! let app: Router = Router::new()
//!     .route("/api/v1/events/{namespace}/{discriminator}", post(async |sender: Principal| format!("from {}", sender.name())))
//!     .layer(auth.layer())
//!     // Outside: of two layers of axum, the last one is the first to see a request.
//!     .layer(auth.webhook_layer());
//! # use tower::ServiceExt as _;
//! # let request = http::Request::post("/api/v1/events/argo/pushed")
//! #     .header("X-Hub-Signature-256", "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17")
//! #     .body(axum::body::Body::from("Hello, World!"))?;
//! # assert_eq!(app.oneshot(request).await?.status(), 200);
//! # std::fs::remove_dir_all(&directory)?;
//! # Ok(())
//! # }
//! ```
//!
//! # What becomes of a request
//!
//! 1. One that no `[[webhook]]` is for passes as it is. Paths, methods and hosts are those of [routes](crate::route).
//! 2. So does one that presents a credential of the ordinary sources (`Authorization`, the configured cookie): it goes the
//!    ordinary way, whatever else it has. And so does one without the field of any client: it presents nothing.
//! 3. Of all others, the body is read, up to `max_body` (413) and `timeout` (408), and signatures are compared. One that proves a client
//!    is enough, since some senders sign in several ways. None, two fields of one name, or two clients: 401, at once where
//!    the fields alone say so (403 where no backend has a challenge to send along). Nobody who presents a bad signature is ever anonymous.
//! 4. The service gets the same bytes and trailers ([`Replay`]), in one piece. Fields that are secrets (`X-Gitlab-Token`,
//!    `X-Hook-UUID`) are taken out of every request, whatever it is for, unless `forward_credentials` is set. A webhook of another
//!    [`Auth`](crate::Auth) further inside then answers as to a bad signature, and not as if there had been none.
//!
//! The layer behind answers 500 to a request for a webhook that has such a field, presents nothing else and was not verified: then this
//! layer is missing, or inside.
//!
//! What changes bodies, such as decompression, belongs inside this layer: a signature is one of the bytes as they came. A signature says
//! nothing of the path, nor of header fields: whoever has seen a delivery can send it to another `[[webhook]]` in which
//! the same secret counts. Give each its own.
//!
//! All secrets of clients that sign alike are compared, in constant time, so that the time does not tell which one it was. There are at most
//! 64 in a section. Computing a signature takes about a millisecond per secret and 2 MiB; whoever may send requests at all can
//! have that done.
//!
//! Whoever knows no secret can also begin a body and never end it. Such bodies take room (`max_buffered`) until `timeout`, but where another one
//! needs it, the one that has been coming for the longest is given up (503). So deliveries fail only if somebody sends more than there is
//! room for in the time that a delivery takes to come, or if the service takes long with so much that was verified. A delivery
//! that itself comes slowly is then given up, too.
//!
//! # Deliveries that come twice
//!
//! What somebody has overheard is good for ever, unless the sender signs the time. So a delivery that was taken is not taken
//! again within `replay_window`, at none of the paths of its `[[webhook]]`: the answer is that of a bad signature. It is remembered by its signature
//! alone, since neither the path is signed nor are the identifiers that senders add (`X-GitHub-Delivery`, `X-Request-Id`), and whoever repeats a delivery
//! could change them. This is so for
//!
//! - `github` and `bitbucketserver`, whose bodies say what happened, and mostly when;
//! - `hmac` with `timestamp`, for at least as long as the time is good. A time that is over once the body is there is too old.
//!
//! It is not so for `hmac` without `timestamp`, whose bodies may be the same on purpose: what was overheard of it is good as often as
//! one likes. Nor is it for `gitlab` and `bitbucket`: whoever has seen their secret can send whatever they like.
//!
//! Two deliveries of GitHub can be the same, byte for byte: somebody is added to a team, removed, and added again. Within the
//! window, the second one is refused and shows as failed at the sender; after it, it can be redelivered. Who needs
//! each of them sets `replay_window = "0s"`, which remembers nothing: then a signed time, too, is good for as often as one likes
//! until it is too old.
//!
//! Of two hooks with one secret that send the same bytes to two paths of a `[[webhook]]`, as two of one repository may,
//! only the first one is taken. Give each hook a secret and a `[[webhook]]` of its own. Or set `replay_per_path = true`: then a delivery is taken
//! once at each path. So may somebody deliver it who has overheard it, to each path of the `[[webhook]]` to which it was not delivered; and
//! where its `path` has a capture, that is as many as they like, until the client's list is full.
//!
//! A delivery was taken if it was answered with success: 2xx, and in gRPC without a `grpc-status` other than 0 in the header (trailers, and bodies of gRPC-web, are not looked at). After any
//! other answer, or none, since the sender had gone away, it may come again: that is what "redeliver" is for. While it is under way
//! nobody knows, and the answer to another one is 503 with `Retry-After`. The window begins with the answer. The list is in the
//! memory of one process: replicas and restarts do not know of it. It has room for 100000 of each client; when that is full,
//! the answer to this client is 503.
//!
//! # The clients of an Argo server
//!
//! `clients_dir` and `clients_file` take Argo's `argo-workflows-webhook-clients`, also as its quick start has it, with one secret for
//! clients of three types. Whoever knows a secret can sign as each client that has it, and `gitlab` sends it as it is: a secret of
//! its own for each is better. What Argo takes and is refused here:
//!
//! - one secret for two clients of the same type: nobody could tell which of them it was;
//! - a secret that is no text in YAML, such as `secret: 4711`: it has to be quoted;
//! - keys other than `type` and `secret`;
//! - more than 64 secrets in one `[[webhook]]`.
//!
//! # Senders that are not known by name
//!
//! The type `hmac` is for senders with one HMAC-SHA256 in a field of its own, in hex or base64 behind a fixed prefix, of the body and
//! perhaps a time in a field of its own: Slack is one. Fields that hold several things are not read: neither Stripe's
//! (`t=…,v1=…`) nor those of Standard Webhooks, which sign an identifier too and may list several signatures.
//!
//! Bitbucket Cloud signs as Bitbucket Server does if its hook has a secret: then its type is `bitbucketserver`. `bitbucket` is for hooks
//! without one. The UUID of a hook is an identifier that others may know, rather than a secret.
//!
//! # Secrets that change
//!
//! A client may have several, an old one and a new one. Files are read again when they change: those of `secrets`,
//! `clients_file`, and `clients_dir` with all that is in it. What cannot be read or understood leaves those in force that
//! were, and is tried again. Environment variables, and the sections themselves, are read at the start alone.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use http_body::Body;
use tower_layer::Layer;
use tower_service::Service;

use crate::body::ResponseBody;
use crate::gate::Gate;
use crate::rejected::Rejected;

mod body;
mod check;
mod client_files;
mod clients;
mod config;
mod deliveries;
mod fields;
mod form;
#[cfg(test)]
pub(crate) mod frames;
mod future;
mod hook;
mod hooks;
mod proofs;
mod reading;
mod room;
mod signed;
mod store;
mod timestamp;

pub use self::body::Replay;
pub use self::config::{ClientConfig, ClientType, Encoding, TimestampConfig, WebhookConfig};
pub use self::future::WebhookFuture;
pub(crate) use self::hook::Loaded;
pub(crate) use self::hooks::Hooks;

use self::future::Waiting;
use self::hook::Step;
use self::hooks::Found;

/// Verifies the signatures of webhooks, for the [layer](crate::AuthLayer) of the same [`Auth`](crate::Auth) inside it; see
/// [`Auth::webhook_layer`](crate::Auth::webhook_layer). Cheap to clone.
///
/// Without a `[[webhook]]` in the file it passes everything on.
#[derive(Clone)]
pub struct WebhookLayer {
    gate: Arc<Gate>,
}

/// The service that a [`WebhookLayer`] makes.
///
/// It is ready when the inner service is. The error stays that of the inner service, which must be `Clone`: while a body is read, the
/// place that was reserved in it is free for others, and then a clone is polled ready anew. To read takes a tokio runtime with time.
#[derive(Clone)]
pub struct WebhookService<S> {
    gate: Arc<Gate>,
    inner: S,
}

impl WebhookLayer {
    pub(crate) fn new(gate: Arc<Gate>) -> Self {
        Self { gate }
    }
}

impl<S> Layer<S> for WebhookLayer {
    type Service = WebhookService<S>;

    fn layer(&self, inner: S) -> WebhookService<S> {
        WebhookService { gate: Arc::clone(&self.gate), inner }
    }
}

impl<S, B, R> Service<Request<B>> for WebhookService<S>
where
    S: Service<Request<Replay<B>>, Response = Response<R>> + Clone,
    B: Body,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = WebhookFuture<S, B>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let hook = match self.gate.hooks.find(&self.gate, &request) {
            Found::None => return self.pass(request),
            Found::Ambiguous(denial) => {
                let rejected = self.gate.reject(&request, denial);
                return self.rejected(rejected);
            }
            Found::One(hook) => hook,
        };
        match hook.begin(&self.gate, request) {
            Step::Pass(request) => self.pass(request),
            Step::Reject(request, denial) => {
                let rejected = self.gate.reject(&request, denial);
                self.rejected(rejected)
            }
            Step::Read(mut request, proofs) => {
                self.gate.hooks.strip(&self.gate, &mut request);
                let (request, reading) = hook.read(request, proofs);
                self.give_back();
                let service = self.inner.clone();
                WebhookFuture::reading(reading, Waiting { gate: Arc::clone(&self.gate), hook, service, request })
            }
        }
    }
}

impl<S: Clone> WebhookService<S> {
    fn pass<B>(&mut self, mut request: Request<B>) -> WebhookFuture<S, B>
    where
        S: Service<Request<Replay<B>>>,
    {
        self.gate.hooks.strip(&self.gate, &mut request);
        WebhookFuture::calling(self.inner.call(request.map(Replay::untouched)))
    }

    fn rejected<B>(&mut self, rejected: Rejected) -> WebhookFuture<S, B>
    where
        S: Service<Request<Replay<B>>>,
    {
        self.give_back();
        WebhookFuture::rejected(rejected)
    }

    /// The inner service was polled ready and is not called, or not yet: what it reserved for this request is given back, so that
    /// whoever takes long to send a body, and may have no part in it, keeps nobody out.
    fn give_back(&mut self) {
        self.inner = self.inner.clone();
    }
}

impl fmt::Debug for WebhookLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookLayer").finish_non_exhaustive()
    }
}

impl<S> fmt::Debug for WebhookService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookService").finish_non_exhaustive()
    }
}
