//! Keys of services.

use std::path::{Path, PathBuf};

use super::{Realm, replaced};

impl Realm {
    /// Writes the current keys of these services, such as `HTTP/localhost`, and nothing else, into a
    /// keytab (mode 0600). If it was there, it is replaced at once.
    ///
    /// A principal that does not exist yet is made, with random keys.
    pub fn keytab(&self, file: &str, services: &[&str]) -> PathBuf {
        let path = self.path(file);
        replaced(&path, |fresh| {
            for service in services {
                self.ensure(service);
                self.extract(service, fresh);
            }
        });
        path
    }

    /// Makes a service that has keys of this encryption type only, such as `aes128-cts`.
    pub fn add_service(&self, service: &str, encryption_type: &str) {
        let keys = format!("{encryption_type}:normal");
        let _ = self.kadmin(&["addprinc", "-randkey", "-e", &keys, service]);
    }

    /// Gives a service new keys, with the next version number. Keytabs do not learn of it.
    pub fn new_keys(&self, service: &str) {
        let _ = self.kadmin(&["change_password", "-randkey", service]);
    }

    /// Gives a service new keys, and adds them to a keytab as administrators do, which keeps the old.
    pub fn rotate(&self, service: &str, keytab: &Path) {
        self.new_keys(service);
        self.extract(service, keytab);
    }

    fn extract(&self, principal: &str, keytab: &Path) {
        let keytab = keytab.to_str().expect("a name in UTF-8");
        let _ = self.kadmin(&["ktadd", "-q", "-norandkey", "-k", keytab, principal]);
        assert!(Path::new(keytab).is_file(), "{principal} has no keys");
    }

    /// The keytab of somebody who types no passwords.
    pub(super) fn user_keytab(&self, user: &str) -> PathBuf {
        let path = self.path(&format!("{}.keytab", user.replace('/', "_")));
        if !path.exists() {
            self.ensure(user);
            self.extract(user, &path);
        }
        path
    }
}
