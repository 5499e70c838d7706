//! The two programs that a cluster is made of.

use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::credentials::Credentials;
use super::{Cluster, ClusterBuilder};
use crate::installed::in_cache;
use crate::port::Port;
use crate::process::{PATIENCE, Process};

/// How often the server is asked whether it is ready.
const INTERVAL: Duration = Duration::from_millis(50);

impl Cluster {
    pub(super) fn with(settings: ClusterBuilder) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let (port, etcd_port, peer_port) = (Port::free(), Port::free(), Port::free());
        let etcd = run_etcd(&directory.path().join("etcd"), etcd_port.address(), peer_port.address());
        let credentials = Credentials::write(directory.path());
        let mut cluster = Self {
            server: None,
            _etcd: etcd,
            settings,
            credentials,
            port,
            etcd_port,
            _peer_port: peer_port,
            own_reviews: AtomicU64::new(0),
            own_access_reviews: AtomicU64::new(0),
            kid: OnceLock::new(),
            directory,
        };
        cluster.run();
        cluster
    }

    /// Starts the server, and waits until it is ready.
    pub(super) fn run(&mut self) {
        // As its own counters do.
        for own in [&self.own_reviews, &self.own_access_reviews] {
            own.store(0, Ordering::Relaxed);
        }
        let began = Instant::now();
        let mut server = Process::start("the API server", self.command());
        let mut wait = || {
            assert!(
                server.is_running() && began.elapsed() < PATIENCE,
                "the API server is not ready:\n{}",
                server.log()
            );
            std::thread::sleep(INTERVAL);
        };
        while TcpStream::connect(self.address()).is_err() {
            wait();
        }
        while self.admin().get("/readyz").status != 200 {
            wait();
        }
        self.server = Some(server);
    }

    fn command(&self) -> Command {
        let mut command = program("kubernetes/kube-apiserver");
        let (address, issuer) = (self.address(), self.issuer());
        let mut flag = |name: &str, value: &str| {
            command.arg(format!("--{name}={value}"));
        };
        flag("etcd-servers", &format!("http://{}", self.etcd_port.address()));
        flag("bind-address", &address.ip().to_string());
        flag("secure-port", &address.port().to_string());
        flag("advertise-address", &address.ip().to_string());
        flag("endpoint-reconciler-type", "none");
        flag("service-cluster-ip-range", "10.0.0.0/24");
        flag("authorization-mode", "RBAC");
        flag("service-account-issuer", &issuer);
        flag("api-audiences", &self.audiences().join(","));
        // It would have pods wait for Secrets that nobody makes.
        flag("disable-admission-plugins", "ServiceAccount");
        flag("log-dir", &self.directory.path().to_string_lossy());
        flag("logtostderr", "false");
        flag("stderrthreshold", "WARNING");
        for (name, file) in Credentials::FLAGS {
            flag(name, &self.path(file).to_string_lossy());
        }
        command.args(&self.settings.flags);
        command
    }
}

fn run_etcd(data: &Path, address: SocketAddr, peers: SocketAddr) -> Process {
    let mut command = program("etcd/usr/bin/etcd");
    let (client, peer) = (format!("http://{address}"), format!("http://{peers}"));
    command.arg("--data-dir").arg(data);
    command.args(["--listen-client-urls", &client, "--advertise-client-urls", &client]);
    command.args(["--listen-peer-urls", &peer, "--initial-advertise-peer-urls", &peer]);
    command.args(["--initial-cluster", &format!("default={peer}")]);
    // Nobody else is to be elected, and nothing needs to survive the machine.
    command.args(["--heartbeat-interval", "10", "--election-timeout", "100", "--unsafe-no-fsync"]);
    command.args(["--logger", "zap", "--log-outputs", "stderr", "--log-level", "warn"]);
    Process::start("etcd", command)
}

/// One that heeds nothing of the environment.
fn program(path: &str) -> Command {
    let mut command = Command::new(in_cache(path));
    command.env_clear().stdin(Stdio::null());
    command
}
