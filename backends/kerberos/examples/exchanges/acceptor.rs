//! The service: the backend, without a server around it.

use std::path::Path;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderValue, Request};
use portcullis_core::{Backend as _, Clock, Credential, Head, Reply, Scheme, Source, Verdict};
use portcullis_kerberos::{Kerberos, KerberosConfig, PacConfig, TlsServerEndPoint};
use tempfile::TempDir;
use tokio::runtime::Runtime;

pub(crate) struct Acceptor {
    runtime: Runtime,
    kerberos: Kerberos,
    plain: Request<()>,
    tls: Request<()>,
    end_point: TlsServerEndPoint,
    _replay_cache: TempDir,
}

/// What the token comes over.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Channel {
    Plain,
    Tls,
}

impl Acceptor {
    pub(crate) fn new() -> Self {
        let replay_cache = tempfile::tempdir().expect("a directory");
        let mut config = KerberosConfig::default();
        config.keytab = "http.keytab".into();
        let mut pac = PacConfig::default();
        pac.domains = vec!["S-1-5-21-2003245237-930021025-2682115916".to_owned()];
        config.pac = Some(pac);
        config.replay_cache = Some(replay_cache.path().join("accepted"));
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/exchanges");
        let kerberos = Kerberos::new(config, "kerberos", &here, Clock::default()).expect("the keys beside this file");

        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        let end_point = TlsServerEndPoint::of_certificate(made.cert.der()).expect("a signature with a hash");
        let mut tls = Request::new(());
        tls.extensions_mut().insert(end_point.clone());
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        Self { runtime, kerberos, plain: Request::new(()), tls, end_point, _replay_cache: replay_cache }
    }

    /// The application data of the channel bindings of [`Channel::Tls`].
    pub(crate) fn bindings(&self) -> &[u8] {
        self.end_point.as_bytes()
    }

    pub(crate) fn answer(&self, token: &[u8], channel: Channel) -> Verdict {
        let field = HeaderValue::try_from(format!("Negotiate {}", STANDARD.encode(token))).expect("visible ASCII");
        let credential = Credential::parse(field, Source::Header, &[Scheme::NEGOTIATE]).expect("two words");
        let request = match channel {
            Channel::Plain => &self.plain,
            Channel::Tls => &self.tls,
        };
        self.runtime.block_on(self.kerberos.authenticate(&credential, Head::from(request)))
    }

    /// Ends, and waits for the threads that verified: what they still have is no leak.
    pub(crate) fn close(self) {
        drop(self);
        let deadline = Instant::now() + Duration::from_secs(30);
        while threads().any(|name| name.starts_with("portcullis-gss")) {
            assert!(Instant::now() < deadline, "the threads do not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// The names of this process's threads.
fn threads() -> impl Iterator<Item = String> {
    let tasks = std::fs::read_dir("/proc/self/task").expect("Linux");
    // Those that end meanwhile have none any more.
    tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok())
}

/// The token of a `WWW-Authenticate: Negotiate` field.
pub(crate) fn token_of(reply: Reply) -> Option<Vec<u8>> {
    let mut headers = HeaderMap::new();
    reply.append_to(&mut headers);
    let field = headers.get("www-authenticate")?.to_str().ok()?;
    STANDARD.decode(field.strip_prefix("Negotiate ")?).ok()
}
