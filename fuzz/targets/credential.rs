//! Any fields of a request, through the layer: no panic, one of the statuses of a rejection, and
//! nothing of a credential left for the service.
//!
//! Each line of the input is a field: its first byte says which (see `name_of`), the rest is the
//! value. A first byte of `m` gives the method instead.

#![no_main]

use std::cell::RefCell;
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use http_body::{Body, Frame};
use libfuzzer_sys::fuzz_target;
use portcullis::{
    Accepted, Auth, Backend, Challenge, Credential, Head, NotMine, Occasion, Principal, Refusal, ResponseBody, Scheme,
    Unavailable, Verdict, async_trait,
};
use tokio::runtime::{Builder, Runtime};
use tower::util::ServiceExt as _;
use tower::{Layer as _, service_fn};

const CONFIG: &str = r#"
    [[backend]]
    kind = "basic"
    users_file = "users.htpasswd"

    [[backend]]
    kind = "badges"

    [cache]
    capacity = 1000
    refusal_capacity = 1000

    [request]
    cookie = "session"
    allowed_origins = ["https://app.example.test"]
"#;

/// A hash that is parsed and never computed; see `emptied`.
const USER: &str =
    "nobody:$argon2id$v=19$m=19456,t=2,p=1$ZmVkY2JhOTg3NjU0MzIxMA$22JSQTf2aO5vfjyIY6aBOxuBfsp/bvLdad5QR/YN68w\n";

/// Takes what Basic leaves over, and tokens: does as the first byte says.
struct Badges;

#[async_trait]
impl Backend for Badges {
    fn schemes(&self) -> &[Scheme] {
        const SCHEMES: &[Scheme] = &[Scheme::BEARER, Scheme::BASIC, Scheme::NONE];
        SCHEMES
    }

    fn challenge(&self, _: Occasion) -> Option<Challenge> {
        Some(Challenge::new(Scheme::BEARER).param("realm", "badges"))
    }

    async fn authenticate(&self, credential: &Credential, _: Head<'_>) -> Verdict {
        match credential.token() {
            [b'a'..=b's', ..] => Accepted::new(Principal::builder(credential.token_str()).build()).into(),
            [b't'..=b'z', ..] => Refusal::new("bad").lasting().into(),
            [b'0'..=b'4', ..] => NotMine::new("other").into(),
            [b'5'..=b'9', ..] => Unavailable::new("away").into(),
            _ => Refusal::new("not yet").into(),
        }
    }
}

struct World {
    runtime: Runtime,
    auth: Auth,
}

thread_local! {
    static WORLD: RefCell<World> = RefCell::new(World::new());
}

impl World {
    fn new() -> Self {
        let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
        let directory = tempfile::tempdir().expect("a directory");
        let users = directory.path().join("users.htpasswd");
        std::fs::write(&users, USER).expect("the users file can be written");
        let file = directory.path().join("portcullis.toml");
        std::fs::write(&file, CONFIG).expect("the config file can be written");
        let auth = Auth::builder().register("badges", |_| ready(Ok(Badges)));
        let auth = runtime.block_on(auth.load(file)).expect("the config file is right");
        std::fs::write(&users, "").expect("the users file can be emptied");
        emptied(&auth);
        Self { runtime, auth }
    }

    fn ask(&self, method: Method, headers: HeaderMap) -> Response<ResponseBody<Empty>> {
        let mut request = Request::new(());
        *request.method_mut() = method;
        *request.headers_mut() = headers;
        let service = self.auth.layer().layer(service_fn(serve));
        let Ok(response) = self.runtime.block_on(service.oneshot(request));
        response
    }
}

/// Waits until the users file's last user is gone. Without users there is nothing to hash, neither
/// for known names nor for unknown ones, so that thousands of credentials a second can be tried.
fn emptied(auth: &Auth) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !auth.describe().to_string().contains("(0 users from") {
        assert!(Instant::now() < deadline, "the emptied users file was not noticed: {}", auth.describe());
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The service behind the layer.
fn serve(request: Request<()>) -> Ready<Result<Response<Empty>, Infallible>> {
    let headers = request.headers();
    assert!(!headers.contains_key("authorization"), "the service sees the credential");
    let cookies = headers.get_all("cookie").iter().flat_map(|field| field.as_bytes().split(|byte| *byte == b';'));
    for pair in cookies {
        let name = pair.split(|byte| *byte == b'=').next().unwrap_or_default();
        assert_ne!(name.trim_ascii(), b"session", "the service sees the cookie");
    }
    let principal = request.extensions().get::<Principal>().expect("the service is called with a principal");
    assert!(!principal.name().is_empty() && !principal.name().starts_with("system:"));
    let mut response = Response::new(Empty);
    response.headers_mut().insert("x-reached", HeaderValue::from_static("yes"));
    ready(Ok(response))
}

/// A body of nothing.
struct Empty;

impl Body for Empty {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(None)
    }
}

fn name_of(byte: u8) -> Option<HeaderName> {
    Some(HeaderName::from_static(match byte {
        b'a' => "authorization",
        b'c' => "cookie",
        b'g' => "sec-fetch-site",
        b'o' => "origin",
        b'p' => "access-control-request-method",
        b't' => "content-type",
        b'u' => "upgrade",
        _ => return None,
    }))
}

fn request_of(input: &[u8]) -> (Method, HeaderMap) {
    let (mut method, mut headers) = (Method::GET, HeaderMap::new());
    for line in input.split(|byte| *byte == b'\n') {
        let Some((first, rest)) = line.split_first() else { continue };
        match (name_of(*first), HeaderValue::from_bytes(rest)) {
            (Some(name), Ok(value)) => {
                headers.append(name, value);
            }
            _ if *first == b'm' => method = Method::from_bytes(rest).unwrap_or(method),
            _ => {}
        }
    }
    (method, headers)
}

/// What the response means, as HTTP status; gRPC is answered 200 with a code of its own, and
/// gRPC-web with that code in the body.
fn outcome<R>(response: &Response<R>) -> (StatusCode, Option<&HeaderValue>) {
    (response.status(), response.headers().get("grpc-status"))
}

fuzz_target!(|input: &[u8]| {
    let (method, headers) = request_of(input);
    WORLD.with_borrow(|world| {
        let first = world.ask(method.clone(), headers.clone());
        let status = first.status().as_u16();
        let reached = first.headers().contains_key("x-reached");
        assert!(matches!(status, 200 | 400 | 401 | 403 | 431 | 503), "{status}");
        if !reached {
            assert_eq!(first.headers().get("cache-control").map(HeaderValue::as_bytes), Some(&b"no-store"[..]));
            assert!(status != 200 || is_grpc(&headers), "a rejection says so");
        }
        if status == 401 {
            let challenges = first.headers().get_all("www-authenticate").iter().count();
            assert_eq!(challenges, 2, "each backend's challenge");
        }
        // The second time it may be out of the cache.
        let second = world.ask(method, headers);
        assert_eq!(outcome(&first), outcome(&second), "what is remembered answers as what was verified");
        assert_eq!(reached, second.headers().contains_key("x-reached"));
    });
});

fn is_grpc(headers: &HeaderMap) -> bool {
    let content_type = headers.get("content-type").map_or(&b""[..], HeaderValue::as_bytes);
    content_type.to_ascii_lowercase().starts_with(b"application/grpc")
}
