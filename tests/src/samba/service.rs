//! The program, as a service of the domain.

use super::Samba;
use crate::{Program, Site};

impl Samba {
    /// The section of a config file for tickets of this domain, with the keys of `HTTP/localhost`, and a replay cache of this
    /// domain. More keys may follow.
    #[must_use]
    pub fn backend(&self) -> String {
        let (keytab, replays) = (self.path("http.keytab"), self.path("replays"));
        format!("[[backend]]\nkind = \"kerberos\"\nkeytab = {keytab:?}\nreplay_cache = {replays:?}\n")
    }

    /// The section of a config file for the directory of this domain, by the name of `corp`, over TLS, without its tables
    /// `users` and `groups`.
    #[must_use]
    pub fn directory(&self) -> String {
        let (ca_file, password) = (self.ca_file(), self.path("reader.password"));
        format!(
            "[[directory]]\nname = \"corp\"\nurls = [\"{}\"]\nca_file = {ca_file:?}\n\
             bind_dn = \"{}\"\nbind_password = {{ file = {password:?} }}\n",
            self.tls_url(),
            Self::dn("reader")
        )
    }

    /// Serves this config file, where the reader's password is secret.
    #[must_use]
    pub fn serve(&self, config: &str) -> Program {
        let site = Site::new(config);
        site.watch_for("reader-password");
        site.serve_here_with(|command| {
            command.env("KRB5_CONFIG", self.config()).env_remove("KRB5_KTNAME");
        })
    }
}
