//! URLs that may be asked.

use std::fmt;
use std::net::IpAddr;

use url::{Host, Url};

/// Characters. A longer one is cut where it is shown.
const MAX_SHOWN: usize = 200;

/// A URL that credentials and keys may travel to and from: `https`, or `http` to this machine.
///
/// It is shown without its query, which may hold what nobody should read in a log.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Endpoint(Url);

impl Endpoint {
    /// What is expected of one, for errors.
    pub(crate) const EXPECTED: &str =
        "an `https` URL (or `http` to 127.0.0.1, ::1 or localhost), without user, password and fragment";

    /// Reads one. An error says what is wrong with it, without showing it.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        // The parser would pass over them, and another one would not.
        if text.bytes().any(|byte| !byte.is_ascii_graphic()) {
            return Err("a URL has visible ASCII characters alone");
        }
        let url = Url::parse(text).map_err(|_| "not a URL")?;
        let is_this_machine = is_this_machine(&url);
        match url.scheme() {
            "https" => {}
            "http" if is_this_machine => {}
            "http" => return Err("`http` to another machine: whoever is in between could hand out keys"),
            _ => return Err("neither `https` nor `http`"),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("a user or password does not belong into a URL");
        }
        if url.fragment().is_some() {
            return Err("a fragment is never sent");
        }
        Ok(Self(url))
    }

    pub(crate) fn url(&self) -> &Url {
        &self.0
    }

    pub(crate) fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Whether it is on this machine, where no proxy leads.
    pub(crate) fn is_this_machine(&self) -> bool {
        is_this_machine(&self.0)
    }

    /// Another path on the same host.
    pub(crate) fn with_path(&self, path: &str) -> Self {
        let mut url = self.0.clone();
        url.set_path(path);
        Self(url)
    }
}

fn is_this_machine(url: &Url) -> bool {
    // The unspecified address leads here too, and so does IPv4 written as IPv6.
    let is_own = |ip: IpAddr| ip.is_loopback() || ip.is_unspecified();
    match url.host() {
        Some(Host::Ipv4(ip)) => is_own(ip.into()),
        Some(Host::Ipv6(ip)) => is_own(IpAddr::from(ip).to_canonical()),
        Some(Host::Domain(name)) => name.strip_suffix('.').unwrap_or(name) == "localhost",
        None => false,
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = format!("{}{}", self.0.origin().ascii_serialization(), self.0.path());
        // An URL is ASCII.
        f.write_str(shown.get(..MAX_SHOWN).unwrap_or(&shown))
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn https_goes_anywhere_and_http_stays_on_this_machine() {
        for text in [
            "https://id.example.test/keys?p=1",
            "https://10.0.0.1:8443",
            "http://127.0.0.1:8080/keys",
            "http://127.9.9.9/",
            "http://[::1]:80/",
            "http://localhost/",
            "HTTP://LOCALHOST:1/",
        ] {
            assert!(Endpoint::parse(text).is_ok(), "{text}");
        }
        for text in [
            "http://id.example.test/",
            "http://10.0.0.1/",
            "http://localhost.example.test/",
            "http://[::2]/",
            "http://127.0.0.1.example.test/",
            "ftp://localhost/",
            "file:///etc/passwd",
            "keys",
            "",
            "//id.example.test/",
            "https://",
            "https://u@id.example.test/",
            "https://:p@id.example.test/",
            "https://id.example.test/#keys",
            "https://id.example.test/a b",
            " https://id.example.test/",
            "https://id.example.test/\n",
            "https://id.ex\u{e4}mple.test/",
        ] {
            assert!(Endpoint::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_url_is_shown_without_its_query() {
        let endpoint = Endpoint::parse("https://id.example.test:8443/keys?secret=hunter2").unwrap();
        assert_eq!(endpoint.to_string(), "https://id.example.test:8443/keys");
        assert_eq!(format!("{endpoint:?}"), "Endpoint(https://id.example.test:8443/keys)");
        let long = Endpoint::parse(&format!("https://id.example.test/{}", "x".repeat(1000))).unwrap();
        assert_eq!(long.to_string().len(), MAX_SHOWN);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "(https?://)?[ -~é]{0,40}") {
            let _ = Endpoint::parse(&text).map(|endpoint| endpoint.to_string());
        }
    }
}
