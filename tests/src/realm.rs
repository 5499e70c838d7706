//! MIT Kerberos: a KDC with a database of its own.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use tempfile::TempDir;

use crate::installed::in_cache;
use crate::port::Port;
use crate::process::{PATIENCE, Process};

mod config;
mod forgery;
mod keytab;
mod service;
mod tickets;
mod trust;

pub(crate) use self::config::write_client;
pub use self::forgery::Forgery;
pub use self::tickets::Tickets;

/// A realm on loopback. Users and services are there as soon as somebody asks for their
/// [tickets](Self::tickets) or [keytabs](Self::keytab). It ends when this is dropped.
///
/// Clients look for the service `HTTP/localhost`: URLs must say `localhost`, not `127.0.0.1`.
///
/// Everything here blocks.
pub struct Realm {
    kdc: Option<Process>,
    name: String,
    port: Port,
    directory: TempDir,
}

impl Realm {
    /// Starts one of this name, which is upper-case by custom.
    ///
    /// # Panics
    ///
    /// If it does not start.
    #[must_use]
    pub fn start(name: &str) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        // Servers that run as somebody else must be able to read what is meant for them.
        std::fs::set_permissions(directory.path(), std::fs::Permissions::from_mode(0o711)).expect("a mode can be set");
        let mut realm = Self { kdc: None, name: name.to_owned(), port: Port::free(), directory };
        write_client(&realm.config(), name, name, &[realm.kdc_of()]);
        config::write_kdc(realm.directory.path(), name, realm.port.address());
        realm.finished(realm.command("kdb5_util").args(["create", "-s", "-P", "master-password"]));
        realm.kdc = Some(realm.run());
        realm
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A `krb5.conf` for clients and services.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.directory.path().join("krb5.conf")
    }

    /// Another `krb5.conf`, with these lines in `[libdefaults]`, for one who sees something
    /// differently, such as `clockskew = 1`.
    #[must_use]
    pub fn config_with(&self, file: &str, lines: &str) -> PathBuf {
        let usual = std::fs::read_to_string(self.config()).expect("the file is there");
        let path = self.directory.path().join(file);
        std::fs::write(&path, usual.replacen("[libdefaults]", &format!("[libdefaults]\n{lines}"), 1))
            .expect("the file can be written");
        path
    }

    /// Has a command be of this realm.
    pub fn environment(&self, command: &mut Command) {
        command.env("KRB5_CONFIG", self.config());
        for variable in ["KRB5CCNAME", "KRB5_KTNAME", "KRB5_CLIENT_KTNAME", "KRB5RCACHENAME", "KRB5_TRACE"] {
            command.env_remove(variable);
        }
    }

    /// Ends the KDC. What it has issued is not affected.
    pub fn stop(&mut self) {
        if let Some(kdc) = self.kdc.take() {
            drop(kdc.end(Signal::TERM));
        }
    }

    /// What `kadmin.local` answers to this query.
    ///
    /// # Panics
    ///
    /// If it fails.
    pub fn kadmin(&self, query: &[&str]) -> String {
        self.finished(self.command("kadmin.local").args(query))
    }

    /// Sees to it that a user or a service is there, with random keys.
    pub fn ensure(&self, principal: &str) {
        let known = self.kadmin(&["listprincs", principal]);
        if known.trim().is_empty() {
            let _ = self.kadmin(&["addprinc", "-randkey", principal]);
        }
    }

    /// Where a file of it is.
    #[must_use]
    pub fn path(&self, file: &str) -> PathBuf {
        self.directory.path().join(file)
    }

    fn kdc_of(&self) -> (&str, SocketAddr) {
        (&self.name, self.port.address())
    }

    /// One of the programs that administer it.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(in_cache("krb5/usr/sbin").join(program));
        self.environment(&mut command);
        command.env("KRB5_KDC_PROFILE", self.path("kdc.conf")).args(["-r", &self.name]).stdin(Stdio::null());
        command
    }

    fn run(&self) -> Process {
        let mut command = self.command("krb5kdc");
        command.arg("-n").arg("-P").arg(self.path("kdc.pid"));
        let mut kdc = Process::start("the KDC", command);
        let began = Instant::now();
        while std::net::TcpStream::connect(self.port.address()).is_err() {
            assert!(kdc.is_running() && began.elapsed() < PATIENCE, "the KDC does not listen:\n{}", kdc.log());
            std::thread::sleep(Duration::from_millis(5));
        }
        kdc
    }

    /// What a command writes to stdout.
    fn finished(&self, command: &mut Command) -> String {
        let output = command.output().unwrap_or_else(|error| panic!("{command:?} cannot be run: {error}"));
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command:?} failed: {errors}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

/// The URL of a server that tickets for `HTTP/localhost` are good for.
#[must_use]
pub fn on_localhost(address: SocketAddr, path: &str) -> String {
    format!("http://localhost:{}{path}", address.port())
}

/// Has a file written as an administrator should: beside the one that is there, and renamed over it.
fn replaced(path: &Path, write: impl FnOnce(&Path)) {
    let fresh = path.with_extension("new");
    write(&fresh);
    std::fs::rename(&fresh, path).expect("the file can be renamed");
}
