//! Whether it is the right one.

use portcullis_core::SecretString;
use tokio::time::Instant;

use crate::connection::{Bound, Connection};
use crate::failure::Failure;
use crate::pool::Task;

/// Binds with a password, and does nothing else. The connection is then bound as that account, until the next bind, and
/// nothing is asked on it but binds.
pub(super) struct Bind<'a> {
    pub(super) dn: &'a str,
    pub(super) password: &'a SecretString,
}

/// What the server says of a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Right,
    /// Wrong, or right and of no use; for the log.
    Wrong(&'static str),
}

impl Task for Bind<'_> {
    type Answer = Outcome;

    /// Each time, a wrong one may be counted.
    const MAY_BE_REPEATED: bool = false;

    async fn ask(&self, connection: &mut Connection, until: Instant) -> Result<Outcome, Failure> {
        outcome(&connection.bind(self.dn, self.password, until).await?)
    }
}

/// What a result code means. One that says nothing of the account is no answer.
fn outcome(bound: &Bound) -> Result<Outcome, Failure> {
    Ok(Outcome::Wrong(match bound.code {
        0 => return Ok(Outcome::Right),
        49 => invalid_credentials(bound.detail),
        // 389 Directory Server, of an account that is locked.
        19 => "the server has a constraint that the account violates: it may be locked",
        // slapd and others do not tell a missing entry from a wrong password; some do.
        32 => "there is no such account any more",
        // A name that was made up may be none that the server understands.
        34 => "the server does not understand the account's name",
        48 => "the account has no password",
        50 => "the account may not bind",
        // Accounts that are disabled, and those whose password must be changed first.
        53 => "the server is unwilling: the account may be disabled",
        code => return Err(Failure::of_code(code).about("bind")),
    }))
}

/// Active Directory tells why ([Windows' error
/// codes](https://learn.microsoft.com/windows/win32/debug/system-error-codes--1300-1699-)).
fn invalid_credentials(detail: Option<u32>) -> &'static str {
    match detail {
        Some(0x530 | 0x531) => "the account may not log on now, or not from here",
        Some(0x532) => "the password has expired",
        Some(0x533) => "the account is disabled",
        Some(0x701) => "the account has expired",
        Some(0x773) => "the password must be changed first",
        Some(0x775) => "the account is locked",
        _ => "wrong password",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(code: u32, detail: Option<u32>) -> Result<Outcome, Failure> {
        outcome(&Bound { code, detail })
    }

    #[test]
    fn only_success_is_right() {
        assert_eq!(of(0, None), Ok(Outcome::Right));
        for code in 1..=130 {
            assert_ne!(of(code, None), Ok(Outcome::Right), "{code}");
        }
    }

    #[test]
    fn what_says_something_of_the_account_refuses_it() {
        for code in [19, 32, 34, 48, 49, 50, 53] {
            assert!(matches!(of(code, None), Ok(Outcome::Wrong(_))), "{code}");
        }
        assert_eq!(of(49, Some(0x52e)), Ok(Outcome::Wrong("wrong password")));
        assert_eq!(of(49, Some(0x775)), Ok(Outcome::Wrong("the account is locked")));
    }

    #[test]
    fn what_says_something_of_the_server_is_no_answer() {
        for code in [51, 52] {
            assert!(matches!(of(code, None), Err(Failure::Away(_))), "{code}");
        }
        for code in [3, 11, 54] {
            assert!(matches!(of(code, None), Err(Failure::Unanswered(_))), "{code}");
        }
        for code in [1, 7, 8, 10, 13, 80] {
            assert!(matches!(of(code, None), Err(Failure::Wrong(_))), "{code}");
        }
    }
}
