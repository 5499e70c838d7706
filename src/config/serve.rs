//! `[serve]`

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use portcullis_core::Invalid;
use serde::{Deserialize, Deserializer};

use super::settings::Settings;
use super::text;

/// `[serve]`: where a program listens. The layer itself does not read it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Serve {
    /// The address and port to listen on. Default: what the program chooses.
    ///
    /// ```toml
    /// listen = "127.0.0.1:8443"
    /// ```
    #[serde(deserialize_with = "address")]
    pub listen: Option<SocketAddr>,

    /// The certificate to serve with. Default: none.
    ///
    /// ```toml
    /// [serve.tls]
    /// cert = "server.crt"
    /// key = "server.key"
    /// ```
    pub tls: Option<Tls>,

    /// Whether to serve without TLS where others can listen in, beyond the loopback interface. Not
    /// together with `tls`. Default `false`.
    ///
    /// ```toml
    /// plain_text = true
    /// ```
    pub plain_text: bool,
}

/// `[serve.tls]`. Both keys are required; both files are PEM.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Tls {
    /// The certificate chain, the server's own certificate first. A relative path starts at the
    /// config file's directory; here it has been resolved.
    pub cert: PathBuf,
    /// The private key, likewise.
    pub key: PathBuf,
}

impl Serve {
    /// The same with all paths resolved.
    pub(super) fn in_directory(mut self, directory: &Path) -> Self {
        if let Some(tls) = &mut self.tls {
            tls.cert = directory.join(&tls.cert);
            tls.key = directory.join(&tls.key);
        }
        self
    }
}

impl Settings for Serve {
    const SECTION: &'static str = "serve";

    fn check(&self) -> Vec<Invalid> {
        let mut problems = Vec::new();
        if let Some(tls) = &self.tls {
            let paths = [("tls.cert", &tls.cert), ("tls.key", &tls.key)];
            let empty = paths.into_iter().filter(|(_, path)| path.as_os_str().is_empty());
            problems.extend(empty.map(|(key, _)| Invalid::new(key, "empty").expected("a path")));
            if self.plain_text {
                problems.push(Invalid::new("plain_text", "contradicts `[serve.tls]`").expected("the one or the other"));
            }
        }
        problems
    }
}

fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SocketAddr>, D::Error> {
    let expected = r#"an IP address and a port, such as "127.0.0.1:8443" or "[::]:8443""#;
    text::deserialize(deserializer, expected, |text| text.parse().ok().map(Some))
}
