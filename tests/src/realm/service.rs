//! The program, as a service of a realm.

use std::process::Command;

use super::{Realm, on_localhost};
use crate::{Answer, Program, Site, Socket, Token};

impl Realm {
    /// The section of a config file for tickets of this realm, with the keys of `HTTP/localhost`, which
    /// are in the keytab `http.keytab`, and a replay cache of this realm. More keys may follow.
    #[must_use]
    pub fn backend(&self) -> String {
        let keytab = self.path("http.keytab");
        if !keytab.exists() {
            let _ = self.keytab("http.keytab", &["HTTP/localhost"]);
        }
        let (keytab, replays) = (keytab.display(), self.path("replays"));
        let replays = replays.display();
        format!("[[backend]]\nkind = \"kerberos\"\nkeytab = \"{keytab}\"\nreplay_cache = \"{replays}\"\n")
    }

    /// Serves [`backend`](Self::backend) and these lines.
    #[must_use]
    pub fn serve(&self, more: &str) -> Program {
        Site::new(&(self.backend() + more)).serve_here_with(|command| self.environment(command))
    }

    /// Serves what is configured there, after `change` has added arguments, or variables to the
    /// environment.
    #[must_use]
    pub fn serve_site(&self, site: &Site, change: impl FnOnce(&mut Command)) -> Program {
        site.serve_with(|command| {
            self.environment(command);
            change(command);
        })
    }
}

impl Program {
    /// The URL that tickets for `HTTP/localhost` are good for.
    #[must_use]
    pub fn on_localhost(&self, path: &str) -> String {
        on_localhost(self.address(), path)
    }

    /// A GET with this token, over a connection of its own.
    #[must_use]
    pub fn negotiate(&self, token: &Token) -> Answer {
        self.authorized(&token.authorization())
    }

    /// A GET with this value of the `Authorization` field, over a connection of its own.
    #[must_use]
    pub fn authorized(&self, value: &str) -> Answer {
        Socket::connect(self.address()).get(&[format!("Authorization: {value}").as_bytes()])
    }
}
