//! Files that change while they are in force.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use portcullis_testbed::{Answer, Counted, Program, Site, basic, curl, user};
use serde_json::json;

/// How long a change may take to be in force: what it takes on a busy machine, and less than the
/// five seconds after which the files are looked at anyhow.
const PROMPTLY: Duration = Duration::from_secs(4);

fn ask(program: &Program, credential: &str) -> Answer {
    curl(&["-u", credential, &program.url("/")])
}

/// Asks until the answer is as it should be.
fn eventually(program: &Program, credential: &str, what: &str, is_so: impl Fn(&Answer) -> bool) {
    let deadline = Instant::now() + PROMPTLY;
    loop {
        let answer = ask(program, credential);
        if is_so(&answer) {
            return;
        }
        assert!(Instant::now() < deadline, "{what}: {answer:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_user_who_is_removed_is_out_at_once_and_back_when_added_again() {
    let site = Site::new(Site::BASIC);
    let program = site.serve();
    let before = std::fs::read_to_string(site.path("users.htpasswd")).unwrap();
    for credential in ["alice:wonderland", "bob:bob-the-builder"] {
        assert_eq!(ask(&program, credential).status, 200);
    }
    let bob: String = before.lines().filter(|line| line.starts_with("bob:")).collect();
    site.write("users.htpasswd", &bob);
    eventually(&program, "alice:wonderland", "alice is out", |answer| answer.status == 401);
    assert_eq!(ask(&program, "bob:bob-the-builder").status, 200);
    site.write("users.htpasswd", &before);
    eventually(&program, "alice:wonderland", "alice is back", |answer| answer.status == 200);
}

#[test]
fn a_new_password_takes_the_place_of_the_old_one() {
    let site = Site::new(Site::BASIC);
    let program = site.serve();
    assert_eq!(ask(&program, "alice:wonderland").status, 200);
    assert_eq!(ask(&program, "alice:looking glass").status, 401);
    site.write("users.htpasswd", &user("alice", "looking glass"));
    eventually(&program, "alice:wonderland", "the old password is refused", |answer| answer.status == 401);
    // The refusal of the new one is not remembered either.
    assert_eq!(ask(&program, "alice:looking glass").status, 200);
}

#[test]
fn a_group_that_is_taken_away_is_gone() {
    let site = Site::new(Site::BASIC);
    let program = site.serve();
    let groups = |answer: &Answer| answer.json()["groups"].clone();
    assert_eq!(groups(&ask(&program, "alice:wonderland")), json!(["ops"]));
    site.write("groups", "dev: alice bob\n");
    eventually(&program, "alice:wonderland", "another group", |answer| groups(answer) == json!(["dev"]));
    assert_eq!(groups(&ask(&program, "bob:bob-the-builder")), json!(["dev"]));
}

#[test]
fn a_file_that_is_broken_changes_nothing_until_it_is_mended() {
    let site = Site::new(Site::BASIC);
    let program = site.serve();
    let before = std::fs::read_to_string(site.path("users.htpasswd")).unwrap();
    site.write("users.htpasswd", "alice\n");
    let deadline = Instant::now() + PROMPTLY;
    while !program.log().contains("ERROR") {
        assert!(Instant::now() < deadline, "an error is logged:\n{}", program.log());
        std::thread::sleep(Duration::from_millis(10));
    }
    for credential in ["alice:wonderland", "bob:bob-the-builder"] {
        assert_eq!(ask(&program, credential).status, 200, "{credential}");
    }
    site.write("users.htpasswd", &(before + &user("carol", "christmas")));
    eventually(&program, "carol:christmas", "the mended file is read", |answer| answer.status == 200);
}

#[test]
fn another_config_file_and_a_new_start_change_the_answer() {
    let site = Site::new(Site::BASIC);
    let program = site.serve();
    assert_eq!(curl(&[&program.url("/")]).status, 401);
    let ended = program.stop();
    assert_eq!(ended.status.code(), Some(0), "{}", String::from_utf8_lossy(&ended.output));
    site.write("portcullis.toml", &format!("{}[[backend]]\nkind = \"anonymous\"\n", Site::BASIC));
    let program = site.serve();
    assert_eq!(curl(&[&program.url("/")]).json()["anonymous"], true);
    assert_eq!(ask(&program, "alice:wonderland").json()["name"], "alice");
    assert_eq!(ask(&program, "alice:wrong-password").status, 401);
}

/// In this process, to count the hashes.
#[tokio::test(flavor = "multi_thread")]
async fn who_did_not_change_is_not_hashed_again() {
    let site = Site::new("");
    let counted = Counted::new(&site).await;
    let (alice, bob) = (basic("alice", "wonderland"), basic("bob", "bob-the-builder"));
    for value in [&alice, &bob, &alice, &bob] {
        assert_eq!(counted.send(value).await, 200);
    }
    assert_eq!(counted.hashes(), 2);

    let epoch = counted.epoch();
    let users = std::fs::read_to_string(site.path("users.htpasswd")).unwrap();
    let (first, _) = users.split_at(users.find("bob:").unwrap());
    site.write("users.htpasswd", &(first.to_owned() + &user("bob", "wrecker")));
    let deadline = Instant::now() + PROMPTLY;
    while counted.epoch() == epoch {
        assert!(Instant::now() < deadline, "the new file is read");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(counted.send(&alice).await, 200);
    assert_eq!(counted.hashes(), 2, "alice did not change");
    assert_eq!(counted.send(&bob).await, 401);
    assert_eq!(counted.hashes(), 3, "bob did");
    assert_eq!(counted.send(&basic("bob", "wrecker")).await, 200);
}
