//! Whether another site made a browser send this request.

use http::header::{HOST, ORIGIN, UPGRADE};
use http::{HeaderMap, Method};
use portcullis_core::Head;

use crate::config::Origin;

/// Whether the request would change something, or open a channel.
pub(crate) fn is_unsafe(head: Head<'_>) -> bool {
    !head.method.is_safe() || head.headers.contains_key(UPGRADE) || *head.method == Method::CONNECT
}

/// Whether a browser says that another origin made the request.
///
/// `Sec-Fetch-Site` decides where it is sent ([Fetch Metadata](https://www.w3.org/TR/fetch-metadata/));
/// `same-site` is another origin too. Older browsers send `Origin` alone, which is compared with
/// the host that was asked. What sends neither is no browser.
pub(crate) fn is_cross_site(head: Head<'_>, allowed: &[Origin]) -> bool {
    let origin = head.headers.get(ORIGIN);
    if origin.is_some_and(|origin| is_allowed(origin.as_bytes(), allowed)) {
        return false;
    }
    let mut sites = head.headers.get_all("sec-fetch-site").iter().peekable();
    if sites.peek().is_some() {
        return !sites.all(|site| site == "same-origin" || site == "none");
    }
    origin.is_some_and(|origin| !is_own(origin.as_bytes(), head))
}

/// Whether the request is a CORS preflight that carries no credential of its own, as the [Fetch
/// standard](https://fetch.spec.whatwg.org/#cors-preflight-fetch) has it.
pub(crate) fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    *method == Method::OPTIONS
        && headers.contains_key(ORIGIN)
        && headers.contains_key(http::header::ACCESS_CONTROL_REQUEST_METHOD)
}

fn is_allowed(origin: &[u8], allowed: &[Origin]) -> bool {
    allowed.iter().any(|entry| entry.as_str().as_bytes().eq_ignore_ascii_case(origin))
}

/// Whether `origin` is the host that was asked. The scheme cannot be told behind a proxy that
/// ends TLS, so only host and port are compared.
fn is_own(origin: &[u8], head: Head<'_>) -> bool {
    let (authority, default_port) = match origin {
        [b'h', b't', b't', b'p', b':', b'/', b'/', rest @ ..] => (rest, &b":80"[..]),
        [b'h', b't', b't', b'p', b's', b':', b'/', b'/', rest @ ..] => (rest, &b":443"[..]),
        _ => return false,
    };
    let host = match head.uri.authority() {
        Some(authority) => authority.as_str().as_bytes(),
        None => head.headers.get(HOST).map_or(&b""[..], |host| host.as_bytes()),
    };
    let host = host.strip_suffix(default_port).unwrap_or(host);
    !host.is_empty() && host.eq_ignore_ascii_case(authority)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    fn judge(method: &str, fields: &[(&str, &str)]) -> bool {
        let mut request = Request::builder().method(method).uri("/").header("host", "api.example.test:8443");
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        let request = request.body(()).unwrap();
        let head = Head::from(&request);
        is_unsafe(head) && is_cross_site(head, &[Origin::parse("https://app.example.test").unwrap()])
    }

    #[test]
    fn safe_requests_and_those_of_no_browser_pass() {
        for method in ["GET", "HEAD", "OPTIONS", "TRACE"] {
            assert!(!judge(method, &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.test")]));
        }
        assert!(!judge("POST", &[]));
    }

    #[test]
    fn sec_fetch_site_decides_where_it_is_sent() {
        for (site, refused) in
            [("same-origin", false), ("none", false), ("same-site", true), ("cross-site", true), ("nonsense", true)]
        {
            assert_eq!(judge("POST", &[("sec-fetch-site", site)]), refused, "{site}");
        }
        assert!(judge("POST", &[("sec-fetch-site", "none"), ("sec-fetch-site", "cross-site")]));
    }

    #[test]
    fn an_origin_alone_must_be_the_host_that_was_asked() {
        for (origin, refused) in [
            ("https://api.example.test:8443", false),
            ("https://API.example.test:8443", false),
            ("https://api.example.test", true),
            ("https://evil.test", true),
            ("null", true),
            ("", true),
            ("ftp://api.example.test:8443", true),
        ] {
            assert_eq!(judge("DELETE", &[("origin", origin)]), refused, "{origin}");
        }
    }

    #[test]
    fn a_default_port_may_be_named_or_not() {
        let request = |host: &str, origin: &str| {
            let request = Request::post("/").header("host", host).header("origin", origin).body(()).unwrap();
            is_cross_site(Head::from(&request), &[])
        };
        assert!(!request("a.test:443", "https://a.test"));
        assert!(!request("a.test", "http://a.test"));
        assert!(request("a.test:443", "http://a.test"));
    }

    #[test]
    fn a_listed_origin_passes_whatever_the_site() {
        assert!(!judge("PUT", &[("origin", "https://app.example.test"), ("sec-fetch-site", "cross-site")]));
        assert!(judge("PUT", &[("origin", "https://app.example.test.evil.test"), ("sec-fetch-site", "cross-site")]));
    }

    #[test]
    fn opening_a_channel_counts_as_unsafe() {
        let fields = [("upgrade", "websocket"), ("sec-fetch-site", "cross-site")];
        assert!(judge("GET", &fields));
        assert!(judge("CONNECT", &fields[1..]));
    }
}
