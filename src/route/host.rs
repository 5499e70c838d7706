//! The host of a request, and that of a route.

use http::header::HOST;
use portcullis_core::{Head, Invalid};

use super::ambiguous::Ambiguous;

/// Which hosts a route is for. In lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pattern {
    Any,
    /// All below this domain.
    Below(Box<str>),
    Exact(Box<str>),
}

impl Pattern {
    pub(super) fn read(text: Option<&str>) -> Result<Self, Invalid> {
        let Some(text) = text else { return Ok(Self::Any) };
        let text = text.to_ascii_lowercase();
        let (name, pattern): (_, fn(_) -> _) = match text.strip_prefix("*.") {
            Some(domain) => (domain, Self::Below),
            None => (text.as_str(), Self::Exact),
        };
        match is_name(name) && !name.ends_with('.') {
            true => Ok(pattern(name.into())),
            false => {
                let expected = "a host such as `api.example.test`, without a port, or `*.example.test`";
                Err(Invalid::new("host", "no host").expected(expected))
            }
        }
    }

    /// A host that only patterns as specific as this one, or less so, are for.
    pub(super) fn example(&self) -> Option<String> {
        match self {
            Self::Any => None,
            // No pattern of a single host has an asterisk.
            Self::Below(domain) => Some(format!("*.{domain}")),
            Self::Exact(host) => Some(host.to_string()),
        }
    }
}

/// The host that the request is for, without port and final dot, if it says. It is the target's
/// own, or that of `:authority`; else that of the `Host` field
/// ([RFC 9112, section 3.3](https://www.rfc-editor.org/rfc/rfc9112#section-3.3)).
pub(super) fn of<'a>(head: Head<'a>) -> Result<Option<&'a str>, Ambiguous> {
    let mut fields = head.headers.get_all(HOST).iter();
    let field = match (fields.next(), fields.next()) {
        (Some(_), Some(_)) => return Err(Ambiguous::TwoHosts),
        (Some(field), None) => Some(field.to_str().map_err(|_| Ambiguous::BadHost)?),
        (None, _) => None,
    };
    let authority = match (head.uri.authority(), field) {
        (Some(authority), Some(field)) if !authority.as_str().eq_ignore_ascii_case(field) => {
            return Err(Ambiguous::OtherHost);
        }
        (Some(authority), _) => authority.as_str(),
        // A client that knows no authority sends an empty field.
        (None, None | Some("")) => return Ok(None),
        (None, Some(field)) => field,
    };
    without_port(authority).map(Some).ok_or(Ambiguous::BadHost)
}

/// The host of `host:port`; none if it is anything else.
fn without_port(authority: &str) -> Option<&str> {
    let end = match authority.strip_prefix('[') {
        // As it stands in a target, an IPv6 address is bracketed.
        Some(rest) => rest.find(']')? + 2,
        None => authority.bytes().position(|byte| byte == b':').unwrap_or(authority.len()),
    };
    let (host, port) = authority.split_at(end);
    let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    if !port.strip_prefix(':').map_or(port.is_empty(), is_port) {
        return None;
    }
    match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => address.bytes().all(|b| b.is_ascii_hexdigit() || b == b':' || b == b'.').then_some(host),
        None => is_name(host).then(|| host.strip_suffix('.').unwrap_or(host)),
    }
}

/// Whether this is a host name or an IPv4 address, maybe with a final dot.
fn is_name(name: &str) -> bool {
    let mut before = b'.';
    for byte in name.bytes() {
        // No label is empty.
        if !(byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_' || (byte == b'.' && before != b'.')) {
            return false;
        }
        before = byte;
    }
    (1..=254).contains(&name.len()) && name != "."
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    fn host(uri: &str, fields: &[&[u8]]) -> Result<Option<String>, Ambiguous> {
        let mut request = Request::builder().uri(uri);
        for field in fields {
            request = request.header(HOST, *field);
        }
        let request = request.body(()).unwrap();
        of(Head::from(&request)).map(|host| host.map(ToOwned::to_owned))
    }

    #[test]
    fn a_host_is_that_of_the_target_or_of_the_field() {
        for (uri, fields, expected) in [
            ("/", &[][..], None),
            ("/", &[&b""[..]], None),
            ("/", &[b"a.test"], Some("a.test")),
            ("/", &[b"A.test:8080"], Some("A.test")),
            ("/", &[b"a.test:"], Some("a.test")),
            ("/", &[b"a.test."], Some("a.test")),
            ("/", &[b"127.0.0.1:80"], Some("127.0.0.1")),
            ("/", &[b"[::1]:80"], Some("[::1]")),
            ("http://a.test/", &[], Some("a.test")),
            ("http://a.test:80/", &[b"A.TEST:80"], Some("a.test")),
        ] {
            assert_eq!(host(uri, fields), Ok(expected.map(ToOwned::to_owned)), "{uri} {fields:?}");
        }
    }

    #[test]
    fn a_host_that_can_be_two_is_refused() {
        for (uri, fields, expected) in [
            ("/", &[&b"a.test"[..], b"a.test"][..], Ambiguous::TwoHosts),
            ("http://a.test/", &[b"b.test"], Ambiguous::OtherHost),
            ("http://a.test/", &[b""], Ambiguous::OtherHost),
            ("http://a.test/", &[b"a.test:80"], Ambiguous::OtherHost),
            ("http://u@a.test/", &[b"u@a.test"], Ambiguous::BadHost),
            ("http://u@a.test/", &[], Ambiguous::BadHost),
            ("/", &[b"u@a.test"], Ambiguous::BadHost),
            ("/", &[b"a.test/b"], Ambiguous::BadHost),
            ("/", &[b"a..test"], Ambiguous::BadHost),
            ("/", &[b"a.test.."], Ambiguous::BadHost),
            ("/", &[b".a.test"], Ambiguous::BadHost),
            ("/", &[b"a.test:b"], Ambiguous::BadHost),
            ("/", &[b"a.test:1:2"], Ambiguous::BadHost),
            ("/", &[b"a%2etest"], Ambiguous::BadHost),
            ("/", &[b"a.test, b.test"], Ambiguous::BadHost),
            ("/", &[b"[::1"], Ambiguous::BadHost),
            ("/", &[b"[::1]a"], Ambiguous::BadHost),
            ("/", &[b":80"], Ambiguous::BadHost),
            ("/", &[b"\xe9.test"], Ambiguous::BadHost),
        ] {
            assert_eq!(host(uri, fields), Err(expected), "{uri} {fields:?}");
        }
    }

    #[test]
    fn a_pattern_is_a_name_or_all_below_one() {
        assert_eq!(Pattern::read(None), Ok(Pattern::Any));
        assert_eq!(Pattern::read(Some("API.example.test")), Ok(Pattern::Exact("api.example.test".into())));
        assert_eq!(Pattern::read(Some("*.Example.test")), Ok(Pattern::Below("example.test".into())));
        for text in ["", "*", "*.", "a.*.test", "a.test:80", "a.test/", "a.test.", "https://a.test", "[::1]", "a b"] {
            assert!(Pattern::read(Some(text)).is_err(), "{text:?}");
        }
    }
}
