//! Tickets for the service `airflow`.

use std::path::Path;

use portcullis_testbed::{Block, Realm, Tickets};
use serde_json::{Value, json};

use super::*;

/// The example with its `kerberos.toml`, and a keytab of `airflow/localhost`.
pub(super) fn with_tickets(realm: &Realm) -> Program {
    with_keytab(realm, &realm.keytab("airflow.keytab", &["airflow/localhost"]))
}

fn with_keytab(realm: &Realm, keytab: &Path) -> Program {
    // A replay cache of its own; the usual one is the user's.
    let replays = format!("keytab = \"airflow.keytab\"\nreplay_cache = {:?}", realm.path("replays"));
    let site = site(&shipped("kerberos.toml").replace("keytab = \"airflow.keytab\"", &replays));
    std::fs::copy(keytab, site.path("airflow.keytab")).unwrap();
    site.example_here_with("example-airflow", |command| realm.environment(command))
}

/// What requests-kerberos gets, which insists on mutual authentication.
fn requests(tickets: &Tickets, program: &Program, service: &str, calls: &[Call]) -> Vec<Value> {
    let url = program.on_localhost("/api/experimental");
    let outcomes = tickets.python("airflow_requests.py", &[&url, service, &json!(calls).to_string()]);
    outcomes.as_array().unwrap().clone()
}

#[test]
fn every_command_works_with_curl_and_a_ticket() {
    let realm = Realm::start("EXAMPLE.TEST");
    let (program, alice) = (with_tickets(&realm), realm.tickets("alice"));
    for (method, path, body) in ENDPOINTS {
        let url = program.on_localhost(&format!("/api/experimental{path}"));
        let data: &[&str] = if body.is_empty() { &[] } else { &["-d", body] };
        let answer = alice.curl(&[&["--service-name", "airflow", "-X", method, &url], data].concat());
        assert_eq!(answer.status, 200, "{method} {path}: {answer:?}");
        assert!(answer.field("www-authenticate").unwrap().starts_with("Negotiate "), "{answer:?}");
    }
}

#[test]
fn every_command_works_with_requests_kerberos_which_insists_on_mutual_authentication() {
    let realm = Realm::start("EXAMPLE.TEST");
    let (program, alice) = (with_tickets(&realm), realm.tickets("alice"));
    for (call, outcome) in ENDPOINTS.iter().zip(requests(&alice, &program, "airflow", &ENDPOINTS)) {
        assert_eq!(outcome["status"], 200, "{call:?}: {outcome}");
    }
}

#[test]
fn a_ticket_brings_the_role_of_its_user_and_a_refusal_is_proved_too() {
    let realm = Realm::start("EXAMPLE.TEST");
    let program = with_tickets(&realm);
    let statuses = |user: &str| -> Vec<_> {
        let outcomes = requests(&realm.tickets(user), &program, "airflow", &[ENDPOINTS[0], ENDPOINTS[1], ENDPOINTS[9]]);
        // Of an answer without a proof, requests-kerberos shows no body.
        assert!(
            outcomes.iter().all(|outcome| outcome["body"].as_str().is_some_and(|body| !body.is_empty())),
            "{outcomes:?}"
        );
        outcomes.iter().map(|outcome| outcome["status"].as_u64().unwrap()).collect()
    };
    assert_eq!(statuses("bob"), [200, 403, 403]);
    assert_eq!(statuses("erin"), [200, 200, 403]);
    assert_eq!(statuses("mallory"), [200, 403, 403]);
    assert_eq!(statuses("alice/admin"), [200, 403, 403], "somebody else than alice");
}

#[test]
fn a_ticket_for_another_service_and_none_are_401() {
    let realm = Realm::start("EXAMPLE.TEST");
    realm.ensure("HTTP/localhost");
    let program = with_tickets(&realm);
    let outcome = requests(&realm.tickets("alice"), &program, "HTTP", &ENDPOINTS[..1]);
    assert_eq!(outcome[0]["status"], 401, "{outcome:?}");
    let answer = send(&program, ENDPOINTS[0], &[]);
    assert_eq!((answer.status, answer.field("www-authenticate")), (401, Some("Negotiate")));
    assert_eq!(answer.json()["error"], "no valid credential was presented");
    assert_eq!(send(&program, ENDPOINTS[0], &["-u", ALICE]).status, 401, "a password is none");
}

#[test]
fn the_readme_s_commands_about_tickets_work() {
    let realm = Realm::start("EXAMPLE.TEST");
    let (readme, keytab) = (shipped("README.md"), realm.path("made-by-the-readme.keytab"));
    let commands = |start: &'static str| readme.lines().filter_map(move |line| line.strip_prefix(start));
    for query in commands("kadmin.local ") {
        let query = query.replace("airflow.keytab", keytab.to_str().unwrap());
        let _ = realm.kadmin(&query.split_whitespace().collect::<Vec<_>>());
    }
    let (program, alice) = (with_keytab(&realm, &keytab), realm.tickets("alice"));
    let here = |text: &str| text.replace("http://localhost:8080", &program.on_localhost(""));

    let curls: Vec<_> = commands("curl --negotiate -u : ").map(here).collect();
    assert_eq!(curls.len(), 2);
    for command in curls {
        let answer = alice.curl(&command.split_whitespace().collect::<Vec<_>>());
        assert_eq!(answer.status, 200, "{command}: {answer:?}");
    }
    let snippet = Block::all(&readme).into_iter().find(|block| block.text.starts_with("import requests")).unwrap();
    let outcome = alice.python("airflow_snippet.py", &[&here(&snippet.text)]);
    assert_eq!((&outcome["status"], outcome["body"].as_str()), (&json!(200), Some(r#"{"status":"OK"}"#)));
}
