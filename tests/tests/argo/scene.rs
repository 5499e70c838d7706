//! The example in front of a cluster, and those who call it.

use std::time::{Duration, Instant};

use portcullis_testbed::{Answer, Cluster, Program, Site, Subject, curl, repository};
use serde_json::{Value, json};

/// What a 401 of Argo's says.
pub(crate) const NOT_VALID: &str =
    r#"{"code":16,"message":"token not valid. see https://argo-workflows.readthedocs.io/en/latest/faq/"}"#;

/// How long it takes until what was changed in the cluster counts: it is remembered there and here.
pub(crate) const SOON: Duration = Duration::from_secs(45);

/// The API group of all that is asked.
pub(crate) const GROUP: &str = "argoproj.io";

/// The one of roles.
pub(crate) const RBAC: &str = "rbac.authorization.k8s.io";

/// A file of the example.
pub(crate) fn file(name: &str) -> String {
    std::fs::read_to_string(repository().join("examples/argo").join(name)).unwrap()
}

/// The example with one of its config files, as it stands, asking the cluster as an account that may ask for reviews and nothing else.
pub(crate) fn serve(cluster: &Cluster, config: &str) -> Program {
    site(cluster, config).example("example-argo")
}

/// That config file, and the kubeconfig of that account.
pub(crate) fn site(cluster: &Cluster, config: &str) -> Site {
    let site = Site::new(&file(config));
    let kubeconfig = cluster.kubeconfig_of(&cluster.reviewer());
    site.write("cluster.kubeconfig", &std::fs::read_to_string(kubeconfig).unwrap());
    site
}

/// An account with a role in its own namespace, these verbs on these resources: the value of its `Authorization` field.
pub(crate) fn account(cluster: &Cluster, account: (&str, &str), verbs: &[&str], resources: &[&str]) -> String {
    let leave = verbs.iter().flat_map(|verb| resources.iter().map(move |resource| (*verb, *resource)));
    account_with(cluster, account, &leave.collect::<Vec<_>>())
}

/// The same, with pairs of a verb and a resource.
pub(crate) fn account_with(cluster: &Cluster, (namespace, name): (&str, &str), leave: &[(&str, &str)]) -> String {
    cluster.account(namespace, name);
    if !leave.is_empty() {
        let rule =
            |(verb, resource): &(&str, &str)| json!({ "apiGroups": [GROUP], "resources": [resource], "verbs": [verb] });
        let rules: Vec<_> = leave.iter().map(rule).collect();
        let role = json!({ "apiVersion": format!("{RBAC}/v1"), "kind": "Role", "rules": rules });
        cluster.apply(&format!("/apis/{RBAC}/v1/namespaces/{namespace}/roles/{name}"), &role);
        cluster.bind(namespace, name, Subject::Account(namespace, name));
    }
    format!("Bearer {}", cluster.token(namespace, name).issue())
}

pub(crate) fn get(program: &Program, authorization: &str, path: &str) -> Answer {
    curl(&["-H", &format!("Authorization: {authorization}"), &program.url(path)])
}

pub(crate) fn delete(program: &Program, authorization: &str, path: &str) -> Answer {
    curl(&["-X", "DELETE", "-H", &format!("Authorization: {authorization}"), &program.url(path)])
}

/// As the documents do it: for curl, the body is a form.
pub(crate) fn post(program: &Program, authorization: &str, path: &str, body: &Value) -> Answer {
    curl(&["-H", &format!("Authorization: {authorization}"), "-d", &body.to_string(), &program.url(path)])
}

/// How much memory it had at the most, in KiB.
pub(crate) fn peak(program: &Program) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", program.id())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Asks until the answer has this status.
pub(crate) fn until(status: u16, mut ask: impl FnMut() -> Answer) -> Answer {
    let began = Instant::now();
    loop {
        let answer = ask();
        if answer.status == status {
            return answer;
        }
        assert!(began.elapsed() < SOON, "no {status} in {SOON:?}: {answer:?}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[track_caller]
pub(crate) fn assert_is_told(answer: &Answer, status: u16, code: u8, message: &str) {
    assert_eq!((answer.status, answer.json()), (status, json!({ "code": code, "message": message })));
}

#[track_caller]
pub(crate) fn assert_not_valid(answer: &Answer) {
    assert_eq!((answer.status, std::str::from_utf8(&answer.body).unwrap()), (401, NOT_VALID));
    assert!(answer.field("www-authenticate").unwrap().starts_with("Bearer realm=\"argo-server\""));
}

/// The workflow of the document "Using the API".
pub(crate) fn hello_world() -> Value {
    json!({
        "workflow": {
            "metadata": { "generateName": "hello-world-" },
            "spec": {
                "templates": [{
                    "name": "main",
                    "container": { "image": "busybox", "command": ["echo"], "args": ["hello world"] },
                }],
                "entrypoint": "main",
            },
        },
    })
}

/// The name of an object.
pub(crate) fn name(object: &Value) -> &str {
    object["metadata"]["name"].as_str().unwrap_or_else(|| panic!("no name: {object}"))
}

/// The names of a list.
pub(crate) fn names(list: &Answer) -> Vec<String> {
    list.json()["items"].as_array().unwrap().iter().map(|object| name(object).to_owned()).collect()
}
