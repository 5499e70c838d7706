//! The program, with this directory behind it.

use super::Slapd;
use crate::Site;

impl Slapd {
    /// The section of a config file for this directory, by the name of `corp`, over TLS, without its tables `users` and
    /// `groups`.
    #[must_use]
    pub fn directory(&self) -> String {
        self.directory_at(&[&self.tls_url()])
    }

    /// The same for servers at these URLs, of which this is one.
    #[must_use]
    pub fn directory_at(&self, urls: &[&str]) -> String {
        let (ca_file, password) = (self.ca_file(), self.path("reader.password"));
        format!(
            "[[directory]]\nname = \"corp\"\nurls = {urls:?}\nca_file = {ca_file:?}\nbind_dn = {:?}\n\
             bind_password = {{ file = {password:?} }}\n",
            Self::READER
        )
    }

    /// A site with this config file, where the reader's password is secret.
    #[must_use]
    pub fn site(&self, config: &str) -> Site {
        let site = Site::new(config);
        site.watch_for(Self::READER_PASSWORD);
        site
    }
}
