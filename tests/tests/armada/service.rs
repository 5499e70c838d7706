//! The example, running, and how it is called.

use std::process::Command;

use portcullis_testbed::{Answer, Program, Site, basic, curl, python_client, repository};
use serde_json::{Value, json};

/// alice, who is in the group `ops`.
pub(crate) fn alice() -> String {
    basic("alice", "wonderland")
}

/// bob, who is in no group.
pub(crate) fn bob() -> String {
    basic("bob", "bob-the-builder")
}

/// A config file of the example, where the users are those of the testbed, and these texts are in place of others.
pub(crate) fn config(file: &str, changes: &[(&str, &str)]) -> String {
    let text = read(file).replace("../quickstart.htpasswd", "users.htpasswd").replace("../quickstart.groups", "groups");
    changes.iter().fold(text, |text, (from, to)| {
        assert!(text.contains(from), "{file} has no {from}");
        text.replace(from, to)
    })
}

/// The example with that config file.
pub(crate) fn serve(config: &str) -> Served {
    serve_with(config, |_| {})
}

/// The same after `change` has added variables to the environment.
pub(crate) fn serve_with(config: &str, change: impl FnOnce(&mut Command)) -> Served {
    let site = Site::new(config);
    site.write("permissions.toml", &read("permissions.toml"));
    Served { program: site.example_with("example-armada", change), _site: site }
}

pub(crate) struct Served {
    pub(crate) program: Program,
    _site: Site,
}

impl Served {
    /// Calls with the client of Armada in Python: the credential, the method and the arguments of each call.
    pub(crate) fn grpc(&self, calls: &[(Option<&str>, &str, Value)]) -> Vec<Value> {
        for (authorization, ..) in calls {
            let (_, credential) = authorization.and_then(|value| value.split_once(' ')).unwrap_or_default();
            self.program.watch_for(credential);
        }
        // Tickets are for `localhost`.
        let address = format!("localhost:{}", self.program.address().port());
        match python_client("armada.py", &[&address, &json!(calls).to_string()]) {
            Value::Array(outcomes) => outcomes,
            other => panic!("{other}"),
        }
    }

    /// The same, of which each must be done.
    pub(crate) fn done(&self, calls: &[(Option<&str>, &str, Value)]) -> Vec<Value> {
        let outcomes = self.grpc(calls).into_iter();
        outcomes.map(|outcome| outcome.get("ok").unwrap_or_else(|| panic!("{outcome}")).clone()).collect()
    }

    /// Sends a request to the REST API: `POST /v1/queue`.
    pub(crate) fn rest(&self, authorization: Option<&str>, line: &str, body: Option<&Value>) -> Answer {
        let (method, path) = line.split_once(' ').unwrap();
        let (field, body) = (authorization.map(|value| format!("Authorization: {value}")), body.map(Value::to_string));
        let url = self.program.url(path);
        let mut arguments = vec!["-X", method, &url];
        arguments.extend(field.iter().flat_map(|field| ["-H", field]));
        arguments.extend(body.iter().flat_map(|body| ["-d", body]));
        curl(&arguments)
    }
}

/// A file of the example.
pub(crate) fn read(file: &str) -> String {
    std::fs::read_to_string(repository().join("examples/armada").join(file)).unwrap()
}

/// Code and text of a call that failed.
pub(crate) fn refusal(outcome: &Value) -> (i64, &str) {
    let code = outcome["code"].as_i64().unwrap_or_else(|| panic!("{outcome}"));
    (code, outcome["details"].as_str().unwrap())
}
