//! Very many tokens at once, and a library that hangs.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs::{File, OpenOptions};
use std::path::Path;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Version};
use portcullis_testbed::{Heard, Program, Realm, Site, Token, Wire, Wish, curl};
use rustix::fs::{FlockOperation, flock};
use tokio::task::JoinSet;

const REQUESTS: usize = 2_000;
const CONNECTIONS: usize = 40;

/// Has every accept wait: the replay cache is locked for each.
struct Hanging(File);

impl Hanging {
    fn on(replays: &Path) -> Self {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(replays).unwrap();
        flock(&file, FlockOperation::LockExclusive).unwrap();
        Self(file)
    }

    fn release(self) {
        flock(&self.0, FlockOperation::Unlock).unwrap();
    }
}

fn threads(program: &Program) -> usize {
    std::fs::read_dir(format!("/proc/{}/task", program.id())).unwrap().count()
}

fn whoami_by_password(program: &Program) -> u16 {
    curl(&["-u", "alice:wonderland", &program.url("/")]).status
}

/// Sends them all at once, over few connections.
async fn flood(program: &Program, tokens: &[Token]) -> JoinSet<Heard> {
    let mut requests = JoinSet::new();
    for tokens in tokens.chunks(tokens.len().div_ceil(CONNECTIONS)) {
        let wire = Wire::connect(program.address()).await;
        for token in tokens {
            let mut wire = wire.clone();
            let request = Request::get("http://localhost/").version(Version::HTTP_2);
            let request = request.header("authorization", token.authorization()).body(Bytes::new()).unwrap();
            requests.spawn(async move { wire.send(request).await });
        }
    }
    requests
}

/// How many got which status, the lowest first.
fn counted(heard: &[Heard]) -> Vec<(u16, usize)> {
    let mut statuses: Vec<_> = heard.iter().map(|heard| heard.head.status.as_u16()).collect();
    statuses.sort_unstable();
    statuses.chunk_by(|a, b| a == b).map(|same| (same[0], same.len())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_thousand_at_once_are_all_answered_and_cost_no_threads() {
    let realm = Realm::start("EXAMPLE.TEST");
    let program = realm.serve("max_concurrent = 2\nqueue = 2000\n[cache]\nmax_in_flight = 2000\n");
    let tokens = realm.tickets("alice").initiator().tokens(REQUESTS + 1, &Wish::default());
    assert_eq!(program.negotiate(&tokens[REQUESTS]).status, 200);
    let before = threads(&program);
    let mut requests = flood(&program, &tokens[..REQUESTS]).await;
    let (mut heard, mut most) = (Vec::new(), before);
    while let Some(answer) = requests.join_next().await {
        heard.push(answer.unwrap());
        most = most.max(threads(&program));
    }
    assert_eq!(counted(&heard), [(200, REQUESTS)]);
    assert!(most <= before + 2, "{before} threads before, {most} under way");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_is_a_503_and_other_schemes_are_served() {
    let realm = Realm::start("EXAMPLE.TEST");
    let program = realm.serve(&format!("max_concurrent = 2\nqueue = 50\n{}", Site::BASIC));
    let tokens = realm.tickets("alice").initiator().tokens(REQUESTS + 2, &Wish::default());
    let (tokens, last) = tokens.split_at(REQUESTS);
    assert_eq!(program.negotiate(&last[0]).status, 200);
    let before = threads(&program);

    let hanging = Hanging::on(&realm.path("replays"));
    let mut requests = flood(&program, tokens).await;
    let mut heard = Vec::new();
    while heard.len() < REQUESTS - 52 {
        heard.push(requests.join_next().await.unwrap().unwrap());
    }
    assert_eq!(counted(&heard), [(503, REQUESTS - 52)], "two at work, fifty wait, and the others are told so");
    assert!(heard.iter().all(|heard| heard.head.headers.contains_key("retry-after")));
    assert!(threads(&program) <= before + 2);
    let began = Instant::now();
    assert_eq!(whoami_by_password(&program), 200, "who has a password need not wait");
    assert!(began.elapsed() < Duration::from_secs(20));
    hanging.release();
    let rest: Vec<_> = requests.join_all().await;
    assert_eq!(counted(&rest), [(200, 52)], "those who waited get in");
    assert_eq!(program.negotiate(&last[1]).status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_nothing_configured_a_flood_of_tokens_leaves_other_schemes_alone() {
    let realm = Realm::start("EXAMPLE.TEST");
    let program = realm.serve(Site::BASIC);
    let tokens = realm.tickets("alice").initiator().tokens(REQUESTS, &Wish::default());
    let hanging = Hanging::on(&realm.path("replays"));
    let mut requests = flood(&program, &tokens).await;
    let first = requests.join_next().await.unwrap().unwrap();
    assert_eq!(counted(&[first]), [(503, 1)], "the first to know is one that there is no room for");
    for _ in 0..3 {
        assert_eq!(whoami_by_password(&program), 200);
    }
    hanging.release();
    let rest = counted(&requests.join_all().await);
    assert!(matches!(rest[..], [(200, _), (503, _)]), "{rest:?}");
}

#[test]
fn a_replay_cache_that_hangs_is_an_outage_with_an_end() {
    let realm = Realm::start("EXAMPLE.TEST");
    let program = realm.serve(&format!("max_concurrent = 1\n{}", Site::BASIC));
    let mut alice = realm.tickets("alice").initiator();
    let tokens = alice.tokens(2, &Wish::default());
    let hanging = Hanging::on(&realm.path("replays"));
    let began = Instant::now();
    // At work, and in the queue.
    let statuses: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = tokens.iter().map(|token| scope.spawn(|| program.negotiate(token).status)).collect();
        assert_eq!(whoami_by_password(&program), 200);
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(statuses, [503, 503]);
    assert!(began.elapsed() < Duration::from_secs(45), "{:?}", began.elapsed());
    hanging.release();
    let began = Instant::now();
    while program.negotiate(&alice.token()).status != 200 {
        assert!(began.elapsed() < Duration::from_secs(60), "it does not recover");
        std::thread::sleep(Duration::from_millis(50));
    }
    // Nor does one that hangs keep the program from ending.
    let _hanging = Hanging::on(&realm.path("replays"));
    assert_eq!(program.negotiate(&alice.token()).status, 503);
    assert!(program.stop().status.success());
}
