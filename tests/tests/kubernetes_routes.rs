//! The program, whose routes ask the roles of its file, and then a real cluster.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use portcullis_testbed::{Cluster, Program, Site, Subject, curl};

/// Routes that ask for an action, and a role for one account in one namespace.
const RULES: &str = r#"
[[route]]
path = "/healthz"
public = true

[[route]]
methods = ["GET"]
path = "/workflows/{namespace}"
action = { verb = "list", resource = "workflows", group = "argoproj.io", namespace = "{namespace}" }

[[route]]
grpc = "/portcullis.whoami.v1.WhoAmI/*"
action = { verb = "get", url = "/version" }

[role.lister]
rules = [{ verbs = ["list"], resources = ["workflows.argoproj.io"], namespaces = ["by-file"] }]

[[binding]]
role = "lister"
subjects = [{ service_account = "routes:jenkins" }]
"#;

fn status(program: &Program, token: Option<&str>, path: &str) -> u16 {
    match token {
        Some(token) => {
            curl(&["--path-as-is", "-H", &format!("Authorization: Bearer {token}"), &program.url(path)]).status
        }
        None => curl(&["--path-as-is", &program.url(path)]).status,
    }
}

#[test]
fn a_route_asks_the_roles_of_the_file_and_then_the_cluster() {
    let mut cluster = Cluster::start();
    for namespace in ["by-file", "by-cluster", "by-nobody"] {
        cluster.namespace(namespace);
    }
    for account in ["jenkins", "other"] {
        cluster.account("routes", account);
        cluster.role("by-cluster", account, "argoproj.io", &["list"], &["workflows"]);
        cluster.bind("by-cluster", account, Subject::Account("routes", account));
    }
    let [jenkins, other] = ["jenkins", "other"].map(|account| cluster.token("routes", account).issue());
    let review = "access_review = { allow_ttl = \"0s\", deny_ttl = \"0s\" }\n";
    let site = Site::new(&format!("{}ttl = \"1m\"\n{review}{RULES}", cluster.entry()));
    let program = site.serve();

    assert_eq!(status(&program, Some(&jenkins), "/workflows/by-file"), 200);
    assert_eq!(cluster.access_reviews(), 0, "the file allows it, and nobody else is asked");
    for (token, path, expected) in [
        (Some(&jenkins), "/workflows/by-cluster", 200),
        (Some(&jenkins), "/workflows/by-nobody", 403),
        (Some(&other), "/workflows/by-file", 403),
        (Some(&other), "/workflows/by-cluster", 200),
        (Some(&other), "/elsewhere", 403),
        (Some(&other), "/workflows/by-cluster/..", 400),
        (Some(&other), "/healthz", 200),
        (None, "/workflows/by-file", 401),
        (None, "/healthz", 200),
        (None, "/elsewhere", 401),
    ] {
        assert_eq!(status(&program, token.map(String::as_str), path), expected, "{path}");
    }
    assert_eq!(cluster.access_reviews(), 4);

    // Away: what the file allows is allowed, and of the rest nobody knows.
    cluster.stop();
    assert_eq!(status(&program, Some(&jenkins), "/workflows/by-file"), 200);
    let answer = curl(&["-H", &format!("Authorization: Bearer {jenkins}"), &program.url("/workflows/by-cluster")]);
    assert_eq!((answer.status, answer.field("retry-after").is_some()), (503, true));
    assert_eq!(status(&program, Some(&jenkins), "/elsewhere"), 403);
}
