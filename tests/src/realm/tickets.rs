//! Credential caches of users.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use super::Realm;
use crate::curl::curl_with;
use crate::python::python_with;
use crate::{Answer, Initiator};

/// The tickets of somebody who has logged in. The realm must be there for as long as they are used,
/// but its KDC need not run for those that were [fetched](Self::fetch).
#[derive(Clone, Debug)]
pub struct Tickets {
    config: PathBuf,
    cache: PathBuf,
    /// What has the clock of a command go wrong.
    clock: Vec<(&'static str, String)>,
}

impl Realm {
    /// Logs a user in, with a forwardable ticket for ten hours. Who does not exist yet is made.
    #[must_use]
    pub fn tickets(&self, user: &str) -> Tickets {
        self.tickets_with(user, &[])
    }

    /// The same with more arguments for `kinit`, such as `["-l", "5m"]` or `["-F"]`.
    #[must_use]
    pub fn tickets_with(&self, user: &str, arguments: &[&str]) -> Tickets {
        let tickets = self.no_tickets();
        let mut kinit = Command::new("kinit");
        tickets.environment(&mut kinit);
        kinit.args(arguments).arg("-k").arg("-t").arg(self.user_keytab(user)).arg(user).stdin(Stdio::null());
        let _ = self.finished(&mut kinit);
        tickets
    }

    /// An empty cache of its own.
    pub(super) fn no_tickets(&self) -> Tickets {
        Tickets::none(self.config(), self.directory.path())
    }
}

impl Tickets {
    /// An empty cache of its own in this directory, for one who has this `krb5.conf`.
    pub(crate) fn none(config: PathBuf, directory: &Path) -> Self {
        static CACHES: AtomicUsize = AtomicUsize::new(0);
        let cache = directory.join(format!("cache-{}", CACHES.fetch_add(1, Ordering::Relaxed)));
        Self { config, cache, clock: Vec::new() }
    }

    /// Has a command use them.
    pub fn environment(&self, command: &mut Command) {
        command.env("KRB5_CONFIG", &self.config).env("KRB5CCNAME", format!("FILE:{}", self.cache.display()));
        command.envs(self.clock.iter().map(|(name, value)| (name, value)));
    }

    /// Asks the KDC for a ticket for a service, such as `HTTP/localhost`. It is used from then on.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn fetch(&self, service: &str) {
        let mut kvno = Command::new("kvno");
        self.environment(&mut kvno);
        let output = kvno.arg("-q").arg(service).stdin(Stdio::null()).output().expect("kvno can be run");
        assert!(output.status.success(), "no ticket: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// The same tickets on a machine whose clock is off, by `+10m` or `-1h` as faketime says it. The
    /// KDC does not like that: [fetch](Self::fetch) what is needed before.
    ///
    /// # Panics
    ///
    /// If there is no faketime.
    #[must_use]
    pub fn with_clock(mut self, offset: &str) -> Self {
        // The program makes a semaphore with the number of its process in the name, and gives up if a process of that number
        // that was killed left one. The next one has another number.
        let library = || {
            let shown = Command::new("faketime").args(["-f", offset, "printenv", "LD_PRELOAD"]).output();
            let path = shown.expect("faketime can be run: `tests/run` installs it").stdout;
            String::from_utf8(path).expect("a path").trim().to_owned()
        };
        let library = std::iter::repeat_with(library).take(20).find(|path| path.contains("faketime"));
        let library = library.expect("faketime preloads itself");
        self.clock = vec![("LD_PRELOAD", library), ("FAKETIME", offset.to_owned())];
        self
    }

    /// Somebody who makes tokens with them, and reads those of the service.
    #[must_use]
    pub fn initiator(&self) -> Initiator {
        Initiator::start(self)
    }

    /// Runs curl with `--negotiate`, and these arguments.
    #[must_use]
    pub fn curl(&self, arguments: &[&str]) -> Answer {
        curl_with(&[&["--negotiate", "--user", ":"], arguments].concat(), |curl| self.environment(curl))
    }

    /// Runs a script of `tests/python/`, and returns the JSON that it prints.
    #[must_use]
    pub fn python(&self, script: &str, arguments: &[&str]) -> Value {
        python_with(script, arguments, |python| self.environment(python))
    }

    pub(crate) fn cache(&self) -> &str {
        self.cache.to_str().expect("a name in UTF-8")
    }
}
