//! Airflow's own JSON client, which `airflow trigger_dag` and `airflow pool` use: the class of 1.10.15, run.

use portcullis_testbed::{Realm, airflow, python};
use serde_json::{Value, json};

use super::kerberos::with_tickets;
use super::*;

/// What came of these calls.
fn call(program: &Program, user: &Value, calls: &Value) -> Vec<Value> {
    outcomes(python("airflow_client.py", &arguments(program, user, calls).each_ref().map(String::as_str)))
}

fn arguments(program: &Program, user: &Value, calls: &Value) -> [String; 4] {
    let airflow = airflow("1.10.15").display().to_string();
    [airflow, program.on_localhost(""), user.to_string(), calls.to_string()]
}

fn outcomes(all: Value) -> Vec<Value> {
    all.as_array().unwrap().clone()
}

/// A user as the client wants it.
fn pair(user: &str) -> Value {
    let (name, password) = user.split_once(':').unwrap();
    json!([name, password])
}

/// Triggers a DAG, and makes, shows, lists and deletes a pool.
fn calls() -> Value {
    let pool = json!({ "name": "etl", "slots": "4", "description": "nightly" });
    let run =
        json!({ "dag_id": "tutorial", "run_id": "r1", "conf": "{\"a\": 1}", "execution_date": "2020-01-01T00:00:00" });
    json!([
        ["trigger_dag", run],
        ["create_pool", pool],
        ["get_pool", { "name": "etl" }],
        ["get_pools", {}],
        ["delete_pool", { "name": "etl" }],
    ])
}

/// What comes of them.
fn expected() -> Vec<Value> {
    let message = "Created <DagRun tutorial @ 2020-01-01 00:00:00+00:00: r1, externally triggered: True>";
    let (etl, default) = (json!(["etl", 4, "nightly"]), json!(["default_pool", 128, "Default pool"]));
    let values = [json!(message), etl.clone(), etl.clone(), json!([default, etl]), etl];
    values.map(|value| json!({ "value": value })).to_vec()
}

#[test]
fn it_gets_in_with_a_password() {
    let program = with_passwords();
    assert_eq!(call(&program, &pair(DAVE), &calls()), expected());
    let again = json!([["trigger_dag", { "dag_id": "tutorial" }]]);
    let told = call(&program, &pair(CAROL), &again);
    assert!(told[0]["value"].as_str().unwrap().starts_with("Created <DagRun tutorial @ "), "{told:?}");
}

#[test]
fn it_gets_in_with_the_password_of_netrc_as_the_command_line_does() {
    let site = site(&shipped("password.toml"));
    let readme = shipped("README.md");
    let line = readme.lines().find(|line| line.starts_with("machine 127.0.0.1 ")).unwrap();
    site.write("netrc", &line.replace("127.0.0.1", "localhost"));
    let program = site.example("example-airflow");
    let netrc = json!({ "netrc": site.path("netrc") });
    assert_eq!(call(&program, &netrc, &calls()), expected());
}

#[test]
fn it_gets_in_with_a_ticket_and_is_shown_who_the_service_is() {
    let realm = Realm::start("EXAMPLE.TEST");
    let program = with_tickets(&realm);
    let call = |user: &str| {
        let arguments = arguments(&program, &json!("kerberos"), &calls());
        outcomes(realm.tickets(user).python("airflow_client.py", &arguments.each_ref().map(String::as_str)))
    };
    assert_eq!(call("dave"), expected());
    let told = call("bob");
    assert_eq!(told[0]["error"], "can_create dag_runs in namespace \"tutorial\" is forbidden");
    assert_eq!(told[3]["error"], "can_read pools is forbidden");
}

#[test]
fn it_shows_why_it_is_refused() {
    let program = with_passwords();
    let errors = |user: &Value| -> Vec<_> {
        call(&program, user, &calls())
            .iter()
            .map(|outcome| outcome["error"].as_str().unwrap_or("none").to_owned())
            .collect()
    };
    for nobody in [json!(["dave", "wrong-password"]), json!(["mallory", "wrong-password"]), Value::Null] {
        assert_eq!(errors(&nobody), ["no valid credential was presented"; 5], "{nobody}");
    }
    let forbidden = [
        "can_create dag_runs in namespace \"tutorial\" is forbidden",
        "can_create pools is forbidden",
        "can_read pools \"etl\" is forbidden",
        "can_read pools is forbidden",
        "can_delete pools \"etl\" is forbidden",
    ];
    assert_eq!(errors(&pair(BOB)), forbidden);

    let deny_all = serve(&shipped("portcullis.toml"));
    for outcome in call(&deny_all, &pair(ALICE), &calls()) {
        assert_eq!(outcome["error"], "access is denied to everybody");
    }
}

#[test]
fn it_shows_what_is_not_there_and_what_cannot_be() {
    let program = with_passwords();
    for (name, arguments, error) in [
        ("trigger_dag", json!({ "dag_id": "nowhere" }), "Dag id nowhere not found in DagModel"),
        ("trigger_dag", json!({ "dag_id": "tutorial", "conf": "no JSON" }), "conf is not JSON"),
        ("get_pool", json!({ "name": "none" }), "Pool 'none' doesn't exist"),
        ("create_pool", json!({ "name": "p", "slots": "x", "description": "" }), "Bad value for `slots`: \"x\""),
        ("delete_pool", json!({ "name": "default_pool" }), "default_pool cannot be deleted"),
        // Not in the document.
        ("delete_dag", json!({ "dag_id": "tutorial" }), "delete /api/experimental/dags/tutorial is forbidden"),
    ] {
        assert_eq!(call(&program, &pair(ALICE), &json!([[name, arguments]]))[0]["error"], error, "{name}");
    }
}
