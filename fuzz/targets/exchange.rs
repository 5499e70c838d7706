//! Any bytes as a token of Negotiate, through the backend and MIT's library: whoever gets in is alice, since nobody else has
//! a ticket, and no token passes for an outage.
//!
//! Most of what is interesting is in the library, which is not built for coverage: it takes a long run, and the seeds,
//! which are alice's. They stay good, as the clock may be wrong by thirty years, and as what was accepted is forgotten.

#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, Request};
use libfuzzer_sys::fuzz_target;
use portcullis::{Backend as _, Clock, Credential, Head, Scheme, Source, Verdict};
use portcullis_kerberos::{Framing, Kerberos, KerberosConfig, TlsServerEndPoint};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

const KEYTAB: &[u8] = include_bytes!("../../backends/kerberos/examples/exchanges/http.keytab");

const KRB5_CONF: &str = "[libdefaults]\ndefault_realm = EXAMPLE.TEST\nclockskew = 1000000000\n";

/// As much of a certificate as counts: `SEQUENCE { SEQUENCE {}, SEQUENCE { ecdsa-with-SHA256 } }`.
const CERTIFICATE: &[u8] = b"\x30\x0e\x30\x00\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02";

struct World {
    runtime: Runtime,
    kerberos: Kerberos,
    request: Request<()>,
    replay_cache: PathBuf,
    _directory: TempDir,
}

static WORLD: LazyLock<World> = LazyLock::new(World::new);

impl World {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let at = |name: &str| directory.path().join(name);
        std::fs::write(at("http.keytab"), KEYTAB).expect("the keytab can be written");
        std::fs::write(at("krb5.conf"), KRB5_CONF).expect("the config file can be written");
        // SAFETY: there is no other thread yet that would look at the environment.
        unsafe { std::env::set_var("KRB5_CONFIG", at("krb5.conf")) };
        let mut config = KerberosConfig::default();
        config.keytab = at("http.keytab");
        config.replay_cache = Some(at("accepted"));
        config.raw_krb5 = true;
        config.max_concurrent = Some(1);
        let kerberos = Kerberos::new(config, "kerberos", directory.path(), Clock::default()).expect("a good keytab");
        let mut request = Request::new(());
        request.extensions_mut().insert(TlsServerEndPoint::of_certificate(CERTIFICATE).expect("it has a hash"));
        let runtime = Builder::new_current_thread().build().expect("a runtime");
        Self { runtime, kerberos, request, replay_cache: at("accepted"), _directory: directory }
    }

    fn answer(&self, token: &[u8]) -> Verdict {
        // It is not there before the first token that gets so far, and the library makes it anew.
        let _ = std::fs::remove_file(&self.replay_cache);
        let field = HeaderValue::try_from(format!("Negotiate {}", STANDARD.encode(token))).expect("visible ASCII");
        let credential = Credential::parse(field, Source::Header, &[Scheme::NEGOTIATE]).expect("a scheme");
        self.runtime.block_on(self.kerberos.authenticate(&credential, Head::from(&self.request)))
    }
}

fuzz_target!(|token: &[u8]| {
    let reason = match WORLD.answer(token) {
        Verdict::Accepted(accepted) => {
            assert_eq!(accepted.principal.name(), "alice@EXAMPLE.TEST");
            assert!(matches!(Framing::of(token), Framing::Spnego(_) | Framing::Krb5(_)));
            return;
        }
        Verdict::Refused(refusal) => refusal.reason,
        Verdict::NotMine(elsewhere) => elsewhere.reason,
        other => panic!("{other:?}"),
    };
    assert!(!reason.is_empty() && !reason.contains(char::is_control), "{reason:?}");
});
