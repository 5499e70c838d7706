//! What the backend adds to `gss_accept_sec_context`: both with one thread that accepts, and with two.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, Request};
use libgssapi::context::{SecurityContext as _, ServerCtx};
use libgssapi::credential::{Cred, CredUsage};
use libgssapi::name::Name;
use libgssapi::oid::GSS_NT_HOSTBASED_SERVICE;
use portcullis::kerberos::{Kerberos, KerberosConfig};
use portcullis::{Backend as _, Clock, Credential, Head, Scheme, Source, Verdict};
use portcullis_benches::negotiate::{Setting, Tokens, keytab, spnego};
use portcullis_benches::rounds::Spread;
use rustix::time::{ClockId, clock_gettime};
use tokio::runtime::Runtime;

const ROUNDS: usize = 100;
/// Tokens in each turn of a contender.
const TOKENS: usize = 300;

fn main() {
    match keytab() {
        Some(keytab) => compare(&keytab),
        None => {
            let setting = Setting::new();
            // The backend would hear of whatever is opened beside its own keytab.
            let directory = setting.realm.path("bare");
            std::fs::create_dir(&directory).expect("a directory can be made");
            std::fs::copy(&setting.keytab, directory.join("keytab")).expect("the keytab can be copied");
            setting.as_alice(|command| {
                command.env("KRB5_KTNAME", directory.join("keytab"));
                command.env("KRB5RCACHENAME", format!("file2:{}", directory.join("replays").display()));
            });
        }
    }
}

/// Something that accepts tokens.
trait Acceptor {
    /// Makes ready, and says what is to be timed.
    fn accept(&self, tokens: Vec<Vec<u8>>) -> Cost;
}

/// What so many tokens cost, each.
struct Cost {
    wall: f64,
    cpu: f64,
}

fn compare(keytab: &Path) {
    let contenders: [(&str, Box<dyn Acceptor>); 5] = [
        ("bare, 1 thread", Box::new(Bare::new(1))),
        ("backend, 1 thread", Box::new(Ours::new(keytab, 1, 8))),
        ("backend, 1 thread, one token at a time", Box::new(Ours::new(keytab, 1, 1))),
        ("bare, 2 threads", Box::new(Bare::new(2))),
        ("backend, 2 threads", Box::new(Ours::new(keytab, 2, 64))),
    ];
    let tokens = Tokens::new();
    let round = |first: usize| {
        let mut costs: Vec<Option<Cost>> = contenders.iter().map(|_| None).collect();
        for number in (0..contenders.len()).map(|number| (first + number) % contenders.len()) {
            costs[number] = Some(contenders[number].1.accept(tokens.make(TOKENS)));
        }
        Vec::from_iter(costs.into_iter().flatten())
    };
    let rounds: Vec<Vec<Cost>> = (0..ROUNDS).map(round).collect();
    let spread = |figure: &dyn Fn(&[Cost]) -> f64| Spread::of(rounds.iter().map(|costs| figure(costs)));
    println!("{:40} {:>9} {:>9}   bare's wall / wall            cpu / bare's cpu", "", "wall, µs", "cpu, µs");
    for (index, (name, _)) in contenders.iter().enumerate() {
        let bare = if index < 3 { 0 } else { 3 };
        let (wall, cpu) = (spread(&|c| c[index].wall).median * 1e6, spread(&|c| c[index].cpu).median * 1e6);
        let faster = spread(&|c| c[bare].wall / c[index].wall);
        let dearer = spread(&|c| c[index].cpu / c[bare].cpu);
        println!("{name:40} {wall:9.1} {cpu:9.1}   {faster}   {dearer}");
    }
    for (name, one, two) in [("bare", 0, 3), ("backend", 1, 4)] {
        println!("{name}: 2 threads accept {} times as many", spread(&|c| c[one].wall / c[two].wall));
    }
}

/// The library alone, a credential in each thread. The keytab and the replay cache are the environment's.
struct Bare(Vec<Cred>);

impl Bare {
    fn new(threads: usize) -> Self {
        let service = Name::new(b"HTTP", Some(GSS_NT_HOSTBASED_SERVICE)).expect("a name");
        let acquire = || Cred::acquire(Some(&service), None, CredUsage::Accept, Some(&spnego())).expect("keys");
        Self((0..threads).map(|_| acquire()).collect())
    }
}

impl Acceptor for Bare {
    fn accept(&self, tokens: Vec<Vec<u8>>) -> Cost {
        let next = AtomicUsize::new(0);
        timed(tokens.len(), || {
            std::thread::scope(|scope| {
                for credential in &self.0 {
                    scope.spawn(|| {
                        while let Some(token) = tokens.get(next.fetch_add(1, Ordering::Relaxed)) {
                            let mut context = ServerCtx::new(Some(credential.clone()));
                            let reply = context.step(token, None).expect("a good token");
                            assert!(reply.is_some() && context.is_complete());
                            // What a service asks for at least.
                            assert!(!context.source_name().expect("a name").to_string().is_empty());
                        }
                    });
                }
            });
        })
    }
}

/// The backend, asked by one thread that does nothing else.
struct Ours {
    backend: Arc<Kerberos>,
    at_a_time: usize,
    runtime: Runtime,
}

impl Ours {
    fn new(keytab: &Path, threads: usize, at_a_time: usize) -> Self {
        let mut config = KerberosConfig::default();
        config.keytab = keytab.to_path_buf();
        config.replay_cache = Some(keytab.with_file_name(format!("../replays-{at_a_time}")));
        config.max_concurrent = Some(threads);
        let backend = Kerberos::new(config, "kerberos", Path::new("/"), Clock::default()).expect("a good keytab");
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        Self { backend: Arc::new(backend), at_a_time, runtime }
    }
}

impl Acceptor for Ours {
    fn accept(&self, tokens: Vec<Vec<u8>>) -> Cost {
        let credential = |token: Vec<u8>| {
            let value = HeaderValue::try_from(format!("Negotiate {}", STANDARD.encode(token))).expect("visible ASCII");
            Credential::parse(value, Source::Header, &[Scheme::NEGOTIATE]).expect("two words")
        };
        let count = tokens.len();
        let credentials: Arc<[Credential]> = tokens.into_iter().map(credential).collect();
        let next = Arc::new(AtomicUsize::new(0));
        let client = || {
            let (backend, credentials, next) = (Arc::clone(&self.backend), Arc::clone(&credentials), Arc::clone(&next));
            async move {
                let request = Request::new(());
                while let Some(credential) = credentials.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let verdict = backend.authenticate(credential, Head::from(&request)).await;
                    assert!(
                        matches!(&verdict, Verdict::Accepted(accepted) if !accepted.reply.is_empty()),
                        "{verdict:?}"
                    );
                }
            }
        };
        timed(count, || {
            self.runtime.block_on(async {
                let clients: Vec<_> = (0..self.at_a_time).map(|_| tokio::spawn(client())).collect();
                for client in clients {
                    client.await.expect("all were accepted");
                }
            });
        })
    }
}

fn timed(count: usize, run: impl FnOnce()) -> Cost {
    let (began, cpu) = (Instant::now(), cpu_seconds());
    run();
    Cost { wall: began.elapsed().as_secs_f64() / count as f64, cpu: (cpu_seconds() - cpu) / count as f64 }
}

/// Of all threads of this process.
fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
