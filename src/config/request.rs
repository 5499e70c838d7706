//! `[request]`

use portcullis_core::Invalid;
use serde::Deserialize;

use super::number;
use super::origin::Origin;
use super::settings::Settings;

/// Bytes.
const MAX_COOKIE_NAME_LEN: usize = 256;

/// `[request]`: where credentials are found, and what becomes of what came with them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct RequestSettings {
    /// The name of a cookie that carries a credential when there is no `Authorization` field, as
    /// that field would carry it. An RFC 6265 cookie name of at most 256 characters. Default:
    /// cookies are not looked at.
    ///
    /// ```toml
    /// cookie = "__Host-session"
    /// ```
    pub cookie: Option<String>,

    /// Whether the service behind the layer sees the credentials that clients send. Default
    /// `false`: they are taken out of every request.
    ///
    /// ```toml
    /// forward_credentials = false
    /// ```
    pub forward_credentials: bool,

    /// The origins of other sites whose pages may send unsafe requests with credentials that
    /// browsers attach by themselves. At most 1000. Default: none.
    ///
    /// ```toml
    /// allowed_origins = ["https://app.example.test", "http://localhost:3000"]
    /// ```
    pub allowed_origins: Vec<Origin>,

    /// What becomes of a CORS preflight, which never carries a credential. Default `"check"`.
    ///
    /// ```toml
    /// preflight = "pass"
    /// ```
    pub preflight: Preflight,
}

/// What becomes of a [CORS preflight](https://fetch.spec.whatwg.org/#cors-preflight-request).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Preflight {
    /// `"check"`: it is a request like any other.
    #[default]
    Check,
    /// `"pass"`: the service behind the layer answers it, without a principal. Not where a `[[route]]` is for it, by its path and
    /// for all methods or `OPTIONS`: that says what it needs. So name the methods of routes that pages of other origins use.
    /// Whatever answers `OPTIONS` behind the layer must be made for it: a handler for any method, and a service of tonic, take it
    /// for a request. Without a route before them they have to ask for a principal themselves. For gRPC-web, whose routes are for all methods,
    /// preflights are answered around the layer.
    Pass,
}

impl Settings for RequestSettings {
    const SECTION: &'static str = "request";

    fn check(&self) -> Vec<Invalid> {
        let cookie = self.cookie.as_deref().filter(|name| !is_cookie_name(name)).map(|_| {
            let expected =
                format!("a cookie name: 1 to {MAX_COOKIE_NAME_LEN} ASCII letters, digits and !#$%&'*+-.^_`|~");
            Invalid::new("cookie", "wrong value").expected(expected)
        });
        let origins = number::bounded("allowed_origins", self.allowed_origins.len(), 0..=1000).err().map(|invalid| {
            let expected = format!("{} elements", invalid.expectation().unwrap_or_default());
            invalid.expected(expected)
        });
        cookie.into_iter().chain(origins).collect()
    }
}

/// `cookie-name` of RFC 6265, section 4.1.1, which is a token of RFC 9110.
fn is_cookie_name(name: &str) -> bool {
    let token_char = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    (1..=MAX_COOKIE_NAME_LEN).contains(&name.len()) && name.bytes().all(token_char)
}
