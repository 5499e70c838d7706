//! Webhooks, through both layers.

mod bodies;
mod decisions;
mod file;
mod marks;
mod refused;
mod replays;
mod senders;
mod tower_service;

use std::convert::Infallible;

use aws_lc_rs::hmac;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response};
use http_body_util::{BodyExt as _, Full};
use tower::util::BoxCloneSyncService;
use tower::{Layer as _, ServiceExt as _, service_fn};

use super::fake::{Fake, builder};
use crate::webhook::Replay;
use crate::webhook::frames::Frames;
use crate::{Auth, AuthBuilder, ManualClock, Principal, ResponseBody, Scheme, Unidentified};

const PATH: &str = "/api/v1/events/argo/pushed";

/// A webhook with a sender of each sort.
const FILE: &str = r#"
    [[webhook]]
    path = "/api/v1/events/{namespace}/{discriminator}"
    max_body = 64

    [[webhook.client]]
    name = "github.com"
    type = "github"
    secrets = [{ file = "github" }, { file = "github-old" }]
    groups = ["forges"]

    [[webhook.client]]
    name = "gitlab.com"
    type = "gitlab"
    secrets = [{ file = "gitlab" }]

    [[webhook.client]]
    name = "bitbucket.org"
    type = "bitbucket"
    secrets = [{ file = "bitbucket" }]

    [[webhook.client]]
    name = "bitbucket.corp"
    type = "bitbucketserver"
    secrets = [{ file = "bitbucketserver" }]

    [[webhook.client]]
    name = "acme"
    type = "hmac"
    secrets = [{ file = "acme" }]
    header = "X-Acme"
    encoding = "base64"

    [[webhook.client]]
    name = "clock"
    type = "hmac"
    secrets = [{ file = "clock" }]
    header = "X-Clock"
    prefix = "v1="
    timestamp = { header = "X-Clock-Time", tolerance = "1m" }
"#;

/// `github` has the secret of GitHub's published example; each other file has `secret-` and its name.
const GITHUB_SECRET: &str = "It's a Secret to Everybody";
const GITHUB: (&str, &str) =
    ("x-hub-signature-256", "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17");
const HELLO: &str = "Hello, World!";

/// A file, its secrets, and who is behind it.
struct Site {
    auth: Auth,
    clock: ManualClock,
    _directory: tempfile::TempDir,
}

type Service = BoxCloneSyncService<Request<Frames>, Response<Bytes>, Infallible>;

impl Site {
    /// The webhook of [`FILE`], with a backend for `Bearer` tokens beside it, and what else the file says.
    async fn new(rest: &str) -> Self {
        let fake = Fake::new("1", &[Scheme::BEARER]);
        Self::with(builder(&[&fake]), &format!("[[backend]]\nkind = 'one'\n{rest}\n{FILE}")).await
    }

    async fn with(builder: AuthBuilder, text: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
        write("github", GITHUB_SECRET);
        for name in ["github-old", "gitlab", "bitbucket", "bitbucketserver", "acme", "clock"] {
            write(name, &format!("secret-{name}"));
        }
        write("portcullis.toml", text);
        let clock = ManualClock::new();
        let auth = builder.clock(&clock).load(directory.path().join("portcullis.toml")).await;
        Self { auth: auth.unwrap_or_else(|error| panic!("{error}")), clock, _directory: directory }
    }

    fn service(&self) -> Service {
        service(&self.auth, &self.auth)
    }

    /// Who is taken to have sent this, or the status.
    async fn caller(&self, fields: &[(&'static str, &str)], body: &str) -> Result<String, u16> {
        caller(&self.service(), post(PATH, fields, Frames::one(body))).await
    }
}

/// The layers of these two, the webhooks' outside; and a service that answers with the body that it got, and says who sent it.
fn service(outer: &Auth, inner: &Auth) -> Service {
    let service = service_fn(async |request: Request<Replay<Frames>>| Ok::<_, Infallible>(told(request).await));
    let layered = outer.webhook_layer().layer(inner.layer().layer(service));
    BoxCloneSyncService::new(layered.and_then(async |response: Response<ResponseBody<ResponseBody<Full<Bytes>>>>| {
        let (parts, body) = response.into_parts();
        let Ok(body) = body.collect().await;
        Ok(Response::from_parts(parts, body.to_bytes()))
    }))
}

async fn told(request: Request<Replay<Frames>>) -> Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    let caller = match (parts.extensions.get::<Principal>(), parts.extensions.get::<Unidentified>()) {
        (Some(principal), _) => {
            let groups: Vec<_> = principal.groups().collect();
            format!("{}/{} {}", principal.backend(), principal.name(), groups.join(","))
        }
        (None, Some(_)) => "unidentified".to_owned(),
        (None, None) => "nobody".to_owned(),
    };
    let sort = format!("{body:?}");
    let Ok(collected) = body.collect().await else {
        let mut response = Response::new(Full::default());
        *response.status_mut() = http::StatusCode::IM_A_TEAPOT;
        return response;
    };
    let trailers = collected.trailers().cloned().unwrap_or_default();
    let mut response = Response::new(Full::new(collected.to_bytes()));
    let mut tell = |name: &'static str, value: &str| {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
    };
    tell("caller", caller.trim());
    tell("body", &sort);
    for (name, value) in &trailers {
        tell("trailer", &format!("{name}={}", value.to_str().unwrap()));
    }
    for name in ["x-hub-signature-256", "x-gitlab-token", "x-hook-uuid", "authorization"] {
        if let Some(value) = parts.headers.get(name) {
            response.headers_mut().insert(HeaderName::from_static(name), value.clone());
        }
    }
    response
}

fn request(method: &str, target: &str, fields: &[(&'static str, &str)], body: Frames) -> Request<Frames> {
    let mut request = Request::builder().method(method).uri(target);
    for (name, value) in fields {
        request = request.header(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    request.body(body).unwrap()
}

fn post(target: &str, fields: &[(&'static str, &str)], body: Frames) -> Request<Frames> {
    request("POST", target, fields, body)
}

async fn send(service: &Service, request: Request<Frames>) -> Response<Bytes> {
    service.clone().oneshot(request).await.unwrap()
}

async fn caller(service: &Service, request: Request<Frames>) -> Result<String, u16> {
    let response = send(service, request).await;
    match response.status().as_u16() {
        200 => Ok(field(&response, "caller").to_owned()),
        status => Err(status),
    }
}

fn field<'a>(response: &'a Response<Bytes>, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

fn hmac(secret: &str, text: &str) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), text.as_bytes())
}

/// The signature in hex, behind this prefix.
fn hex(prefix: &str, secret: &str, text: &str) -> String {
    let hex: String = hmac(secret, text).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{prefix}{hex}")
}
