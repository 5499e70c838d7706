//! A token is good for one request.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Barrier;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Version};
use portcullis_testbed::{Forgery, Program, Realm, Token, Wire, Wish};

fn statuses(count: usize, send: impl Fn() -> u16 + Sync) -> Vec<u16> {
    let barrier = Barrier::new(count);
    let one = || {
        barrier.wait();
        send()
    };
    let mut statuses: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..count).map(|_| scope.spawn(one)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    statuses.sort_unstable();
    statuses
}

fn over_http2(program: &Program, token: &Token) -> u16 {
    let request = Request::get("http://localhost/").version(Version::HTTP_2);
    let request = request.header("authorization", token.authorization()).body(Bytes::new()).unwrap();
    tokio::runtime::Runtime::new()
        .unwrap()
        .block_on(async { Wire::connect(program.address()).await.send(request).await.head.status.as_u16() })
}

#[test]
fn a_token_is_accepted_once_whatever_it_comes_over() {
    let realm = Realm::start("EXAMPLE.TEST");
    let program = realm.serve("");
    let mut alice = realm.tickets("alice").initiator();
    let [first, second] = &alice.tokens(2, &Wish::default())[..] else { panic!() };
    assert_eq!((program.negotiate(first).status, program.negotiate(first).status), (200, 401));
    assert_eq!((over_http2(&program, second), program.negotiate(second).status), (200, 401));
    assert_eq!((over_http2(&program, first), over_http2(&program, second)), (401, 401));
    assert_eq!(program.negotiate(&alice.token()).status, 200, "a new one is good");
}

#[test]
fn a_token_that_comes_many_times_at_once_is_accepted_once() {
    let realm = Realm::start("EXAMPLE.TEST");
    let program = realm.serve("max_concurrent = 8\n");
    let mut alice = realm.tickets("alice").initiator();
    let refused = [401; 31];
    for token in alice.tokens(8, &Wish::default()) {
        let statuses = statuses(32, || program.negotiate(&token).status);
        assert_eq!((statuses[0], &statuses[1..]), (200, &refused[..]));
    }
}

#[test]
fn nor_is_it_accepted_by_another_process_or_after_a_restart() {
    let realm = Realm::start("EXAMPLE.TEST");
    let (program, beside) = (realm.serve(""), realm.serve(""));
    let mut alice = realm.tickets("alice").initiator();
    let tokens = alice.tokens(9, &Wish::default());
    let (used, unused) = tokens.split_at(8);
    for token in used {
        let statuses = {
            let turn = std::sync::atomic::AtomicUsize::new(0);
            statuses(8, || {
                let turn = turn.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                if turn.is_multiple_of(2) { program.negotiate(token).status } else { beside.negotiate(token).status }
            })
        };
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    }
    drop(program.stop());
    drop(beside.stop());
    let again = realm.serve("");
    for token in used {
        assert_eq!(again.negotiate(token).status, 401);
    }
    assert_eq!(again.negotiate(&unused[0]).status, 200);
}

#[test]
fn a_program_that_is_killed_has_forgotten_nothing() {
    let realm = Realm::start("EXAMPLE.TEST");
    let program = realm.serve("");
    let token = realm.tickets("alice").initiator().token();
    assert_eq!(program.negotiate(&token).status, 200);
    // Killed, not asked.
    drop(program);
    assert_eq!(realm.serve("").negotiate(&token).status, 401);
}

#[test]
fn a_replay_cache_that_cannot_be_written_is_an_error_of_the_file() {
    let realm = Realm::start("EXAMPLE.TEST");
    let keytab = realm.keytab("http.keytab", &["HTTP/localhost"]);
    let site = portcullis_testbed::Site::new(&format!(
        "[[backend]]\nkind = \"kerberos\"\nkeytab = \"{}\"\nreplay_cache = \"/proc/no/where\"\n",
        keytab.display()
    ));
    let output = site.check();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("replay_cache") && said.contains("/proc/no"), "{said}");
}

/// One of a client whose clock is fast is good for longer than libkrb5, and Apache with it, remembers it.
#[test]
fn a_token_of_the_future_is_remembered_for_as_long_as_it_is_good() {
    let realm = Realm::start("EXAMPLE.TEST");
    let keytab = realm.keytab("http.keytab", &["HTTP/localhost"]);
    let config = realm.config_with("strict.conf", "  clockskew = 6\n");
    let site = portcullis_testbed::Site::new(&realm.backend());
    let program = realm.serve_site(&site, |command| {
        command.env("KRB5_CONFIG", config);
    });
    let fast = realm.forge(&keytab, &Forgery::default()).with_clock("+5s");
    let mut fast = fast.initiator();
    let token = fast.token();
    let began = Instant::now();
    assert_eq!(program.negotiate(&token).status, 200);
    // Past libkrb5's memory, and before the token's own end.
    std::thread::sleep(Duration::from_secs(8).saturating_sub(began.elapsed()));
    assert_eq!(program.negotiate(&token).status, 401);
    program.wait_for("replay: the token was accepted before");
}

#[test]
fn a_replay_cache_that_is_removed_is_made_again_and_what_it_held_counts_on() {
    let realm = Realm::start("EXAMPLE.TEST");
    let program = realm.serve("max_concurrent = 1\n");
    let mut alice = realm.tickets("alice").initiator();
    let [before, token] = &alice.tokens(2, &Wish::default())[..] else { panic!() };
    assert_eq!(program.negotiate(before).status, 200);
    std::fs::remove_file(realm.path("replays")).unwrap();
    std::thread::sleep(Duration::from_millis(1100));
    assert_eq!((program.negotiate(token).status, program.negotiate(token).status), (200, 401));
    assert_eq!(program.negotiate(before).status, 401);
    assert!(realm.path("replays").exists());
}

/// Nothing of it is configured: a file for all processes of the user.
#[test]
fn without_a_word_in_the_file_a_token_is_good_for_one_process_of_the_user() {
    let realm = Realm::start("EXAMPLE.TEST");
    let keytab = realm.keytab("http.keytab", &["HTTP/localhost"]);
    let site = portcullis_testbed::Site::new(&format!(
        "[[backend]]\nkind = \"kerberos\"\nkeytab = \"{}\"\n",
        keytab.display()
    ));
    let (one, other) = (realm.serve_site(&site, |_| {}), realm.serve_site(&site, |_| {}));
    let token = realm.tickets("alice").initiator().token();
    assert_eq!((one.negotiate(&token).status, other.negotiate(&token).status), (200, 401));
}
