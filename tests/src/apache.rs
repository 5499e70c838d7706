//! Apache with mod_auth_gssapi: another acceptor, to compare with.

use std::net::SocketAddr;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::on_localhost;
use crate::port::Port;
use crate::process::{PATIENCE, Process};

/// An Apache on loopback, of HTTP/1.1 and HTTP/2 in plain text, that answers every path of those whom
/// Kerberos has verified, and says who they are in the field `X-User`. It ends when this is dropped.
pub struct Apache {
    process: Process,
    port: Port,
    _directory: TempDir,
}

impl Apache {
    /// Starts one with this `krb5.conf` and a copy of this keytab, which accepts krb5 only, and has a
    /// replay cache of its own.
    ///
    /// # Panics
    ///
    /// If it does not start.
    #[must_use]
    pub fn start(krb5_conf: &Path, keytab: &Path) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let (here, port) = (directory.path(), Port::free());
        std::fs::set_permissions(here, std::fs::Permissions::from_mode(0o755)).expect("a mode can be set");
        std::fs::create_dir(here.join("pages")).expect("a directory can be made");
        std::fs::create_dir(here.join("state")).expect("a directory can be made");
        std::fs::write(here.join("pages/page"), "a page\n").expect("the file can be written");
        std::fs::copy(keytab, here.join("http.keytab")).expect("the keytab can be copied");
        let servant = servant();
        if let Some(user) = &servant {
            for path in ["http.keytab", "state"] {
                chown(here.join(path), Some(user.id), None).expect("the administrator may give files away");
            }
        }
        let user = servant.map_or_else(String::new, |user| format!("User {0}\nGroup {0}\n", user.name));
        std::fs::write(here.join("httpd.conf"), config(here, port.address(), &user)).expect("a file");

        let mut command = Command::new("/usr/sbin/apache2");
        command.env("KRB5_CONFIG", krb5_conf).env("KRB5RCACHENAME", format!("file2:{}/state/replays", here.display()));
        // In one process: there would be others that outlive it when it is killed.
        command.arg("-f").arg(here.join("httpd.conf")).arg("-X").stdin(Stdio::null());
        let mut apache = Self { process: Process::start("Apache", command), port, _directory: directory };
        let began = Instant::now();
        while std::net::TcpStream::connect(apache.address()).is_err() {
            let starts = apache.process.is_running() && began.elapsed() < PATIENCE;
            assert!(starts, "Apache does not listen: `tests/run` installs it\n{}", apache.process.log());
            std::thread::sleep(Duration::from_millis(5));
        }
        apache
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.port.address()
    }

    /// The URL of the page.
    #[must_use]
    pub fn url(&self) -> String {
        on_localhost(self.address(), "/")
    }

    /// Waits until it has written this.
    ///
    /// # Panics
    ///
    /// If it does not.
    pub fn wait_for(&self, text: &str) {
        self.process.wait_for(text);
    }
}

/// Whom it runs as if an administrator starts it.
struct Servant {
    name: &'static str,
    id: u32,
}

fn servant() -> Option<Servant> {
    let id = |who: &[&str]| {
        let output = Command::new("id").arg("-u").args(who).output().expect("id can be run");
        String::from_utf8_lossy(&output.stdout).trim().parse::<u32>().expect("a number")
    };
    let name = "www-data";
    (id(&[]) == 0).then(|| Servant { name, id: id(&[name]) })
}

fn config(here: &Path, address: SocketAddr, user: &str) -> String {
    let modules = [
        ("mpm_event", "mpm_event"),
        ("authn_core", "authn_core"),
        ("authz_core", "authz_core"),
        ("authz_user", "authz_user"),
        ("auth_gssapi", "auth_gssapi"),
        ("headers", "headers"),
        ("alias", "alias"),
        ("http2", "http2"),
    ];
    let load =
        modules.map(|(module, file)| format!("LoadModule {module}_module /usr/lib/apache2/modules/mod_{file}.so\n"));
    let (load, here) = (load.concat(), here.display());
    format!(
        r#"ServerRoot "{here}"
ServerName localhost
Listen {address}
PidFile {here}/httpd.pid
DefaultRuntimeDir {here}/state
ErrorLog /dev/stderr
LogLevel warn auth_gssapi:info
{load}{user}ServerLimit 1
StartServers 1
ThreadsPerChild 16
MinSpareThreads 16
MaxSpareThreads 16
MaxRequestWorkers 16
KeepAlive On
MaxKeepAliveRequests 0
LimitRequestLine 131072
LimitRequestFieldSize 131072
Protocols h2c http/1.1
DocumentRoot {here}/pages
AliasMatch "^" {here}/pages/page
<Location />
  AuthType GSSAPI
  AuthName testbed
  GssapiAllowedMech krb5
  GssapiCredStore keytab:{here}/http.keytab
  Require valid-user
  Header set X-User "expr=%{{REMOTE_USER}}"
</Location>
"#
    )
}
