//! All that is asked about one caller, in one go on one connection.

use std::borrow::Cow;
use std::time::SystemTime;

use portcullis_core::{Membership, Principal, Standing};
use tokio::time::Instant;

use crate::account::{Rules, barred};
use crate::config::Find;
use crate::connection::Connection;
use crate::entry::Entry;
use crate::failure::Failure;
use crate::plan::Plan;
use crate::pool::Task;
use crate::users::{Found, Users};

/// Asks for the account and its groups.
pub(crate) struct Lookup<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) caller: &'a Principal,
    pub(crate) now: SystemTime,
}

impl Task for Lookup<'_> {
    type Answer = Standing;

    async fn ask(&self, connection: &mut Connection, until: Instant) -> Result<Standing, Failure> {
        let groups = self.plan.groups();
        let account = match self.plan.users() {
            Some(users) => {
                let of_groups = groups.and_then(|groups| groups.attribute_of_account());
                let more: Vec<&str> = users.compared().chain(of_groups).collect();
                match users.find(self.caller, &more, connection, until).await? {
                    Found::One(account) => match self.against(&account, users) {
                        Some(reason) => return Ok(Standing::Barred(reason)),
                        None => Some(account),
                    },
                    Found::None => {
                        let caller = self.caller;
                        tracing::debug!(backend = caller.backend(), name = ?caller.name(), "the directory has no account of a caller");
                        return Ok(users.unknown(NOT_THERE));
                    }
                    Found::Several => return Ok(Standing::Barred(SEVERAL.into())),
                }
            }
            None => None,
        };
        let Some(groups) = groups else { return Ok(Standing::Member(Membership::none())) };
        let found = match (groups.find, &account) {
            (Find::Sid, _) => groups.named(self.caller, connection, until).await,
            (_, Some(account)) => groups.of(account, self.caller, connection, until).await,
            (_, None) => Err(Failure::wrong("users: nothing says whose groups they are")),
        };
        match found {
            Ok(names) if groups.find == Find::Sid => Ok(Standing::Member(Membership::new(names).replacing())),
            Ok(names) => Ok(Standing::Member(Membership::new(names))),
            Err(Failure::TooMany) => {
                Ok(Standing::Barred(format!("the account is in more than {} groups (groups.max)", groups.max).into()))
            }
            Err(failure) => Err(failure),
        }
    }
}

impl Lookup<'_> {
    /// Why the caller does not get in with this account.
    fn against(&self, account: &Entry, users: &Users) -> Option<Cow<'static, str>> {
        let rules = Rules { now: self.now, lockout: users.lockout, server_knows_locks: false };
        if let Some(reason) = barred(account, &rules) {
            return Some(reason.into());
        }
        (!users.is_called(account, self.caller)).then(|| {
            let names = users.compared().collect::<Vec<_>>().join(", ");
            format!("an account is found that is not called what the caller is ({names}), or does not show it").into()
        })
    }
}

/// Why a caller is refused who has no account.
pub(crate) const NOT_THERE: &str = "not in the directory";

/// Why a caller is barred who may be one of several.
pub(crate) const SEVERAL: &str =
    "several accounts are found for the caller, and nobody can tell which is the right one";
