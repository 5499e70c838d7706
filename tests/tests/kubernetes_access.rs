//! Handlers that ask a real cluster who may do what.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use portcullis::{Action, Auth, Authorization, Rejection};
use portcullis_testbed::{Answer, Cluster, Server, Site, Subject, basic, curl, serve};
use serde_json::json;
use tokio::runtime::Runtime;

const WORKFLOWS: Action<'_> = Action::new("list", "workflows").group("argoproj.io");

fn router() -> Router {
    let list = async |authorization: Authorization, Path(namespace): Path<String>| -> Result<String, Rejection> {
        authorization.check(&WORKFLOWS.namespace(&namespace)).await?;
        Ok(authorization.principal().name().to_owned())
    };
    let url = async |authorization: Authorization, Path(path): Path<String>| -> Result<&str, Rejection> {
        authorization.check(&Action::url("get", &format!("/{path}"))).await?;
        Ok("")
    };
    Router::new().route("/workflows/{namespace}", get(list)).route("/urls/{path}", get(url))
}

/// The router, behind a layer.
struct Service {
    server: Server,
    _runtime: Runtime,
    _site: Site,
}

impl Service {
    fn start(config: &str) -> Self {
        let (site, runtime) = (Site::new(config), Runtime::new().unwrap());
        let server = runtime.block_on(async {
            let auth = Auth::from_path(site.config()).await.unwrap();
            serve(router().layer(auth.layer())).await
        });
        Self { server, _runtime: runtime, _site: site }
    }

    fn ask(&self, authorization: &str, path: &str) -> Answer {
        curl(&["-H", &format!("Authorization: {authorization}"), &self.server.url(path)])
    }

    fn list(&self, authorization: &str, namespace: &str) -> u16 {
        self.ask(authorization, &format!("/workflows/{namespace}")).status
    }

    /// Asks until the status is this one, which has to come soon.
    fn list_until(&self, authorization: &str, namespace: &str, status: u16, soon: Duration) {
        let began = Instant::now();
        while self.list(authorization, namespace) != status {
            assert!(began.elapsed() < soon, "no {status} in {soon:?}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// An account that may list workflows in its namespace, and the value of its `Authorization` field.
fn lister(cluster: &Cluster, namespace: &str) -> String {
    cluster.account(namespace, "jenkins");
    cluster.role(namespace, "jenkins", "argoproj.io", &["list", "update"], &["workflows"]);
    cluster.bind(namespace, "jenkins", Subject::Account(namespace, "jenkins"));
    format!("Bearer {}", cluster.token(namespace, "jenkins").issue())
}

/// An entry that is remembered for long enough, with what the cluster decided and some more.
fn entry(cluster: &Cluster, access_review: &str) -> String {
    format!("{}ttl = \"1m\"\naccess_review = {{ {access_review} }}\n", cluster.entry())
}

fn assert_is_forbidden(answer: &Answer, asked: &str) {
    assert_eq!((answer.status, answer.json()), (403, json!({ "code": 7, "message": format!("{asked} is forbidden") })));
    assert!(answer.field("www-authenticate").is_none());
}

#[test]
fn an_account_may_do_what_its_role_allows_where_it_was_given() {
    let cluster = Cluster::shared();
    let jenkins = lister(&cluster, "argo");
    cluster.namespace("elsewhere");
    let service = Service::start(&entry(&cluster, ""));
    let answer = service.ask(&jenkins, "/workflows/argo");
    assert_eq!((answer.status, answer.body.as_slice()), (200, &b"system:serviceaccount:argo:jenkins"[..]));
    let answer = service.ask(&jenkins, "/workflows/elsewhere");
    assert_is_forbidden(&answer, "list workflows.argoproj.io in namespace \"elsewhere\"");
    // Every account has the role `system:discovery`, with the URL of the version.
    assert_eq!(service.ask(&jenkins, "/urls/version").status, 200);
    assert_is_forbidden(&service.ask(&jenkins, "/urls/metrics"), "get /metrics");
}

#[test]
fn prefixes_are_taken_off_before_the_cluster_is_asked() {
    let cluster = Cluster::shared();
    let jenkins = lister(&cluster, "prefixed");
    let prefixes = "username_prefix = \"blue:\"\ngroups_prefix = \"blue:\"\n";
    let service = Service::start(&(entry(&cluster, "") + prefixes));
    let answer = service.ask(&jenkins, "/workflows/prefixed");
    assert_eq!((answer.status, answer.body.as_slice()), (200, &b"blue:system:serviceaccount:prefixed:jenkins"[..]));
    // By a group alone.
    cluster.account("prefixed", "others");
    let other = format!("Bearer {}", cluster.token("prefixed", "others").issue());
    cluster.namespace("by-group");
    cluster.role("by-group", "listers", "argoproj.io", &["list"], &["workflows"]);
    cluster.bind("by-group", "listers", Subject::Group("system:serviceaccounts:prefixed"));
    assert_eq!((service.list(&other, "by-group"), service.list(&other, "prefixed")), (200, 403));
}

#[test]
fn users_of_other_backends_act_as_whom_the_file_says_and_about_others_nobody_asks() {
    let cluster = Cluster::start();
    lister(&cluster, "acting");
    let act_as = "act_as = [{ backend = \"basic\", user = \"alice\", as = \"system:serviceaccount:acting:jenkins\" }]";
    let service = Service::start(&(entry(&cluster, act_as) + Site::BASIC));
    let (alice, bob) = (basic("alice", "wonderland"), basic("bob", "bob-the-builder"));
    let answer = service.ask(&alice, "/workflows/acting");
    assert_eq!((answer.status, answer.body.as_slice()), (200, &b"alice"[..]));
    assert_eq!(service.list(&alice, "elsewhere"), 403);
    assert_eq!(cluster.access_reviews(), 2);
    assert_is_forbidden(&service.ask(&bob, "/workflows/acting"), "list workflows.argoproj.io in namespace \"acting\"");
    assert_eq!(cluster.access_reviews(), 2);
}

#[test]
fn decisions_are_remembered_for_their_time_and_no_longer() {
    let cluster = Cluster::start();
    let jenkins = lister(&cluster, "argo");
    let long = Service::start(&entry(&cluster, "allow_ttl = \"5m\", deny_ttl = \"5m\""));
    let short = Service::start(&entry(&cluster, "allow_ttl = \"2s\", deny_ttl = \"1s\""));
    cluster.namespace("later");
    cluster.role("later", "jenkins", "argoproj.io", &["list"], &["workflows"]);
    let both = |namespace| [&long, &short].map(|service| service.list(&jenkins, namespace));
    assert_eq!((both("argo"), both("later")), ([200; 2], [403; 2]));

    let before = cluster.access_reviews();
    for _ in 0..10 {
        assert_eq!((long.list(&jenkins, "argo"), long.list(&jenkins, "later")), (200, 403));
    }
    assert_eq!(cluster.access_reviews(), before);

    // Time enough for what the cluster takes to notice, beside the longer of the two.
    let soon = Duration::from_secs(15);
    let given = cluster.bind("later", "jenkins", Subject::Account("argo", "jenkins"));
    short.list_until(&jenkins, "later", 200, soon);
    assert_eq!(long.list(&jenkins, "later"), 403, "what it remembers");
    cluster.delete(&given);
    short.list_until(&jenkins, "later", 403, soon);
    cluster.delete("/apis/rbac.authorization.k8s.io/v1/namespaces/argo/rolebindings");
    short.list_until(&jenkins, "argo", 403, soon);
    assert_eq!(long.list(&jenkins, "argo"), 200, "what it remembers");
}

#[test]
fn without_the_server_what_is_remembered_counts_and_for_the_rest_callers_come_again() {
    let mut cluster = Cluster::start();
    let jenkins = lister(&cluster, "argo");
    let act_as = "act_as = [{ backend = \"basic\", group = \"ops\", as = \"system:serviceaccount:argo:jenkins\" }]";
    let access_review = format!("allow_ttl = \"5m\", deny_ttl = \"5m\", timeout = \"2s\", {act_as}");
    let service = Service::start(&(entry(&cluster, &access_review) + Site::BASIC));
    let alice = basic("alice", "wonderland");
    assert_eq!((service.list(&jenkins, "argo"), service.list(&jenkins, "b")), (200, 403));

    cluster.stop();
    assert_eq!((service.list(&jenkins, "argo"), service.list(&jenkins, "b")), (200, 403));
    for (caller, namespace) in [(&jenkins, "c"), (&alice, "argo")] {
        let began = Instant::now();
        let answer = service.ask(caller, &format!("/workflows/{namespace}"));
        assert_eq!((answer.status, &answer.json()["code"]), (503, &json!(14)));
        assert!(answer.field("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
        assert!(answer.field("www-authenticate").is_none(), "another credential would not help");
        assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    }

    cluster.start_again();
    let soon = Duration::from_secs(60);
    service.list_until(&jenkins, "c", 403, soon);
    service.list_until(&alice, "argo", 200, soon);
}
