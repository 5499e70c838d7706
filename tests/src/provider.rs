//! npm's `oidc-provider`, a certified OpenID provider, run by Node.js.

use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;
use tempfile::TempDir;

use crate::installed::{in_cache, in_environment};
use crate::port::Port;
use crate::process::Process;
use crate::{curl, repository};

mod login;

/// An OpenID provider on loopback, with the users alice (groups `admins` and `devs`) and bob
/// (`devs`), and the client `worker` (group `workers`). `tests/node/provider.mjs` is its script. It
/// ends when this is dropped.
///
/// Everything here blocks.
pub struct Provider {
    process: Option<Process>,
    /// Its keys, and the cookies of those who log in.
    directory: TempDir,
    port: Port,
}

/// What an access token is to be like.
#[derive(Clone, Debug)]
pub struct Access {
    audience: String,
    algorithm: &'static str,
    format: &'static str,
    lifetime: Duration,
}

/// What became of the keys in use when there are new ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OldKeys {
    /// They no longer sign, and are still published.
    Kept,
    /// They are withdrawn.
    Dropped,
}

/// What somebody gets who has logged in.
#[derive(Clone, Debug)]
pub struct LoggedIn {
    /// For the service.
    pub access_token: String,
    /// For the app `app`.
    pub id_token: String,
}

impl Access {
    /// A JWT for this audience, signed with RS256, that is good for an hour.
    #[must_use]
    pub fn to(audience: &str) -> Self {
        Self { audience: audience.to_owned(), algorithm: "RS256", format: "jwt", lifetime: Duration::from_secs(3600) }
    }

    /// Signed with this algorithm: `RS256` or `ES256`.
    #[must_use]
    pub fn signed_with(self, algorithm: &'static str) -> Self {
        Self { algorithm, ..self }
    }

    /// An opaque token, which only introspection understands.
    #[must_use]
    pub fn opaque(self) -> Self {
        Self { format: "opaque", ..self }
    }

    /// Good for so long, in whole seconds.
    #[must_use]
    pub fn lasting(self, lifetime: Duration) -> Self {
        Self { lifetime, ..self }
    }

    /// The resource indicator (RFC 8707) in which the script reads all of this.
    fn resource(&self) -> String {
        let Self { audience, algorithm, format, lifetime } = self;
        let ttl = lifetime.as_secs();
        format!("https://resource.example.test/?audience={audience}&algorithm={algorithm}&format={format}&ttl={ttl}")
    }
}

impl Provider {
    /// The id and secret of the client that may ask about opaque tokens.
    pub const INTROSPECTION_CLIENT: (&str, &str) = ("gate", "gate-secret");

    /// Starts one, with new keys, on a free port.
    ///
    /// # Panics
    ///
    /// If it does not start.
    #[must_use]
    pub fn start() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let port = Port::free();
        Self { process: Some(run(&directory, port.address())), directory, port }
    }

    /// Its name, which is also its URL.
    #[must_use]
    pub fn issuer(&self) -> String {
        format!("http://{}", self.port.address())
    }

    /// The URL of a path, such as `/jwks` or `/token/introspection`.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.port.address())
    }

    /// The section of a config file for its tokens with the audience `orders`. More keys may follow.
    #[must_use]
    pub fn backend(&self) -> String {
        let issuer = self.issuer();
        format!(
            "[[backend]]\nkind = \"oidc\"\nissuer = \"{issuer}\"\naudiences = [\"orders\"]\ngroups_claim = \"groups\"\n"
        )
    }

    /// Ends it at once (SIGKILL). Its keys are kept; sessions and opaque tokens are not.
    pub fn stop(&mut self) {
        if let Some(process) = self.process.take() {
            drop(process.end(Signal::KILL));
        }
    }

    /// Starts it where it was, after [`stop`](Self::stop).
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub fn start_again(&mut self) {
        self.stop();
        self.process = Some(run(&self.directory, self.port.address()));
    }

    /// Makes new keys, and signs with them from now on.
    ///
    /// # Panics
    ///
    /// If it is stopped.
    pub fn rotate(&self, old: OldKeys) {
        let old = match old {
            OldKeys::Kept => "kept",
            OldKeys::Dropped => "dropped",
        };
        assert_eq!(curl(&["-X", "POST", &self.url(&format!("/keys?old={old}"))]).status, 200);
    }

    /// An access token of the client `worker`, which is nobody's (client credentials), with the
    /// scope `read`.
    ///
    /// # Panics
    ///
    /// If there is none.
    #[must_use]
    pub fn client_token(&self, access: &Access) -> String {
        let resource = format!("resource={}", access.resource());
        let fields = ["-u", "worker:worker-secret", "-d", "grant_type=client_credentials", "-d", "scope=read"];
        let granted = self.granted(&[&fields[..], &["--data-urlencode", &resource]].concat());
        text(&granted, "access_token")
    }

    /// What `user` gets by logging in (authorization code with PKCE), with the scopes `openid` and
    /// `groups`.
    ///
    /// # Panics
    ///
    /// If that fails.
    #[must_use]
    pub fn log_in(&self, user: &str, access: &Access) -> LoggedIn {
        let granted = login::log_in(self, user, &access.resource());
        LoggedIn { access_token: text(&granted, "access_token"), id_token: text(&granted, "id_token") }
    }

    /// What the token endpoint grants.
    fn granted(&self, arguments: &[&str]) -> Value {
        let answer = curl(&[arguments, &[&self.url("/token")]].concat());
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        answer.json()
    }
}

fn run(directory: &TempDir, address: SocketAddr) -> Process {
    let mut command = Command::new(in_environment("bin/node"));
    command.arg(repository().join("tests/node/provider.mjs")).arg(directory.path().join("keys.json"));
    command.arg(address.port().to_string()).env("NODE_PATH", in_cache("node/node_modules")).env_remove("NODE_OPTIONS");
    // It ends when this pipe does.
    command.stdin(Stdio::piped());
    let process = Process::start("the OpenID provider", command);
    assert_eq!(process.line("ready http://"), address.to_string());
    process
}

fn text(granted: &Value, name: &str) -> String {
    granted[name].as_str().unwrap_or_else(|| panic!("no {name}: {granted}")).to_owned()
}
