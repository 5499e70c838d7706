use std::path::Path;

use k8s_openapi::api::authentication::v1::TokenReview;
use portcullis_core::Invalid;
use serde_json::json;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::config::KubernetesConfig;

const PATH: &str = "/apis/authentication.k8s.io/v1/tokenreviews";
const SECOND: Duration = Duration::from_secs(1);

struct Fixture {
    server: MockServer,
    directory: tempfile::TempDir,
    cluster: Cluster,
    budget: Budget,
}

impl Fixture {
    async fn start() -> Self {
        let (server, directory) = (MockServer::start().await, tempfile::tempdir().unwrap());
        std::fs::write(directory.path().join("token"), "first").unwrap();
        let config = kubeconfig(&server.uri(), json!({ "tokenFile": "token" }), json!({}));
        let access = access(directory.path(), &config.to_string()).await.unwrap_or_else(|invalid| panic!("{invalid}"));
        let cluster = Cluster::new(access, "cluster", Clock::default()).unwrap();
        Self { server, directory, cluster, budget: Budget::new(4) }
    }

    async fn answers(&self, template: ResponseTemplate, times: u64) {
        Mock::given(method("POST"))
            .and(path(PATH))
            .respond_with(template)
            .up_to_n_times(times)
            .mount(&self.server)
            .await;
    }

    async fn ask(&self, timeout: Duration) -> Result<TokenReview, Unavailable> {
        self.cluster.ask(PATH, &TokenReview::default(), &self.budget, timeout).await
    }

    async fn asked(&self) -> usize {
        self.server.received_requests().await.unwrap_or_default().len()
    }
}

fn kubeconfig(server: &str, user: serde_json::Value, more: serde_json::Value) -> serde_json::Value {
    let mut cluster = json!({ "server": server });
    cluster.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "here",
        "clusters": [{ "name": "c", "cluster": cluster }],
        "users": [{ "name": "u", "user": user }],
        "contexts": [{ "name": "here", "context": { "cluster": "c", "user": "u" } }],
    })
}

async fn access(directory: &Path, kubeconfig: &str) -> Result<Access, Invalid> {
    std::fs::write(directory.join("kubeconfig"), kubeconfig).unwrap();
    let config = KubernetesConfig { kubeconfig: Some("kubeconfig".into()), ..KubernetesConfig::default() };
    Access::of(&config, directory)
}

fn good() -> ResponseTemplate {
    ResponseTemplate::new(201).set_body_json(json!({ "status": { "authenticated": true } }))
}

#[tokio::test]
async fn a_failure_that_may_pass_is_followed_by_another_attempt() {
    for status in [429, 500, 502, 503, 504] {
        let fixture = Fixture::start().await;
        fixture.answers(ResponseTemplate::new(status).insert_header("retry-after", "0"), 2).await;
        fixture.answers(good(), 1).await;
        let answer = fixture.ask(5 * SECOND).await.unwrap();
        assert_eq!(answer.status.unwrap().authenticated, Some(true));
        assert_eq!(fixture.asked().await, 3, "{status}");
        assert_eq!(fixture.budget.trouble(), None);
    }
}

#[tokio::test]
async fn what_fails_every_time_is_given_up_after_four_attempts() {
    let fixture = Fixture::start().await;
    fixture.answers(ResponseTemplate::new(503), 100).await;
    let unavailable = fixture.ask(5 * SECOND).await.unwrap_err();
    assert!(unavailable.reason.ends_with(": it answered 503"), "{}", unavailable.reason);
    assert_eq!(fixture.asked().await, 4);
    assert_eq!(fixture.budget.trouble().as_deref(), Some("it answered 503"));
}

#[tokio::test]
async fn a_retry_after_holds_all_of_a_sort_for_ten_seconds_at_most_and_is_handed_on() {
    let fixture = Fixture::start().await;
    fixture.answers(ResponseTemplate::new(429).insert_header("retry-after", "60"), 1).await;
    fixture.answers(good(), 100).await;
    for _ in 0..10 {
        let unavailable = fixture.ask(SECOND).await.unwrap_err();
        let wait = unavailable.retry_after.unwrap().as_secs();
        assert!((9..=12).contains(&wait), "not a whole minute: {wait}");
    }
    assert_eq!(fixture.asked().await, 1);
    // It holds those who ask the like, and nobody else.
    let others = Budget::new(4);
    let answer = fixture.cluster.ask(PATH, &TokenReview::default(), &others, SECOND).await;
    assert!(answer.is_ok(), "{answer:?}");
}

#[tokio::test]
async fn those_who_waited_together_do_not_come_back_together() {
    let fixture = Fixture::start().await;
    fixture.answers(ResponseTemplate::new(429).insert_header("retry-after", "1"), 4).await;
    fixture.answers(good(), 100).await;
    let began = Instant::now();
    let asks = (0..4).map(|_| async {
        fixture.ask(5 * SECOND).await.unwrap();
        began.elapsed()
    });
    let mut came = futures(asks).await;
    came.sort();
    assert!(came[0] >= SECOND, "{came:?}");
    assert!(came[3] - came[0] > Duration::from_millis(10), "{came:?}");
}

#[tokio::test]
async fn who_did_not_answer_the_last_question_is_asked_once_about_the_next() {
    let fixture = Fixture::start().await;
    fixture.answers(ResponseTemplate::new(503), 100).await;
    for asked in [4, 5, 6] {
        assert!(fixture.ask(5 * SECOND).await.is_err());
        assert_eq!(fixture.asked().await, asked);
    }
}

#[tokio::test]
async fn a_retry_after_that_fits_is_waited_for() {
    let fixture = Fixture::start().await;
    fixture.answers(ResponseTemplate::new(429).insert_header("retry-after", "1"), 1).await;
    fixture.answers(good(), 1).await;
    let began = Instant::now();
    fixture.ask(5 * SECOND).await.unwrap();
    assert!(began.elapsed() >= SECOND, "{:?}", began.elapsed());
}

#[tokio::test]
async fn what_will_not_pass_is_not_tried_again() {
    for (status, expected) in [
        (403, "(403): our account lacks a role, such as system:auth-delegator"),
        (401, "it does not take our own credentials (401)"),
        (404, "it answered 404 at /apis/authentication.k8s.io/v1/tokenreviews"),
        (302, "it answered 302 at /apis/authentication.k8s.io/v1/tokenreviews"),
    ] {
        let fixture = Fixture::start().await;
        let template = ResponseTemplate::new(status).set_body_string("{\"secret\":1}");
        fixture.answers(template.insert_header("location", "http://192.0.2.1/"), 100).await;
        let unavailable = fixture.ask(5 * SECOND).await.unwrap_err();
        assert!(unavailable.reason.ends_with(expected), "{}", unavailable.reason);
        assert_eq!(fixture.asked().await, 1, "{status}");
    }
}

#[tokio::test]
async fn an_answer_that_is_none_is_an_outage_and_is_not_shown() {
    for body in
        ["", "secret", "[]", r#"{"status":{"authenticated":"secret"}}"#, r#"{"apiVersion":"v1","kind":"Status"}"#]
    {
        let fixture = Fixture::start().await;
        fixture.answers(ResponseTemplate::new(201).set_body_string(body), 100).await;
        let unavailable = fixture.ask(SECOND).await.unwrap_err();
        assert!(unavailable.reason.ends_with(": its answer is not what was asked for"), "{}", unavailable.reason);
    }
}

#[tokio::test]
async fn an_endless_answer_is_cut_off() {
    let fixture = Fixture::start().await;
    fixture.answers(ResponseTemplate::new(201).set_body_bytes(vec![b' '; 2 * 1024 * 1024]), 100).await;
    let unavailable = fixture.ask(5 * SECOND).await.unwrap_err();
    assert!(unavailable.reason.contains("length limit exceeded"), "{}", unavailable.reason);
}

#[tokio::test]
async fn nobody_waits_longer_than_the_timeout_nor_for_a_place_in_line() {
    let fixture = Fixture::start().await;
    fixture.answers(good().set_delay(60 * SECOND), 100).await;
    let began = Instant::now();
    let asks = (0..40).map(|_| fixture.ask(SECOND / 2));
    let mut reasons = std::collections::BTreeMap::<String, usize>::new();
    for outcome in futures(asks).await {
        let reason = outcome.unwrap_err().reason;
        *reasons.entry(reason.rsplit(": ").next().unwrap().to_owned()).or_default() += 1;
    }
    assert!(began.elapsed() < 2 * SECOND, "{:?}", began.elapsed());
    // Whose time ended when the first places came free may have had one, or not.
    let count = |reason: &str| reasons.get(reason).copied().unwrap_or_default();
    let in_time = count("no answer in time") + count("no place to ask the API server came free in time");
    assert_eq!((in_time, count("too many questions wait for the API server")), (36, 4), "{reasons:?}");
    assert!(count("no answer in time") >= 4, "{reasons:?}");
}

/// All of them at once.
async fn futures<T>(all: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut pinned: Vec<_> = all.map(|one| (Box::pin(one), None)).collect();
    std::future::poll_fn(|context| {
        let mut is_ready = true;
        for (future, outcome) in &mut pinned {
            if outcome.is_none() {
                match future.as_mut().poll(context) {
                    std::task::Poll::Ready(output) => *outcome = Some(output),
                    std::task::Poll::Pending => is_ready = false,
                }
            }
        }
        if is_ready { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    pinned.into_iter().filter_map(|(_, outcome)| outcome).collect()
}

#[tokio::test]
async fn a_server_that_is_not_there_is_an_outage() {
    let mut fixture = Fixture::start().await;
    let closed = MockServer::builder().start().await;
    let uri = closed.uri();
    drop(closed);
    let config = kubeconfig(&uri, json!({ "token": "t" }), json!({})).to_string();
    let access = access(fixture.directory.path(), &config).await.unwrap_or_else(|invalid| panic!("{invalid}"));
    fixture.cluster = Cluster::new(access, "cluster", Clock::default()).unwrap();
    let unavailable = fixture.ask(5 * SECOND).await.unwrap_err();
    assert!(unavailable.reason.starts_with(&format!("the API server at {uri}: ")), "{}", unavailable.reason);
}

#[tokio::test]
async fn our_own_token_is_read_again_when_it_is_taken_no_longer() {
    let fixture = Fixture::start().await;
    Mock::given(header("authorization", "Bearer second")).respond_with(good()).mount(&fixture.server).await;
    fixture.answers(ResponseTemplate::new(401), 100).await;
    assert!(fixture.ask(SECOND).await.is_err());
    std::fs::write(fixture.directory.path().join("token"), "second").unwrap();
    assert!(fixture.ask(SECOND).await.is_ok());
}

#[tokio::test]
async fn a_kubeconfig_that_cannot_be_used_is_an_error_that_shows_nothing_of_it() {
    let directory = tempfile::tempdir().unwrap();
    let here = "http://127.0.0.1:1";
    let secret = "c2VjcmV0LXNlY3JldC1zZWNyZXQ=";
    let token = json!({ "token": secret });
    let mut without_context = kubeconfig(here, token.clone(), json!({}));
    without_context.as_object_mut().unwrap().remove("current-context");
    let mut elsewhere = kubeconfig(here, token.clone(), json!({}));
    elsewhere["current-context"] = json!("there");
    for (text, expected) in [
        (format!("token: {secret}\n\t- x: ["), "it is no kubeconfig in YAML"),
        (without_context.to_string(), "it has no `current-context`, and the section no `context`"),
        (elsewhere.to_string(), "it has no context \"there\""),
        (
            kubeconfig(here, token.clone(), json!({ "insecure-skip-tls-verify": true })).to_string(),
            "`insecure-skip-tls-verify` would hand every token to who stands between",
        ),
        (
            kubeconfig("http://kube.example.test", token.clone(), json!({})).to_string(),
            "the API server is asked over `http`: everybody could read every token",
        ),
        (
            kubeconfig(here, token.clone(), json!({ "proxy-url": "http://192.0.2.1:3128" })).to_string(),
            "the API server is asked over `http`, and through a proxy",
        ),
        (
            kubeconfig("https://127.0.0.1:1", token.clone(), json!({ "proxy-url": "socks5://192.0.2.1" })).to_string(),
            "its `proxy-url` is not `http` without user and password",
        ),
        (kubeconfig("127.0.0.1:6443", token.clone(), json!({})).to_string(), "its `server` is no `https` URL"),
        (kubeconfig("ftp://127.0.0.1", token.clone(), json!({})).to_string(), "its `server` is no `https` URL"),
        (
            kubeconfig(here, token.clone(), json!({ "certificate-authority-data": secret })).to_string(),
            "there is no certificate in it",
        ),
        (kubeconfig(here, json!({ "tokenFile": "gone" }), json!({})).to_string(), "No such file or directory"),
    ] {
        let error = match access(directory.path(), &text).await {
            Err(invalid) => invalid.to_string(),
            Ok(access) => Cluster::new(access, "cluster", Clock::default()).err().unwrap_or_default(),
        };
        assert!(error.contains(expected), "{error}");
        assert!(!error.contains(secret) && !error.contains("secret-secret"), "{error}");
    }
}

#[tokio::test]
async fn credentials_that_cannot_be_used_are_an_error_that_shows_nothing_of_them() {
    let directory = tempfile::tempdir().unwrap();
    let secret = "c2VjcmV0LXNlY3JldC1zZWNyZXQ=";
    for (user, expected) in [
        (json!({ "client-certificate-data": secret }), "one is there without the other"),
        (json!({ "client-certificate-data": secret, "client-key-data": secret }), "the client certificate is not PEM"),
        (json!({ "client-certificate-data": "?", "client-key-data": secret }), "what it has inline is not base64"),
        (json!({ "token": "two words" }), "its token is no visible ASCII"),
        (
            json!({ "exec": { "command": "echo", "args": ["secret-secret"] } }),
            "its user has `exec`, which is not supported",
        ),
        (json!({ "auth-provider": { "name": "gcp" } }), "its user has `auth-provider`, which is not supported"),
        (json!({ "username": "alice", "password": secret }), "its user has `username`, which is not supported"),
    ] {
        let config = kubeconfig("http://127.0.0.1:1", user, json!({})).to_string();
        let error = match access(directory.path(), &config).await {
            Err(invalid) => invalid.to_string(),
            Ok(access) => Cluster::new(access, "cluster", Clock::default()).err().unwrap(),
        };
        assert!(error.contains(expected), "{error}");
        assert!(!error.contains(secret) && !error.contains("secret-secret"), "{error}");
    }
}

#[tokio::test]
async fn a_line_ending_behind_an_inline_token_does_not_matter() {
    let mut fixture = Fixture::start().await;
    Mock::given(header("authorization", "Bearer inline")).respond_with(good()).mount(&fixture.server).await;
    let config = kubeconfig(&fixture.server.uri(), json!({ "token": "inline\n" }), json!({})).to_string();
    let access = access(fixture.directory.path(), &config).await.unwrap_or_else(|invalid| panic!("{invalid}"));
    fixture.cluster = Cluster::new(access, "cluster", Clock::default()).unwrap();
    assert!(fixture.ask(SECOND).await.is_ok());
}
