//! Accounts that may not get in.

use std::time::{Duration, SystemTime};

use crate::entry::Entry;

/// What is asked of an account beside its name. Most of these are operational attributes, which a server gives only to
/// who names them.
pub(crate) const ATTRIBUTES: [&str; 10] = [
    USER_ACCOUNT_CONTROL,
    COMPUTED,
    ACCOUNT_EXPIRES,
    LOCKED_TIME,
    RESET,
    START_TIME,
    END_TIME,
    SHADOW_EXPIRE,
    NS_ACCOUNT_LOCK,
    LOGIN_DISABLED,
];

/// [MS-ADTS, section
/// 2.2.16](https://learn.microsoft.com/openspecs/windows_protocols/ms-adts/dd302fd1-0aa7-406b-ad91-2a6b35738557)
const USER_ACCOUNT_CONTROL: &str = "userAccountControl";
/// The bits of the same kind that only the server can know, since they depend on the time.
const COMPUTED: &str = "msDS-User-Account-Control-Computed";
const ACCOUNT_EXPIRES: &str = "accountExpires";
/// [draft-behera-ldap-password-policy-11, section
/// 5.3](https://datatracker.ietf.org/doc/html/draft-behera-ldap-password-policy-11#section-5.3)
const LOCKED_TIME: &str = "pwdAccountLockedTime";
const RESET: &str = "pwdReset";
const START_TIME: &str = "pwdStartTime";
const END_TIME: &str = "pwdEndTime";
/// Days since 1970, as in `/etc/shadow` ([RFC 2307](https://www.rfc-editor.org/rfc/rfc2307)).
const SHADOW_EXPIRE: &str = "shadowExpire";
/// 389 Directory Server, and FreeIPA.
const NS_ACCOUNT_LOCK: &str = "nsAccountLock";
/// eDirectory.
const LOGIN_DISABLED: &str = "loginDisabled";

const DISABLED_BIT: i64 = 0x2;
const LOCKOUT_BIT: i64 = 0x10;
/// Locked until somebody unlocks it: that is an administrator's doing, and no guesser's.
const FOR_GOOD: &[u8] = b"000001010000Z";
/// From 1601, where Windows' time begins, to 1970.
const WINDOWS_EPOCH: Duration = Duration::from_secs(11_644_473_600);
const DAY: u64 = 24 * 60 * 60;

/// What counts against an account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(crate) now: SystemTime,
    /// How long a lock for wrong passwords lasts, if that is known. If not, it is left to the server.
    pub(crate) lockout: Option<Duration>,
    /// Whether a server is about to be shown a password, which knows of such locks. Only then do they count here too,
    /// and that a password must be changed: anybody who guesses at passwords could otherwise lock out who has shown
    /// something better.
    pub(crate) server_knows_locks: bool,
}

/// Whether a value counts against an account; none if it cannot be read.
type Test<'a> = dyn Fn(&[u8]) -> Option<bool> + 'a;

/// Why this account may not get in, if so. A value that cannot be read counts against it.
pub(crate) fn barred(entry: &Entry, rules: &Rules) -> Option<&'static str> {
    let is = |attribute: &str, test: &Test<'_>| entry.values(attribute).iter().any(|value| test(value).unwrap_or(true));
    let checks: [(&str, &'static str, &Test<'_>); 10] = [
        (USER_ACCOUNT_CONTROL, "the account is disabled (userAccountControl)", &|value| {
            Some(number(value)? & DISABLED_BIT != 0)
        }),
        (NS_ACCOUNT_LOCK, "the account is disabled (nsAccountLock)", &truth),
        (LOGIN_DISABLED, "the account is disabled (loginDisabled)", &truth),
        (COMPUTED, "the account is locked (msDS-User-Account-Control-Computed)", &|value| {
            Some(number(value)? & LOCKOUT_BIT != 0 && rules.server_knows_locks)
        }),
        (LOCKED_TIME, "the account is locked (pwdAccountLockedTime)", &|value| is_locked(value, rules)),
        // A bind succeeds with it, and with nothing else but to change it.
        (RESET, "the password must be changed first (pwdReset)", &|value| {
            Some(truth(value)? && rules.server_knows_locks)
        }),
        (ACCOUNT_EXPIRES, "the account has expired (accountExpires)", &|value| {
            Some(rules.now >= windows_time(number(value)?)?)
        }),
        (END_TIME, "the account has expired (pwdEndTime)", &|value| Some(rules.now >= generalized_time(value)?)),
        (START_TIME, "the account is not valid yet (pwdStartTime)", &|value| {
            Some(rules.now < generalized_time(value)?)
        }),
        (SHADOW_EXPIRE, "the account has expired (shadowExpire)", &|value| {
            has_shadow_expired(number(value)?, rules.now)
        }),
    ];
    checks.into_iter().find(|(attribute, _, test)| is(attribute, test)).map(|(_, reason, _)| reason)
}

fn number(value: &[u8]) -> Option<i64> {
    std::str::from_utf8(value).ok()?.parse().ok()
}

fn truth(value: &[u8]) -> Option<bool> {
    match value.to_ascii_lowercase().as_slice() {
        b"true" => Some(true),
        b"false" => Some(false),
        _ => None,
    }
}

fn is_locked(value: &[u8], rules: &Rules) -> Option<bool> {
    if value == FOR_GOOD {
        return Some(true);
    }
    let since = generalized_time(value)?;
    let lasts = rules.lockout.is_some_and(|lockout| since.checked_add(lockout).is_none_or(|end| rules.now < end));
    Some(lasts && rules.server_knows_locks)
}

/// In steps of 100 ns since 1601; 0 and the largest number are never.
fn windows_time(steps: i64) -> Option<SystemTime> {
    let steps = match u64::try_from(steps).ok()? {
        0 => i64::MAX as u64,
        steps => steps,
    };
    let since_1601 = Duration::new(steps / 10_000_000, u32::try_from(steps % 10_000_000).ok()? * 100);
    // Before 1970 is long ago.
    SystemTime::UNIX_EPOCH.checked_add(since_1601.saturating_sub(WINDOWS_EPOCH))
}

fn has_shadow_expired(days: i64, now: SystemTime) -> Option<bool> {
    // -1 is never, and 0 has no agreed meaning: shadow(5) warns of both readings.
    let Some(days) = u64::try_from(days).ok().filter(|days| *days > 0) else { return Some(days == 0) };
    let end = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(days.checked_mul(DAY)?))?;
    Some(now >= end)
}

/// `GeneralizedTime` in UTC, `20260102030405Z`, with seconds and their fraction or without
/// ([RFC 4517, section 3.3.13](https://www.rfc-editor.org/rfc/rfc4517#section-3.3.13)). A fraction is left out.
fn generalized_time(value: &[u8]) -> Option<SystemTime> {
    let text = std::str::from_utf8(value).ok()?.strip_suffix('Z')?;
    let digits = text.split_once(['.', ',']).map_or(text, |(digits, _)| digits);
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) || !matches!(digits.len(), 12 | 14) {
        return None;
    }
    let part = |range: std::ops::Range<usize>| digits.get(range).unwrap_or("0").parse::<u64>().ok();
    let (year, month, day) = (part(0..4)?, part(4..6)?, part(6..8)?);
    let (hour, minute, second) = (part(8..10)?, part(10..12)?, part(12..14)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let days = days_since_1970(year, month, day)?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(days * DAY + hour * 3600 + minute * 60 + second))
}

/// Days of the Gregorian calendar, counted from March on, so that the odd day is the last one of the year. Before 1970
/// it is 1970.
fn days_since_1970(year: u64, month: u64, day: u64) -> Option<u64> {
    let year = if month <= 2 { year.checked_sub(1)? } else { year };
    let month = (month + 9) % 12;
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (month * 306 + 5) / 10 + day - 1;
    Some(days.saturating_sub(719_468))
}

#[cfg(test)]
mod tests;
