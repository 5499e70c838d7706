//! What the API says of its objects, and of itself.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use portcullis_testbed::{Answer, Cluster, Program, Subject};
use serde_json::{Value, json};

use crate::scene::{
    GROUP, RBAC, account, assert_is_told, delete, get, hello_world, name, names, peak, post, serve, until,
};

struct Scene {
    program: Program,
    jenkins: String,
    namespace: &'static str,
}

impl Scene {
    fn new(cluster: &Cluster, namespace: &'static str) -> Self {
        let verbs = ["create", "get", "list", "delete"];
        let jenkins = account(cluster, (namespace, "jenkins"), &verbs, &["workflows", "workflowtemplates"]);
        Self { program: serve(cluster, "portcullis.toml"), jenkins, namespace }
    }

    fn path(&self, kind: &str, rest: &str) -> String {
        format!("/api/v1/{kind}/{}{rest}", self.namespace)
    }
}

#[test]
fn workflows_and_templates_are_made_listed_read_and_deleted() {
    let cluster = Cluster::shared();
    let scene = Scene::new(&cluster, "objects");
    let Scene { program, jenkins, .. } = &scene;
    for (kind, member, resource) in
        [("workflows", "workflow", "workflows"), ("workflow-templates", "template", "workflowtemplates")]
    {
        let all = scene.path(kind, "");
        assert_eq!(get(program, jenkins, &all).json(), json!({ "items": [], "metadata": {} }));
        let body = json!({ member: hello_world()["workflow"] });
        let [first, second] = [(); 2].map(|()| post(program, jenkins, &all, &body).json());
        assert!(name(&first).starts_with("hello-world-") && name(&first).len() == "hello-world-".len() + 5);
        assert_ne!(name(&first), name(&second));
        assert_eq!(first["spec"], hello_world()["workflow"]["spec"]);
        assert_eq!(first["metadata"]["namespace"], "objects");
        assert_eq!(names(&get(program, jenkins, &all)), [name(&first), name(&second)]);

        let of = |name: &str| scene.path(kind, &format!("/{name}"));
        assert_eq!(get(program, jenkins, &of(name(&first))).json(), first);
        for latest in ["@latest", "%40latest"] {
            assert_eq!(get(program, jenkins, &of(latest)).json(), second);
        }
        let answer = delete(program, jenkins, &of(name(&second)));
        assert_eq!((answer.status, answer.json()), (200, json!({})));
        assert_eq!(get(program, jenkins, &of("@latest")).json(), first);
        let gone = format!("{resource}.argoproj.io {:?} not found", name(&second));
        assert_is_told(&get(program, jenkins, &of(name(&second))), 404, 5, &gone);
        assert_is_told(&delete(program, jenkins, &of(name(&second))), 404, 5, &gone);
        assert_eq!(delete(program, jenkins, &of(name(&first))).status, 200);
        assert_eq!(get(program, jenkins, &of("@latest")).status, 404);
    }
}

#[test]
fn what_is_no_object_is_not_stored_and_the_creator_is_who_called() {
    let cluster = Cluster::shared();
    let scene = Scene::new(&cluster, "admitted");
    let Scene { program, jenkins, .. } = &scene;
    let all = scene.path("workflows", "");
    let workflow = |metadata: Value| json!({ "workflow": { "metadata": metadata, "spec": {} } });
    for body in [
        json!({}),
        json!([]),
        json!({ "workflow": {} }),
        json!({ "workflow": { "metadata": { "name": "a" }, "spec": "b" } }),
        workflow(json!({})),
        workflow(json!({ "name": "@latest" })),
        workflow(json!({ "name": "../a" })),
        workflow(json!({ "name": "a".repeat(254) })),
        workflow(json!({ "generateName": "A-" })),
    ] {
        let answer = post(program, jenkins, &all, &body);
        assert_eq!((answer.status, &answer.json()["code"]), (400, &json!(3)), "{body}");
    }
    let ours = |label: &str| format!("workflows.argoproj.io/{label}");
    let labels = json!({
        ours("creator"): "alice", ours("creator-email"): "alice@example.test", ours("workflow-template"): "hello",
        ours("phase"): "Succeeded", ours("archive-strategy"): "false", "team": "blue",
    });
    let forged = workflow(json!({ "name": "a", "labels": labels }));
    let labels = post(program, jenkins, &all, &forged).json()["metadata"]["labels"].take();
    let creator = "system-serviceaccount-admitted-jenkins";
    assert_eq!(labels, json!({ ours("creator"): creator, ours("archive-strategy"): "false", "team": "blue" }));
    assert_is_told(&post(program, jenkins, &all, &forged), 409, 6, "workflows.argoproj.io \"a\" already exists");
    assert_eq!(names(&get(program, jenkins, &all)), ["a"]);
}

#[test]
fn a_workflow_may_have_the_name_of_a_path() {
    let cluster = Cluster::shared();
    let scene = Scene::new(&cluster, "named");
    let Scene { program, jenkins, .. } = &scene;
    let body = json!({ "workflow": { "metadata": { "name": "submit" }, "spec": {} } });
    assert_eq!(post(program, jenkins, &scene.path("workflows", ""), &body).status, 200);
    let path = scene.path("workflows", "/submit");
    assert_eq!(name(&get(program, jenkins, &path).json()), "submit");
    assert_eq!(delete(program, jenkins, &path).status, 200);
    assert_eq!(get(program, jenkins, &path).status, 404);
}

/// How many of these requests were answered with 200, and that all others were told that there is no room.
fn made(answer: Answer) -> usize {
    let answers = String::from_utf8(answer.body).unwrap();
    // The head of the first is read.
    let first = answer.status.to_string();
    let others = answers.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]);
    let statuses: Vec<_> = others.chain([first.as_str()]).collect();
    // Two may be given the same name.
    assert!(statuses.iter().all(|status| ["200", "409", "429"].contains(status)), "{answers}");
    statuses.iter().filter(|status| **status == "200").count()
}

#[test]
fn there_is_an_end_to_what_a_namespace_stores_and_others_have_their_own() {
    let cluster = Cluster::shared();
    let scene = Scene::new(&cluster, "full");
    let Scene { program, jenkins, .. } = &scene;
    let all = scene.path("workflows", "");
    // One after the other, and some more than there is room for.
    made(post(program, jenkins, &format!("{all}?[1-270]"), &hello_world()));
    assert_is_told(&post(program, jenkins, &all, &hello_world()), 429, 8, "there is no room for more");
    let there = names(&get(program, jenkins, &all));
    assert_eq!(there.len(), 250);
    let tenant = account(&cluster, ("roomy", "tenant"), &["create"], &["workflows"]);
    assert_eq!(post(program, &tenant, "/api/v1/workflows/roomy", &hello_world()).status, 200);
    assert_eq!(delete(program, jenkins, &format!("{all}/{}", there[0])).status, 200);
    assert_eq!(post(program, jenkins, &all, &hello_world()).status, 200);
}

#[test]
fn there_is_an_end_to_what_all_namespaces_store() {
    let cluster = Cluster::shared();
    let program = serve(&cluster, "portcullis.toml");
    let everywhere = account(&cluster, ("everywhere", "tenant"), &[], &[]);
    let rule = json!({ "apiGroups": [GROUP], "resources": ["workflows"], "verbs": ["create"] });
    let role = json!({ "apiVersion": format!("{RBAC}/v1"), "kind": "ClusterRole", "rules": [rule] });
    cluster.apply(&format!("/apis/{RBAC}/v1/clusterroles/create-workflows"), &role);
    cluster.bind_everywhere("create-workflows", Subject::Account("everywhere", "tenant"));
    until(200, || post(&program, &everywhere, "/api/v1/workflows/of-0", &hello_world()));
    let many = made(post(&program, &everywhere, "/api/v1/workflows/of-[1-11]?[1-240]", &hello_world()));
    assert_eq!(many + 1, 2500);
    let told = "there is no room for more";
    assert_is_told(&post(&program, &everywhere, "/api/v1/workflows/of-12", &hello_world()), 429, 8, told);
}

#[test]
fn there_is_an_end_to_what_an_object_is() {
    let cluster = Cluster::shared();
    let scene = Scene::new(&cluster, "large");
    let Scene { program, jenkins, .. } = &scene;
    let of =
        |argument: String| json!({ "workflow": { "metadata": { "name": "large" }, "spec": { "argument": argument } } });
    let told = "an object has up to 65536 bytes, an event 2097152";
    for path in [scene.path("workflows", ""), scene.path("workflow-templates", "")] {
        assert_is_told(&post(program, jenkins, &path, &of("a".repeat(70_000))), 413, 8, told);
        // What is stored is longer than what was sent.
        assert_is_told(&post(program, jenkins, &path, &of("a".repeat(65_436))), 413, 8, told);
        assert_eq!(post(program, jenkins, &path, &of("a".repeat(65_000))).status, 200);
    }
    let submission = json!({
        "resourceKind": "WorkflowTemplate", "resourceName": "large",
        "submitOptions": { "parameters": ["a=".repeat(40_000)] },
    });
    assert_is_told(&post(program, jenkins, &scene.path("workflows", "/submit"), &submission), 413, 8, told);
}

#[test]
fn those_who_ask_for_long_lists_and_do_not_read_take_no_memory() {
    let cluster = Cluster::shared();
    let scene = Scene::new(&cluster, "listed");
    let Scene { program, jenkins, .. } = &scene;
    let all = scene.path("workflows", "");
    let argument = "a".repeat(60_000);
    let metadata = json!({ "generateName": "large-" });
    let body = json!({ "workflow": { "metadata": metadata, "spec": { "argument": argument } } });
    // Two may be given the same name.
    assert!(made(post(program, jenkins, &format!("{all}?[1-240]"), &body)) >= 235);
    let before = peak(program);
    assert!(before > 240 * 60_000 / 1024, "{before} KiB");
    let request = format!("GET {all} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {jenkins}\r\n\r\n");
    let clients: Vec<_> = (0..40)
        .map(|_| {
            let mut client = TcpStream::connect(program.address()).unwrap();
            client.write_all(request.as_bytes()).unwrap();
            let mut first = [0; 12];
            client.read_exact(&mut first).unwrap();
            assert_eq!(&first, b"HTTP/1.1 200");
            client
        })
        .collect();
    assert!(names(&get(program, jenkins, &all)).len() >= 235, "and others are answered");
    let latest = get(program, jenkins, &format!("{all}/@latest"));
    assert_eq!(latest.json()["spec"]["argument"], argument);
    let more = peak(program) - before;
    assert!(more < 32 * 1024, "{more} KiB for {} lists", clients.len());
}

#[test]
fn a_template_is_submitted_with_parameters() {
    let cluster = Cluster::shared();
    let scene = Scene::new(&cluster, "submitted");
    let Scene { program, jenkins, .. } = &scene;
    let template = json!({ "template": { "metadata": { "name": "greet" }, "spec": {} } });
    assert_eq!(post(program, jenkins, &scene.path("workflow-templates", ""), &template).status, 200);
    let submit = |body: Value| post(program, jenkins, &scene.path("workflows", "/submit"), &body);
    let workflow = submit(json!({
        "namespace": "submitted", "resourceKind": "WorkflowTemplate", "resourceName": "greet",
        "submitOptions": { "parameters": ["message=a=b", "empty="] },
    }));
    let workflow = workflow.json();
    assert!(name(&workflow).starts_with("greet-"));
    let parameters = json!([{ "name": "message", "value": "a=b" }, { "name": "empty", "value": "" }]);
    let spec = json!({ "workflowTemplateRef": { "name": "greet" }, "arguments": { "parameters": parameters } });
    assert_eq!(workflow["spec"], spec);
    let status = |kind: &str, name: &str, options: Value| {
        submit(json!({ "resourceKind": kind, "resourceName": name, "submitOptions": options })).status
    };
    assert_eq!(status("WorkflowTemplate", "nothing", json!({})), 404);
    assert_eq!(status("CronWorkflow", "greet", json!({})), 400);
    assert_eq!(status("WorkflowTemplate", "greet", json!({ "dryRun": true })), 400, "not known, so not ignored");
    assert_eq!(names(&get(program, jenkins, &scene.path("workflows", ""))), [name(&workflow)]);
}

#[test]
fn the_server_says_what_it_is_and_who_is_calling() {
    let cluster = Cluster::shared();
    let scene = Scene::new(&cluster, "informed");
    let Scene { program, jenkins, .. } = &scene;
    let info = get(program, jenkins, "/api/v1/info");
    assert_eq!(info.body, br#"{"modals":{"feedback":false,"firstTimeUser":false,"newVersion":false}}"#);
    assert!(get(program, jenkins, "/api/v1/version").json()["version"].as_str().unwrap().starts_with('v'));
    let who = get(program, jenkins, "/api/v1/userinfo").json();
    assert_eq!(who["subject"], "system:serviceaccount:informed:jenkins");
    assert_eq!([&who["serviceAccountNamespace"], &who["serviceAccountName"]], ["informed", "jenkins"]);
    assert!(who["issuer"].as_str().unwrap().starts_with("https://"));
    assert!(who["groups"].as_array().unwrap().contains(&json!("system:serviceaccounts:informed")));
}
