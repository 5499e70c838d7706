//! An API server that goes away, and comes back.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use portcullis_testbed::{Cluster, Program, Site, Wire, with_kid};
use tokio::sync::{Mutex, watch};
use tokio::task::JoinSet;

/// Times are looked at here.
static ALONE: Mutex<()> = Mutex::const_new(());

const TIMEOUT: Duration = Duration::from_secs(2);
const TTL: Duration = Duration::from_secs(3);
const GRACE: Duration = Duration::from_secs(12);

/// How much later than it should an answer may come on a busy machine.
const DELAY: Duration = Duration::from_secs(2);
/// Between two presentations of one token.
const PAUSE: Duration = Duration::from_millis(200);

const KEYS: &str = "audiences = [\"orders\"]\nttl = \"3s\"\ntimeout = \"2s\"\n";
const WITH_A_GRACE: &str = "[cache]\nstale_if_unavailable = \"12s\"\n";

/// How a server is away.
#[derive(Clone, Copy)]
enum Away {
    Killed,
    Hangs,
}

impl Away {
    fn begin(self, cluster: &mut Cluster) {
        match self {
            Self::Killed => cluster.stop(),
            Self::Hangs => cluster.pause(),
        }
    }

    fn end(self, cluster: &mut Cluster) {
        match self {
            Self::Killed => cluster.start_again(),
            Self::Hangs => cluster.resume(),
        }
    }
}

/// One request, and its answer.
struct Asked {
    began: Instant,
    ended: Instant,
    status: u16,
}

impl Asked {
    /// Panics if the answer is none that the bearer of a good token may get, or comes late.
    async fn with(wire: &mut Wire, token: &str) -> Self {
        let began = Instant::now();
        let head = wire.authorized(&format!("Bearer {token}")).await.head;
        let (ended, status) = (Instant::now(), head.status.as_u16());
        assert!([200, 503].contains(&status), "{head:?}");
        assert_eq!(head.headers.contains_key("retry-after"), status == 503, "{head:?}");
        assert!(ended - began < TIMEOUT + DELAY, "{status} after {:?}", ended - began);
        Self { began, ended, status }
    }
}

/// Presents a token over and over.
async fn present(mut wire: Wire, token: String, stop: watch::Receiver<bool>) -> Vec<Asked> {
    let mut all = Vec::new();
    while !*stop.borrow() {
        all.push(Asked::with(&mut wire, &token).await);
        tokio::time::sleep(PAUSE).await;
    }
    all
}

/// Whether there are such, and all of them had this status.
fn assert_all(asked: &[Asked], status: u16, which: impl Fn(&Asked) -> bool) {
    let statuses: Vec<_> = asked.iter().filter(|asked| which(asked)).map(|asked| asked.status).collect();
    assert!(!statuses.is_empty() && statuses.iter().all(|own| *own == status), "not all are {status}: {statuses:?}");
}

/// Two programs, one of which grants a grace.
struct Scene {
    cluster: Cluster,
    programs: [Program; 2],
    wires: [Wire; 2],
    tokens: std::vec::IntoIter<String>,
}

impl Scene {
    async fn start(tokens: usize) -> Self {
        let cluster = Cluster::start();
        let programs = ["", WITH_A_GRACE].map(|more| Site::new(&(cluster.entry() + KEYS + more)).serve_here());
        let wires = [Wire::connect(programs[0].address()).await, Wire::connect(programs[1].address()).await];
        let tokens = cluster.tokens_for_orders(tokens).into_iter();
        Self { cluster, programs, wires, tokens }
    }

    /// One that nobody has seen.
    fn new_token(&mut self) -> String {
        self.tokens.next().unwrap()
    }

    /// Presents such a token to both programs.
    async fn assert_new(&mut self, status: u16) {
        let token = self.new_token();
        for wire in &mut self.wires {
            assert_eq!(Asked::with(wire, &token).await.status, status);
        }
    }
}

async fn goes_away_under_load(away: Away) {
    let _alone = ALONE.lock().await;
    let mut scene = Scene::start(40).await;
    let (stop, stopped) = watch::channel(false);
    // Those whose turn comes sometime, and one that was just now asked about, for each program.
    let (mut load, mut fresh) = ([JoinSet::new(), JoinSet::new()], Vec::new());
    for token in scene.tokens.by_ref().take(10) {
        for (load, wire) in load.iter_mut().zip(&scene.wires) {
            load.spawn(present(wire.clone(), token.clone(), stopped.clone()));
        }
    }
    tokio::time::sleep(TTL).await;
    let token = scene.new_token();
    let known = Instant::now();
    for wire in &mut scene.wires {
        assert_eq!(Asked::with(wire, &token).await.status, 200);
        fresh.push(tokio::spawn(present(wire.clone(), token.clone(), stopped.clone())));
    }
    away.begin(&mut scene.cluster);
    let gone = Instant::now();

    while gone.elapsed() < GRACE + DELAY {
        scene.assert_new(503).await;
        // The keys are known, and tell who has another's signature; a key that is not known may be a new one.
        let forged = format!("{}.{}", scene.new_token().rsplit_once('.').unwrap().0, token.rsplit_once('.').unwrap().1);
        for (bad, status) in [(forged, 401), (with_kid(&token, "unknown"), 503)] {
            for wire in &mut scene.wires {
                assert_eq!(wire.authorized(&format!("Bearer {bad}")).await.head.status, status);
            }
        }
        tokio::time::sleep(DELAY).await;
    }
    let back = Instant::now();
    away.end(&mut scene.cluster);
    let token = scene.new_token();
    for program in &scene.programs {
        program.bearer_until(&token, 200);
    }
    println!("recovered {:?} after it was told to come back", back.elapsed());
    // By then, all that waited for an answer when it came back have had another.
    let recovered = Instant::now() + TIMEOUT + DELAY;
    tokio::time::sleep(2 * (TIMEOUT + DELAY)).await;
    scene.assert_new(200).await;
    stop.send(true).unwrap();

    for ((load, fresh), serves) in load.into_iter().zip(fresh).zip([TTL, GRACE]) {
        let (fresh, mut all) = (fresh.await.unwrap(), load.join_all().await.into_iter().flatten().collect::<Vec<_>>());
        assert_all(&fresh, 200, |asked| asked.ended < known + serves);
        // An answer of the server is younger than its time to live when it goes away.
        assert_all(&all, 200, |asked| asked.ended < known + (serves - TTL).saturating_sub(DELAY));
        all.extend(fresh);
        assert_all(&all, 503, |asked| asked.began > gone + serves && asked.ended < back);
        assert_all(&all, 200, |asked| asked.began > recovered);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_it_is_killed_known_tokens_serve_as_long_as_they_may_and_new_ones_are_told_to_come_again() {
    goes_away_under_load(Away::Killed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_it_hangs_known_tokens_serve_as_long_as_they_may_and_new_ones_are_told_to_come_again() {
    goes_away_under_load(Away::Hangs).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_starts_while_it_is_away_serves_when_it_is_back() {
    let _alone = ALONE.lock().await;
    for away in [Away::Killed, Away::Hangs] {
        let mut cluster = Cluster::start();
        let site = Site::new(&(cluster.entry() + KEYS));
        let tokens = cluster.tokens_for_orders(2);
        away.begin(&mut cluster);
        let program = site.serve();
        let mut wire = Wire::connect(program.address()).await;
        for token in &tokens {
            assert_eq!(Asked::with(&mut wire, token).await.status, 503);
        }
        away.end(&mut cluster);
        program.bearer_until(&tokens[0], 200);
        assert_eq!(Asked::with(&mut wire, &tokens[1]).await.status, 200);
    }
}
