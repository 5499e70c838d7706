//! Files for clients ([kubeconfig](https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/)).

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Cluster;

impl Cluster {
    /// A file for the administrator (user `administrator`, group `system:masters`), with a client certificate.
    #[must_use]
    pub fn kubeconfig(&self) -> PathBuf {
        let administrator = &self.credentials.administrator;
        let (certificate, key) = (STANDARD.encode(&administrator.pem), STANDARD.encode(&administrator.key));
        self.write_kubeconfig(&format!("client-certificate-data: {certificate}\n    client-key-data: {key}"))
    }

    /// A file for the bearer of this token, which stands in it.
    #[must_use]
    pub fn kubeconfig_of(&self, token: &str) -> PathBuf {
        self.write_kubeconfig(&format!("token: {token}"))
    }

    /// A file for the bearer of whatever token is in this other file (`tokenFile:`).
    #[must_use]
    pub fn kubeconfig_with_token_file(&self, file: &Path) -> PathBuf {
        self.write_kubeconfig(&format!("tokenFile: {}", file.display()))
    }

    /// A new file each time, as `kubectl` would write it (mode 0600), with the certificate of the authority in it.
    fn write_kubeconfig(&self, user: &str) -> PathBuf {
        static FILES: AtomicUsize = AtomicUsize::new(0);
        let (server, authority) = (self.url(""), STANDARD.encode(&self.credentials.authority));
        let text = format!(
            "apiVersion: v1
kind: Config
clusters:
- name: tests
  cluster:
    server: {server}
    certificate-authority-data: {authority}
users:
- name: tests
  user:
    {user}
contexts:
- name: tests
  context:
    cluster: tests
    user: tests
current-context: tests
"
        );
        let path = self.path(&format!("{}.kubeconfig", FILES.fetch_add(1, Ordering::Relaxed)));
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        file.and_then(|mut file| file.write_all(text.as_bytes())).expect("the file can be written");
        path
    }
}
