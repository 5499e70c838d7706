//! Servers whose answers are right, and slow.

use std::time::{Duration, Instant};

use portcullis_testbed::{Entries, Pace, Program, Slapd, SlowLine, basic, password_of};
use serde_json::json;

use crate::scene::{GROUPS, PASSWORDS, Scene, USERS};

/// The section of the directory at the other end of a line.
fn directory(slapd: &Slapd, line: &SlowLine, timeout: &str) -> String {
    let url = format!("ldaps://localhost:{}", line.address().port());
    format!("{}timeout = \"{timeout}\"\n", slapd.directory_at(&[&url]))
}

struct Slow {
    scene: Scene,
    line: SlowLine,
}

impl Slow {
    fn new() -> Self {
        let scene = Scene::new(&Entries::company());
        let line = SlowLine::to(scene.slapd.tls_address());
        Self { scene, line }
    }

    fn serve(&self, timeout: &str) -> Program {
        // alice's, which are found one after the other. The program waits for longer than the directory does.
        let tables = format!("{USERS}{GROUPS}depth = 5\n[cache]\ntimeout = \"60s\"\n");
        self.scene.serve_with(&directory(&self.scene.slapd, &self.line, timeout), &tables)
    }
}

const OF_ALICE: [&str; 3] = ["everyone", "ops", "staff"];
const OF_BOB: [&str; 2] = ["everyone", "staff"];

#[test]
fn answers_that_come_slowly_and_in_time_are_answers() {
    let slow = Slow::new();
    for pace in [Pace::Pieces(Duration::from_millis(300)), Pace::Bytes(Duration::from_millis(1))] {
        // From the handshake on.
        slow.line.set(pace);
        let (program, began) = (slow.serve("30s"), Instant::now());
        assert_eq!(slow.scene.groups(&program, "alice"), json!(OF_ALICE), "{pace:?}");
        assert!(began.elapsed() > Duration::from_secs(1), "{pace:?} was not slow: {:?}", began.elapsed());
    }
}

#[test]
fn an_answer_that_takes_most_of_the_time_is_one_too() {
    let slow = Slow::new();
    for is_connected in [false, true] {
        let took = |timeout: &str| {
            slow.line.set(Pace::AtOnce);
            let program = slow.serve(timeout);
            if is_connected {
                assert_eq!(slow.scene.groups(&program, "bob"), json!(OF_BOB));
            }
            slow.line.set(Pace::Pieces(Duration::from_millis(400)));
            let began = Instant::now();
            assert_eq!(slow.scene.groups(&program, "alice"), json!(OF_ALICE), "{timeout} {is_connected}");
            began.elapsed()
        };
        let usual = took("20s");
        let _ = took(&format!("{}ms", usual.as_millis() * 3 / 2));
    }
}

#[test]
fn answers_that_come_too_slowly_are_an_outage_and_no_lack_of_groups() {
    let slow = Slow::new();
    for pace in [Pace::Pieces(Duration::from_millis(800)), Pace::Bytes(Duration::from_millis(20))] {
        for is_connected in [false, true] {
            slow.line.set(Pace::AtOnce);
            let program = slow.serve("2s");
            if is_connected {
                assert_eq!(slow.scene.groups(&program, "bob"), json!(OF_BOB));
            }
            slow.line.set(pace);
            let began = Instant::now();
            assert_eq!(slow.scene.groups(&program, "alice"), 503, "{pace:?} {is_connected}");
            let took = began.elapsed();
            assert!((Duration::from_millis(1400)..Duration::from_secs(6)).contains(&took), "{pace:?}: {took:?}");
            slow.line.set(Pace::AtOnce);
            assert_eq!(slow.scene.soon(&program, "alice"), json!(OF_ALICE), "{pace:?} {is_connected}");
        }
    }
}

#[test]
fn wherever_the_time_is_over_there_are_all_groups_or_none_is_said_to_be() {
    let slow = Slow::new();
    let groups = |delay| {
        slow.line.set(Pace::Pieces(Duration::from_millis(delay)));
        slow.scene.groups(&slow.serve("2s"), "alice")
    };
    let all: Vec<_> = [0, 80, 160, 200, 240, 280, 320, 800].map(groups).into();
    assert!(all.iter().all(|groups| *groups == json!(OF_ALICE) || *groups == 503), "{all:?}");
    assert_eq!((&all[0], &all[7]), (&json!(OF_ALICE), &json!(503)));
}

#[test]
fn a_password_that_is_verified_too_slowly_is_not_wrong() {
    let slapd = Slapd::start(&Entries::company());
    let line = SlowLine::to(slapd.tls_address());
    let program = slapd.site(&format!("{PASSWORDS}{}{USERS}{GROUPS}", directory(&slapd, &line, "2s"))).serve_here();
    let log_in = |name: &str, password: &str| program.authorized(&basic(name, password)).status;
    line.set(Pace::Pieces(Duration::from_millis(800)));
    for (name, password) in [("alice", password_of("alice")), ("bob", "wrong".to_owned()), ("nobody", "x".to_owned())] {
        assert_eq!(log_in(name, &password), 503, "{name}");
    }
    line.set(Pace::Pieces(Duration::from_millis(30)));
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!((log_in("alice", &password_of("alice")), log_in("bob", "wrong")), (200, 401));
}
