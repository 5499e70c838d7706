//! An API server of wiremock, and the backend before it.

use std::time::Duration;

use http::HeaderValue;
use portcullis_core::{Backend as _, Clock, Credential, Head, Principal, Scheme, Source, Verdict};
use portcullis_kubernetes::{Kubernetes, KubernetesConfig};
use portcullis_mint::{Mint, jwks, now};
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

pub(crate) const ISSUER: &str = "https://kubernetes.default.svc.cluster.local";
pub(crate) const REVIEWS: &str = "/apis/authentication.k8s.io/v1/tokenreviews";

/// It takes every token whose claims it can read, for their subject, and for every audience that it is asked for.
pub(crate) struct ApiServer {
    pub(crate) server: MockServer,
    pub(crate) mint: Mint,
}

struct Reviews(fn(&Value, Option<Value>) -> Value);

impl Respond for Reviews {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let review: Value = request.body_json().unwrap();
        let token = review["spec"]["token"].as_str().unwrap_or_default();
        ResponseTemplate::new(201).set_body_json(json!({ "status": (self.0)(&review["spec"], claims(token)) }))
    }
}

fn claims(token: &str) -> Option<Value> {
    use base64::Engine as _;
    let payload = token.split('.').nth(1)?;
    let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).ok()?;
    serde_json::from_slice(&payload).ok()
}

/// What a good API server says.
pub(crate) fn authenticated(spec: &Value, claims: Option<Value>) -> Value {
    let name = claims.map_or(json!("opaque"), |claims| claims["sub"].clone());
    let user = json!({ "username": name, "uid": "7", "groups": ["system:serviceaccounts", "system:authenticated"] });
    json!({ "authenticated": true, "user": user, "audiences": spec["audiences"] })
}

impl ApiServer {
    pub(crate) async fn start() -> Self {
        Self::with(authenticated).await
    }

    /// One that answers reviews so.
    pub(crate) async fn with(answer: fn(&Value, Option<Value>) -> Value) -> Self {
        let this = Self { server: MockServer::start().await, mint: Mint::new("RS256", "of-this-cluster") };
        this.shows_keys(&[&this.mint]).await;
        this.reviews(answer).await;
        this
    }

    pub(crate) async fn reviews(&self, answer: fn(&Value, Option<Value>) -> Value) {
        Mock::given(method("POST")).and(path(REVIEWS)).respond_with(Reviews(answer)).mount(&self.server).await;
    }

    pub(crate) async fn shows_keys(&self, mints: &[&Mint]) {
        for (place, document) in [
            ("/openid/v1/jwks", jwks(mints)),
            (
                "/.well-known/openid-configuration",
                json!({ "issuer": ISSUER, "jwks_uri": "https://192.0.2.1/openid/v1/jwks" }),
            ),
        ] {
            let answer = ResponseTemplate::new(200).set_body_json(document);
            Mock::given(method("GET")).and(path(place)).respond_with(answer).mount(&self.server).await;
        }
    }

    /// How often this was asked for.
    pub(crate) async fn asked(&self, place: &str) -> usize {
        let requests = self.server.received_requests().await.unwrap_or_default();
        requests.iter().filter(|request| request.url.path() == place).count()
    }

    /// The backend, with these keys in its section.
    pub(crate) async fn backend(&self, section: &str) -> Kubernetes {
        backend(&self.server.uri(), section, Clock::default()).await
    }
}

/// The backend before what is at this URL.
pub(crate) async fn backend(server: &str, section: &str, clock: Clock) -> Kubernetes {
    let directory = tempfile::tempdir().unwrap();
    let kubeconfig = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "here",
        "clusters": [{ "name": "c", "cluster": { "server": server } }],
        "users": [{ "name": "u", "user": { "token": "our-own-token" } }],
        "contexts": [{ "name": "here", "context": { "cluster": "c", "user": "u" } }],
    });
    std::fs::write(directory.path().join("kubeconfig"), kubeconfig.to_string()).unwrap();
    let mut config: KubernetesConfig = toml::from_str(section).unwrap();
    config.kubeconfig = Some("kubeconfig".into());
    Kubernetes::new(config, "kubernetes", directory.path(), clock).unwrap()
}

/// The claims of a service account's token.
pub(crate) fn account() -> Value {
    json!({
        "iss": ISSUER, "aud": ["orders"], "sub": "system:serviceaccount:argo:deployer", "jti": "1",
        "iat": now(), "nbf": now(), "exp": now() + 3600,
    })
}

/// The same with other claims; `null` takes one away.
pub(crate) fn account_with(changes: &Value) -> Value {
    let mut claims = account();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    claims
}

/// What a credential is to the backend.
pub(crate) async fn present(backend: &Kubernetes, authorization: &str) -> Option<Verdict> {
    let value = HeaderValue::from_str(authorization).unwrap();
    let credential = Credential::parse(value, Source::Header, backend.schemes()).unwrap();
    let claimed = backend.schemes().iter().any(|scheme: &Scheme| credential.is(scheme));
    if !claimed || !backend.recognizes(&credential) {
        return None;
    }
    let (parts, ()) = http::Request::new(()).into_parts();
    let verdict = backend.authenticate(&credential, Head::from(&parts));
    Some(tokio::time::timeout(Duration::from_secs(30), verdict).await.expect("a verdict in time"))
}

/// The same in words, for a bearer token: the kind of verdict, and who or why.
pub(crate) async fn verdict(backend: &Kubernetes, token: &str) -> String {
    in_words(present(backend, &format!("Bearer {token}")).await)
}

pub(crate) fn in_words(verdict: Option<Verdict>) -> String {
    match verdict {
        None => "not recognized".to_owned(),
        Some(Verdict::Accepted(accepted)) => format!("accepted {}", accepted.principal.name()),
        Some(Verdict::NotMine(not_mine)) => format!("not mine: {}", not_mine.reason),
        Some(Verdict::Refused(refusal)) => format!("refused: {}", refusal.reason),
        Some(Verdict::Unavailable(away)) if away.undecided => format!("undecided: {}", away.reason),
        Some(Verdict::Unavailable(away)) => format!("unavailable: {}", away.reason),
        Some(other) => panic!("{other:?}"),
    }
}

/// Who is accepted.
pub(crate) async fn principal(backend: &Kubernetes, token: &str) -> Principal {
    match present(backend, &format!("Bearer {token}")).await {
        Some(Verdict::Accepted(accepted)) => accepted.principal,
        other => panic!("{other:?}"),
    }
}

/// Waits until the backend has the cluster's keys.
pub(crate) async fn ready(backend: &Kubernetes) {
    while !format!("{backend:?}").contains("usable: true") {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
