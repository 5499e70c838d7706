//! Each role may what Airflow says, and no more.

use serde_json::{Value, json};

use super::*;

/// Of each of the [`ENDPOINTS`]: whether a Viewer, a User, an Op and an Admin may call it.
const TABLE: [[bool; 4]; 12] = {
    const ALL: [bool; 4] = [true; 4];
    const NOT_VIEWERS: [bool; 4] = [false, true, true, true];
    const OPERATORS: [bool; 4] = [false, false, true, true];
    [ALL, NOT_VIEWERS, ALL, ALL, ALL, ALL, NOT_VIEWERS, ALL, OPERATORS, OPERATORS, OPERATORS, OPERATORS]
};

/// The same endpoints, of another DAG.
fn of(dag_id: &str, (method, path, body): Call) -> Call {
    let path = path.replace("example_bash_operator", dag_id).replace("runme_0", "sleep");
    (method, path.leak(), body)
}

fn is_of_a_dag((_, path, _): &Call) -> bool {
    path.starts_with("/dags/")
}

fn latest(program: &Program, user: &str) -> Vec<Value> {
    let answer = send(program, ("GET", "/latest_runs", ""), &["-u", user]);
    answer.json()["items"].as_array().unwrap().iter().map(|item| item["dag_id"].clone()).collect()
}

#[test]
fn each_role_may_what_airflow_says_and_no_more() {
    for (role, user) in [BOB, CAROL, DAVE, ALICE].into_iter().enumerate() {
        let program = with_passwords();
        for (call, may) in ENDPOINTS.into_iter().zip(TABLE) {
            let answer = send(&program, call, &["-u", user]);
            assert_eq!(answer.status, if may[role] { 200 } else { 403 }, "{user}: {call:?}");
        }
    }
}

#[test]
fn what_is_not_in_the_document_is_denied_to_everybody() {
    let program = with_passwords();
    for call in [
        ("DELETE", "/dags/tutorial", ""),
        ("GET", "/dags/tutorial/code", ""),
        ("GET", "/dags/tutorial/paused", ""),
        ("PUT", "/pools/default_pool", "{}"),
        ("POST", "/test", "{}"),
        ("GET", "/pools/", ""),
        ("GET", "/info", ""),
    ] {
        assert_eq!(send(&program, call, &["-u", ALICE]).status, 403, "{call:?}");
    }
}

#[test]
fn who_has_a_permission_on_one_dag_may_do_nothing_to_another() {
    let program = with_passwords();
    for call in ENDPOINTS.into_iter().filter(is_of_a_dag) {
        assert_eq!(send(&program, call, &["-u", ERIN]).status, 200, "{call:?}");
        // Whether there is such a DAG is not told.
        for other in ["tutorial", "nowhere", "example_bash_operator_2", "EXAMPLE_BASH_OPERATOR"] {
            let call = of(other, call);
            assert_eq!(send(&program, call, &["-u", ERIN]).status, 403, "{call:?}");
        }
    }
    assert_eq!(send(&program, ("GET", "/pools", ""), &["-u", ERIN]).status, 403);
    assert_eq!(latest(&program, ERIN), ["example_bash_operator"]);
    assert_eq!(latest(&program, BOB), ["example_bash_operator", "tutorial"]);
}

#[test]
fn a_permission_on_one_dag_adds_to_a_role() {
    let site = site(&shipped("password.toml"));
    let more = "[[binding]]\nrole = \"User\"\nsubjects = [{ user = \"bob\" }]\nnamespaces = [\"tutorial\"]\n";
    site.write("roles.toml", &format!("{}\n{more}", shipped("roles.toml")));
    let program = site.example("example-airflow");
    for call in ENDPOINTS.into_iter().filter(is_of_a_dag) {
        assert_eq!(send(&program, of("tutorial", call), &["-u", BOB]).status, 200, "{call:?}");
    }
    assert_eq!(send(&program, ENDPOINTS[1], &["-u", BOB]).status, 403);
}

#[test]
fn who_has_no_role_is_known_and_may_do_nothing() {
    let site = site(&shipped("password.toml"));
    site.write("users.htpasswd", &portcullis_testbed::user("frank", "nobody-in-particular"));
    site.watch_for("nobody-in-particular");
    let program = site.example("example-airflow");
    let frank = "frank:nobody-in-particular";
    for call in ENDPOINTS {
        let expected = if ["/test", "/latest_runs"].contains(&call.1) { 200 } else { 403 };
        assert_eq!(send(&program, call, &["-u", frank]).status, expected, "{call:?}");
    }
    assert_eq!(latest(&program, frank), Vec::<Value>::new());
}

#[test]
fn a_pool_that_is_there_is_changed_by_those_alone_who_may_edit_it() {
    let roles = |more: &str| {
        let create = "{ verbs = ['can_create', 'can_read'], resources = ['pools'] }";
        format!(
            "[role.maker]\nrules = [{create}, {more}]\n[[binding]]\nrole = 'maker'\nsubjects = [{{ user = 'alice' }}]\n"
        )
    };
    let edit = "{ verbs = ['can_edit'], resources = ['pools'], names = ['etl'] }";
    for (more, status, slots) in [("", 403, 4), (edit, 200, 5)] {
        let site = site(&shipped("password.toml"));
        site.write("roles.toml", &roles(more));
        let program = site.example("example-airflow");
        assert_eq!(send(&program, ENDPOINTS[8], &["-u", ALICE]).status, 200);
        let again = ("POST", "/pools", r#"{"name":"etl","slots":5,"description":null}"#);
        let answer = send(&program, again, &["-u", ALICE]);
        assert_eq!(answer.status, status, "{answer:?}");
        if status == 403 {
            assert_eq!(answer.json()["error"], json!("can_edit pools \"etl\" is forbidden"));
        }
        assert_eq!(send(&program, ("GET", "/pools/etl", ""), &["-u", ALICE]).json()["slots"], slots);
    }
}
