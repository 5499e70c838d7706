//! Routes, roles and bindings that change while they are in force.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Version};
use portcullis_testbed::{Program, Site, Wire, basic, curl};

const ALICE: &str = "alice:wonderland";

/// What it logs when it has taken a file, and when it has not.
const TAKEN: &str = "was read again";
const NOT_TAKEN: &str = "was not taken, and nothing changes";

const ROUTE: &str = "[[route]]\npath = \"/orders\"\naction = { verb = \"list\", resource = \"orders\" }\n\n[[route]]\npath = \"/\"\nauthenticated = true\n\n";
const ROLE: &str = "[role.clerk]\nrules = [{ verbs = [\"list\"], resources = [\"orders\"] }]\n\n";
const BINDING: &str = "[[binding]]\nrole = \"clerk\"\nsubjects = [{ user = \"alice\" }]\n\n";

/// Has it read its file again, and waits until it has said so.
fn reread(program: &Program, says: &str) {
    let before = count(program, says);
    program.hang_up();
    let deadline = Instant::now() + Duration::from_secs(60);
    while count(program, says) == before {
        assert!(Instant::now() < deadline, "it did not say {says:?}:\n{}", program.log());
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn count(program: &Program, text: &str) -> usize {
    program.log().matches(text).count()
}

fn status(program: &Program, path: &str) -> u16 {
    curl(&["-u", ALICE, &program.url(path)]).status
}

/// The line of the log that holds this.
fn line(program: &Program, text: &str) -> String {
    let log = program.log();
    log.lines().rfind(|line| line.contains(text)).unwrap_or_else(|| panic!("{text:?} is not in:\n{log}")).to_owned()
}

#[test]
fn what_a_caller_may_do_changes_and_nobody_is_verified_anew() {
    let site = Site::new(&format!("{}{ROUTE}{ROLE}", Site::BASIC));
    let program = site.serve();
    assert_eq!((status(&program, "/orders"), status(&program, "/")), (403, 200));
    site.write("portcullis.toml", &format!("{}{ROUTE}{ROLE}{BINDING}[role.idle]\nrules = []\n", Site::BASIC));
    assert_eq!(status(&program, "/orders"), 403, "nothing changes before it is asked to");
    reread(&program, TAKEN);
    assert_eq!((status(&program, "/orders"), status(&program, "/")), (200, 200));
    let said = line(&program, TAKEN);
    assert!(
        said.contains("INFO") && said.contains("the policy (roles: 2, rules: 1, bindings: 1) and 2 routes"),
        "{said}"
    );
    let warned = line(&program, "role idle: nobody is bound to it");
    assert!(warned.contains("WARN") && warned.contains("portcullis.toml:"), "{warned}");

    site.write("portcullis.toml", &format!("{}{ROUTE}", Site::BASIC));
    reread(&program, TAKEN);
    assert_eq!((status(&program, "/orders"), status(&program, "/")), (403, 200));
    assert!(line(&program, TAKEN).contains("no policy and 2 routes"));
    assert_eq!(count(&program, "outcome=\"accepted\""), 1, "alice is known from her first request on");
}

#[test]
fn an_included_file_that_is_added_counts() {
    let site = Site::new(&format!("include = [\"*.rbac.toml\"]\n{}{ROUTE}", Site::BASIC));
    let program = site.serve();
    assert_eq!(status(&program, "/orders"), 403);
    site.write("clerks.rbac.toml", &format!("{ROLE}{BINDING}"));
    reread(&program, TAKEN);
    assert_eq!(status(&program, "/orders"), 200);
}

#[test]
fn a_file_that_is_broken_or_away_changes_nothing() {
    let good = format!("{}{ROUTE}{ROLE}{BINDING}", Site::BASIC);
    let site = Site::new(&good);
    let program = site.serve();
    for (broken, problem) in [
        (good.replace("role = \"clerk\"", "role = \"clark\""), "portcullis.toml:17:1: binding[0].role: "),
        (good.replace("[role.clerk]", "[role.clerk"), "portcullis.toml:13:"),
        (format!("{good}[[route]]\npath = \"orders\"\npublic = true\n"), "portcullis.toml:21:1: route[2].path: "),
    ] {
        site.write("portcullis.toml", &broken);
        reread(&program, NOT_TAKEN);
        let said = line(&program, problem);
        assert!(said.contains("ERROR"), "{said}");
        assert_eq!((status(&program, "/orders"), status(&program, "/")), (200, 200), "{broken}");
    }
    std::fs::remove_file(site.config()).unwrap();
    reread(&program, NOT_TAKEN);
    assert_eq!(status(&program, "/orders"), 200);
    assert_eq!(count(&program, TAKEN), 0);

    site.write("portcullis.toml", &good.replace("list", "watch"));
    reread(&program, TAKEN);
    assert_eq!(status(&program, "/orders"), 200, "the mended file is taken: route and role changed together");
    site.write("portcullis.toml", &good.replace(BINDING, ""));
    reread(&program, TAKEN);
    assert_eq!(status(&program, "/orders"), 403);
}

#[test]
fn whatever_else_has_changed_takes_a_restart_and_until_then_nothing_changes() {
    let site = Site::new(&format!("{}{ROUTE}{ROLE}\n[cache]\nttl = \"5m\"\n", Site::BASIC));
    let program = site.serve();
    site.write("portcullis.toml", &format!("{}{ROUTE}{ROLE}{BINDING}\n[cache]\nttl = \"6m\"\n", Site::BASIC));
    reread(&program, NOT_TAKEN);
    let said = line(&program, "this was another when the program started");
    assert!(said.contains("ERROR") && said.contains("portcullis.toml:21:2: cache: "), "{said}");
    assert_eq!(status(&program, "/orders"), 403, "the new binding is not taken either");
}

/// The route asks for the one resource, and the policy allows that one alone.
fn file(resource: &str) -> String {
    let rule = format!("[role.r]\nrules = [{{ verbs = [\"get\"], resources = [\"{resource}\"] }}]\n");
    let route = format!("[[route]]\npath = \"/\"\naction = {{ verb = \"get\", resource = \"{resource}\" }}\n");
    let of_a = "[[route]]\npath = \"/a\"\naction = { verb = \"get\", resource = \"a\" }\n";
    let binding = "[[binding]]\nrole = \"r\"\nsubjects = [\"authenticated\"]\n";
    // Short, so that verifications are under way while the rules are replaced.
    format!("{}{route}{of_a}{rule}{binding}[cache]\nttl = \"1s\"\n", Site::BASIC)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_meets_some_of_the_old_rules_and_some_of_the_new_ones() {
    const CLIENTS: usize = 8;
    const SWAPS: usize = 40;
    let site = Site::new(&file("a"));
    // All there is to log would be much.
    let program = site.serve_with(|command| {
        command.env("PORTCULLIS_LOG", "info");
    });
    let (ended, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let (ended, answered, address) = (Arc::clone(&ended), Arc::clone(&answered), program.address());
            let value = if client % 2 == 0 { basic("alice", "wonderland") } else { basic("bob", "bob-the-builder") };
            tokio::spawn(async move {
                let mut wire = Wire::connect(address).await;
                while !ended.load(Ordering::Relaxed) {
                    let heard = wire.authorized(&value).await;
                    assert_eq!(heard.head.status, 200, "{heard:?}");
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();

    let mut wire = Wire::connect(program.address()).await;
    for swap in 1..=SWAPS {
        let now_a = swap % 2 == 0;
        let before = answered.load(Ordering::Relaxed);
        site.write("portcullis.toml", &file(if now_a { "a" } else { "b" }));
        tokio::task::block_in_place(|| reread(&program, TAKEN));
        let request = Request::get("http://localhost/a").version(Version::HTTP_2);
        let request = request.header("authorization", basic("alice", "wonderland")).body(Bytes::new()).unwrap();
        let expected = if now_a { 200 } else { 403 };
        assert_eq!(wire.send(request).await.head.status, expected, "the file of swap {swap} is in force");
        // Every file is asked under load.
        while answered.load(Ordering::Relaxed) < before + 2 * CLIENTS
            && !clients.iter().any(|client| client.is_finished())
        {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    ended.store(true, Ordering::Relaxed);
    for client in clients {
        client.await.unwrap();
    }
    assert_eq!(count(&program, NOT_TAKEN), 0);
}
