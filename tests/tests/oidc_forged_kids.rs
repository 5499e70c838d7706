//! Tokens by the thousand, each of which names another key.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use portcullis_testbed::{Access, Fault, Faults, Program, Provider, Site, Wire, with_kid};
use tokio::task::JoinSet;

const KEYS: &str = "/jwks";
const FORGED: usize = 1_000;
const CONNECTIONS: usize = 20;

/// How long the keys may take, at most. Far longer than all the good requests here take together.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Longer than that is taken for waiting, on a busy machine too.
const WITHOUT_WAITING: Duration = Duration::from_secs(7);

/// What the issue calls a cool-down, between two fetches on behalf of unknown keys.
const COOL_DOWN: u64 = 10;

struct Scene {
    _provider: Provider,
    faults: Faults,
    program: Program,
    /// One that has been let in.
    known: String,
    /// Some that have not been seen yet.
    good: Vec<String>,
    forged: Vec<String>,
}

fn scene() -> Scene {
    let provider = Provider::start();
    let faults = Faults::before(&provider.issuer());
    let keys = faults.url(KEYS);
    let timeout = TIMEOUT.as_secs();
    let config = format!("{}jwks_url = \"{keys}\"\ntimeout = \"{timeout}s\"\n", provider.backend());
    let program = Site::new(&config).serve_here();
    let known = provider.client_token(&Access::to("orders"));
    let good = (0..50).map(|_| provider.client_token(&Access::to("orders"))).collect();
    let forged = (0..FORGED).map(|number| with_kid(&known, &format!("forged-{number}"))).collect();
    assert_eq!(program.bearer(&known).status, 200);
    assert_eq!(faults.count(KEYS), 1);
    Scene { _provider: provider, faults, program, known, good, forged }
}

async fn status(wire: &mut Wire, token: &str) -> u16 {
    wire.authorized(&format!("Bearer {token}")).await.head.status.as_u16()
}

/// Presents all of the forged tokens, over several connections, with a `pause` after each, and
/// returns the statuses.
fn forgers(scene: &Scene, pause: Duration) -> JoinSet<Vec<u16>> {
    let mut forgers = JoinSet::new();
    for tokens in scene.forged.chunks(FORGED / CONNECTIONS) {
        let (tokens, address) = (tokens.to_vec(), scene.program.address());
        forgers.spawn(async move {
            let mut wire = Wire::connect(address).await;
            let mut statuses = Vec::new();
            for token in &tokens {
                statuses.push(status(&mut wire, token).await);
                tokio::time::sleep(pause).await;
            }
            statuses
        });
    }
    forgers
}

/// Presents a good token again and again, new and known ones, until `done`; returns how often.
async fn bearers(scene: &Scene, mut done: impl FnMut() -> bool) -> usize {
    let mut wire = Wire::connect(scene.program.address()).await;
    let mut new = scene.good.iter();
    for served in 0.. {
        if done() && served > 0 {
            return served;
        }
        for token in [Some(&scene.known), new.next()].into_iter().flatten() {
            let began = Instant::now();
            assert_eq!(status(&mut wire, token).await, 200);
            assert!(began.elapsed() < WITHOUT_WAITING, "it waited for {:?}", began.elapsed());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    unreachable!("usize is large")
}

/// A thousand, with a `pause` between two of one connection: at most two fetches, and who has a good
/// token is served without waiting.
async fn a_thousand(pause: Duration) {
    let scene = tokio::task::spawn_blocking(scene).await.unwrap();
    let began = Instant::now();
    let mut forgers = forgers(&scene, pause);
    let mut statuses = Vec::new();
    let served = bearers(&scene, || {
        while let Some(some) = forgers.try_join_next() {
            statuses.extend(some.unwrap());
        }
        statuses.len() == FORGED
    });
    let served = served.await;
    let (fetches, took) = (scene.faults.count(KEYS), began.elapsed());
    assert!(statuses.iter().all(|status| *status == 401), "{statuses:?}");
    // One at the start, and one for all of them; on a machine that needs more than ten seconds, more.
    let allowed = 2 + usize::try_from(took.as_secs() / COOL_DOWN).unwrap();
    assert!(fetches <= allowed, "{fetches} fetches in {took:?}");
    assert!(served > 1, "{served} in {took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_forged_kids_at_once_cost_two_fetches_and_a_good_token_waits_for_none() {
    a_thousand(Duration::ZERO).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_forged_kids_in_nine_seconds_cost_two_fetches_and_a_good_token_waits_for_none() {
    a_thousand(Duration::from_secs(9) / u32::try_from(FORGED / CONNECTIONS).unwrap()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_keys_do_not_come_a_good_token_waits_for_none() {
    let scene = tokio::task::spawn_blocking(scene).await.unwrap();
    scene.faults.set(KEYS, Fault::Hang);
    let began = Instant::now();
    let mut forgers = forgers(&scene, Duration::ZERO);
    // Then the fetch is under way, and will be until the timeout.
    while scene.faults.count(KEYS) == 1 {
        assert!(began.elapsed() < TIMEOUT, "nobody asks for keys");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let asked = Instant::now();
    let mut rounds = 0;
    bearers(&scene, || {
        rounds += 1;
        rounds > scene.good.len()
    })
    .await;
    assert!(asked.elapsed() < TIMEOUT, "while the fetch was under way: {:?}", asked.elapsed());
    assert_eq!(scene.faults.count(KEYS), 2, "one fetch for all");
    forgers.shutdown().await;
}
