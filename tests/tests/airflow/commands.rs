//! Each command of the document, as it stands there but for host and placeholders, and a user: what it answers.

use serde_json::{Value, json};

use super::*;

const RUN: &str = "/dags/example_bash_operator/dag_runs/2016-11-16T11:34:15";

/// What alice gets for a GET.
fn get(program: &Program, path: &'static str) -> (u16, Value) {
    let answer = send(program, ("GET", path, ""), &["-u", ALICE]);
    (answer.status, answer.json())
}

fn post(program: &Program, path: &'static str, body: &'static str) -> (u16, Value) {
    let answer = send(program, ("POST", path, body), &["-u", ALICE]);
    (answer.status, answer.json())
}

fn error(text: &str) -> Value {
    json!({ "error": text })
}

#[test]
fn a_dag_run_is_created_with_a_config() {
    let program = with_passwords();
    let url = program.url("/api/experimental/dags/example_bash_operator/dag_runs");
    let fields = ["-H", "Cache-Control: no-cache", "-H", "Content-Type: application/json"];
    let answer =
        curl(&[&["-X", "POST", &url][..], &fields, &["-d", r#"{"conf":"{\"key\":\"value\"}"}"#, "-u", ALICE]].concat());
    let (made, date) = (answer.json(), answer.json()["execution_date"].as_str().unwrap().to_owned());
    assert_eq!((answer.status, &made["run_id"]), (200, &json!(format!("manual__{date}"))));
    assert!(date.ends_with("+00:00") && date.len() == "2016-11-16T11:34:15+00:00".len(), "{date}");
    let shown = date.replace('T', " ");
    let message =
        format!("Created <DagRun example_bash_operator @ {shown}: manual__{date}, externally triggered: True>");
    assert_eq!(made["message"], json!(message));

    let (_, runs) = get(&program, "/dags/example_bash_operator/dag_runs");
    assert_eq!(
        (&runs[1]["run_id"], &runs[1]["state"], &runs[1]["id"]),
        (&made["run_id"], &json!("running"), &json!(2))
    );
}

#[test]
fn a_dag_run_has_the_name_and_the_date_that_it_is_given() {
    let program = with_passwords();
    let dag_runs = "/dags/tutorial/dag_runs";
    let (status, made) = post(
        &program,
        dag_runs,
        r#"{"run_id":"backfill","conf":{"key":"value"},"execution_date":"2020-02-29T00:00:00","other":1}"#,
    );
    assert_eq!(
        (status, &made["run_id"], &made["execution_date"]),
        (200, &json!("backfill"), &json!("2020-02-29T00:00:00+00:00"))
    );
    assert_eq!(get(&program, "/dags/tutorial/dag_runs/2020-02-29T00:00:00"), (200, json!({ "state": "running" })));

    let there = error("Run id backfill already exists for dag id tutorial");
    for again in [r#"{"run_id":"backfill"}"#, r#"{"execution_date":"2020-02-29T01:00:00+01:00"}"#] {
        assert_eq!(post(&program, dag_runs, again), (400, there.clone()), "{again}");
    }
    for wrong in [r#"{"execution_date":"yesterday"}"#, r#"{"conf":"no JSON"}"#, "no JSON", "[]", r#"{"run_id":1}"#] {
        let (status, body) = post(&program, dag_runs, wrong);
        assert!(status == 400 && body["error"].is_string(), "{wrong}: {status} {body}");
    }
    let nowhere = post(&program, "/dags/nowhere/dag_runs", "{}");
    assert_eq!(nowhere, (404, error("Dag id nowhere not found in DagModel")));
}

#[test]
fn the_dag_runs_of_a_dag_are_listed() {
    let program = with_passwords();
    let url = "/admin/airflow/graph?dag_id=example_bash_operator&execution_date=2016-11-16+11%3A34%3A15%2B00%3A00";
    let run = json!({
        "id": 1,
        "run_id": "manual__2016-11-16T11:34:15+00:00",
        "state": "success",
        "dag_id": "example_bash_operator",
        "execution_date": "2016-11-16T11:34:15+00:00",
        "start_date": "2016-11-16T11:34:15+00:00",
        "dag_run_url": url,
    });
    assert_eq!(get(&program, "/dags/example_bash_operator/dag_runs"), (200, json!([run])));
    assert_eq!(get(&program, "/dags/nowhere/dag_runs").0, 400, "as Airflow has it");
}

#[test]
fn a_dag_run_is_found_by_its_date() {
    let program = with_passwords();
    for date in [
        "2016-11-16T11:34:15",
        "2016-11-16T11:34:15+00:00",
        "2016-11-16T11%3A34%3A15%2B00%3A00",
        "2016-11-16T13:34:15.0+02:00",
    ] {
        let path = format!("/dags/example_bash_operator/dag_runs/{date}").leak();
        assert_eq!(get(&program, path), (200, json!({ "state": "success" })), "{date}");
    }
    let other = "Dag Run for date 2016-11-16 00:00:00+00:00 not found in dag tutorial";
    assert_eq!(get(&program, "/dags/tutorial/dag_runs/2016-11-16"), (404, error(other)));
    let zoned = "2016-11-16T12:34:15%5BEurope/Berlin%5D".replace('/', "%2F");
    assert_eq!(get(&program, format!("/dags/tutorial/dag_runs/{zoned}").leak()).0, 400, "not taken for UTC");
    for wrong in ["yesterday", "2016-13-16T11:34:15", "11:34:15", "2016-11-16T11:34:15+99:00"] {
        let path = format!("/dags/tutorial/dag_runs/{wrong}").leak();
        let told = format!(
            "Given execution date, {wrong}, could not be identified as a date. Example date format: 2015-11-16T14:34:15+00:00"
        );
        assert_eq!(get(&program, path), (400, error(&told)));
    }
    assert_eq!(get(&program, "/dags/nowhere/dag_runs/2016-11-16T11:34:15").0, 404);
}

#[test]
fn the_server_says_that_it_works() {
    assert_eq!(get(&with_passwords(), "/test"), (200, json!({ "status": "OK" })));
}

#[test]
fn a_task_is_shown() {
    let program = with_passwords();
    let (status, task) = get(&program, "/dags/tutorial/tasks/print_date");
    assert_eq!((status, &task["task_id"], &task["bash_command"]), (200, &json!("print_date"), &json!("date")));
    assert!(task.as_object().unwrap().values().all(Value::is_string), "{task}");
    assert_eq!(get(&program, "/dags/tutorial/tasks/other"), (404, error("Task other not found in dag tutorial")));
    assert_eq!(get(&program, "/dags/nowhere/tasks/other").0, 404);
}

#[test]
fn a_task_instance_is_shown() {
    let program = with_passwords();
    let (status, instance) = get(&program, &*format!("{RUN}/tasks/runme_0").leak());
    assert_eq!(
        (status, &instance["state"], &instance["dag_id"]),
        (200, &json!("success"), &json!("example_bash_operator"))
    );
    assert_eq!(instance["execution_date"], "2016-11-16 11:34:15+00:00");
    assert!(instance.as_object().unwrap().values().all(Value::is_string), "{instance}");
    for missing in [
        "/dags/tutorial/dag_runs/2016-11-16T11:34:16/tasks/sleep",
        "/dags/tutorial/dag_runs/2016-11-16T11:34:15/tasks/x",
    ] {
        assert_eq!(get(&program, missing).0, 404, "{missing}");
    }
}

#[test]
fn a_dag_is_paused_and_goes_on() {
    let program = with_passwords();
    assert_eq!(post(&program, "/dags/tutorial/dag_runs", r#"{"execution_date":"2020-01-01T00:00:00"}"#).0, 200);
    let state = || get(&program, "/dags/tutorial/dag_runs/2020-01-01T00:00:00/tasks/sleep").1["state"].clone();
    for (path, expected) in [("/dags/tutorial/paused/false", "scheduled"), ("/dags/tutorial/paused/true", "None")] {
        assert_eq!(get(&program, path), (200, json!({ "response": "ok" })));
        assert_eq!(state(), expected);
    }
    assert_eq!(get(&program, "/dags/tutorial/paused/no"), (400, error("paused must be true or false")));
    assert_eq!(get(&program, "/dags/nowhere/paused/true").0, 404);
}

#[test]
fn the_latest_run_of_each_dag_is_shown() {
    let program = with_passwords();
    assert_eq!(post(&program, "/dags/tutorial/dag_runs", r#"{"execution_date":"2015-01-01T00:00:00"}"#).0, 200);
    assert_eq!(
        post(&program, "/dags/example_bash_operator/dag_runs", r#"{"execution_date":"2020-01-01T00:00:00"}"#).0,
        200
    );
    let (status, latest) = get(&program, "/latest_runs");
    let dates = latest["items"].as_array().unwrap().iter().map(|item| (&item["dag_id"], &item["execution_date"]));
    let expected = [("example_bash_operator", "2020-01-01T00:00:00+00:00"), ("tutorial", "2016-11-16T11:34:15+00:00")];
    assert_eq!(status, 200);
    assert!(
        dates.eq(expected.map(|(id, date)| (json!(id), json!(date))).iter().map(|(id, date)| (id, date))),
        "{latest}"
    );
    assert!(latest["items"][1]["dag_run_url"].is_string() && latest["items"][1]["start_date"].is_string());
}

#[test]
fn pools_are_created_shown_listed_and_deleted() {
    let program = with_passwords();
    let default = json!({ "id": 1, "pool": "default_pool", "slots": 128, "description": "Default pool" });
    assert_eq!(get(&program, "/pools/default_pool"), (200, default.clone()));
    let pool = |slots: i64| json!({ "id": 2, "pool": "etl", "slots": slots, "description": "nightly" });
    // The command line sends the number as a text.
    for (slots, body) in [
        (4, r#"{"name":"etl","slots":4,"description":"nightly"}"#),
        (-1, r#"{"name":"etl","slots":"-1","description":"nightly"}"#),
    ] {
        assert_eq!(post(&program, "/pools", body), (200, pool(slots)));
        assert_eq!(get(&program, "/pools/etl"), (200, pool(slots)));
    }
    assert_eq!(get(&program, "/pools"), (200, json!([default, pool(-1)])));

    let delete = |path| {
        let answer = send(&program, ("DELETE", path, ""), &["-u", ALICE]);
        (answer.status, answer.json())
    };
    assert_eq!(delete("/pools/etl"), (200, pool(-1)));
    assert_eq!(delete("/pools/etl"), (404, error("Pool 'etl' doesn't exist")));
    assert_eq!(get(&program, "/pools/etl"), (404, error("Pool 'etl' doesn't exist")));
    assert_eq!(delete("/pools/default_pool"), (400, error("default_pool cannot be deleted")));
    for (body, told) in [
        (r#"{"name":" ","slots":1,"description":""}"#, "Pool name shouldn't be empty"),
        (r#"{"name":"etl","slots":"many","description":""}"#, "Bad value for `slots`: \"many\""),
    ] {
        assert_eq!(post(&program, "/pools", body), (400, error(told)));
    }
    assert_eq!(post(&program, "/pools", r#"{"slots":1}"#).0, 400);
}
