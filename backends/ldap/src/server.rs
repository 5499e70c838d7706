//! One server, as the file names it.

use std::fmt;
use std::net::IpAddr;

/// Where a server is, and how it is spoken to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Server {
    host: String,
    port: u16,
    security: Security,
}

/// What is between us and a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Security {
    /// TLS from the first byte on.
    Tls,
    /// TLS before anything else is said.
    StartTls,
    /// Nothing.
    Plain,
}

impl Server {
    pub(crate) const EXPECTED: &str =
        "`ldaps://host:port`, or `ldap://host:port` with `start_tls = true` (or to 127.0.0.1, ::1 or localhost)";

    /// Reads one. An error says what is wrong with it.
    pub(crate) fn parse(url: &str, start_tls: bool) -> Result<Self, &'static str> {
        let (scheme, rest) = url.split_once("://").ok_or("not a URL")?;
        let (security, usual) = match (scheme.to_ascii_lowercase().as_str(), start_tls) {
            ("ldaps", _) => (Security::Tls, 636),
            ("ldap", true) => (Security::StartTls, 389),
            ("ldap", false) => (Security::Plain, 389),
            _ => return Err("neither `ldaps` nor `ldap`"),
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, after)) => {
                (host, after.strip_prefix(':').or_else(|| after.is_empty().then_some("")).ok_or("not a port")?)
            }
            None => authority.split_once(':').unwrap_or((authority, "")),
        };
        let port = match port {
            "" if !authority.ends_with(':') => usual,
            digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().ok().filter(|port| *port > 0).ok_or("not a port")?
            }
            _ => return Err("not a port"),
        };
        let is_v6 = authority.starts_with('[');
        let is_name = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'));
        if host.is_empty() || is_v6 != matches!(host.parse(), Ok(IpAddr::V6(_))) || !(is_v6 || is_name) {
            return Err("not a host and a port, and nothing else");
        }
        Ok(Self { host: host.to_ascii_lowercase(), port, security })
    }

    pub(crate) fn address(&self) -> (&str, u16) {
        (&self.host, self.port)
    }

    pub(crate) fn security(&self) -> Security {
        self.security
    }

    /// Whether nobody can be in between, or nobody who could read or alter anything.
    pub(crate) fn is_private(&self) -> bool {
        self.security != Security::Plain || self.is_this_machine()
    }

    fn is_this_machine(&self) -> bool {
        match self.host.parse::<IpAddr>() {
            Ok(ip) => ip.to_canonical().is_loopback(),
            Err(_) => self.host.strip_suffix('.').unwrap_or(&self.host) == "localhost",
        }
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, usual) = if self.security == Security::Tls { ("ldaps", 636) } else { ("ldap", 389) };
        let brackets = if self.host.contains(':') { ("[", "]") } else { ("", "") };
        write!(f, "{scheme}://{}{}{}", brackets.0, self.host, brackets.1)?;
        if self.port == usual { Ok(()) } else { write!(f, ":{}", self.port) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hosts_and_ports_are_read() {
        for (url, start_tls, shown, private) in [
            ("ldaps://dc1.example.test", false, "ldaps://dc1.example.test", true),
            ("LDAPS://DC1.example.test:3269/", true, "ldaps://dc1.example.test:3269", true),
            ("ldap://dc1.example.test", true, "ldap://dc1.example.test", true),
            ("ldap://dc1.example.test:390", false, "ldap://dc1.example.test:390", false),
            ("ldap://10.0.0.1", false, "ldap://10.0.0.1", false),
            ("ldap://127.0.0.2:1389", false, "ldap://127.0.0.2:1389", true),
            ("ldap://[::1]:1389", false, "ldap://[::1]:1389", true),
            ("ldap://localhost", false, "ldap://localhost", true),
            ("ldaps://[2001:db8::1]:637", false, "ldaps://[2001:db8::1]:637", true),
            ("ldap://localhost.example.test", false, "ldap://localhost.example.test", false),
            ("ldap://0.0.0.0", false, "ldap://0.0.0.0", false),
        ] {
            let server = Server::parse(url, start_tls).unwrap_or_else(|problem| panic!("{url}: {problem}"));
            assert_eq!((server.to_string().as_str(), server.is_private()), (shown, private), "{url}");
        }
    }

    #[test]
    fn anything_else_is_no_server() {
        for url in [
            "",
            "dc1.example.test",
            "http://dc1",
            "ldap://",
            "ldap://:389",
            "ldap://dc1:",
            "ldap://dc1:0",
            "ldap://dc1:65536",
            "ldap://dc1:+389",
            "ldap://dc1:389:389",
            "ldap://u@dc1",
            "ldap://dc1/dc=example",
            "ldap://dc1?x",
            "ldap://dc1#x",
            "ldap://d c1",
            "ldap://d\u{e9}",
            "ldap://[dc1]",
            "ldap://::1",
            "ldap://[::1",
            "ldap://[::1]x",
            "ldapi://%2fvar%2frun",
        ] {
            assert!(Server::parse(url, false).is_err(), "{url}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(url in "(ldaps?://)?[-\\[\\]:./a-z0-9é]{0,20}") {
            if let Ok(server) = Server::parse(&url, false) {
                prop_assert_eq!(Server::parse(&server.to_string(), false), Ok(server));
            }
        }
    }
}
