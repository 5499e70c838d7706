//! Which issuers the backend `oidc` takes.

use std::net::IpAddr;

use url::{Host, Url};

/// Why the backend would refuse this issuer. None if it would not.
pub(crate) fn problem_with(issuer: &str) -> Option<&'static str> {
    if issuer.bytes().any(|byte| !byte.is_ascii_graphic()) {
        return Some("an issuer has visible ASCII characters alone");
    }
    let Ok(url) = Url::parse(issuer) else { return Some("it is not a URL") };
    match url.scheme() {
        "https" => {}
        "http" if is_this_machine(&url) => {}
        "http" => return Some("with `http`, whoever is in between could hand out keys of their own"),
        _ => return Some("it is neither `https` nor `http`"),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Some("it holds a user or a password");
    }
    (url.query().is_some() || url.fragment().is_some()).then_some("an issuer has neither query nor fragment")
}

fn is_this_machine(url: &Url) -> bool {
    let is_own = |ip: IpAddr| ip.is_loopback() || ip.is_unspecified();
    match url.host() {
        Some(Host::Ipv4(ip)) => is_own(ip.into()),
        Some(Host::Ipv6(ip)) => is_own(IpAddr::from(ip).to_canonical()),
        Some(Host::Domain(name)) => name.strip_suffix('.').unwrap_or(name) == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuers_are_as_the_backend_has_them() {
        for good in
            ["https://id.example.test/realms/a", "http://localhost:8080/", "http://[::1]:1", "https://a.test:8443"]
        {
            assert_eq!(problem_with(good), None, "{good}");
        }
        for bad in [
            "",
            "id.example.test",
            "http://id.example.test",
            "ftp://id.example.test",
            "https://a.test/?b",
            "https://a.test/#b",
            "https://user:secret@a.test",
            "https://a.test/ b",
            "https://a.test/\n",
            "https://*** your pool ***",
        ] {
            assert!(problem_with(bad).is_some(), "{bad}");
        }
    }
}
