//! Forged tokens by the thousand, in front of a real API server that hears of none.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use portcullis_mint::{Mint, now};
use portcullis_testbed::{Cluster, Program, Site, Wire, decoded, with_kid};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::interval;

/// Each counts what one server is asked, and needs the machine.
static ALONE: Mutex<()> = Mutex::const_new(());

const ORDERS: &str = "audiences = [\"orders\"]\n";

const FORGED: usize = 10_000;
const CONNECTIONS: usize = 20;
/// Between two forged tokens of one connection: all of them in ten seconds.
const PAUSE: Duration = Duration::from_millis(20);

/// As many as there can be of good ones while the forged ones last, on a slow machine too.
const GOOD: usize = 400;
/// Between two good ones.
const GOOD_PAUSE: Duration = Duration::from_millis(100);
/// What the bearer of a good one waits at most: less than the API server has for its answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// Somebody with one good token, all that is public, and keys of their own.
struct Forger {
    cluster: Arc<Cluster>,
    good: String,
    claims: Value,
    /// Which goes by the name of the cluster's key.
    namesake: Mint,
    stranger: Mint,
}

impl Forger {
    fn new(cluster: Arc<Cluster>) -> Self {
        let good = cluster.tokens_for_orders(1).remove(0);
        let claims = decoded(&good).1;
        let (namesake, stranger) = (Mint::new("RS256", cluster.kid()), Mint::new("ES256", "stranger"));
        Self { cluster, good, claims, namesake, stranger }
    }

    /// No two are the same.
    fn forge(&self, number: usize) -> String {
        let claims = |changed: &str, value: Value| {
            let mut claims = self.claims.clone();
            claims["jti"] = json!(format!("forged-{number}"));
            claims[changed] = value;
            claims
        };
        let administrator = claims("sub", json!("system:admin"));
        let encoded = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let parts: Vec<_> = self.good.split('.').collect();
        let with_algorithm = |algorithm: &str, signature: &str| {
            let header = json!({ "alg": algorithm, "kid": self.cluster.kid() });
            format!("{}.{}.{signature}", encoded(&header), encoded(&administrator))
        };
        match number % 10 {
            0 => format!("{}.{}.{}", parts[0], encoded(&administrator), parts[2]),
            1 => {
                let mut signature = URL_SAFE_NO_PAD.decode(parts[2]).unwrap();
                signature[..8].copy_from_slice(&number.to_be_bytes());
                format!("{}.{}.{}", parts[0], parts[1], URL_SAFE_NO_PAD.encode(signature))
            }
            2 => with_kid(&self.good, &format!("forged-{number}")),
            3 => self.namesake.sign(&administrator),
            4 => self.stranger.sign(&administrator),
            5 => self.stranger.sign(&claims("iss", json!(format!("https://{number}.example.test")))),
            6 => self.namesake.sign(&claims("iss", json!("kubernetes/serviceaccount"))),
            7 => with_algorithm("none", ""),
            8 => with_algorithm("HS256", &URL_SAFE_NO_PAD.encode([7; 32])),
            // Once it was good, and was found in an old log.
            _ => self.cluster.sign(&claims("exp", json!(now() - 600 - number as u64))),
        }
    }
}

/// The value of an `Authorization` field.
type Wrapping = fn(usize, &str) -> String;

fn bare(_: usize, token: &str) -> String {
    format!("Bearer {token}")
}

/// Each way of writing one, with a scheme and without.
fn in_a_kubeconfig(number: usize, token: &str) -> String {
    let kubeconfig = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "here",
        "clusters": [{ "name": "c", "cluster": { "server": "https://192.0.2.7:6443" } }],
        "users": [{ "name": "u", "user": { "token": token } }],
        "contexts": [{ "name": "here", "context": { "cluster": "c", "user": "u" } }],
    });
    let scheme = ["", "Bearer "][number / 10 % 2];
    match number / 20 % 3 {
        0 => format!("{scheme}{}", STANDARD.encode(kubeconfig.to_string())),
        1 => format!("{scheme}{}", STANDARD.encode(in_yaml(token))),
        _ => format!("{scheme}v0:{}", STANDARD.encode(json!({ "BearerToken": token }).to_string())),
    }
}

fn in_yaml(token: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: here\nusers:\n- name: u\n  user:\n    token: {token}\n\
         contexts:\n- name: here\n  context:\n    cluster: c\n    user: u\n"
    )
}

struct Scene {
    cluster: Arc<Cluster>,
    _site: Site,
    program: Program,
    forged: Vec<String>,
    good: Vec<String>,
}

fn scene(more: &str, wrapping: Wrapping) -> Scene {
    let cluster = Cluster::shared();
    // In all of the ways too.
    let good =
        cluster.tokens_for_orders(GOOD).iter().enumerate().map(|(number, token)| wrapping(number * 7, token)).collect();
    let forger = Forger::new(Arc::clone(&cluster));
    let forged = (0..FORGED).map(|number| wrapping(number, &forger.forge(number))).collect();
    let site = Site::new(&(cluster.entry() + ORDERS + more));
    let program = site.serve_with(|command| {
        // What all there is to log takes, the tokens would have to wait for.
        command.env("PORTCULLIS_LOG", "info");
    });
    Scene { cluster, _site: site, program, forged, good }
}

/// Presents the forged ones, over several connections, and returns the statuses.
fn forgers(scene: &Scene) -> JoinSet<Vec<u16>> {
    let mut forgers = JoinSet::new();
    for first in 0..CONNECTIONS {
        let address = scene.program.address();
        // All kinds of them on each.
        let own: Vec<_> = scene.forged.iter().skip(first).step_by(CONNECTIONS).cloned().collect();
        forgers.spawn(async move {
            let (mut wire, mut pace, mut statuses) = (Wire::connect(address).await, interval(PAUSE), Vec::new());
            for authorization in &own {
                pace.tick().await;
                statuses.push(wire.authorized(authorization).await.head.status.as_u16());
            }
            statuses
        });
    }
    forgers
}

async fn ten_thousand(more: &'static str, wrapping: Wrapping) {
    let _alone = ALONE.lock().await;
    let scene = spawn_blocking(move || scene(more, wrapping)).await.unwrap();
    let before = scene.cluster.reviews();
    let began = Instant::now();
    let (mut forgers, mut statuses) = (forgers(&scene), Vec::new());
    let (mut wire, mut pace) = (Wire::connect(scene.program.address()).await, interval(GOOD_PAUSE));
    let (mut good, mut waited) = (scene.good.iter(), Vec::new());
    while statuses.len() < FORGED {
        pace.tick().await;
        let authorization = good.next().unwrap();
        let asked = Instant::now();
        assert_eq!(wire.authorized(authorization).await.head.status, 200);
        waited.push(asked.elapsed());
        while let Some(some) = forgers.try_join_next() {
            statuses.extend(some.unwrap());
        }
    }
    let took = began.elapsed();
    waited.sort_unstable();
    let (count, median, longest) = (waited.len(), waited[waited.len() / 2], waited[waited.len() - 1]);
    println!("{FORGED} forged ones in {took:?}; {count} good ones waited for {median:?}, at most {longest:?}");
    assert!(statuses.iter().all(|status| *status == 401), "{statuses:?}");
    assert!(longest < PATIENCE, "{longest:?}");
    assert_eq!(scene.cluster.reviews() - before, count as u64);
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_forged_tokens_cause_no_review_and_hold_no_good_one_up() {
    ten_thousand("", bare).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_in_kubeconfigs_cause_no_review_either() {
    ten_thousand("accept_kubeconfig = true\n", in_a_kubeconfig).await;
}
