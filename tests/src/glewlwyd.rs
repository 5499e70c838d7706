//! Debian's Glewlwyd: an OpenID provider of another make, written in C.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use rcgen::{KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use rustix::process::Signal;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::curl;
use crate::installed::in_cache;
use crate::port::Port;
use crate::process::{PATIENCE, Process};

/// A Glewlwyd on loopback, whose JWTs (RS256) have groups of the user as one string with commas:
/// alice is of `admins,devs`. It ends when this is dropped.
pub struct Glewlwyd {
    _process: Process,
    _port: Port,
    api: String,
    _directory: TempDir,
}

const JSON: &str = "content-type: application/json";

impl Glewlwyd {
    /// Starts one.
    ///
    /// # Panics
    ///
    /// If it does not start.
    #[must_use]
    pub fn start() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let port = Port::free();
        make_database(directory.path());
        let config = write_config(directory.path(), port.address().port());
        let api = format!("http://{}/api", port.address());
        let process = run(&config, &api);
        let administrator = Administrator::log_in(&api, directory.path());
        administrator.let_users_have_groups();
        // That is in force after a new start.
        drop(process.end(Signal::TERM));
        let process = run(&config, &api);
        administrator.add_provider(&format!("{api}/oidc"));
        administrator.add_alice_and_her_app();
        Self { _process: process, _port: port, api, _directory: directory }
    }

    /// Its name, which is also its URL.
    #[must_use]
    pub fn issuer(&self) -> String {
        format!("{}/oidc", self.api)
    }

    /// An access token of alice, with the audience and scope `api` (password grant).
    ///
    /// # Panics
    ///
    /// If there is none.
    #[must_use]
    pub fn alice(&self) -> String {
        let fields = "grant_type=password&username=alice&password=alice-password&scope=api";
        let answer = curl(&["-u", "app:app-secret", "-d", fields, &format!("{}/oidc/token", self.api)]);
        let granted = answer.json();
        granted["access_token"].as_str().unwrap_or_else(|| panic!("no token: {granted}")).to_owned()
    }
}

fn run(config: &Path, api: &str) -> Process {
    let mut command = Command::new(in_cache("glewlwyd/usr/bin/glewlwyd"));
    command.arg("--config-file").arg(config).stdin(Stdio::null());
    let mut process = Process::start("Glewlwyd", command);
    let began = Instant::now();
    let address = api.trim_start_matches("http://").trim_end_matches("/api");
    while std::net::TcpStream::connect(address).is_err() {
        assert!(process.is_running() && began.elapsed() < PATIENCE, "Glewlwyd does not listen:\n{}", process.log());
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    process
}

/// With the tables of the package, in which the administrator is `admin` with the password `password`.
fn make_database(directory: &Path) {
    let tables = in_cache("glewlwyd/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3");
    let tables = std::fs::File::open(tables).expect("the package has its tables");
    let made = Command::new("sqlite3").arg(directory.join("database")).stdin(tables).status();
    assert!(made.is_ok_and(|status| status.success()), "sqlite3 can be run: `tests/run` installs it");
}

fn write_config(directory: &Path, port: u16) -> PathBuf {
    let modules = in_cache("glewlwyd/usr/lib/glewlwyd");
    let (modules, database) = (modules.display(), directory.join("database"));
    let config = format!(
        r#"port = {port}
bind_address = "127.0.0.1"
external_url = "http://127.0.0.1:{port}"
api_prefix = "api"
log_mode = "console"
log_level = "WARNING"
cookie_secure = 0
session_expiration = 3600
session_key = "session"
admin_scope = "g_admin"
profile_scope = "g_profile"
login_api_enabled = true
user_module_path = "{modules}/user"
client_module_path = "{modules}/client"
user_auth_scheme_module_path = "{modules}/scheme"
plugin_module_path = "{modules}/plugin"
hash_algorithm = "SHA512"
database = {{ type = "sqlite3"; path = "{database}"; }};
"#,
        database = database.display()
    );
    let path = directory.join("glewlwyd.conf");
    std::fs::write(&path, config).expect("the file can be written");
    path
}

/// Who sets it up, over its own API.
struct Administrator<'a> {
    api: &'a str,
    jar: String,
}

impl<'a> Administrator<'a> {
    fn log_in(api: &'a str, directory: &Path) -> Self {
        let jar = directory.join("cookies").to_str().expect("a name in UTF-8").to_owned();
        let administrator = Self { api, jar };
        administrator.send("POST", "auth/", &json!({ "username": "admin", "password": "password" }));
        administrator
    }

    fn send(&self, method: &str, path: &str, body: &Value) {
        let url = format!("{}/{path}", self.api);
        let (jar, body) = (self.jar.as_str(), body.to_string());
        let answer = curl(&["-b", jar, "-c", jar, "-X", method, "-H", JSON, "--data-raw", &body, &url]);
        assert_eq!(answer.status, 200, "{path}: {}", String::from_utf8_lossy(&answer.body));
    }

    fn let_users_have_groups(&self) {
        let groups = json!({ "multiple": true, "read": true, "write": true, "profile-read": true });
        let parameters = json!({ "use-glewlwyd-connection": true, "data-format": { "groups": groups } });
        let module = json!({
            "module": "database", "name": "database", "display_name": "users",
            "order_rank": 0, "readonly": false, "parameters": parameters,
        });
        self.send("PUT", "mod/user/database", &module);
    }

    fn add_provider(&self, issuer: &str) {
        let pair = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).expect("a key can be made");
        let mut parameters = json!({
            "iss": issuer,
            "jwt-type": "rsa",
            "jwt-key-size": "256",
            "key": pair.serialize_pem(),
            "cert": pair.public_key_pem(),
            "jwks-show": true,
            "access-token-duration": 3600,
            "refresh-token-duration": 86400,
            "code-duration": 600,
            "allow-non-oidc": true,
            "subject-type": "public",
            "additional-parameters": [{ "user-parameter": "groups", "token-parameter": "groups" }],
        });
        for flow in ["code", "token", "id-token", "none", "password", "client", "device", "refresh"] {
            parameters[format!("auth-type-{flow}-enabled")] = json!(flow == "password");
        }
        let plugin = json!({ "module": "oidc", "name": "oidc", "display_name": "oidc", "parameters": parameters });
        self.send("POST", "mod/plugin/", &plugin);
    }

    fn add_alice_and_her_app(&self) {
        let scope = json!({ "name": "api", "display_name": "api", "password_required": true, "scheme": {} });
        self.send("POST", "scope/", &scope);
        let app = json!({
            "client_id": "app", "name": "app", "confidential": true, "password": "app-secret", "enabled": true,
            "scope": ["api"], "token_endpoint_auth_method": ["client_secret_basic"],
            "authorization_type": ["password"],
        });
        self.send("POST", "client/", &app);
        let alice = json!({
            "username": "alice", "password": "alice-password", "name": "Alice", "enabled": true,
            "scope": ["api"], "groups": ["admins", "devs"],
        });
        self.send("POST", "user/", &alice);
    }
}
