//! OpenLDAP: a directory server with a database of its own.

use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use tempfile::TempDir;

use crate::installed::in_cache;
use crate::port::Port;
use crate::process::{PATIENCE, Process};
use crate::{Entries, LdapClient};

mod asked;
mod builder;
mod service;

pub use self::builder::SlapdBuilder;

/// A real `slapd` on loopback, for `dc=example,dc=test`: people in `ou=people`, groups in `ou=groups`, and an account
/// that may read all of that but passwords. It ends when this is dropped.
///
/// Who says a password must speak TLS, from the start or by `StartTLS`. Nobody reads anything without one.
///
/// Everything here blocks. What cannot be done panics.
pub struct Slapd {
    server: Option<Process>,
    port: Port,
    tls_port: Port,
    directory: TempDir,
}

impl Slapd {
    /// What all of its entries are below of.
    pub const SUFFIX: &str = "dc=example,dc=test";
    /// Who may read.
    pub const READER: &str = "cn=reader,dc=example,dc=test";
    /// The password of who may read.
    pub const READER_PASSWORD: &str = "reader-password";
    /// Who may do everything.
    pub const ADMIN: &str = "cn=admin,dc=example,dc=test";
    /// The password of who may do everything.
    pub const ADMIN_PASSWORD: &str = "admin-password";

    /// Starts one with these entries, as it is by default: see [`SlapdBuilder`].
    ///
    /// # Panics
    ///
    /// If it does not start.
    #[must_use]
    pub fn start(entries: &Entries) -> Self {
        Self::builder().start(entries)
    }

    /// One that is to be started.
    #[must_use]
    pub fn builder() -> SlapdBuilder {
        SlapdBuilder::default()
    }

    /// The URL for those who speak TLS from the start.
    #[must_use]
    pub fn tls_url(&self) -> String {
        format!("ldaps://localhost:{}", self.tls_port.address().port())
    }

    /// The URL for those who say `StartTLS`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("ldap://localhost:{}", self.port.address().port())
    }

    /// Where it listens for TLS.
    #[must_use]
    pub fn tls_address(&self) -> SocketAddr {
        self.tls_port.address()
    }

    /// The certificate of who signed the server's certificate, for a `ca_file`.
    #[must_use]
    pub fn ca_file(&self) -> PathBuf {
        self.path("ca.pem")
    }

    /// Where a file of it is.
    #[must_use]
    pub fn path(&self, file: &str) -> PathBuf {
        self.directory.path().join(file)
    }

    /// Somebody who reads, over TLS.
    #[must_use]
    pub fn reader(&self) -> LdapClient {
        self.client(Self::READER, Self::READER_PASSWORD)
    }

    /// Somebody who may do everything, over TLS.
    #[must_use]
    pub fn admin(&self) -> LdapClient {
        self.client(Self::ADMIN, Self::ADMIN_PASSWORD)
    }

    /// Somebody with this distinguished name and this password, over TLS.
    #[must_use]
    pub fn client(&self, dn: &str, password: &str) -> LdapClient {
        LdapClient::new(&self.tls_url()).trusting(&self.ca_file()).bound_as(dn, password)
    }

    /// Adds and changes entries while it runs, as an administrator does: overlays see it.
    pub fn load(&self, entries: &Entries) {
        // Whoever its certificate is for.
        let admin = self.admin().trusting_anybody();
        admin.change(&entries.to_string()).unwrap_or_else(|error| panic!("not loaded: {error}"));
    }

    /// What the server wrote so far since it was started: each operation.
    #[must_use]
    pub fn log(&self) -> String {
        self.running().log()
    }

    /// Ends the server at once (SIGKILL): nobody listens at its ports any more. What it has stored stays.
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

    fn run(&mut self) {
        let mut command = Command::new(in_cache("openldap/usr/sbin/slapd"));
        let (plain, tls) = (self.port.address(), self.tls_port.address());
        command.env_clear().env("LD_LIBRARY_PATH", own_libraries());
        // With a debug level it stays in the foreground; this one writes what it is asked.
        command.args(["-d", "stats", "-h"]).arg(format!("ldap://{plain}/ ldaps://{tls}/"));
        command.arg("-f").arg(self.path("slapd.conf")).stdin(Stdio::null());
        let mut server = Process::start("slapd", command);
        let began = Instant::now();
        while [plain, tls].iter().any(|address| TcpStream::connect(address).is_err()) {
            assert!(server.is_running() && began.elapsed() < PATIENCE, "slapd does not listen:\n{}", server.log());
            std::thread::sleep(Duration::from_millis(5));
        }
        self.server = Some(server);
    }
}

/// Where the package has the library that nobody else needs, in the folder of the machine's architecture.
fn own_libraries() -> PathBuf {
    let libraries = std::fs::read_dir(in_cache("openldap/usr/lib")).expect("the package has libraries");
    let mut folders = libraries.map(|entry| entry.expect("an entry").path());
    folders.find(|folder| folder.join("libslapi-2.5.so.0").exists()).expect("the package has its library")
}
