//! Somebody of a realm who asks by the thousand, with a fresh token for each request.

mod load;
mod tokens;

use std::path::PathBuf;
use std::process::Command;

use portcullis_testbed::{Realm, Tickets};

pub use self::load::{Load, cpu_seconds};
pub use self::tokens::{Tokens, spnego};

/// What tells a program that it runs as her.
const KEYTAB: &str = "PORTCULLIS_BENCH_KEYTAB";

/// A realm with the service `HTTP/localhost`, and alice, who has a ticket for it.
pub struct Setting {
    /// The realm.
    pub realm: Realm,
    /// The keytab of the service.
    pub keytab: PathBuf,
    tickets: Tickets,
}

impl Setting {
    /// Starts the realm.
    #[must_use]
    pub fn new() -> Self {
        let realm = Realm::start("EXAMPLE.TEST");
        // In a directory of its own, as services have it: what is opened beside it is noticed too.
        std::fs::create_dir(realm.path("service")).expect("a directory can be made");
        let keytab = realm.keytab("service/http.keytab", &["HTTP/localhost"]);
        let tickets = realm.tickets("alice");
        tickets.fetch("HTTP/localhost");
        Self { realm, keytab, tickets }
    }

    /// Runs this program once more, as alice: the library takes her tickets from the environment, and the
    /// environment of a process does not change. `change` adds variables.
    ///
    /// # Panics
    ///
    /// If it fails.
    pub fn as_alice(&self, change: impl FnOnce(&mut Command)) {
        let mut again = Command::new(std::env::current_exe().expect("this program is somewhere"));
        self.tickets.environment(&mut again);
        again.env(KEYTAB, &self.keytab);
        change(&mut again);
        assert!(again.status().expect("this program can be run").success());
    }
}

impl Default for Setting {
    fn default() -> Self {
        Self::new()
    }
}

/// The keytab of the service, if this is a program that runs as alice.
#[must_use]
pub fn keytab() -> Option<PathBuf> {
    std::env::var_os(KEYTAB).map(PathBuf::from)
}
