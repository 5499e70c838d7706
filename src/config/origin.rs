//! The origin of a web page.

use std::fmt;
use std::net::Ipv6Addr;

use serde::{Deserialize, Deserializer};

use super::text;

/// An origin ([RFC 6454](https://www.rfc-editor.org/rfc/rfc6454)), in the form in which browsers
/// send it in `Origin`: scheme and host in lower case, and the port unless it is the scheme's own.
///
/// ```
/// use portcullis::config::Origin;
///
/// assert_eq!(Origin::parse("HTTPS://App.example.test:443").unwrap().as_str(), "https://app.example.test");
/// assert!(Origin::parse("https://app.example.test/").is_none());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin(Box<str>);

impl Origin {
    /// Reads `scheme://host` or `scheme://host:port`, where the scheme is `http` or `https`. None
    /// if there is anything else: a path, were it only `/`, a user, a wildcard.
    ///
    /// The host is a name of ASCII letters, digits, `-`, `_` and dots (its Punycode form, if need
    /// be), an IPv4 address, or an IPv6 address in brackets.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.to_ascii_lowercase();
        let (scheme, authority) = text.split_once("://")?;
        let default_port = match scheme {
            "http" => 80,
            "https" => 443,
            _ => return None,
        };
        let (host, port) = match authority.rfind(':') {
            Some(colon) if !authority.ends_with(']') => (&authority[..colon], Some(&authority[colon + 1..])),
            _ => (authority, None),
        };
        let port = port.map(parse_port).unwrap_or(Some(default_port))?;
        let host = match host.strip_prefix('[') {
            Some(address) => format!("[{}]", address.strip_suffix(']')?.parse::<Ipv6Addr>().ok()?),
            None if is_host_name(host) => host.to_owned(),
            None => return None,
        };
        Some(Self(if port == default_port {
            format!("{scheme}://{host}").into()
        } else {
            format!("{scheme}://{host}:{port}").into()
        }))
    }

    /// The origin as a browser sends it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Origin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected =
            r#"an origin such as "https://app.example.test" or "https://app.example.test:8443", without a path"#;
        text::deserialize(deserializer, expected, Self::parse)
    }
}

fn parse_port(text: &str) -> Option<u16> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|port| digits && *port > 0)
}

fn is_host_name(host: &str) -> bool {
    let label = |label: &str| {
        let allowed = label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        allowed && (1..=63).contains(&label.len())
    };
    host.len() <= 253 && host.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_origin_takes_the_form_in_which_browsers_send_it() {
        for (text, origin) in [
            ("https://app.example.test", "https://app.example.test"),
            ("HTTPS://App.Example.Test:443", "https://app.example.test"),
            ("http://localhost:80", "http://localhost"),
            ("http://localhost:443", "http://localhost:443"),
            ("https://192.0.2.1:8443", "https://192.0.2.1:8443"),
            ("http://[2001:DB8:0::1]:8080", "http://[2001:db8::1]:8080"),
            ("https://[::1]", "https://[::1]"),
        ] {
            assert_eq!(Origin::parse(text).unwrap().as_str(), origin);
        }
    }

    #[test]
    fn what_is_more_or_less_than_an_origin_is_none() {
        for text in [
            "",
            "*",
            "null",
            "app.example.test",
            "https://",
            "https://app.example.test/",
            "https://app.example.test/a",
            "https://app.example.test?a",
            "https://app.example.test#a",
            "https://alice@app.example.test",
            "https://*.example.test",
            "ftp://app.example.test",
            "https://app.example.test:",
            "https://a:0",
            "https://a:65536",
            "https://a:+1",
            "https://a:1:2",
            "https://a b",
            "https://[::1",
            "https://::1",
            "https://a..b",
            "https://\u{e9}.test",
            "https://a\n",
            "https:///a",
        ] {
            assert_eq!(Origin::parse(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn reading_what_was_read_changes_nothing(text in "(https?://)?[a-zA-Z0-9.:/@-]{0,20}|\\PC*") {
            if let Some(origin) = Origin::parse(&text) {
                prop_assert_eq!(Origin::parse(origin.as_str()), Some(origin));
            }
        }
    }
}
