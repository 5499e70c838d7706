//! Kubernetes: an API server with a database of its own, and nothing else of a cluster.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use rustix::process::Signal;
use tempfile::TempDir;

use crate::port::Port;
use crate::process::Process;

mod access;
mod builder;
mod caller;
mod counts;
mod credentials;
mod kubeconfig;
mod objects;
mod secret_token;
mod server;
mod token_request;

pub use self::access::Subject;
pub use self::builder::ClusterBuilder;
pub use self::caller::Caller;
pub use self::token_request::TokenRequest;

use self::credentials::Credentials;

/// A real `kube-apiserver` on loopback, with role-based access control. It ends when this is dropped.
///
/// There are no controllers: nothing follows from what is created or deleted. No account has a Secret
/// with a token ([`secret_token`](Self::secret_token) makes one), a namespace has no account `default`, and pods
/// are never run.
///
/// Its tokens and the key of its administrator are secret: no [`Program`](crate::Program) of this process may write
/// them down.
///
/// Everything here blocks. What cannot be done panics.
pub struct Cluster {
    server: Option<Process>,
    /// Ended after the server, which would complain for long.
    _etcd: Process,
    settings: ClusterBuilder,
    credentials: Credentials,
    port: Port,
    etcd_port: Port,
    _peer_port: Port,
    /// How many reviews the testbed itself has asked for since the server was started.
    own_reviews: AtomicU64,
    own_access_reviews: AtomicU64,
    /// The name of the signing key, as soon as somebody wants to know.
    kid: OnceLock<String>,
    directory: TempDir,
}

impl Cluster {
    /// Starts one, as it is by default: see [`ClusterBuilder`].
    ///
    /// # Panics
    ///
    /// If it does not start.
    #[must_use]
    pub fn start() -> Self {
        Self::builder().start()
    }

    /// One that is to be started.
    #[must_use]
    pub fn builder() -> ClusterBuilder {
        ClusterBuilder::default()
    }

    /// One for all tests of this process, which start it together and keep to namespaces of their own. It ends
    /// with the last of those who have it now.
    #[must_use]
    pub fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<Cluster>> = Mutex::new(Weak::new());
        // Where one could not start it, the next one says so too.
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let cluster = Arc::new(Self::start());
            *shared = Arc::downgrade(&cluster);
            cluster
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.port.address()
    }

    /// The URL of a path.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("https://{}{path}", self.address())
    }

    /// What its tokens have in `iss`: its URL, unless it was given another.
    #[must_use]
    pub fn issuer(&self) -> String {
        self.settings.issuer.clone().unwrap_or_else(|| self.url(""))
    }

    /// What its tokens have in `aud` if they are for itself: its issuer, unless it was given others.
    #[must_use]
    pub fn audiences(&self) -> Vec<String> {
        if self.settings.audiences.is_empty() { vec![self.issuer()] } else { self.settings.audiences.clone() }
    }

    /// The certificate of who signed the server's certificate, for a `ca_file`. The server's names are `localhost` and
    /// `127.0.0.1`.
    #[must_use]
    pub fn ca_file(&self) -> PathBuf {
        self.path("ca.crt")
    }

    /// Where a file of it is.
    #[must_use]
    pub fn path(&self, file: &str) -> PathBuf {
        self.directory.path().join(file)
    }

    /// What the server wrote so far since it was started: warnings and errors.
    #[must_use]
    pub fn log(&self) -> String {
        self.running().log()
    }

    /// Ends the server at once (SIGKILL): nobody listens at its port any more. What it has stored stays.
    pub fn stop(&mut self) {
        if let Some(server) = self.server.take() {
            drop(server.end(Signal::KILL));
        }
    }

    /// Starts the server where it was, with what it had stored, after [`stop`](Self::stop).
    pub fn start_again(&mut self) {
        self.stop();
        self.run();
    }

    /// Has the server hang: the kernel takes connections, and nobody answers.
    pub fn pause(&self) {
        self.running().pause();
    }

    /// Has it go on, after [`pause`](Self::pause).
    pub fn resume(&self) {
        self.running().resume();
    }

    fn running(&self) -> &Process {
        self.server.as_ref().expect("it is running")
    }
}
