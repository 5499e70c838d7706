//! A backend that does as its tokens say, and a service that tells what reached it.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tower::util::BoxCloneSyncService;
use tower::{Layer as _, ServiceExt as _, service_fn};

use crate::{
    Accepted, Auth, AuthBuilder, Backend, Challenge, Credential, Head, NotMine, Occasion, Principal, Refusal, Reply,
    ResponseBody, Reuse, Scheme, Unavailable, Unidentified, Verdict, async_trait,
};

/// Does as the token says: `ok-NAME` is accepted, `scoped-A+B` too with these scopes, `bad-…` refused for good, `early-…` refused for
/// now, `other-…` not mine, `panic-…` a bug, and anything else unavailable.
#[derive(Clone)]
pub(super) struct Fake(Arc<State>);

pub(super) struct State {
    schemes: Vec<Scheme>,
    realm: &'static str,
    pub(super) asked: AtomicUsize,
    pub(super) away: AtomicBool,
    pub(super) undecided: AtomicBool,
    pub(super) proves: AtomicBool,
    pub(super) epoch: AtomicU64,
    pub(super) vouches: AtomicBool,
    pub(super) refuses: AtomicBool,
    pub(super) never_reused: AtomicBool,
    pub(super) depends_on_path: AtomicBool,
    pub(super) hanging: AtomicBool,
    /// Verifications wait for a permit each while this is shut.
    pub(super) open: Semaphore,
    pub(super) lifetime: Option<Duration>,
    pub(super) expiry: Option<std::time::SystemTime>,
    pub(super) issued_at: Option<std::time::SystemTime>,
}

impl Fake {
    pub(super) fn new(realm: &'static str, schemes: &[Scheme]) -> Self {
        Self::with(realm, schemes, |_| {})
    }

    pub(super) fn with(realm: &'static str, schemes: &[Scheme], change: impl FnOnce(&mut State)) -> Self {
        let mut state = State {
            schemes: schemes.to_vec(),
            realm,
            asked: AtomicUsize::new(0),
            away: AtomicBool::new(false),
            undecided: AtomicBool::new(false),
            proves: AtomicBool::new(false),
            epoch: AtomicU64::new(0),
            vouches: AtomicBool::new(false),
            refuses: AtomicBool::new(false),
            never_reused: AtomicBool::new(false),
            depends_on_path: AtomicBool::new(false),
            hanging: AtomicBool::new(false),
            open: Semaphore::new(Semaphore::MAX_PERMITS),
            lifetime: None,
            expiry: None,
            issued_at: None,
        };
        change(&mut state);
        Self(Arc::new(state))
    }

    /// How often it was asked.
    pub(super) fn asked(&self) -> usize {
        self.0.asked.load(Ordering::SeqCst)
    }

    /// Lets nobody through until [`open`](Self::open).
    pub(super) fn shut(&self) {
        self.0.open.forget_permits(Semaphore::MAX_PERMITS);
    }

    pub(super) fn open(&self) {
        self.0.open.add_permits(1_000_000);
    }
}

impl std::ops::Deref for Fake {
    type Target = State;

    fn deref(&self) -> &State {
        &self.0
    }
}

#[async_trait]
impl Backend for Fake {
    fn schemes(&self) -> &[Scheme] {
        &self.schemes
    }

    fn proves(&self, _: &Credential) -> bool {
        self.proves.load(Ordering::SeqCst)
    }

    fn challenge(&self, occasion: Occasion) -> Option<Challenge> {
        let challenge = Challenge::new(self.schemes[0].clone()).param("realm", self.realm);
        Some(match occasion {
            Occasion::Refused => challenge.param("error", "refused"),
            _ => challenge,
        })
    }

    fn authorization_server(&self) -> Option<&str> {
        match self.realm {
            "1" => Some("https://issuer-1.example.test"),
            "2" => Some("https://issuer-2.example.test"),
            _ => None,
        }
    }

    fn reuse(&self, _: &Credential, head: Head<'_>) -> Reuse {
        if self.never_reused.load(Ordering::SeqCst) {
            Reuse::Never
        } else if self.depends_on_path.load(Ordering::SeqCst) {
            Reuse::CredentialAnd(head.uri.path().as_bytes().to_vec())
        } else {
            Reuse::Credential
        }
    }

    async fn authenticate(&self, credential: &Credential, _: Head<'_>) -> Verdict {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.open.acquire().await.unwrap().forget();
        if self.hanging.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        if self.away.load(Ordering::SeqCst) {
            return Unavailable::new("away").retry_after(Duration::from_secs(9)).into();
        }
        if self.undecided.load(Ordering::SeqCst) {
            return Unavailable::new("whose?").retry_after(Duration::from_secs(9)).undecided().into();
        }
        if self.refuses.load(Ordering::SeqCst) {
            return Refusal::new("no longer").lasting().into();
        }
        match credential.token_str().split_once('-').unwrap_or_default() {
            ("ok", name) => {
                let mut principal = Principal::builder(name).groups(["ops", "system:masters"]);
                if let Some(expiry) = self.expiry {
                    principal = principal.expires_at(expiry);
                }
                if let Some(issued_at) = self.issued_at {
                    principal = principal.issued_at(issued_at).issuer("https://id.test").token_id(name);
                }
                let mut accepted = Accepted::new(principal.build());
                accepted.lifetime = self.lifetime;
                let owed = Challenge::new(Scheme::NEGOTIATE).token(b"accepted");
                accepted.reply(Reply::default().authenticate(&owed)).into()
            }
            ("anonymous", name) => Accepted::new(Principal::builder(name).anonymous().build()).into(),
            ("scoped", scopes) => Accepted::new(Principal::builder("scoped").scopes(scopes.split('+')).build()).into(),
            ("bad" | "", _) => Refusal::new("bad").lasting().into(),
            ("briefly", _) => Refusal::new("bad").lasting_for(Duration::from_secs(1)).into(),
            ("early", _) => Refusal::new("not yet").into(),
            ("explained", _) => Refusal::new("bad").challenge(Challenge::new(Scheme::NEGOTIATE).token(b"why")).into(),
            ("unwanted", _) => Refusal::new("bad").without_challenge().into(),
            ("other", _) => NotMine::new("other").lasting().into(),
            ("panic", _) => panic!("a bug in a backend"),
            _ => Unavailable::new("unknown").into(),
        }
    }

    fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::SeqCst)
    }

    fn still_vouches(&self, _: &Principal, _: u64) -> bool {
        self.vouches.load(Ordering::SeqCst)
    }
}

/// The builder for files in which `kind = "one"` is the first of these, `"two"` the second.
pub(super) fn builder(fakes: &[&Fake]) -> AuthBuilder {
    let kinds = ["one", "two", "three"];
    kinds.into_iter().zip(fakes).fold(Auth::builder(), |builder, (kind, fake)| {
        let fake = Fake::clone(fake);
        builder.register(kind, move |_| std::future::ready(Ok(fake.clone())))
    })
}

/// All of them, in this order, and what else the file says.
pub(super) async fn auth(fakes: &[&Fake], rest: &str) -> Auth {
    let kinds = ["one", "two", "three"];
    let entries: String = kinds[..fakes.len()].iter().map(|kind| format!("[[backend]]\nkind = \"{kind}\"\n")).collect();
    builder(fakes).load_toml(&format!("{entries}{rest}")).await.unwrap()
}

pub(super) type Service = BoxCloneSyncService<Request<()>, Response<Bytes>, Infallible>;

/// Answers with who is calling, `nobody` without a principal, and what is left of the credential.
pub(super) fn service(auth: &Auth) -> Service {
    let inner = service_fn(async |request: Request<()>| {
        let caller = match (request.extensions().get::<Principal>(), request.extensions().get::<Unidentified>()) {
            (Some(principal), _) => {
                let groups: Vec<_> = principal.groups().collect();
                format!("{}/{} {}", principal.backend(), principal.name(), groups.join(","))
            }
            (None, Some(_)) => "unidentified".to_owned(),
            (None, None) => "nobody".to_owned(),
        };
        let mut response = Response::new(Full::new(Bytes::from(caller.trim().to_owned())));
        for name in ["authorization", "cookie"] {
            if let Some(value) = request.headers().get(name) {
                response.headers_mut().insert(HeaderName::from_static(name), value.clone());
            }
        }
        Ok::<_, Infallible>(response)
    });
    BoxCloneSyncService::new(auth.layer().layer(inner).and_then(
        async |response: Response<ResponseBody<Full<Bytes>>>| {
            let (parts, body) = response.into_parts();
            let Ok(body) = body.collect().await;
            Ok(Response::from_parts(parts, body.to_bytes()))
        },
    ))
}

pub(super) fn request(fields: &[(&'static str, &str)]) -> Request<()> {
    let mut request = Request::new(());
    for (name, value) in fields {
        request.headers_mut().append(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    request
}

/// Sends a request with these fields.
pub(super) async fn send(service: &Service, fields: &[(&'static str, &str)]) -> Response<Bytes> {
    service.clone().oneshot(request(fields)).await.unwrap()
}

/// Sends a request with this `Authorization` field.
pub(super) async fn ask(service: &Service, authorization: &str) -> Response<Bytes> {
    send(service, &[("authorization", authorization)]).await
}

/// The status and, of a 200, who was taken to be calling.
pub(super) async fn outcome(service: &Service, authorization: &str) -> (u16, String) {
    let response = ask(service, authorization).await;
    let status = response.status();
    let body = String::from_utf8(response.into_body().to_vec()).unwrap();
    (status.as_u16(), if status == StatusCode::OK { body } else { String::new() })
}

/// The `WWW-Authenticate` fields.
pub(super) fn challenges(response: &Response<Bytes>) -> Vec<&str> {
    response.headers().get_all("www-authenticate").iter().map(|value| value.to_str().unwrap()).collect()
}

/// Sends a request that is shut out of the backend, and comes back when it has been asked.
pub(super) async fn under_way(
    service: &Service,
    fake: &Fake,
    authorization: &'static str,
) -> JoinHandle<(u16, String)> {
    let (asked, service) = (fake.asked(), service.clone());
    let request = tokio::spawn(async move { outcome(&service, authorization).await });
    while fake.asked() == asked {
        tokio::task::yield_now().await;
    }
    request
}
