//! Tickets of users of the domain.

use std::io::Write as _;
use std::process::{Command, Stdio};

use super::Samba;
use crate::{Tickets, password_of};

impl Samba {
    /// Logs a user in.
    #[must_use]
    pub fn tickets(&self, user: &str) -> Tickets {
        self.tickets_with(user, &password_of(user), &[])
    }

    /// Logs somebody in who types this name and this password, with more arguments for `kinit`, such as `--no-request-pac`.
    ///
    /// # Panics
    ///
    /// If that is not accepted.
    #[must_use]
    pub fn tickets_with(&self, name: &str, password: &str, arguments: &[&str]) -> Tickets {
        self.try_tickets(name, password, arguments).unwrap_or_else(|error| panic!("{name} cannot log in: {error}"))
    }

    /// The same for one who may not be let in.
    ///
    /// # Errors
    ///
    /// What `kinit` says.
    pub fn try_tickets(&self, name: &str, password: &str, arguments: &[&str]) -> Result<Tickets, String> {
        let tickets = Tickets::none(self.config(), self.directory.path());
        let mut kinit = Command::new("kinit");
        tickets.environment(&mut kinit);
        kinit.env("LC_ALL", "C").args(arguments).arg(name);
        kinit.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = kinit.spawn().expect("kinit can be run");
        let mut stdin = child.stdin.take().expect("stdin is piped");
        // It may have seen already that there is no such user.
        let _ = writeln!(stdin, "{password}");
        drop(stdin);
        let output = child.wait_with_output().expect("it ends");
        if output.status.success() { Ok(tickets) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
    }
}
