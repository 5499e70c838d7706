//! A directory that goes away under load, and comes back.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use portcullis_mint::{Mint, jwks, now};
use portcullis_testbed::{Entries, Faults, Heard, Program, Slapd, Wire, user_dn};
use serde_json::{Value, json};
use tokio::sync::{Mutex, mpsc, watch};
use tokio::task::{JoinSet, block_in_place};
use tokio::time::{sleep, sleep_until};

/// Times are looked at here.
static ALONE: Mutex<()> = Mutex::const_new(());

const TIMEOUT: Duration = Duration::from_secs(1);
const TTL: Duration = Duration::from_secs(1);
const TABLES: &str = "[directory.users]\nbase = \"ou=people,dc=example,dc=test\"\nfilter = \"(uid={name})\"\n\
                      [directory.groups]\nbase = \"ou=groups,dc=example,dc=test\"\n";

/// How much later than it should an answer may come on a busy machine, or a change be noticed.
const DELAY: Duration = Duration::from_secs(3);
/// Between two requests of one client. Each token is looked for in all that the program wrote, in the end: more would take long.
const PAUSE: Duration = Duration::from_millis(500);
const CLIENTS: usize = 4;

/// People of the directory of whom nobody has asked before.
const NEWCOMERS: usize = 1_500;

/// One request, and its answer.
struct Asked {
    began: Instant,
    status: u16,
}

/// Whose tokens a client presents. Each token is a new one, so that the directory is asked each time, or its answer remembered.
#[derive(Clone, Copy)]
enum Bearer {
    Alice,
    /// Somebody of the directory of whom nobody has asked before.
    Newcomer,
    /// Somebody who is not in the directory, and is refused when it says so.
    Stranger,
}

impl Bearer {
    const ALL: [Self; 3] = [Self::Alice, Self::Newcomer, Self::Stranger];

    /// What the directory says of such, whenever it says something.
    fn expected(self) -> (u16, Option<&'static str>) {
        match self {
            Self::Alice => (200, Some("ops")),
            Self::Newcomer => (200, Some("newcomers")),
            Self::Stranger => (401, None),
        }
    }
}

/// alice and the others, and all those newcomers in a group of theirs.
fn entries() -> Entries {
    let names = (0..NEWCOMERS).map(|number| format!("newcomer-{number}"));
    let all = names.clone().fold(Entries::company(), |all, name| all.user(&name));
    all.group("newcomers", names.map(|name| user_dn(&name)))
}

struct Scene {
    faults: Faults,
    mint: Mint,
    tokens: AtomicUsize,
    newcomers: AtomicUsize,
}

impl Scene {
    fn token(&self, name: &str) -> String {
        let number = self.tokens.fetch_add(1, Ordering::Relaxed);
        let claims = json!({
            "iss": self.faults.url(""), "aud": "orders", "sub": name, "exp": now() + 600, "jti": number.to_string(),
        });
        self.mint.sign(&claims)
    }

    fn token_of(&self, bearer: Bearer) -> String {
        self.token(&match bearer {
            Bearer::Alice => "alice".to_owned(),
            Bearer::Newcomer => {
                let number = self.newcomers.fetch_add(1, Ordering::Relaxed);
                assert!(number < NEWCOMERS, "that were too few");
                format!("newcomer-{number}")
            }
            Bearer::Stranger => format!("stranger-{}", self.tokens.load(Ordering::Relaxed)),
        })
    }

    fn serve(&self, slapd: &Slapd, grace: Duration) -> Program {
        let (issuer, keys) = (self.faults.url(""), self.faults.url("/jwks"));
        let backend = format!(
            "[[backend]]\nkind = \"oidc\"\ndirectory = \"corp\"\nissuer = \"{issuer}\"\njwks_url = \"{keys}\"\n\
             audiences = [\"orders\"]\n"
        );
        let grace = grace.as_secs();
        let keys = format!("timeout = \"1s\"\nconnections = 16\nttl = \"1s\"\nstale_if_unavailable = \"{grace}s\"\n");
        slapd.site(&format!("{backend}{}{keys}{TABLES}", slapd.directory())).serve_here()
    }

    /// Presents tokens over and over, and lets go of `first` when it has its first answer.
    async fn present(
        self: Arc<Self>,
        mut wire: Wire,
        bearer: Bearer,
        first: mpsc::Sender<()>,
        stop: watch::Receiver<bool>,
    ) -> Vec<Asked> {
        let (mut all, mut first, (expected, group)) = (Vec::new(), Some(first), bearer.expected());
        while !*stop.borrow() {
            let (began, token) = (Instant::now(), self.token_of(bearer));
            let Heard { head, data, .. } = wire.authorized(&format!("Bearer {token}")).await;
            let status = head.status.as_u16();
            assert!([expected, 503].contains(&status), "{head:?}");
            if status == 200 {
                assert_eq!(groups(&data), json!([group]), "who gets in has all groups");
            }
            assert_eq!(head.headers.contains_key("retry-after"), status == 503, "{head:?}");
            assert!(began.elapsed() < TIMEOUT + DELAY, "{status} after {:?}", began.elapsed());
            all.push(Asked { began, status });
            drop(first.take());
            sleep(PAUSE).await;
        }
        all
    }
}

async fn present_once(program: &Program, token: &str) -> Heard {
    Wire::connect(program.address()).await.authorized(&format!("Bearer {token}")).await
}

fn groups(body: &[u8]) -> Value {
    serde_json::from_slice::<Value>(body).unwrap()["groups"].take()
}

/// Whether there are requests that began then, and all had this status.
fn assert_all(asked: &[Asked], status: u16, from: Instant, until: Instant) {
    let then: Vec<_> = asked.iter().filter(|asked| asked.began >= from && asked.began < until).collect();
    assert!(then.len() >= CLIENTS, "{} requests", then.len());
    let others = then.iter().filter(|asked| asked.status != status).map(|asked| (asked.began - from, asked.status));
    let others: Vec<_> = others.collect();
    assert!(others.is_empty(), "not {status}: {others:?}");
}

/// For how long an answer serves beyond its time, for how long the directory is away, how it goes, and how it comes back.
async fn outage(grace: u64, away_for: u64, begin: fn(&mut Slapd), end: fn(&mut Slapd)) {
    let grace = Duration::from_secs(grace);
    let _alone = ALONE.lock().await;
    let (faults, mint) = (Faults::start(), Mint::new("ES256", "a"));
    faults.publish("/jwks", &jwks(&[&mint]));
    let counts = [(); 2].map(|()| AtomicUsize::new(0));
    let [tokens, newcomers] = counts;
    let scene = Arc::new(Scene { faults, mint, tokens, newcomers });
    let mut slapd = block_in_place(|| Slapd::start(&entries()));
    let program = block_in_place(|| scene.serve(&slapd, grace));
    let (stop, stopped) = watch::channel(false);
    let (first, mut waiting) = mpsc::channel(1);
    let mut clients = Bearer::ALL.map(|_| JoinSet::new());
    for _ in 0..CLIENTS {
        for (clients, bearer) in clients.iter_mut().zip(Bearer::ALL) {
            let wire = Wire::connect(program.address()).await;
            clients.spawn(Arc::clone(&scene).present(wire, bearer, first.clone(), stopped.clone()));
        }
    }
    drop(first);
    assert_eq!(waiting.recv().await, None, "all have had an answer");
    let start = Instant::now();
    sleep(Duration::from_secs(5)).await;
    let away = Instant::now();
    block_in_place(|| begin(&mut slapd));
    let gone = Instant::now();
    // Somebody of the directory who comes while it is away, and comes again.
    let token = scene.token("bob");
    let heard = present_once(&program, &token).await;
    assert_eq!(heard.head.status, 503);
    sleep_until((gone + Duration::from_secs(away_for)).into()).await;
    let back = Instant::now();
    block_in_place(|| end(&mut slapd));
    let returned = Instant::now();
    sleep(DELAY).await;
    let heard = present_once(&program, &token).await;
    assert_eq!((heard.head.status.as_u16(), groups(&heard.data)), (200, json!(["staff"])));
    sleep(Duration::from_secs(4)).await;
    let over = Instant::now();
    stop.send(true).unwrap();
    let mut asked = Vec::new();
    for clients in clients {
        asked.push(clients.join_all().await.into_iter().flatten().collect::<Vec<_>>());
    }

    // What began just before is answered by one that is going away.
    assert_all(&asked[0], 200, start, away + grace - 2 * TIMEOUT);
    assert_all(&asked[0], 503, gone + TTL + grace + Duration::from_secs(2), back - DELAY);
    for (asked, bearer) in asked.iter().zip(Bearer::ALL).skip(1) {
        assert_all(asked, bearer.expected().0, start, away - 2 * TIMEOUT);
        assert_all(asked, 503, gone, back - DELAY);
    }
    for (asked, bearer) in asked.iter().zip(Bearer::ALL) {
        assert_all(asked, bearer.expected().0, returned + DELAY, over);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn known_users_are_served_for_the_grace_while_it_is_stopped_for_a_minute_and_it_recovers() {
    outage(45, 60, Slapd::stop, Slapd::start_again).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn known_users_are_served_for_the_grace_while_it_hangs_and_it_recovers() {
    outage(6, 20, |slapd| slapd.pause(), |slapd| slapd.resume()).await;
}
