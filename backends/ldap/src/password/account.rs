//! Whose password it is.

use std::time::SystemTime;

use portcullis_core::Principal;
use tokio::time::Instant;

use crate::account::{Rules, barred};
use crate::connection::Connection;
use crate::failure::Failure;
use crate::lookup::SEVERAL;
use crate::pool::Task;
use crate::users::{Found, Users};

/// Asks for the account of somebody who has typed a name.
pub(super) struct FindAccount<'a> {
    pub(super) users: &'a Users,
    pub(super) caller: &'a Principal,
    pub(super) now: SystemTime,
}

/// What there is.
pub(super) enum Account {
    Found {
        dn: String,
        /// What the directory calls it.
        name: String,
    },
    /// None, or none that may get in.
    Barred(&'static str),
}

impl Task for FindAccount<'_> {
    type Answer = Account;

    async fn ask(&self, connection: &mut Connection, until: Instant) -> Result<Account, Failure> {
        let found = self.users.find(self.caller, self.users.name.as_deref().as_slice(), connection, until).await?;
        let entry = match found {
            Found::One(entry) => entry,
            Found::None => return Ok(Account::Barred("there is no such account")),
            Found::Several => return Ok(Account::Barred(SEVERAL)),
        };
        let rules = Rules { now: self.now, lockout: self.users.lockout, server_knows_locks: true };
        if let Some(reason) = barred(&entry, &rules) {
            return Ok(Account::Barred(reason));
        }
        if entry.dn().is_empty() {
            return Ok(Account::Barred("the account has no name to bind with"));
        }
        match self.users.name_of(&entry) {
            Some(name) => Ok(Account::Found { dn: entry.dn().to_owned(), name }),
            None => Ok(Account::Barred("the account has no name, or several (users.name)")),
        }
    }
}
