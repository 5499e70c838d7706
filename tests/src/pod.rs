//! What a program sees that runs in a pod of a cluster.

use std::net::SocketAddr;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::TempDir;

use crate::secrets::Secrets;
use crate::{Authority, Cluster, Program, Site};

/// Lays the files where every pod has them, in a mount namespace of its own, and becomes the program: `/run` is where `/var/run`
/// leads, and what is in it otherwise does not matter here.
const ENTER: &str = "
mount -t tmpfs -o mode=0755 tmpfs /var/run
mkdir -p /var/run/secrets/kubernetes.io/serviceaccount
mount --bind \"$1\" /var/run/secrets/kubernetes.io/serviceaccount
shift
exec \"$@\"
";

/// A pod: the variables and the files that tell a program where the API server is, and which account it has there. Nothing
/// outside of it changes.
///
/// The files are as the kubelet lays them: links through `..data`, which is replaced as a whole.
pub struct Pod {
    address: SocketAddr,
    authority: String,
    namespace: String,
    files: TempDir,
    written: AtomicUsize,
}

impl Pod {
    /// One of this namespace, with this token.
    #[must_use]
    pub fn of(cluster: &Cluster, namespace: &str, token: &str) -> Self {
        let authority = std::fs::read_to_string(cluster.ca_file()).expect("the certificate is there");
        Self::with(cluster.address(), authority, namespace, token)
    }

    /// One of no cluster: nobody listens there.
    pub(crate) fn imagined() -> Self {
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 1));
        Self::with(nowhere, Authority::default().pem(), "default", "nobody-takes-this-token")
    }

    fn with(address: SocketAddr, authority: String, namespace: &str, token: &str) -> Self {
        let files = tempfile::tempdir().expect("a directory");
        let pod = Self { address, authority, namespace: namespace.to_owned(), files, written: AtomicUsize::new(0) };
        pod.set_token(token);
        for name in ["token", "ca.crt", "namespace"] {
            symlink(Path::new("..data").join(name), pod.files.path().join(name)).expect("a link can be made");
        }
        pod
    }

    /// Replaces the token.
    pub fn set_token(&self, token: &str) {
        Secrets::everywhere().add_token(token.as_bytes());
        let directory = self.files.path();
        let fresh = format!("..{}", self.written.fetch_add(1, Ordering::Relaxed));
        std::fs::create_dir(directory.join(&fresh)).expect("a directory can be made");
        for (name, text) in [("token", token), ("ca.crt", &self.authority), ("namespace", &self.namespace)] {
            std::fs::write(directory.join(&fresh).join(name), text).expect("the file can be written");
        }
        symlink(&fresh, directory.join("..data_tmp")).expect("a link can be made");
        std::fs::rename(directory.join("..data_tmp"), directory.join("..data")).expect("the link can be renamed");
    }

    /// Serves a site in it.
    #[must_use]
    pub fn serve(&self, site: &Site) -> Program {
        site.serve_with(|command| self.enter(command))
    }

    /// What `portcullis check` says of a site in it.
    #[must_use]
    pub fn check(&self, site: &Site) -> Output {
        site.check_with(|command| self.enter(command))
    }

    /// Has the command run in it. It becomes the program's process itself.
    pub(crate) fn enter(&self, command: &mut Command) {
        let mut outer = Command::new("unshare");
        outer.arg("--mount");
        if !rustix::process::geteuid().is_root() {
            outer.args(["--user", "--map-root-user"]);
        }
        outer.args(["sh", "-euc", ENTER, "sh"]).arg(self.files.path());
        outer.arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => outer.env(name, value),
                None => outer.env_remove(name),
            };
        }
        if let Some(directory) = command.get_current_dir() {
            outer.current_dir(directory);
        }
        outer.env("KUBERNETES_SERVICE_HOST", self.address.ip().to_string());
        outer.env("KUBERNETES_SERVICE_PORT", self.address.port().to_string());
        *command = outer;
    }
}
