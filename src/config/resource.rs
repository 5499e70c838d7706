//! `[resource]`

use http::Uri;
use http::uri::Scheme;
use portcullis_core::Invalid;
use serde::Deserialize;

use super::settings::Settings;

/// `[resource]`: what clients are told about the service as an OAuth protected resource
/// ([RFC 9728](https://www.rfc-editor.org/rfc/rfc9728)): where its tokens come from, and which
/// scopes there are.
///
/// With this section every `Bearer` challenge says where the document is (`resource_metadata`), and
/// [`Auth::resource_metadata`](crate::Auth::resource_metadata) serves it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ProtectedResource {
    /// The URL of the service as its clients know it, without query and fragment: `https`, or
    /// `http` on the loopback interface. Required.
    ///
    /// ```toml
    /// identifier = "https://orders.example.test/api"
    /// ```
    pub identifier: Identifier,

    /// The name that clients show to people. Default: none.
    ///
    /// ```toml
    /// name = "Orders"
    /// ```
    pub name: Option<String>,

    /// The URL of what developers should read. Default: none.
    ///
    /// ```toml
    /// documentation = "https://orders.example.test/docs"
    /// ```
    pub documentation: Option<String>,

    /// The scopes that clients may have to ask for. Default: none are named.
    ///
    /// ```toml
    /// scopes = ["orders:read", "orders:write"]
    /// ```
    #[serde(default)]
    pub scopes: Vec<String>,
}

/// The resource identifier of [RFC 9728, section 1.2](https://www.rfc-editor.org/rfc/rfc9728#section-1.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identifier {
    text: String,
    origin: String,
    path: String,
}

impl Identifier {
    /// Reads the URL. None if it is no such URL.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok().filter(|_| !text.contains(['?', '#']))?;
        let (scheme, authority) = (uri.scheme()?, uri.authority()?);
        let host = authority.host();
        let loopback = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
        let fits = *scheme == Scheme::HTTPS || (*scheme == Scheme::HTTP && loopback);
        if !fits || host.is_empty() || authority.as_str().contains('@') {
            return None;
        }
        let origin = format!("{scheme}://{authority}");
        Some(Self { text: text.to_owned(), origin, path: uri.path().to_owned() })
    }

    /// As it stands in the file.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The path of the metadata: the well-known one, put before that of the resource
    /// ([RFC 9728, section 3.1](https://www.rfc-editor.org/rfc/rfc9728#section-3.1)).
    pub(crate) fn metadata_path(&self) -> String {
        let path = if self.path == "/" { "" } else { &self.path };
        format!("/.well-known/oauth-protected-resource{path}")
    }

    pub(crate) fn metadata_url(&self) -> String {
        self.origin.clone() + &self.metadata_path()
    }
}

impl<'de> Deserialize<'de> for Identifier {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = "the https URL of the service, without query and fragment";
        super::text::deserialize(deserializer, expected, Self::parse)
    }
}

impl Settings for ProtectedResource {
    const SECTION: &'static str = "resource";

    fn check(&self) -> Vec<Invalid> {
        // RFC 6749, section 3.3.
        let scope_token = |scope: &String| {
            !scope.is_empty() && scope.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\')
        };
        let wrong = self.scopes.iter().enumerate().filter(|(_, scope)| !scope_token(scope));
        let expected = "visible ASCII without quotes, backslashes and spaces (RFC 6749, section 3.3)";
        wrong.map(|(index, _)| Invalid::new(format!("scopes[{index}]"), "no scope").expected(expected)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_metadata_is_where_rfc_9728_has_it() {
        for (identifier, url) in [
            ("https://resource.example.com", "https://resource.example.com/.well-known/oauth-protected-resource"),
            ("https://resource.example.com/", "https://resource.example.com/.well-known/oauth-protected-resource"),
            (
                "https://resource.example.com/resource1",
                "https://resource.example.com/.well-known/oauth-protected-resource/resource1",
            ),
            ("http://127.0.0.1:8080/a/b", "http://127.0.0.1:8080/.well-known/oauth-protected-resource/a/b"),
        ] {
            assert_eq!(Identifier::parse(identifier).unwrap().metadata_url(), url);
        }
    }

    #[test]
    fn what_is_no_https_url_is_no_identifier() {
        for text in [
            "",
            "/",
            "orders",
            "https://",
            "http://orders.example.test",
            "ftp://a.test",
            "https://a.test/?q",
            "https://a.test/#f",
            "https://u:p@a.test/",
            "https://a.test/a b",
        ] {
            assert_eq!(Identifier::parse(text), None, "{text:?}");
        }
    }
}
