//! Where and how to listen, as the config file and the command line say.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use portcullis::config::Serve;

use crate::failure::Failure;
use crate::serve::tls::{self, Tls};

const DEFAULT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

/// Where and how to listen.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) listen: SocketAddr,
    certificate: Option<Certificate>,
}

/// PEM files.
#[derive(Debug)]
pub(crate) struct Certificate {
    pub(crate) chain: PathBuf,
    pub(crate) key: PathBuf,
}

impl Plan {
    /// What the command line says, beats what the file says.
    pub(crate) fn new(
        file: &Serve,
        listen: Option<SocketAddr>,
        certificate: Option<Certificate>,
    ) -> Result<Self, Failure> {
        let in_file = || file.tls.as_ref().map(|tls| Certificate::new(&tls.cert, &tls.key));
        let plan =
            Self { listen: listen.or(file.listen).unwrap_or(DEFAULT), certificate: certificate.or_else(in_file) };
        if plan.certificate.is_some() || file.plain_text || plan.is_local() {
            Ok(plan)
        } else {
            Err(Failure::Usage(format!(
                "on {}, credentials in plain text could be read by others; use TLS (`--tls-cert` and `--tls-key`, or \
                 `[serve.tls]` in the config file), or listen on {DEFAULT}; where something in front of this program \
                 speaks TLS, write `plain_text = true` under `[serve]` in the config file",
                plan.listen
            )))
        }
    }

    /// Speaks TLS; or none, for plain text.
    pub(crate) fn tls(&self) -> Result<Option<Tls>, Failure> {
        self.certificate.as_ref().map(tls::with).transpose()
    }

    pub(crate) fn scheme(&self) -> &'static str {
        if self.certificate.is_some() { "https" } else { "http" }
    }

    /// Whether only this machine can connect.
    fn is_local(&self) -> bool {
        self.listen.ip().to_canonical().is_loopback()
    }
}

impl Certificate {
    pub(crate) fn new(chain: &Path, key: &Path) -> Self {
        Self { chain: chain.to_owned(), key: key.to_owned() }
    }
}

/// The address, and who can read what is said there.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match (&self.certificate, self.is_local()) {
            (Some(_), true) => "with TLS, for this machine alone",
            (Some(_), false) => "with TLS",
            (None, true) => "in plain text, for this machine alone",
            (None, false) => "in plain text, as `plain_text = true` allows: whoever is on the way can read credentials",
        };
        write!(f, "{}://{}, {what}", self.scheme(), self.listen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis::config::Config;

    fn plan(file: &str, listen: Option<&str>, certificate: Option<&str>) -> Result<Plan, Failure> {
        let config = Config::from_toml(file).unwrap();
        let certificate = certificate.map(|name| Certificate::new(Path::new(name), Path::new("key")));
        Plan::new(config.serve(), listen.map(|address| address.parse().unwrap()), certificate)
    }

    #[test]
    fn the_command_line_beats_the_file_and_the_file_the_default() {
        assert_eq!(plan("", None, None).unwrap().listen.to_string(), "127.0.0.1:8080");
        let file = "[serve]\nlisten = '127.0.0.1:1'\ntls = { cert = 'file', key = 'k' }";
        let from_file = plan(file, None, None).unwrap();
        assert_eq!((from_file.listen.port(), from_file.scheme()), (1, "https"));
        assert_eq!(from_file.certificate.unwrap().chain, Path::new("file"));
        let both = plan(file, Some("[::1]:2"), Some("line")).unwrap();
        assert_eq!(both.listen.port(), 2);
        assert_eq!(both.certificate.unwrap().chain, Path::new("line"));
    }

    #[test]
    fn plain_text_stays_on_the_machine_unless_the_file_says_otherwise() {
        for address in ["127.0.0.1:0", "127.8.9.1:0", "[::1]:0", "[::ffff:127.0.0.1]:0"] {
            assert!(plan("", Some(address), None).is_ok(), "{address}");
        }
        for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:80", "[::ffff:192.0.2.1]:0", "[fe80::1]:0"] {
            let failure = plan("", Some(address), None).unwrap_err();
            assert!(matches!(failure, Failure::Usage(_)));
            for remedy in ["--tls-cert", "[serve.tls]", "127.0.0.1:8080", "plain_text = true"] {
                assert!(failure.to_string().contains(remedy), "{failure}");
            }
            assert!(plan("", Some(address), Some("c")).is_ok(), "{address} with TLS");
            assert!(plan("[serve]\nplain_text = true", Some(address), None).is_ok(), "{address} allowed");
        }
    }

    #[test]
    fn a_plan_says_who_can_listen_in() {
        let shown = |file, listen| plan(file, Some(listen), None).unwrap().to_string();
        assert_eq!(shown("", "127.0.0.1:80"), "http://127.0.0.1:80, in plain text, for this machine alone");
        assert!(shown("[serve]\nplain_text = true", "0.0.0.0:80").contains("can read credentials"));
    }
}
