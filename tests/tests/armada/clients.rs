//! armada-client, in Python and in Rust.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use portcullis_testbed::{Program, basic, repository};
use serde_json::{Value, json};

use super::service::{alice, bob, config, refusal, serve};

#[test]
fn the_python_client_submits_watches_and_cancels() {
    let served = serve(&config("portcullis.toml", &[]));
    let alice = alice();
    let alice = Some(alice.as_str());
    let endless = json!({ "endless": "" });
    let outcomes = served.done(&[
        (alice, "create_queue", json!({ "name": "blue" })),
        (alice, "get_queue", json!({ "name": "blue" })),
        (alice, "submit", json!({ "queue": "blue", "job_set": "short" })),
        (alice, "watch", json!({ "queue": "blue", "job_set": "short", "until": "succeeded" })),
        (alice, "submit", json!({ "queue": "blue", "job_set": "long", "labels": endless })),
        (alice, "watch", json!({ "queue": "blue", "job_set": "long", "until": "running" })),
        (alice, "queue_info", json!({ "name": "blue" })),
        (alice, "cancel", json!({ "queue": "blue", "job_set": "long", "job": "job-2" })),
        (alice, "watch", json!({ "queue": "blue", "job_set": "long", "until": "cancelled" })),
        (alice, "delete_queue", json!({ "name": "blue" })),
    ]);
    assert_eq!(outcomes[1], json!({ "name": "blue", "owners": ["alice"] }));
    let types = |outcome: &Value| -> Vec<String> {
        outcome.as_array().unwrap().iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(types(&outcomes[3]), ["submitted", "queued", "leased", "pending", "running", "succeeded"]);
    let submitted = json!({ "type": "submitted", "id": "1", "job": "job-1", "queue": "blue", "owner": "alice" });
    assert_eq!(outcomes[3][0], submitted);
    // QueueInfo { name: "blue", active_job_sets: [JobSetInfo { name: "long", leased_jobs: 1 }] }
    assert_eq!(outcomes[6], json!("0a04626c756512080a046c6f6e671801"));
    assert_eq!(outcomes[7], json!(["job-2"]));
    let cancelled = ["submitted", "queued", "leased", "pending", "running", "cancelling", "cancelled"];
    assert_eq!(types(&outcomes[8]), cancelled);
    assert_eq!(outcomes[8][6]["requestor"], "alice");
}

#[test]
fn the_python_client_is_told_16_for_a_wrong_password_and_7_for_what_it_may_not() {
    let served = serve(&config("portcullis.toml", &[]));
    let (alice, bob, wrong) = (alice(), bob(), basic("alice", "wrong-password"));
    let submit = || json!({ "queue": "blue", "job_set": "set" });
    let outcomes = served.grpc(&[
        (Some(&alice), "old_create_queue", json!({ "name": "blue" })),
        (Some(&wrong), "submit", submit()),
        (None, "submit", submit()),
        (Some(&wrong), "watch", json!({ "queue": "blue", "job_set": "set", "until": "submitted" })),
        (Some(&bob), "submit", submit()),
        (Some(&bob), "create_queue", json!({ "name": "green" })),
        (Some(&bob), "cancel", json!({ "queue": "blue", "job_set": "set" })),
    ]);
    for outcome in &outcomes[1..4] {
        assert_eq!(refusal(outcome), (16, "no valid credential was presented"));
        assert_eq!(outcome["challenges"], json!(["Basic realm=\"Armada\", charset=\"UTF-8\""]));
    }
    for (outcome, sentence) in [
        (&outcomes[4], "bob lacks permission submit required for action submit for queue blue"),
        (&outcomes[5], "bob lacks permission create_queue required for action create_queue"),
        (&outcomes[6], "bob lacks permission cancel required for action cancel for queue blue"),
    ] {
        assert_eq!(refusal(outcome), (7, sentence));
    }
}

#[test]
fn the_rust_client_submits_watches_and_cancels_and_is_told_what_it_may_not() {
    let served = serve(&config("portcullis.toml", &[]));
    served.done(&[(Some(&alice()), "create_queue", json!({ "name": "blue" }))]);
    let done = rust_client(&served.program, &["basic", "alice", "wonderland"]);
    let events = ["Submitted", "Queued", "Leased", "Pending", "Running", "Cancelling", "Cancelled"];
    assert_eq!(done, json!({ "job": "job-1", "events": events, "cancelled": ["job-1"] }));

    served.program.watch_for("wrong-password");
    let unknown = json!({ "code": 16, "message": "no valid credential was presented" });
    assert_eq!(rust_client(&served.program, &["basic", "alice", "wrong-password"]), unknown);
    assert_eq!(rust_client(&served.program, &[]), unknown);
    let bob = rust_client(&served.program, &["basic", "bob", "bob-the-builder"]);
    let sentence = "bob lacks permission submit required for action submit for queue blue";
    assert_eq!(bob, json!({ "code": 7, "message": sentence }));
}

/// What the Rust client gets: `tests/armada-client`, which is built now, and by itself.
pub(crate) fn rust_client(program: &Program, credential: &[&str]) -> Value {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let executable = BUILT.get_or_init(|| {
        let directory = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| repository().join("target"), PathBuf::from);
        let directory = std::path::absolute(directory.join("armada-client")).unwrap();
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        build.args(["build", "--locked", "--manifest-path", "tests/armada-client/Cargo.toml", "--target-dir"]);
        let status = build.arg(&directory).current_dir(repository()).stdin(Stdio::null()).status().unwrap();
        assert!(status.success(), "the Rust client cannot be built");
        directory.join(Path::new("debug/armada-client-calls"))
    });
    let mut calls = Command::new(executable);
    calls.args([program.url("").as_str(), "blue", "set"]).args(credential).stdin(Stdio::null());
    let output = calls.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}
