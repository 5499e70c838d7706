//! How often a real API server is asked about tokens that are presented over and over.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use portcullis_testbed::{Cluster, Program, Site, Wire};
use tokio::sync::{Barrier, Mutex};
use tokio::task::{JoinSet, spawn_blocking};

/// Each counts what one server is asked.
static ALONE: Mutex<()> = Mutex::const_new(());

const ORDERS: &str = "audiences = [\"orders\"]\n";

const TOKENS: usize = 100;
const TTL: u64 = 10;
const LOAD: u64 = 30;
/// Between two presentations of one token.
const PAUSE: Duration = Duration::from_millis(200);
const CONNECTIONS: usize = 10;

const AT_ONCE: usize = 500;

struct Scene {
    cluster: Arc<Cluster>,
    program: Program,
    tokens: Vec<String>,
}

/// The program as it has just been started, and tokens that it has not seen.
async fn scene(more: String, tokens: usize) -> Scene {
    let scene = spawn_blocking(move || {
        let cluster = Cluster::shared();
        let tokens = cluster.tokens_for_orders(tokens);
        let program = Site::new(&(cluster.entry() + ORDERS + &more)).serve_here();
        Scene { cluster, program, tokens }
    });
    scene.await.unwrap()
}

impl Scene {
    async fn reviews(&self) -> u64 {
        let cluster = Arc::clone(&self.cluster);
        spawn_blocking(move || cluster.reviews()).await.unwrap()
    }

    async fn connections(&self, count: usize) -> Vec<Wire> {
        let mut connections = Vec::new();
        for _ in 0..count {
            connections.push(Wire::connect(self.program.address()).await);
        }
        connections
    }
}

async fn status(wire: &mut Wire, token: &str) -> u16 {
    wire.authorized(&format!("Bearer {token}")).await.head.status.as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_tokens_for_thirty_seconds_are_asked_about_once_each_in_every_ttl() {
    let _alone = ALONE.lock().await;
    let scene = scene(format!("ttl = \"{TTL}s\"\n"), TOKENS).await;
    let (before, connections) = (scene.reviews().await, scene.connections(CONNECTIONS).await);
    let end = Instant::now() + Duration::from_secs(LOAD);
    let mut bearers = JoinSet::new();
    for (token, wire) in scene.tokens.iter().zip(connections.iter().cycle()) {
        let (token, mut wire) = (token.clone(), wire.clone());
        bearers.spawn(async move {
            let mut presented = 0;
            while Instant::now() < end {
                assert_eq!(status(&mut wire, &token).await, 200);
                presented += 1;
                tokio::time::sleep(PAUSE).await;
            }
            presented
        });
    }
    let presented = bearers.join_all().await;
    let asked = scene.reviews().await - before;
    let (least, total) = (presented.iter().min().unwrap(), presented.iter().sum::<u64>());
    println!("{total} requests, {least} with each token at least, {asked} reviews");
    assert!(*least >= 5 * LOAD / TTL, "{least} in all, with one of the tokens");
    let once_each = TOKENS as u64 * LOAD / TTL;
    assert!(asked * 10 <= once_each * 11, "{asked} reviews");
    assert!(asked >= once_each - TOKENS as u64, "{asked} reviews: the server is asked again when it is time");
}

/// All of them begin when all are there.
async fn all_at_once(scene: &Scene) -> JoinSet<u16> {
    let barrier = Arc::new(Barrier::new(AT_ONCE));
    let connections = scene.connections(CONNECTIONS).await;
    let mut requests = JoinSet::new();
    for wire in connections.iter().cycle().take(AT_ONCE) {
        let (mut wire, token, barrier) = (wire.clone(), scene.tokens[0].clone(), Arc::clone(&barrier));
        requests.spawn(async move {
            barrier.wait().await;
            status(&mut wire, &token).await
        });
    }
    requests
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_first_requests_with_one_token_ask_once() {
    let _alone = ALONE.lock().await;
    let scene = scene(String::new(), 1).await;
    let before = scene.reviews().await;
    assert_eq!(all_at_once(&scene).await.join_all().await, [200; AT_ONCE]);
    assert_eq!(scene.reviews().await - before, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_that_wait_for_a_server_that_hangs_ask_once() {
    let _alone = ALONE.lock().await;
    let scene = scene(String::new(), 2).await;
    // The keys are there.
    assert_eq!(status(&mut scene.connections(1).await[0], &scene.tokens[1]).await, 200);
    let before = scene.reviews().await;
    scene.cluster.pause();
    let mut requests = all_at_once(&scene).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(requests.try_join_next().is_none(), "all of them wait");
    scene.cluster.resume();
    assert_eq!(requests.join_all().await, [200; AT_ONCE]);
    assert_eq!(scene.reviews().await - before, 1);
}
