//! The keys of a `[[directory]]`, and of a `[[backend]]` with `kind = "ldap"`.

use std::path::PathBuf;
use std::time::Duration;

use portcullis_core::Secret;
use portcullis_core::config::duration;
use serde::Deserialize;

mod groups;
mod users;

pub use groups::{Find, GroupsConfig};
pub use users::{Unknown, UsersConfig};

/// The section of one directory: `[[directory]]` without `name` and `kind`.
///
/// [`urls`](Self::urls) and [`users`](Self::users) are needed.
///
/// ```
/// let mut config = portcullis_ldap::DirectoryConfig::default();
/// config.urls = vec!["ldaps://dc1.example.test".to_owned(), "ldaps://dc2.example.test".to_owned()];
/// config.users.base = "ou=people,dc=example,dc=test".to_owned();
/// config.users.filter = Some("(uid={name})".to_owned());
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct DirectoryConfig {
    /// The servers, which all know the same: `ldaps://host:port`, or `ldap://host:port` with
    /// [`start_tls`](Self::start_tls). They are tried in this order, the one that answered last before the others; one
    /// that failed is left alone for 5 s while there are others. Plain `ldap` is accepted to this machine (127.0.0.1,
    /// ::1, `localhost`). The port is 636 and 389 where none is written. Required. Example:
    /// `["ldaps://dc1.example.com", "ldaps://dc2.example.com"]`.
    pub urls: Vec<String>,
    /// Whether connections to `ldap://` are secured by StartTLS ([RFC 4511, section
    /// 4.14](https://www.rfc-editor.org/rfc/rfc4511#section-4.14)) before anything else is sent. Default: `false`. Example: `true`.
    pub start_tls: bool,
    /// Whether `ldap://` without TLS is accepted to other machines. Whoever is on the way then reads the reader's
    /// password and hands out groups at will. Users' passwords are not verified over such a connection in any case.
    /// Default: `false`. Example: `true`.
    pub plain_text: bool,
    /// The certificate authorities of the servers, in PEM, instead of the system's. A relative path starts at the
    /// config file's directory. It is read again for each new connection, and no connection is used for longer than ten
    /// minutes; if it then cannot be read, those read last count. Default: the system's. Example: `"corp-ca.pem"`.
    pub ca_file: Option<PathBuf>,
    /// Who asks: the name of an account that may read users and groups. It is to be written as the directory writes it:
    /// by another name for the same attribute, logins as the reader are not recognised, and guesses can lock it.
    /// Default: nobody, and the questions are asked anonymously. Example: `"cn=reader,dc=example,dc=com"`.
    pub bind_dn: Option<String>,
    /// That account's password; needed with `bind_dn`. A file is read again for each new connection, and no connection is
    /// used for longer than ten minutes. A password that a server has refused is not shown to it again for a minute;
    /// another one is, at once. Default: none. Example: `{ file = "reader.password" }`.
    pub bind_password: Option<Secret>,
    /// How long one lookup may take, from waiting for a connection to the last answer; `100ms` to `30s`. No more than
    /// half of it is spent waiting for a connection. It should be below `timeout` of `[cache]` (10 s), which bounds all
    /// that is done about a credential. Default: `"5s"`. Example: `"2s"`.
    #[serde(deserialize_with = "duration::deserialize")]
    pub timeout: Duration,
    /// How many connections there are at a time, 1 to 64. Where passwords are verified there are as many again to find
    /// their accounts, and as many again to bind. Each lookup has one for itself; further ones wait. Default: `4`.
    /// Example: `16`.
    pub connections: usize,
    /// How long the answer about a caller is remembered; at most `1d`. It says how late a changed group is noticed.
    /// Default: `"5m"`. Example: `"1m"`.
    #[serde(deserialize_with = "duration::deserialize")]
    pub ttl: Duration,
    /// How long beyond `ttl` an answer serves while no server answers in time; at most `7d`. Any other failure ends that,
    /// such as that the reader may not ask, that a base is not there, or that a limit was reached: the older answer is
    /// dropped, and there is none until a new one. Default: `"0s"`. Example: `"1h"`.
    #[serde(deserialize_with = "duration::deserialize")]
    pub stale_if_unavailable: Duration,
    /// How many answers are remembered, 1 to 1,000,000. Default: `10000`. Example: `100000`.
    pub capacity: usize,
    /// How the account of a caller is found. Required, but for `find = "sid"`.
    pub users: UsersConfig,
    /// How the groups of an account are found. Default: none are looked for, and only matters who is disabled,
    /// expired or not there.
    pub groups: Option<GroupsConfig>,
}

impl Default for DirectoryConfig {
    fn default() -> Self {
        Self {
            urls: Vec::new(),
            start_tls: false,
            plain_text: false,
            ca_file: None,
            bind_dn: None,
            bind_password: None,
            timeout: Duration::from_secs(5),
            connections: 4,
            ttl: Duration::from_secs(5 * 60),
            stale_if_unavailable: Duration::ZERO,
            capacity: 10_000,
            users: UsersConfig::default(),
            groups: None,
        }
    }
}

/// The section of a backend that verifies passwords: `[[backend]]` with `kind = "ldap"`. The key `directory`, which
/// it needs, names the `[[directory]]` whose servers are asked.
///
/// ```
/// let mut config = portcullis_ldap::LdapConfig::default();
/// config.realm = "orders".to_owned();
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct LdapConfig {
    /// What clients show when they ask for a password; in printable ASCII. Default: `"portcullis"`. Example: `"orders,
    /// test system"`.
    pub realm: String,
}

impl Default for LdapConfig {
    fn default() -> Self {
        Self { realm: "portcullis".to_owned() }
    }
}

#[cfg(test)]
mod tests;
