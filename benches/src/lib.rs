//! The services that the benchmarks compare: the same inner service, bare and behind layers.

#![forbid(unsafe_code)]

#[cfg(feature = "kerberos")]
pub mod negotiate;
pub mod policy;
pub mod provider;
pub mod rounds;

use std::convert::Infallible;
use std::future::Ready;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use http_body_util::Empty;
use portcullis::{
    Accepted, Auth, AuthService, Backend, Challenge, Credential, Head, Occasion, Principal, Scheme, Verdict,
    async_trait,
};
use tower::{Layer as _, Service};
use tower_http::auth::{AsyncAuthorizeRequest, AsyncRequireAuthorization, AsyncRequireAuthorizationLayer};

/// The body of every request.
pub type Body = Empty<Bytes>;

/// Answers at once with nothing.
#[derive(Clone, Copy, Debug)]
pub struct Bare;

impl<B> Service<Request<B>> for Bare {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        std::hint::black_box(request);
        std::future::ready(Ok(Response::new(Empty::new())))
    }
}

/// Lets everybody through: what tower-http's layer costs by itself.
#[derive(Clone, Copy, Debug)]
pub struct PassThrough;

impl AsyncAuthorizeRequest<Body> for PassThrough {
    type RequestBody = Body;
    type ResponseBody = Body;
    type Future = Ready<Result<Request<Body>, Response<Body>>>;

    fn authorize(&mut self, request: Request<Body>) -> Self::Future {
        std::future::ready(Ok(request))
    }
}

/// tower-http's layer around [`Bare`].
#[must_use]
pub fn tower_http() -> AsyncRequireAuthorization<Bare, PassThrough> {
    AsyncRequireAuthorizationLayer::new(PassThrough).layer(Bare)
}

/// Accepts everybody, under the name that the token ends with.
#[derive(Debug)]
struct Everybody;

#[async_trait]
impl Backend for Everybody {
    fn schemes(&self) -> &[Scheme] {
        const BOTH: &[Scheme] = &[Scheme::BASIC, Scheme::BEARER];
        BOTH
    }

    fn challenge(&self, _: Occasion) -> Option<Challenge> {
        None
    }

    async fn authenticate(&self, credential: &Credential, _: Head<'_>) -> Verdict {
        let token = credential.token_str();
        Accepted::new(Principal::builder(&token[token.len() - 8..]).group("ops").build()).into()
    }
}

/// Portcullis around [`Bare`], with `identities` credentials of this scheme and length verified
/// and remembered.
///
/// # Panics
///
/// If the backend cannot be built, or a request fails.
#[must_use]
pub fn portcullis(
    runtime: &tokio::runtime::Runtime,
    scheme: &str,
    length: usize,
    identities: usize,
) -> AuthService<Bare> {
    portcullis_with("", runtime, scheme, length, identities)
}

/// A route for what [`request`] asks for, which takes leave, and a role by which everybody has it.
pub const RULES: &str = r#"
    [[route]]
    methods = ["GET"]
    path = "/"
    action = { verb = "list", resource = "orders", namespace = "eu" }

    [role.reader]
    rules = [{ verbs = ["get", "list"], resources = ["orders"], namespaces = ["eu", "us"] }]

    [[binding]]
    role = "reader"
    subjects = [{ group = "ops" }]
"#;

/// The same with these routes, roles and bindings.
///
/// # Panics
///
/// If they are wrong, the backend cannot be built, or a request fails.
#[must_use]
pub fn portcullis_with(
    rules: &str,
    runtime: &tokio::runtime::Runtime,
    scheme: &str,
    length: usize,
    identities: usize,
) -> AuthService<Bare> {
    let file = format!("[[backend]]\nkind = 'everybody'\n[cache]\nttl = '24h'\n{rules}");
    let builder = Auth::builder().register("everybody", |_| std::future::ready(Ok(Everybody)));
    let auth = runtime.block_on(builder.load_toml(&file)).expect("the file is right");
    let mut service = auth.layer().layer(Bare);
    for number in 0..identities {
        let response = runtime.block_on(service.call(request::<Body>(&credential(scheme, length, number))));
        assert!(response.is_ok_and(|response| response.status() == 200));
    }
    service
}

/// A credential of `length` bytes.
///
/// # Panics
///
/// Never: letters and digits are a valid field.
#[must_use]
pub fn credential(scheme: &str, length: usize, number: usize) -> HeaderValue {
    let token = format!("{:x>width$}{number:08}", "", width = length - 8);
    HeaderValue::try_from(format!("{scheme} {token}")).expect("letters and digits")
}

/// A request as a server would make it: six fields and the credential, whose bytes were copied
/// just now from what the client sent.
///
/// # Panics
///
/// Never: what was a field value is one.
#[must_use]
pub fn request<B: Default>(credential: &HeaderValue) -> Request<B> {
    let mut request = Request::new(B::default());
    let headers = request.headers_mut();
    headers.insert("host", HeaderValue::from_static("api.example.test"));
    headers.insert("user-agent", HeaderValue::from_static("curl/8.5.0"));
    headers.insert("accept", HeaderValue::from_static("application/json"));
    headers.insert("accept-encoding", HeaderValue::from_static("gzip"));
    headers.insert("x-request-id", HeaderValue::from_static("8c0a41f3"));
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    let credential = HeaderValue::from_bytes(credential.as_bytes()).expect("it was one");
    headers.insert("authorization", credential);
    request
}

/// Calls a service whose future is ready at once, as all of these are on a hit.
///
/// # Panics
///
/// If it is not.
pub fn call<S: Service<Request<Body>, Error = Infallible>>(service: &mut S, request: Request<Body>) -> S::Response {
    let mut cx = Context::from_waker(Waker::noop());
    assert!(service.poll_ready(&mut cx).is_ready());
    match std::pin::pin!(service.call(request)).poll(&mut cx) {
        Poll::Ready(Ok(response)) => response,
        Poll::Pending => panic!("the answer was not known"),
    }
}
