//! Events, and the binding of the document.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use portcullis_testbed::{Answer, Cluster, Program, Site, curl};
use serde_json::{Value, json};

use crate::scene::{
    account, account_with, assert_is_told, file, get, hello_world, name, names, peak, post, serve, site,
};

const TEMPLATE: &str = "manifests/hello-workflowtemplate.yaml";
const BINDING: &str = "manifests/hello-workfloweventbinding.yaml";

/// Serves with these manifests in place of those of the example.
fn serve_manifests(cluster: &Cluster, manifests: &[String]) -> (Site, Program) {
    let site = site(cluster, "portcullis.toml");
    let folder = write(&site, manifests);
    let program = site.example_with("example-argo", |command| {
        command.arg(folder);
    });
    (site, program)
}

fn write(site: &Site, manifests: &[String]) -> PathBuf {
    let folder = site.path("manifests");
    std::fs::create_dir(&folder).unwrap();
    for (number, manifest) in manifests.iter().enumerate() {
        std::fs::write(folder.join(format!("{number}.yaml")), manifest).unwrap();
    }
    folder
}

/// A binding for the template `hello`, whose workflows say by which selector they were made.
fn binding(number: usize, selector: &str) -> String {
    let by = json!(selector).to_string();
    let submit = json!({ "workflowTemplateRef": { "name": "hello" }, "metadata": { "annotations": { "by": by } } });
    let metadata = json!({ "name": format!("binding-{number}"), "namespace": "argo" });
    let spec = json!({ "event": { "selector": selector }, "submit": submit });
    json!({ "kind": "WorkflowEventBinding", "metadata": metadata, "spec": spec }).to_string()
}

/// Somebody who may do all that takes.
fn jenkins(cluster: &Cluster) -> String {
    let resources = ["workflows", "workfloweventbindings", "workflowtemplates"];
    account(cluster, ("argo", "jenkins"), &["create", "get", "list"], &resources)
}

fn annotations(list: &Answer, name: &str) -> Vec<Value> {
    let list = list.json();
    list["items"].as_array().unwrap().iter().map(|it| it["metadata"]["annotations"][name].clone()).collect()
}

#[test]
fn an_event_makes_a_workflow_of_the_template_with_its_message() {
    let cluster = Cluster::start();
    let program = serve(&cluster, "portcullis.toml");
    let jenkins = jenkins(&cluster);
    let event = |body| post(&program, &jenkins, "/api/v1/events/argo/-", &body);
    let answer = event(json!({ "message": "hello events" }));
    assert_eq!((answer.status, answer.json()), (200, json!({})));
    let workflow = get(&program, &jenkins, "/api/v1/workflows/argo/@latest").json();
    assert!(name(&workflow).starts_with("hello-"));
    let message = json!([{ "name": "message", "value": "hello events" }]);
    assert_eq!(workflow["spec"]["arguments"]["parameters"], message);
    assert_eq!(workflow["spec"]["workflowTemplateRef"]["name"], "hello");

    // What the selector is not for, and what is no event.
    assert_eq!(event(json!({ "message": "" })).status, 200);
    let authorization = format!("Authorization: {jenkins}");
    let answer = curl(&["-H", &authorization, "-d", "no JSON", &program.url("/api/v1/events/argo/-")]);
    assert_eq!((answer.status, &answer.json()["code"]), (400, &json!(3)));
    assert_eq!(names(&get(&program, &jenkins, "/api/v1/workflows/argo")), [name(&workflow)]);
    assert_eq!(names(&get(&program, &jenkins, "/api/v1/workflow-event-bindings/argo")), ["hello"]);
}

#[test]
fn an_event_does_nothing_that_its_sender_may_not_do() {
    let cluster = Cluster::start();
    let program = serve(&cluster, "portcullis.toml");
    let watcher = account(&cluster, ("argo", "watcher"), &["list"], &["workflows"]);
    let leave = [("list", "workfloweventbindings"), ("get", "workflowtemplates"), ("create", "workflows")];
    let told = [
        "list workfloweventbindings.argoproj.io in namespace \"argo\" is forbidden",
        "get workflowtemplates.argoproj.io \"hello\" in namespace \"argo\" is forbidden",
        "create workflows.argoproj.io in namespace \"argo\" is forbidden",
    ];
    for (number, told) in told.iter().enumerate() {
        let others: Vec<_> = leave.iter().filter(|other| **other != leave[number]).copied().collect();
        let token = account_with(&cluster, ("argo", &format!("sender-{number}")), &others);
        let answer = post(&program, &token, "/api/v1/events/argo/-", &json!({ "message": "hello" }));
        assert_is_told(&answer, 403, 7, told);
        // An event that no binding is for takes no more than to look at them.
        let status = post(&program, &token, "/api/v1/events/argo/-", &json!({ "message": "" })).status;
        assert_eq!(status, if number == 0 { 403 } else { 200 });
    }
    assert!(names(&get(&program, &watcher, "/api/v1/workflows/argo")).is_empty(), "none of them made anything");
}

#[test]
fn of_an_event_all_workflows_are_made_or_none() {
    let cluster = Cluster::start();
    let binding = file(BINDING);
    let another = binding.replace("name: hello\n  namespace", "name: too\n  namespace");
    let (_site, program) = serve_manifests(&cluster, &[file(TEMPLATE), binding, another]);
    let jenkins = jenkins(&cluster);
    let workflows = "/api/v1/workflows/argo";
    let there = || names(&get(&program, &jenkins, workflows)).len();
    let event = || post(&program, &jenkins, "/api/v1/events/argo/-", &json!({ "message": "hello" }));
    assert_eq!((event().status, there()), (200, 2));

    // Room for one more.
    while there() < 249 {
        drop(post(&program, &jenkins, &format!("{workflows}?[1-{}]", 249 - there()), &hello_world()));
    }
    assert_is_told(&event(), 429, 8, "there is no room for more");
    assert_eq!(there(), 249);
    assert_eq!(post(&program, &jenkins, workflows, &hello_world()).status, 200);
}

#[test]
fn selectors_compare_what_is_in_the_event() {
    let cluster = Cluster::start();
    let selected = [
        "payload.message != \"\"",
        "payload.message == \"hello\" && discriminator == \"-\"",
        "payload.nothing.at.all == null",
        "payload.message.deeper == null",
        "payload.n.m == 1",
    ];
    let others =
        ["payload.message == \"hello\" && payload.n.m != 1", "payload.n.m != 1 && payload.message == \"hello\""];
    let bindings = selected.iter().chain(&others).enumerate().map(|(number, selector)| binding(number, selector));
    let (_site, program) = serve_manifests(&cluster, &bindings.chain([file(TEMPLATE)]).collect::<Vec<_>>());
    let jenkins = jenkins(&cluster);
    let event = json!({ "message": "hello", "n": { "m": 1 } });
    assert_eq!(post(&program, &jenkins, "/api/v1/events/argo/-", &event).status, 200);
    let mut made = annotations(&get(&program, &jenkins, "/api/v1/workflows/argo"), "by");
    made.sort_by_key(|by| selected.iter().position(|selector| by == selector));
    assert_eq!(made, selected);
}

#[test]
fn a_binding_that_is_not_understood_is_an_error_at_the_start() {
    let mut manifests: Vec<_> =
        ["", "payload.a", "payload.a == b", "len(payload.a) == 1", "payload..b == 1", "1 == 2 && payload.a"]
            .iter()
            .map(|selector| binding(0, selector))
            .collect();
    // And nothing else than what was meant.
    manifests.push(binding(0, r#"payload.a == "x && y""#));
    manifests.push(file(BINDING).replace("event: payload.message", "event: toJson(payload)"));
    manifests.push(file(BINDING).replace("submit:", "submit:\n    metadata: {annotations: {by: no text}}"));
    for manifest in manifests {
        let site = Site::new(&file("portcullis.toml"));
        let folder = write(&site, std::slice::from_ref(&manifest));
        let serve = || {
            site.example_with("example-argo", |command| {
                command.arg(&folder);
            })
        };
        let served = catch_unwind(AssertUnwindSafe(serve));
        let panic = served.err().unwrap_or_else(|| panic!("it serves with {manifest}"));
        let told = panic.downcast::<String>().unwrap();
        let problem = ["compares nothing", "is neither a literal nor a path of the event"];
        assert!(
            told.contains("0.yaml: ") && problem.iter().any(|problem| told.contains(problem)),
            "{manifest}: {told}"
        );
    }
}

#[test]
fn a_binding_annotates_what_it_creates_with_what_is_in_the_event() {
    let cluster = Cluster::start();
    // The exercise of the document.
    let annotations =
        "submit:\n    metadata: {annotations: {said: payload.message, in: payload.channel, at: payload.at}}";
    let binding = file(BINDING).replace("submit:", annotations);
    let (_site, program) = serve_manifests(&cluster, &[file(TEMPLATE), binding]);
    let jenkins = jenkins(&cluster);
    let event = json!({ "message": "hello events", "channel": "ops", "at": [1, 2] });
    assert_eq!(post(&program, &jenkins, "/api/v1/events/argo/-", &event).status, 200);
    let workflow = get(&program, &jenkins, "/api/v1/workflows/argo/@latest").json();
    let annotations = json!({ "said": "hello events", "in": "ops", "at": "[1,2]" });
    assert_eq!(workflow["metadata"]["annotations"], annotations);
}

#[test]
fn an_event_may_be_long_and_what_is_made_of_it_may_not() {
    let cluster = Cluster::start();
    let program = serve(&cluster, "portcullis.toml");
    let jenkins = jenkins(&cluster);
    let send = |event: &str| {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), event).unwrap();
        let (field, data) = (format!("Authorization: {jenkins}"), format!("@{}", file.path().display()));
        curl(&["-H", &field, "-d", &data, &program.url("/api/v1/events/argo/-")])
    };
    // As values, each of these would take a hundred times as much.
    let padded = |count| format!(r#"{{"message":"hello","pad":[{}0]}}"#, r#"{"":0},"#.repeat(count));
    let before = peak(&program);
    for _ in 0..3 {
        assert_eq!(send(&padded(290_000)).status, 200);
    }
    let more = peak(&program) - before;
    assert!(more < 48 * 1024, "{more} KiB");
    let told = "an object has up to 65536 bytes, an event 2097152";
    assert_is_told(&send(&padded(300_000)), 413, 8, told);
    assert_is_told(&send(&json!({ "message": "a".repeat(70_000) }).to_string()), 413, 8, told);
    assert_eq!(names(&get(&program, &jenkins, "/api/v1/workflows/argo")).len(), 3);
}
