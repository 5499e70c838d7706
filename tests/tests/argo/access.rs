//! Who may do what: the roles of the cluster, and nothing else, decide.

use portcullis_testbed::{Answer, Cluster, Program, Subject, curl};
use serde_json::{Value, json};

use crate::scene::{
    GROUP, RBAC, account, account_with, assert_is_told, assert_not_valid, delete, get, hello_world, name, names, post,
    serve, until,
};

/// A request, and all that it takes.
struct Case {
    method: &'static str,
    path: &'static str,
    takes: &'static [(&'static str, &'static str)],
    /// What is told to whoever may: there is nothing of that name, and the body is no object.
    status: u16,
}

const fn case(
    method: &'static str,
    path: &'static str,
    takes: &'static [(&'static str, &'static str)],
    status: u16,
) -> Case {
    Case { method, path, takes, status }
}

const CASES: &[Case] = &[
    case("GET", "/api/v1/workflows/NS", &[("list", "workflows")], 200),
    case("POST", "/api/v1/workflows/NS", &[("create", "workflows")], 400),
    case("GET", "/api/v1/workflows/NS/one", &[("get", "workflows")], 404),
    case("GET", "/api/v1/workflows/NS/@latest", &[("get", "workflows"), ("list", "workflows")], 404),
    case("DELETE", "/api/v1/workflows/NS/one", &[("delete", "workflows")], 404),
    case("POST", "/api/v1/workflows/NS/submit", &[("create", "workflows"), ("get", "workflowtemplates")], 404),
    case("GET", "/api/v1/workflow-templates/NS", &[("list", "workflowtemplates")], 200),
    case("POST", "/api/v1/workflow-templates/NS", &[("create", "workflowtemplates")], 400),
    case("GET", "/api/v1/workflow-templates/NS/one", &[("get", "workflowtemplates")], 404),
    case("DELETE", "/api/v1/workflow-templates/NS/one", &[("delete", "workflowtemplates")], 404),
    case("GET", "/api/v1/workflow-event-bindings/NS", &[("list", "workfloweventbindings")], 200),
    case("POST", "/api/v1/events/NS/-", &[("list", "workfloweventbindings")], 200),
];

impl Case {
    fn ask(&self, program: &Program, authorization: Option<&str>, namespace: &str) -> Answer {
        let url = program.url(&self.path.replace("NS", namespace));
        let authorization = authorization.map(|value| format!("Authorization: {value}"));
        let body = json!({ "resourceKind": "WorkflowTemplate", "resourceName": "none" }).to_string();
        let mut arguments = vec!["-X", self.method, "-d", &body, &url];
        arguments.extend(authorization.iter().flat_map(|field| ["-H", field]));
        curl(&arguments)
    }
}

#[test]
fn every_request_takes_the_leave_that_argos_own_takes_and_no_less() {
    let cluster = Cluster::shared();
    let program = serve(&cluster, "portcullis.toml");
    let mut everything: Vec<_> = CASES.iter().flat_map(|case| case.takes).copied().collect();
    everything.sort_unstable();
    everything.dedup();
    // For each kind of leave two accounts: one with nothing else, and one with everything else.
    for (number, leave) in everything.iter().enumerate() {
        let [only, but] = ["only", "but"].map(|which| format!("leave-{which}-{number}"));
        let only_token = account(&cluster, (&only, "caller"), &[leave.0], &[leave.1]);
        let others: Vec<_> = everything.iter().filter(|other| *other != leave).copied().collect();
        let but_token = account_with(&cluster, (&but, "caller"), &others);
        for case in CASES {
            let needed = case.takes.contains(leave);
            let status = |token: &str, namespace: &str| case.ask(&program, Some(token), namespace).status;
            let (with_only, with_others) = (status(&only_token, &only), status(&but_token, &but));
            let shown = (case.method, case.path, leave);
            let expected = |may: bool| if may { case.status } else { 403 };
            assert_eq!(with_only, expected(needed && case.takes.len() == 1), "{shown:?} alone");
            assert_eq!(with_others, expected(!needed), "{shown:?} lacking");
        }
    }
}

#[test]
fn without_a_token_or_with_a_bad_one_nothing_is_told_and_what_is_in_no_route_is_denied() {
    let cluster = Cluster::shared();
    let program = serve(&cluster, "portcullis.toml");
    let everything = account(&cluster, ("all-verbs", "caller"), &["*"], &["*"]);
    let bad = everything.replace("Bearer ey", "Bearer eZ");
    for case in CASES {
        for authorization in [None, Some(bad.as_str()), Some("Bearer anything"), Some("Basic YTpi")] {
            assert_not_valid(&case.ask(&program, authorization, "all-verbs"));
        }
    }
    for path in ["/api/v1/info", "/api/v1/version", "/api/v1/userinfo"] {
        assert_not_valid(&get(&program, "Bearer anything", path));
        assert_eq!(get(&program, &everything, path).status, 200);
        assert_eq!(get(&program, &everything.replace("Bearer", "bearer"), path).status, 200, "in any case");
    }
    for path in ["/api/v1/cron-workflows/all-verbs", "/api/v1/workflows", "/", "/api/v1/workflows/all-verbs/a/log"] {
        assert_eq!((get(&program, &everything, path).status, curl(&[&program.url(path)]).status), (403, 401), "{path}");
    }
    let put = ["-X", "PUT", "-H", &format!("Authorization: {everything}"), "-d", "{}"];
    let put = curl(&[&put[..], &[&program.url("/api/v1/workflow-templates/all-verbs/hello")]].concat());
    assert_eq!(put.status, 403);
}

#[test]
fn leave_is_for_the_namespace_of_the_path_and_for_the_name_that_a_role_names() {
    let cluster = Cluster::shared();
    let program = serve(&cluster, "portcullis.toml");
    let jenkins = account(&cluster, ("home", "jenkins"), &["create", "get", "list"], &["workflows"]);
    cluster.namespace("abroad");
    let forbidden = "create workflows.argoproj.io in namespace \"abroad\" is forbidden";
    assert_is_told(&post(&program, &jenkins, "/api/v1/workflows/abroad", &hello_world()), 403, 7, forbidden);
    let mut stray = hello_world();
    stray["workflow"]["metadata"]["namespace"] = json!("abroad");
    let told = "metadata.namespace is not the namespace of the request";
    assert_is_told(&post(&program, &jenkins, "/api/v1/workflows/home", &stray), 400, 3, told);

    // Somebody who may read one workflow, by its name.
    for workflow in ["mine", "other"] {
        let body = json!({ "workflow": { "metadata": { "name": workflow }, "spec": {} } });
        assert_eq!(post(&program, &jenkins, "/api/v1/workflows/home", &body).status, 200);
    }
    cluster.account("home", "reader");
    let rule = json!({ "apiGroups": [GROUP], "resources": ["workflows"], "verbs": ["get"], "resourceNames": ["mine"] });
    let role = json!({ "apiVersion": format!("{RBAC}/v1"), "kind": "Role", "rules": [rule] });
    cluster.apply(&format!("/apis/{RBAC}/v1/namespaces/home/roles/reader"), &role);
    let subject = json!({ "kind": "ServiceAccount", "namespace": "home", "name": "reader" });
    let of = json!({ "apiGroup": RBAC, "kind": "Role", "name": "reader" });
    let binding = json!({
        "apiVersion": format!("{RBAC}/v1"), "kind": "RoleBinding", "roleRef": of, "subjects": [subject],
    });
    cluster.apply(&format!("/apis/{RBAC}/v1/namespaces/home/rolebindings/reader"), &binding);
    let reader = format!("Bearer {}", cluster.token("home", "reader").issue());
    let read = |name: &str| get(&program, &reader, &format!("/api/v1/workflows/home/{name}"));
    let mine = until(200, || read("mine"));
    assert_eq!(name(&mine.json()), "mine");
    let forbidden = "get workflows.argoproj.io \"other\" in namespace \"home\" is forbidden";
    assert_is_told(&read("other"), 403, 7, forbidden);
    assert_eq!(read("@latest").status, 403);
}

#[test]
fn a_caller_may_do_it_no_more_when_the_binding_or_the_account_is_gone() {
    let cluster = Cluster::shared();
    let program = serve(&cluster, "portcullis.toml");
    let list = "/api/v1/workflows/passing";
    let jenkins = account(&cluster, ("passing", "jenkins"), &["list", "update"], &["workflows"]);
    assert_eq!(get(&program, &jenkins, list).status, 200);
    cluster.delete(&format!("/apis/{RBAC}/v1/namespaces/passing/rolebindings"));
    until(403, || get(&program, &jenkins, list));
    cluster.bind("passing", "jenkins", Subject::Account("passing", "jenkins"));
    until(200, || get(&program, &jenkins, list));
    cluster.delete_account("passing", "jenkins");
    assert_not_valid(&until(401, || get(&program, &jenkins, list)));
}

#[test]
fn while_the_cluster_is_away_nobody_is_let_in_and_nobody_is_told_that_the_token_is_bad() {
    let mut cluster = Cluster::start();
    let program = serve(&cluster, "portcullis.toml");
    let [known, unknown] =
        ["known", "unknown"].map(|name| account(&cluster, ("away", name), &["list"], &["workflows"]));
    assert_eq!(names(&get(&program, &known, "/api/v1/workflows/away")), Vec::<String>::new());
    cluster.stop();
    let answer = get(&program, &unknown, "/api/v1/workflows/away");
    assert_eq!((answer.status, &answer.json()["code"]), (503, &Value::from(14)));
    assert!(answer.field("retry-after").is_some());
    assert_eq!(delete(&program, &known, "/api/v1/workflows/away/one").status, 503, "what is not known of the known");
}
