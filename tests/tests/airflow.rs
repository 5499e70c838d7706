//! The example of Airflow's experimental API, with the config files that it comes with: every command of Airflow's document,
//! by curl, by requests-kerberos, and by Airflow's own client.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use portcullis_testbed::{Answer, Program, Site, curl, repository};

#[path = "airflow/commands.rs"]
mod commands;
#[path = "airflow/json_client.rs"]
mod json_client;
#[path = "airflow/kerberos.rs"]
mod kerberos;
#[path = "airflow/refusals.rs"]
mod refusals;
#[path = "airflow/roles.rs"]
mod roles;

/// The users of the example, with their passwords.
const ALICE: &str = "alice:wonderland";
const BOB: &str = "bob:builder";
const CAROL: &str = "carol:through-the-looking-glass";
const DAVE: &str = "dave:open-the-pod-bay-doors";
const ERIN: &str = "erin:hunting-the-snark";

/// A request: its method, its path below `/api/experimental`, and its body.
type Call = (&'static str, &'static str, &'static str);

/// The twelve endpoints of the document, in an order in which each finds what it needs.
const ENDPOINTS: [Call; 12] = [
    ("GET", "/test", ""),
    ("POST", "/dags/example_bash_operator/dag_runs", r#"{"conf":"{\"key\":\"value\"}"}"#),
    ("GET", "/dags/example_bash_operator/dag_runs", ""),
    ("GET", "/dags/example_bash_operator/dag_runs/2016-11-16T11:34:15", ""),
    ("GET", "/dags/example_bash_operator/dag_runs/2016-11-16T11:34:15/tasks/runme_0", ""),
    ("GET", "/dags/example_bash_operator/tasks/runme_0", ""),
    ("GET", "/dags/example_bash_operator/paused/true", ""),
    ("GET", "/latest_runs", ""),
    ("POST", "/pools", r#"{"name":"etl","slots":4,"description":"nightly"}"#),
    ("GET", "/pools", ""),
    ("GET", "/pools/etl", ""),
    ("DELETE", "/pools/etl", ""),
];

/// A file of the example.
fn shipped(name: &str) -> String {
    std::fs::read_to_string(repository().join("examples/airflow").join(name)).unwrap()
}

/// The example's roles and users, with this config file.
fn site(config: &str) -> Site {
    let site = Site::new(config);
    for name in ["roles.toml", "users.htpasswd"] {
        site.write(name, &shipped(name));
    }
    for (_, password) in [ALICE, BOB, CAROL, DAVE, ERIN].map(|user| user.split_once(':').unwrap()) {
        site.watch_for(password);
    }
    site
}

/// The example, with this config file.
fn serve(config: &str) -> Program {
    site(config).example_here_with("example-airflow", |_| {})
}

/// The example, with passwords.
fn with_passwords() -> Program {
    serve(&shipped("password.toml"))
}

/// What curl gets for a call, with these arguments.
fn send(program: &Program, (method, path, body): Call, arguments: &[&str]) -> Answer {
    let url = program.url(&format!("/api/experimental{path}"));
    let data: &[&str] = if body.is_empty() { &[] } else { &["-d", body] };
    curl(&[&["-X", method, &url], data, arguments].concat())
}
