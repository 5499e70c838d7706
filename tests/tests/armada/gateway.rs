//! The REST API, as Armada's grpc-gateway has it.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use portcullis_testbed::curl;
use serde_json::{Value, json};

use super::service::{Served, alice, bob, config, serve};

fn ok(served: &Served, line: &str, body: &Value) -> Value {
    let answer = served.rest(Some(&alice()), line, Some(body).filter(|body| !body.is_null()));
    assert_eq!((answer.status, answer.field("content-type")), (200, Some("application/json")), "{answer:?}");
    answer.json()
}

/// The lines of a stream.
fn lines(body: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(body).unwrap();
    assert!(text.ends_with('\n'), "{text}");
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn names_are_in_camel_case_and_read_also_as_in_the_proto() {
    let served = serve(&config("portcullis.toml", &[]));
    let permissions = json!([{ "subjects": [{ "kind": "Group", "name": "everyone" }], "verbs": ["submit"] }]);
    let queue = |owners: &str, factor: &str| json!({ "name": "blue", factor: 2.5, owners: ["bob"], "permissions": permissions, "resourceLimits": {} });
    let stored = json!({ "name": "blue", "priorityFactor": 2.5, "userOwners": ["bob"], "permissions": permissions });
    for written in [queue("userOwners", "priorityFactor"), queue("user_owners", "priority_factor")] {
        assert_eq!(ok(&served, "POST /v1/queue", &written), json!({}));
        assert_eq!(ok(&served, "GET /v1/queue/blue", &Value::Null), stored);
    }
    assert_eq!(ok(&served, "PUT /v1/queue/blue", &json!({ "name": "red", "userOwners": ["alice"] })), json!({}));
    let renamed = json!({ "name": "blue", "userOwners": ["alice"] });
    assert_eq!(ok(&served, "GET /v1/queue/blue", &Value::Null), renamed, "the path names the queue");
    assert_eq!(served.rest(Some(&alice()), "GET /v1/queue/red", None).status, 404);
    assert_eq!(ok(&served, "DELETE /v1/queue/blue", &Value::Null), json!({}));
    assert_eq!(served.rest(Some(&alice()), "GET /v1/queue/blue", None).status, 404);
}

#[test]
fn a_job_set_is_watched_line_by_line_from_where_one_left_off() {
    let served = serve(&config("portcullis.toml", &[]));
    ok(&served, "POST /v1/queue", &json!({ "name": "blue" }));
    let job = json!({ "namespace": "default", "labels": { "endless": "" }, "podSpec": { "containers": [{}] } });
    let jobs = json!({ "queue": "blue", "jobSetId": "set", "jobRequestItems": [job, job] });
    let submitted = ok(&served, "POST /v1/job/submit", &jobs);
    assert_eq!(submitted, json!({ "jobResponseItems": [{ "jobId": "job-1" }, { "jobId": "job-2" }] }));
    let info = json!({ "name": "blue", "activeJobSets": [{ "name": "set", "queuedJobs": 2 }] });
    let told = ok(&served, "GET /v1/queue/blue/info", &Value::Null);
    assert_eq!(told["activeJobSets"][0]["name"], info["activeJobSets"][0]["name"]);
    let cancel = json!({ "queue": "blue", "jobSetId": "set", "jobIds": ["job-1", "no-such-job"] });
    assert_eq!(ok(&served, "POST /v1/job/cancel", &cancel), json!({ "cancelledIds": ["job-1"] }));
    assert_eq!(ok(&served, "POST /v1/job/cancel", &cancel), json!({}), "nothing is cancelled twice");
    let rest = json!({ "queue": "blue", "jobSetId": "set" });
    assert_eq!(ok(&served, "POST /v1/job/cancel", &rest), json!({ "cancelledIds": ["job-2"] }));
    assert_eq!(ok(&served, "GET /v1/queue/blue/info", &Value::Null), json!({ "name": "blue" }));

    let events = served.rest(Some(&bob()), "POST /v1/job-set/blue/set", None);
    let all = lines(&events.body);
    let first = &all[0]["result"]["message"]["submitted"];
    assert_eq!((&first["job"]["owner"], &first["job"]["namespace"]), (&json!("alice"), &json!("default")));
    let last = &all.last().unwrap()["result"];
    assert_eq!(last["message"]["cancelled"]["requestor"], "alice");
    assert_eq!(last["id"], all.len().to_string());
    let from = json!({ "fromMessageId": (all.len() - 1).to_string() });
    let rest = served.rest(Some(&bob()), "POST /v1/job-set/blue/set", Some(&from));
    assert_eq!(lines(&rest.body), [all.last().unwrap().clone()]);
}

#[test]
fn whoever_watches_a_job_set_before_it_is_there_is_told_as_it_goes_on() {
    let served = serve(&config("portcullis.toml", &[]));
    ok(&served, "POST /v1/queue", &json!({ "name": "blue" }));
    let mut curl = Command::new("curl");
    curl.args(["-q", "--noproxy", "*", "-vsSN", "-m", "60", "-u", "bob:bob-the-builder", "-d", "{\"watch\":true}"]);
    curl.arg(served.program.url("/v1/job-set/blue/set")).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut watching = Watching(curl.spawn().unwrap());
    // curl ends by itself after a minute, and so do these.
    let mut said = BufReader::new(watching.0.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(said.any(|line| line.starts_with("< HTTP/1.1 200")), "it was not let in");
    let lines = BufReader::new(watching.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    let missing = json!({ "errorIfMissing": true });
    let answer = served.rest(Some(&bob()), "POST /v1/job-set/blue/set", Some(&missing));
    assert_eq!(answer.status, 404, "a job set is not there because somebody watches it");
    let jobs = json!({ "queue": "blue", "jobSetId": "set", "jobRequestItems": [{}] });
    ok(&served, "POST /v1/job/submit", &jobs);
    let events = lines.map(|line| serde_json::from_str::<Value>(&line).unwrap()["result"]["message"].clone());
    let mut told = Vec::new();
    for event in events {
        told.extend(event.as_object().unwrap().keys().cloned());
        if told.last().is_some_and(|last| last == "succeeded") {
            break;
        }
    }
    assert_eq!(told, ["submitted", "queued", "leased", "pending", "running", "succeeded"]);
}

/// A client that has no more to do when this is dropped.
struct Watching(Child);

impl Drop for Watching {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn what_is_wrong_with_a_request_is_told_in_the_form_of_the_gateway() {
    let served = serve(&config("portcullis.toml", &[]));
    for (line, body, status, code) in [
        ("POST /v1/queue", "{\"name\":", 400, 3),
        ("POST /v1/queue", "[]", 400, 3),
        ("POST /v1/queue", "{\"name\":7}", 400, 3),
        ("POST /v1/queue", "", 400, 3),
        ("POST /v1/job-set/none/set", "{\"errorIfMissing\":true}", 404, 5),
        ("GET /v1/nowhere", "", 404, 5),
        ("GET /nowhere", "", 404, 5),
        ("DELETE /v1/queue", "", 405, 12),
        ("PATCH /v1/job/submit", "", 405, 12),
        ("GET /v1/queue/%ff", "", 400, 3),
    ] {
        let (method, path) = line.split_once(' ').unwrap();
        let field = format!("Authorization: {}", alice());
        let answer = curl(&["-X", method, "-H", &field, "-d", body, &served.program.url(path)]);
        let told = answer.json();
        assert_eq!((answer.status, &told["code"]), (status, &json!(code)), "{line} {body}");
        assert!(told["error"].is_string() && told["error"] == told["message"], "{told}");
    }
}

#[test]
fn everybody_may_read_what_there_is_and_all_of_it_is_there() {
    let served = serve(&config("portcullis.toml", &[]));
    let swagger = served.rest(None, "GET /api/swagger.json", None);
    assert_eq!((swagger.status, swagger.field("content-type")), (200, Some("application/json")));
    let swagger = swagger.json();
    let mut operations = 0;
    for (path, methods) in swagger["paths"].as_object().unwrap() {
        let path = path.replace("{name}", "none").replace("{queue}", "none").replace("{id}", "none");
        for method in methods.as_object().unwrap().keys() {
            let line = format!("{} {path}", method.to_uppercase());
            assert_eq!(served.rest(None, &line, None).status, 401, "{line}");
            let answer = served.rest(Some(&alice()), &line, None);
            assert!([400, 404].contains(&answer.status), "{line}: {answer:?}");
            assert_ne!(answer.json()["message"], "Not Found", "{line} is no route");
            operations += 1;
        }
    }
    assert_eq!(operations, 9);
}
