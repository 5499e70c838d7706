//! `[directory.users]`

use std::time::Duration;

use portcullis_core::config::duration;
use serde::Deserialize;

/// How the account of a caller is found: `[directory.users]`.
///
/// Either [`base`](Self::base) and [`filter`](Self::filter), or [`dn`](Self::dn). In both, `{name}` stands for the
/// caller's name, `{realm}` for the issuer of its credential (the realm of a Kerberos ticket), and `{claim.email}` for
/// a claim that is a string. Each value is escaped, so that it stays one value whatever it holds. A caller of whom one
/// of them, or of those in `groups.filter`, is not known, empty, longer than 1,024 bytes or has control characters is
/// not in the directory: [`unknown`](Self::unknown) says what becomes of it.
///
/// An account that is found is barred if it is
///
/// - disabled: `userAccountControl` (Active Directory), `nsAccountLock` (389 Directory Server), `loginDisabled`
///   (eDirectory), `pwdAccountLockedTime` of `000001010000Z`, which is an administrator's lock ([password policy
///   draft](https://datatracker.ietf.org/doc/html/draft-behera-ldap-password-policy-11)),
/// - expired, or not valid yet: `accountExpires`, `pwdEndTime`, `pwdStartTime`, `shadowExpire`,
/// - called otherwise than the caller: of the attributes that must be equal to `{name}`, or to a text with `{name}` in
///   it, and [`name`](Self::name), none has that value, but for the case of ASCII letters. The same goes for `{realm}`
///   and for each `{claim.…}`, where it is the whole value: of the attributes that must be equal to it, one must have
///   it. Servers find `alice` by `alice` with a space behind it, and by full-width letters. ALICE and alice are one.
///   What is compared with `objectSid`, `sIDHistory` or `objectGUID`, which are written otherwise in a filter than they are
///   on an entry, is left to the server, and so are comparisons other than for equality, and what is negated. In
///   `(|(uid={name})(mail={claim.email}))` both must fit, though either finds the account,
///
/// as far as whoever asks may read these attributes; those that an account is found by must be readable, and called as
/// the server calls them. Neither an expired *password* nor one that must be changed first (`pwdReset`) nor a lock for
/// wrong ones (`msDS-User-Account-Control-Computed`, `pwdAccountLockedTime`) bars somebody who has shown
/// something else than a password: whoever guesses could otherwise lock out somebody with a ticket. Where several
/// accounts are found, nobody can tell which is the caller's, and the caller is barred too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct UsersConfig {
    /// Below which entry accounts are looked for, at any depth. Needed with `filter`. Example:
    /// `"ou=people,dc=example,dc=com"`.
    pub base: String,
    /// Which entry it is ([RFC 4515](https://www.rfc-editor.org/rfc/rfc4515)); values can stand where assertion values
    /// do. Example: `"(&(objectClass=person)(uid={name}))"`.
    pub filter: Option<String>,
    /// The name of the entry, where it follows from the caller ([RFC 4514](https://www.rfc-editor.org/rfc/rfc4514)),
    /// instead of `base` and `filter`. Example: `"uid={name},ou=people,dc=example,dc=com"`.
    pub dn: Option<String>,
    /// The attribute that is the account's name. With `kind = "ldap"`, the principal is called what is written there: a
    /// directory takes ALICE for alice. Default: the attribute that `filter` or `dn` compares with `{name}`,
    /// if it is one alone. Needed where `{name}` is in `filter`, and no attribute must be equal to it. Example: `"uid"`.
    pub name: Option<String>,
    /// What becomes of a caller who is not in the directory: [`Unknown`]. Default: `"refuse"`. Example: `"accept"`.
    pub unknown: Unknown,
    /// How long a lock for too many wrong passwords (`pwdAccountLockedTime`) lasts, as in the server's password policy:
    /// for so long, no password of the account is shown to a server. `1s` to `365d`. Default: the server alone says
    /// when a lock ends. Example: `"15m"`.
    #[serde(deserialize_with = "duration::optional")]
    pub lockout_duration: Option<Duration>,
}

/// What becomes of a caller who is not in the directory: no account is found, or there is nothing to look for, such as
/// a claim that the token lacks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Unknown {
    /// `"refuse"`: it is refused (401).
    #[default]
    Refuse,
    /// `"accept"`: it has the groups of its backend, and no more. Whoever can leave out what it is looked up by, such as
    /// a ticket's SID, then gets in with a disabled account too.
    Accept,
}
