//! Argo's clients in Python.

use portcullis_testbed::{Cluster, Program, python_client};
use serde_json::{Value, json};

use crate::scene::{NOT_VALID, account, serve};

/// Who may do everything, somebody who may nothing, and a token that is none.
struct Callers {
    program: Program,
    jenkins: String,
    nobody: String,
}

impl Callers {
    fn of(cluster: &Cluster, namespace: &str) -> Self {
        let verbs = ["create", "get", "list", "delete"];
        let resources = ["workflows", "workflowtemplates", "workfloweventbindings"];
        let jenkins = account(cluster, (namespace, "jenkins"), &verbs, &resources);
        let nobody = account(cluster, (namespace, "nobody"), &[], &[]);
        Self { program: serve(cluster, "portcullis.toml"), jenkins, nobody }
    }

    fn run(&self, script: &str, namespace: &str) -> Value {
        let [jenkins, nobody] = [&self.jenkins, &self.nobody].map(|value| value.strip_prefix("Bearer ").unwrap());
        python_client(script, &[&self.program.url(""), namespace, jenkins, nobody])
    }
}

fn not_valid() -> Value {
    serde_json::from_str::<Value>(NOT_VALID).unwrap()["message"].take()
}

#[test]
fn hera_works_and_names_what_went_wrong() {
    let cluster = Cluster::shared();
    let callers = Callers::of(&cluster, "hera");
    let said = callers.run("hera_calls.py", "hera");
    assert!(said["workflow"].as_str().unwrap().starts_with("hello-"), "{said}");
    assert_eq!(said["listed"], json!([said["workflow"]]));
    assert_eq!([&said["read"], &said["latest"]], [&said["workflow"]; 2]);
    assert_eq!((&said["template"], &said["templates"]), (&json!("greet"), &json!(["greet"])));
    assert_eq!(said["submitted"], json!(["greet", "message", "hello"]));
    assert_eq!((&said["left"], &said["templates_left"]), (&json!([]), &json!([])));
    assert_eq!(said["subject"], "system:serviceaccount:hera:jenkins");
    assert_eq!(said["not_found"][0], "NotFound");
    assert_eq!(said["twice"][0], "AlreadyExists");

    let of = |status: u16, message: &str| format!("Server returned status code {status} with message: `{message}`");
    assert_eq!(said["wrong"], json!(["Unauthorized", of(401, not_valid().as_str().unwrap())]));
    let forbidden = "list workflows.argoproj.io in namespace \"hera\" is forbidden";
    assert_eq!(said["nobody"], json!(["Forbidden", of(403, forbidden)]));
}

#[test]
fn argo_workflows_works_and_names_what_went_wrong() {
    let cluster = Cluster::shared();
    let callers = Callers::of(&cluster, "argo-workflows");
    let said = callers.run("argo_calls.py", "argo-workflows");
    assert_eq!(said["empty"], json!([]));
    assert!(said["workflow"].as_str().unwrap().starts_with("hello-"), "{said}");
    assert_eq!(said["listed"], json!([said["workflow"]]));
    assert_eq!([&said["read"], &said["latest"]], [&said["workflow"]; 2]);
    assert_eq!((&said["template"], &said["templates"]), (&json!("greet"), &json!(["greet"])));
    assert!(said["submitted"].as_str().unwrap().starts_with("greet-"), "{said}");
    assert_eq!((&said["left"], &said["templates_left"]), (&json!([]), &json!([])));
    assert_eq!(said["bindings"], json!([]));
    assert_eq!(said["subject"], "system:serviceaccount:argo-workflows:jenkins");
    assert_eq!(said["modals"]["feedback"], false);
    assert!(said["version"].as_str().unwrap().starts_with('v'));
    assert_eq!(said["not_found"][0], "NotFoundException");

    assert_eq!(said["wrong"], json!(["UnauthorizedException", 401, 16, not_valid()]));
    let forbidden = "list workflows.argoproj.io in namespace \"argo-workflows\" is forbidden";
    assert_eq!(said["nobody"], json!(["ForbiddenException", 403, 7, forbidden]));
}
