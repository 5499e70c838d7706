//! Who is not let in, and how that is said.

use serde_json::{Value, json};

use super::*;

const CHALLENGE: &str = "Basic realm=\"Airflow\", charset=\"UTF-8\"";

#[test]
fn by_default_nobody_gets_in() {
    let program = serve(&shipped("portcullis.toml"));
    for call in ENDPOINTS {
        for user in [&[][..], &["-u", ALICE]] {
            let answer = send(&program, call, user);
            let told = (
                answer.status,
                &answer.json()["error"] == "access is denied to everybody",
                answer.field("www-authenticate"),
            );
            assert_eq!(told, (403, true, None), "{call:?} {user:?}");
        }
    }
}

#[test]
fn what_a_request_takes_does_not_depend_on_how_callers_prove_who_they_are() {
    let [password, kerberos] = ["password.toml", "kerberos.toml"].map(shipped);
    let routes = password.split_once("[response]").unwrap().1;
    assert_eq!(routes, kerberos.split_once("[response]").unwrap().1);
    assert_eq!(routes.matches("[[route]]").count(), ENDPOINTS.len());
}

#[test]
fn a_wrong_password_and_none_are_401_with_a_challenge() {
    let program = with_passwords();
    let wrong = [
        &[][..],
        &["-u", "carol:wrong-password"],
        &["-u", "mallory:through-the-looking-glass"],
        &["-u", "carol:"],
        &["-H", "Authorization: Basic ***"],
        &["-H", "Authorization: Basic"],
        &["-H", "Authorization: Bearer token-of-nobody"],
    ];
    for arguments in wrong {
        for call in [ENDPOINTS[0], ENDPOINTS[1], ("GET", "/nowhere", "")] {
            let answer = send(&program, call, arguments);
            assert_eq!((answer.status, answer.field("www-authenticate")), (401, Some(CHALLENGE)), "{arguments:?}");
            assert_eq!(answer.json()["error"], json!("no valid credential was presented"), "{arguments:?}");
        }
    }
}

#[test]
fn who_has_no_leave_is_told_for_what() {
    let answer = send(&with_passwords(), ENDPOINTS[1], &["-u", BOB]);
    let told = "can_create dag_runs in namespace \"example_bash_operator\" is forbidden";
    assert_eq!((answer.status, answer.json()), (403, json!({ "error": told, "code": 7, "message": told })));
}

#[test]
fn a_password_is_not_hashed_for_every_request() {
    let program = with_passwords();
    let url = program.url("/api/experimental/test");
    let answer = curl(&[&["-u", CAROL][..], &vec![url.as_str(); 20]].concat());
    assert_eq!(String::from_utf8(answer.body).unwrap().matches(r#"{"status":"OK"}"#).count(), 20);
    assert_eq!(send(&program, ENDPOINTS[0], &["-u", "carol:wrong-password"]).status, 401);
    assert_eq!(send(&program, ENDPOINTS[0], &["-u", BOB]).status, 200);
    // Of a caller who is remembered there is no event: each is of a password that was verified just then.
    program.wait_for("bob");
    let log = program.log();
    let events = log.lines().filter(|line| line.contains("portcullis::audit") && line.contains("accepted"));
    let callers: Vec<_> = events.map(|line| ["carol", "bob"].map(|name| line.contains(name))).collect();
    assert_eq!(callers, [[true, false], [false, true]], "{log}");
}

#[test]
fn what_a_page_of_another_site_has_a_browser_send_is_refused() {
    let program = with_passwords();
    for call in ENDPOINTS {
        let (method, path, _) = call;
        // What only reads does no harm: the page is not shown the answer.
        let expected = if method == "GET" && !path.contains("paused") { [200, 404] } else { [403, 403] };
        let answer =
            send(&program, call, &["-u", ALICE, "-H", "Sec-Fetch-Site: cross-site", "-H", "Origin: https://evil.test"]);
        assert!(expected.contains(&answer.status), "{call:?}: {answer:?}");
    }
    let own = ["-u", ALICE, "-H", "Sec-Fetch-Site: same-origin"];
    assert_eq!(send(&program, ENDPOINTS[6], &own).status, 200);
}

/// With alice's password, this body.
fn post(program: &Program, path: &str, body: &Value) -> (u16, Value) {
    let url = program.url(&format!("/api/experimental{path}"));
    let answer = curl(&["-u", ALICE, "-d", &body.to_string(), &url]);
    (answer.status, answer.json())
}

#[test]
fn there_is_an_end_to_what_a_request_brings() {
    let program = with_passwords();
    let (runs, long) = ("/dags/tutorial/dag_runs", "x".repeat(251));
    let pool = |name: &str, description: &str| json!({ "name": name, "slots": 1, "description": description });
    for (path, body, told) in [
        (runs, json!({ "run_id": long }), "run_id has over 250 characters"),
        ("/pools", pool(&"x".repeat(51), ""), "Pool name has over 50 characters"),
        ("/pools", pool("etl", &"x".repeat(1_001)), "description has over 1000 characters"),
    ] {
        assert_eq!(post(&program, path, &body), (400, json!({ "error": told })));
    }
    for (path, body) in [(runs, json!({ "conf": "x".repeat(70_000) })), ("/pools", pool(&"x".repeat(70_000), ""))] {
        assert_eq!(post(&program, path, &body), (413, json!({ "error": "the body is over 65536 bytes" })));
    }
    assert!(!program.log().contains(&long), "nor is it logged");
    assert_eq!(
        post(&program, runs, &json!({ "run_id": "ü".repeat(250), "conf": { "key": "x".repeat(60_000) } })).0,
        200
    );
    assert_eq!(post(&program, "/pools", &pool(&"ü".repeat(50), &"x".repeat(1_000))).0, 200);
}

#[test]
fn there_is_an_end_to_what_is_stored() {
    let program = with_passwords();
    // As many requests in one go, each with a date or a name of its own.
    let all = |path: &str, bodies: &mut dyn Iterator<Item = Value>| {
        let url = program.url(&format!("/api/experimental{path}"));
        let bodies: Vec<_> = bodies.map(|body| body.to_string()).collect();
        let calls = bodies.iter().flat_map(|body| ["--next", "-s", "-u", ALICE, "-d", body, &url]).skip(1);
        let answers = String::from_utf8(curl(&calls.collect::<Vec<_>>()).body).unwrap();
        answers.matches("there is no room for more than").count()
    };
    let mut runs = (0..1_010).map(|number| {
        let date = format!("2020-01-01T{:02}:{:02}:00", number / 60, number % 60);
        json!({ "run_id": format!("run-{number}"), "execution_date": date })
    });
    // One was there from the start.
    assert_eq!(all("/dags/tutorial/dag_runs", &mut runs), 11);
    assert_eq!(post(&program, "/dags/tutorial/dag_runs", &json!({})).0, 429);
    assert_eq!(post(&program, "/dags/example_bash_operator/dag_runs", &json!({})).0, 200, "each DAG has its own room");
    let pool = |number| json!({ "name": format!("pool-{number}"), "slots": number });
    assert_eq!(all("/pools", &mut (0..102).map(pool)), 3);
    let (status, told) = post(&program, "/pools", &pool(200));
    assert_eq!((status, &told["error"]), (429, &json!("there is no room for more than 100 pools")));
    assert_eq!(post(&program, "/pools", &pool(7)).0, 200, "one that is there is changed");
}
