//! Samba as an Active Directory domain controller.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use rustix::process::Signal;
use serde_json::Value;
use tempfile::TempDir;

use crate::installed::in_cache;
use crate::port::Port;
use crate::process::Process;
use crate::realm::write_client;
use crate::{LdapClient, repository};

mod alteration;
mod authenticator;
mod files;
mod pac;
mod service;
mod tickets;

pub use self::alteration::Alteration;

/// A real domain controller: a KDC and a directory, on ports of the loopback interface that lead into a network of its
/// own. It ends when this is dropped.
///
/// Everybody's password is [`password_of`](crate::password_of) the name. `tests/samba/domain.py` says who there is, and
/// has made it once for all: alice is in `ops` and `universal`, `ops` is in `staff`, `staff` in `local`, dave is in 300
/// groups `team-0` and so on, carol is disabled, the services `svc-http` (`HTTP/localhost`, with the keytab `http.keytab`)
/// and `svc-nopac` (`HTTP/nopac.ad.example.test`, `nopac.keytab`) have keys of AES, and `reader` is a user like any other.
/// What a test changes is gone with this.
///
/// It takes root, or user namespaces. Everything here blocks. What cannot be done panics.
pub struct Samba {
    server: Option<Process>,
    port: Port,
    tls_port: Port,
    kdc: Port,
    facts: Value,
    directory: TempDir,
}

impl Samba {
    /// The realm of Kerberos.
    pub const REALM: &str = "AD.EXAMPLE.TEST";
    /// What all of its entries are below of.
    pub const SUFFIX: &str = "DC=ad,DC=example,DC=test";
    /// Who may do everything.
    pub const ADMIN: &str = "Administrator@ad.example.test";
    /// The password of who may do everything.
    pub const ADMIN_PASSWORD: &str = "Administrator-passw0rd";

    /// Starts one, which takes about a second.
    ///
    /// # Panics
    ///
    /// If it does not start.
    #[must_use]
    pub fn start() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let here = directory.path();
        // Servers that run as somebody else must be able to read what is meant for them.
        fs::set_permissions(here, fs::Permissions::from_mode(0o711)).expect("a mode can be set");
        files::copy(&in_cache("domain"), here);
        let facts = fs::read(here.join("facts.json")).expect("the file is there");
        let facts = serde_json::from_slice(&facts).expect("JSON");
        files::write_certificate(here).expect("the files can be written");
        fs::write(here.join("smb.conf"), files::smb_conf(here)).expect("the file can be written");
        let [port, tls_port, kdc] = [(); 3].map(|()| Port::free());
        let mut samba = Self { server: None, port, tls_port, kdc, facts, directory };
        let realms = [(Self::REALM, samba.kdc.address())];
        write_client(&samba.config(), Self::REALM, Self::REALM, &realms);
        samba.run();
        samba
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

    /// A `krb5.conf` for clients and services.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.path("krb5.conf")
    }

    /// Where a file of it is.
    #[must_use]
    pub fn path(&self, file: &str) -> PathBuf {
        self.directory.path().join(file)
    }

    /// The distinguished name of a user or a group.
    #[must_use]
    pub fn dn(name: &str) -> String {
        format!("CN={name},CN=Users,{}", Self::SUFFIX)
    }

    /// The security identifier of the domain: that of this machine, and not the same on another.
    #[must_use]
    pub fn domain_sid(&self) -> &str {
        self.facts["domain"].as_str().expect("it has one")
    }

    /// The security identifier of a user or a group.
    ///
    /// # Panics
    ///
    /// If it was not there from the start.
    #[must_use]
    pub fn sid(&self, name: &str) -> &str {
        self.facts["sids"][name].as_str().unwrap_or_else(|| panic!("nobody is {name}"))
    }

    /// Somebody who reads, over TLS.
    #[must_use]
    pub fn reader(&self) -> LdapClient {
        self.client("reader@ad.example.test", "reader-password")
    }

    /// Somebody who may do everything, over TLS.
    #[must_use]
    pub fn admin(&self) -> LdapClient {
        self.client(Self::ADMIN, Self::ADMIN_PASSWORD)
    }

    /// Somebody with this name (a distinguished one, or that of a user with `@ad.example.test`) and this password, over TLS.
    #[must_use]
    pub fn client(&self, name: &str, password: &str) -> LdapClient {
        LdapClient::new(&self.tls_url()).trusting(&self.ca_file()).bound_as(name, password)
    }

    /// Ends it at once (SIGKILL): nobody listens at its ports any more. What it has stored stays.
    pub fn stop(&mut self) {
        if let Some(server) = self.server.take() {
            drop(server.end(Signal::KILL));
        }
    }

    /// Starts it where it was, with what it had stored, after [`stop`](Self::stop).
    pub fn start_again(&mut self) {
        self.stop();
        self.run();
    }

    /// Has it hang: connections are taken, and nobody answers, whether a client has a connection already or not.
    pub fn pause(&self) {
        self.tell("pause");
    }

    /// Has it go on, after [`pause`](Self::pause).
    pub fn resume(&self) {
        self.tell("resume");
    }

    fn tell(&self, command: &str) {
        let server = self.server.as_ref().expect("it is running");
        server.say(command);
        server.line(&format!("done: {command}"));
    }

    fn run(&mut self) {
        let ports = [(&self.port, 389), (&self.tls_port, 636), (&self.kdc, 88)];
        let mut command = Command::new("/usr/bin/python3");
        command.arg(script("relay.py")).arg(in_cache("samba")).arg(self.path("smb.conf"));
        command.args(ports.map(|(outer, inner)| format!("{}:{inner}", outer.address().port())));
        let server = Process::start("Samba", command_of(command));
        server.line("listening");
        self.server = Some(server);
    }
}

/// With stdin for what it is told, and without what the environment says of Python.
fn command_of(mut command: Command) -> Command {
    command.env_remove("PYTHONPATH").env_remove("PYTHONHOME").stdin(Stdio::piped());
    command
}

/// What is at this place in `tests/samba/`.
fn script(name: &str) -> PathBuf {
    let path = repository().join("tests/samba").join(name);
    path.canonicalize().unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
