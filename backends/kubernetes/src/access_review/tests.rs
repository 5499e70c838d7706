use std::path::Path;
use std::task::{Context, Waker};
use std::time::Instant;

use portcullis_core::ManualClock;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use wiremock::matchers::{body_partial_json, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::cluster::Access;
use crate::config::KubernetesConfig;

const SECOND: Duration = Duration::from_secs(1);
const LIST: Action<'_> = Action::new("list", "workflows").group("argoproj.io").namespace("argo");

/// An entry `prod` and its cluster, which answers as it is told.
struct Fixture {
    server: MockServer,
    hand: ManualClock,
    review: Arc<AccessReview>,
    _directory: tempfile::TempDir,
}

impl Fixture {
    async fn start(config: AccessReviewConfig) -> Self {
        let (server, directory, hand) = (MockServer::start().await, tempfile::tempdir().unwrap(), ManualClock::new());
        let cluster = cluster(&server.uri(), directory.path()).await;
        let review = AccessReview::new(&config, "prod", ("p:", "p:"), cluster, Clock::from(&hand)).unwrap();
        Self { server, hand, review: Arc::new(review), _directory: directory }
    }

    /// What is answered about this user, or about everybody.
    async fn answers(&self, user: Option<&str>, template: ResponseTemplate) {
        let mock = Mock::given(method("POST")).and(path(PATH));
        let mock = match user {
            Some(user) => mock.and(body_partial_json(json!({ "spec": { "user": user } }))),
            None => mock,
        };
        mock.respond_with(template).mount(&self.server).await;
    }

    async fn decide(&self, principal: &Principal, action: &Action<'_>) -> &'static str {
        word(&self.review.decide(principal, action).await)
    }

    async fn asked(&self) -> Vec<Value> {
        let requests = self.server.received_requests().await.unwrap();
        requests.iter().map(|request| serde_json::from_slice::<Value>(&request.body).unwrap()["spec"].take()).collect()
    }
}

async fn cluster(server: &str, directory: &Path) -> Cluster {
    let kubeconfig = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "here",
        "clusters": [{ "name": "c", "cluster": { "server": server } }],
        "users": [{ "name": "u", "user": { "token": "ours" } }],
        "contexts": [{ "name": "here", "context": { "cluster": "c", "user": "u" } }],
    });
    std::fs::write(directory.join("kubeconfig"), kubeconfig.to_string()).unwrap();
    let config = KubernetesConfig { kubeconfig: Some("kubeconfig".into()), ..KubernetesConfig::default() };
    let access = Access::of(&config, directory).unwrap_or_else(|invalid| panic!("{invalid}"));
    Cluster::new(access, "prod", Clock::default()).unwrap()
}

fn word(decision: &Decision) -> &'static str {
    match decision {
        Decision::Allow(_) => "allow",
        Decision::Deny(_) => "deny",
        Decision::NoOpinion(_) => "no opinion",
        Decision::Unavailable(_) => "unavailable",
        _ => "unknown",
    }
}

fn status(status: Value) -> ResponseTemplate {
    ResponseTemplate::new(201).set_body_json(json!({
        "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": {}, "status": status,
    }))
}

fn allowed() -> ResponseTemplate {
    status(json!({ "allowed": true, "reason": "RBAC: allowed by RoleBinding \"x\"" }))
}

fn own(name: &str) -> Principal {
    Principal::builder(format!("p:{name}")).backend("prod").group("p:ops").build()
}

fn mapped() -> AccessReviewConfig {
    let mut entry = ActAs::new("corp", "system:serviceaccount:argo:operator");
    entry.group = Some("ops".to_owned());
    AccessReviewConfig { act_as: vec![entry], ..AccessReviewConfig::default() }
}

#[tokio::test]
async fn each_caller_gets_the_answer_about_itself_and_gets_it_again_without_asking() {
    let fixture = Fixture::start(AccessReviewConfig::default()).await;
    for (user, answer) in [
        ("a", json!({ "allowed": true })),
        ("b", json!({ "allowed": false })),
        ("c", json!({ "allowed": false, "denied": true })),
        ("d", json!({ "allowed": true, "denied": true })),
        ("e", json!({})),
    ] {
        fixture.answers(Some(user), status(answer)).await;
    }
    for _ in 0..3 {
        let mut decisions = Vec::new();
        for user in ["a", "b", "c", "d", "e"] {
            decisions.push(fixture.decide(&own(user), &LIST).await);
        }
        assert_eq!(decisions, ["allow", "no opinion", "deny", "deny", "no opinion"]);
    }
    assert_eq!(fixture.asked().await.len(), 5);
}

#[tokio::test]
async fn the_decision_says_by_which_rule_of_which_cluster() {
    let fixture = Fixture::start(AccessReviewConfig::default()).await;
    fixture.answers(None, allowed()).await;
    let Decision::Allow(by) = fixture.review.decide(&own("alice"), &LIST).await else { panic!("it is allowed") };
    assert_eq!(by.as_str(), "the cluster of prod: RBAC: allowed by RoleBinding \"x\"");
}

#[tokio::test]
async fn the_cluster_is_asked_about_its_own_callers_and_those_who_act_as_its_users_alone() {
    let fixture = Fixture::start(mapped()).await;
    fixture.answers(None, allowed()).await;
    let of = |backend: &str, name: &str, group: &str| Principal::builder(name).backend(backend).group(group).build();
    for stranger in [
        of("corp", "alice", "dev"),
        of("basic", "p:alice", "ops"),
        of("", "p:alice", "p:ops"),
        of("prod", "alice", "p:ops"),
        of("corp", "system:serviceaccount:argo:operator", "system:masters"),
        Principal::builder("anonymous").backend("anonymous").anonymous().build(),
    ] {
        assert_eq!(fixture.decide(&stranger, &LIST).await, "no opinion", "{stranger:?}");
        let at_once = fixture.review.decide_at_once(&stranger, &LIST);
        assert_eq!(at_once.as_ref().map(word), Some("no opinion"), "{stranger:?}");
    }
    assert_eq!(fixture.asked().await, [] as [Value; 0]);

    assert_eq!(fixture.decide(&of("corp", "alice", "ops"), &LIST).await, "allow");
    assert_eq!(fixture.decide(&own("alice"), &LIST).await, "allow");
    let attributes = json!({ "verb": "list", "group": "argoproj.io", "resource": "workflows", "namespace": "argo" });
    let groups = ["system:serviceaccounts", "system:serviceaccounts:argo", "system:authenticated"];
    let operator = "system:serviceaccount:argo:operator";
    assert_eq!(
        fixture.asked().await,
        [
            json!({ "user": operator, "groups": groups, "resourceAttributes": attributes }),
            json!({ "user": "alice", "groups": ["ops"], "resourceAttributes": attributes }),
        ]
    );
}

#[tokio::test]
async fn many_who_ask_the_same_at_the_same_time_ask_once() {
    let fixture = Fixture::start(AccessReviewConfig::default()).await;
    fixture.answers(None, allowed().set_delay(SECOND / 5)).await;
    let mut all = JoinSet::new();
    for _ in 0..500 {
        let review = Arc::clone(&fixture.review);
        all.spawn(async move { review.decide(&own("alice"), &LIST).await.is_allow() });
    }
    while let Some(is_allowed) = all.join_next().await {
        assert!(is_allowed.unwrap());
    }
    assert_eq!(fixture.asked().await.len(), 1);
}

#[tokio::test]
async fn whoever_goes_away_does_not_have_it_asked_again() {
    let fixture = Fixture::start(AccessReviewConfig::default()).await;
    fixture.answers(None, allowed().set_delay(SECOND / 5)).await;
    let alice = own("alice");
    let impatient = tokio::time::timeout(SECOND / 20, fixture.review.decide(&alice, &LIST)).await;
    assert!(impatient.is_err());
    assert_eq!(fixture.decide(&alice, &LIST).await, "allow");
    assert_eq!(fixture.asked().await.len(), 1);
}

#[test]
fn a_question_that_breaks_off_is_an_outage_for_all_who_wait() {
    let runtime = || tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let [serving, asking, waiting]: [_; 3] = std::array::from_fn(|_| runtime());
    let config = AccessReviewConfig { timeout: 30 * SECOND, ..AccessReviewConfig::default() };
    let fixture = serving.block_on(Fixture::start(config));
    serving.block_on(fixture.answers(None, allowed().set_delay(60 * SECOND)));
    let decide = || {
        let review = Arc::clone(&fixture.review);
        Box::pin(async move { review.decide(&own("alice"), &LIST).await })
    };
    asking.spawn(decide());
    while serving.block_on(fixture.asked()).is_empty() {
        std::thread::yield_now();
    }
    let mut follower = decide();
    assert!(follower.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    asking.shutdown_background();
    let decision = waiting.block_on(async { tokio::time::timeout(20 * SECOND, follower).await.unwrap() });
    let Decision::Unavailable(unavailable) = decision else { panic!("{decision:?}") };
    assert_eq!(unavailable.reason, "the question broke off");
    assert_eq!(serving.block_on(fixture.asked()).len(), 1);
}

#[tokio::test]
async fn a_decision_is_at_hand_until_its_time_is_over() {
    let fixture = Fixture::start(AccessReviewConfig::default()).await;
    fixture.answers(Some("alice"), allowed()).await;
    fixture.answers(Some("bob"), status(json!({ "allowed": false }))).await;
    let at_hand = |name: &str| fixture.review.decide_at_once(&own(name), &LIST).as_ref().map(word);
    assert_eq!((at_hand("alice"), at_hand("bob")), (None, None));
    for name in ["alice", "bob"] {
        fixture.decide(&own(name), &LIST).await;
    }
    assert_eq!((at_hand("alice"), at_hand("bob")), (Some("allow"), Some("no opinion")));
    fixture.hand.advance(5 * SECOND);
    assert_eq!((at_hand("alice"), at_hand("bob")), (Some("allow"), None));
    fixture.hand.advance(5 * SECOND);
    assert_eq!((at_hand("alice"), at_hand("bob")), (None, None));
    fixture.decide(&own("alice"), &LIST).await;
    assert_eq!(fixture.asked().await.len(), 3);
}

#[tokio::test]
async fn an_outage_is_no_decision_and_is_not_remembered() {
    let fixture = Fixture::start(AccessReviewConfig { timeout: SECOND, ..AccessReviewConfig::default() }).await;
    for (user, template) in [
        ("no-leave", ResponseTemplate::new(403)),
        ("no-status", ResponseTemplate::new(201).set_body_json(json!({ "spec": {} }))),
        ("malformed", ResponseTemplate::new(201).set_body_string("{\"status\":{\"allowed\":\"yes\"}}")),
        ("other-kind", ResponseTemplate::new(201).set_body_json(json!({ "kind": "Status", "status": "Success" }))),
        ("silent", allowed().set_delay(60 * SECOND)),
    ] {
        fixture.answers(Some(user), template).await;
        let (alice, began) = (own(user), Instant::now());
        let Decision::Unavailable(unavailable) = fixture.review.decide(&alice, &LIST).await else { panic!("{user}") };
        assert!(unavailable.reason.starts_with("access review of prod: "), "{}", unavailable.reason);
        assert!(!unavailable.reason.contains(user), "{}", unavailable.reason);
        assert!(began.elapsed() < 3 * SECOND, "{user}");
        assert!(fixture.review.decide_at_once(&alice, &LIST).is_none(), "{user}");
    }
    fixture.server.reset().await;
    fixture.answers(None, allowed()).await;
    assert_eq!(fixture.decide(&own("no-leave"), &LIST).await, "allow");
}

#[tokio::test]
async fn a_no_for_want_of_readable_rules_is_not_remembered() {
    let fixture = Fixture::start(AccessReviewConfig::default()).await;
    fixture.answers(None, status(json!({ "allowed": false, "evaluationError": "no such role" }))).await;
    for _ in 0..2 {
        assert_eq!(fixture.decide(&own("alice"), &LIST).await, "no opinion");
    }
    assert_eq!(fixture.asked().await.len(), 2);
}

#[tokio::test]
async fn a_question_about_names_of_10_kb_is_asked_each_time() {
    let fixture = Fixture::start(AccessReviewConfig::default()).await;
    fixture.answers(None, allowed()).await;
    for (bytes, asked) in [(TOO_LONG - 1, 1), (TOO_LONG, 2)] {
        let name = "n".repeat(bytes - "get".len() - "pods".len());
        let before = fixture.asked().await.len();
        for _ in 0..2 {
            assert_eq!(fixture.decide(&own("alice"), &Action::new("get", "pods").name(&name)).await, "allow");
        }
        assert_eq!(fixture.asked().await.len() - before, asked, "{bytes}");
    }
}

#[tokio::test]
async fn what_cannot_be_used_is_named_by_its_key() {
    let (server, directory) = (MockServer::start().await, tempfile::tempdir().unwrap());
    let cluster = cluster(&server.uri(), directory.path()).await;
    let config = AccessReviewConfig::default;
    let too_long = MAX_TTL + SECOND;
    for (config, expected) in [
        (
            AccessReviewConfig { allow_ttl: too_long, ..config() },
            "access_review.allow_ttl: out of bounds; expected 0s to 5m",
        ),
        (AccessReviewConfig { deny_ttl: too_long, ..config() }, "access_review.deny_ttl: out of bounds"),
        (
            AccessReviewConfig { capacity: 0, ..config() },
            "access_review.capacity: out of bounds; expected 1 to 1000000",
        ),
        (AccessReviewConfig { max_concurrent: 1025, ..config() }, "access_review.max_concurrent: out of bounds"),
        (
            AccessReviewConfig { timeout: SECOND / 20, ..config() },
            "access_review.timeout: out of bounds; expected 100ms to 30s",
        ),
        (
            AccessReviewConfig { act_as: vec![ActAs { everyone: true, ..ActAs::new("corp", "") }], ..config() },
            "access_review.act_as[0].as: ",
        ),
    ] {
        let made = AccessReview::new(&config, "prod", ("", ""), cluster.clone(), Clock::default());
        let invalid = made.err().expect(expected).to_string();
        assert!(invalid.starts_with(expected), "{invalid}");
    }
}

#[tokio::test]
async fn it_says_in_one_line_whom_the_cluster_is_asked_about() {
    let (alone, with_others) = (Fixture::start(AccessReviewConfig::default()).await, Fixture::start(mapped()).await);
    assert_eq!(alone.review.describe(), "the cluster of prod, asked about its own callers");
    let expected = "the cluster of prod, asked about its own callers and those of other backends who act as its users (1 in act_as)";
    assert_eq!(with_others.review.describe(), expected);
}
