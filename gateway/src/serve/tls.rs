//! TLS, by rustls.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::failure::Failure;
use crate::serve::end_point::EndPoint;
use crate::serve::plan::Certificate;

/// What is offered, the best first (RFC 7301).
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// What speaks TLS.
pub(crate) struct Tls {
    pub(super) acceptor: TlsAcceptor,
    /// What every request over it carries.
    pub(super) end_point: EndPoint,
}

/// Speaks TLS 1.2 and 1.3 with this certificate.
pub(super) fn with(certificate: &Certificate) -> Result<Tls, Failure> {
    let Certificate { chain, key } = certificate;
    let certificates = CertificateDer::pem_file_iter(chain)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unusable("certificate", chain, &error))?;
    let Some(own) = certificates.first() else {
        return Err(unusable("certificate", chain, &"there is no certificate in it"));
    };
    let end_point = EndPoint::of(own);
    let private_key = PrivateKeyDer::from_pem_file(key).map_err(|error| unusable("private key", key, &error))?;
    // Named here, so that nothing depends on a provider of the whole process.
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(certificates, private_key))
        .map_err(|error| {
            let files = format!("{} with the private key {}", chain.display(), key.display());
            Failure::Usage(format!("cannot use the certificate {files}: {error}"))
        })?;
    config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).into();
    Ok(Tls { acceptor: TlsAcceptor::from(Arc::new(config)), end_point })
}

fn unusable(what: &str, path: &Path, problem: &dyn fmt::Display) -> Failure {
    Failure::Usage(format!("cannot read the {what} {}: {problem}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// Writes a certificate and a key, and returns them.
    fn files(directory: &Path) -> (Certificate, String) {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let certificate = Certificate::new(&directory.join("crt"), &directory.join("key"));
        fs::write(&certificate.chain, made.cert.pem()).unwrap();
        fs::write(&certificate.key, made.signing_key.serialize_pem()).unwrap();
        (certificate, made.signing_key.serialize_pem())
    }

    fn problem(certificate: &Certificate) -> String {
        match with(certificate) {
            Err(failure @ Failure::Usage(_)) => failure.to_string(),
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("accepted"),
        }
    }

    #[test]
    fn a_certificate_with_its_key_serves_http_2_and_1() {
        let directory = tempfile::tempdir().unwrap();
        let (certificate, _) = files(directory.path());
        let tls = with(&certificate).unwrap_or_else(|failure| panic!("{failure}"));
        assert_eq!(tls.acceptor.config().alpn_protocols, [b"h2".to_vec(), b"http/1.1".to_vec()]);
    }

    #[test]
    fn what_is_wrong_names_the_file_and_never_the_key() {
        let directory = tempfile::tempdir().unwrap();
        let (certificate, key) = files(directory.path());
        let (chain, key_file) = (certificate.chain.display().to_string(), certificate.key.display().to_string());

        let (other, _) = files(&{
            let other = directory.path().join("other");
            fs::create_dir(&other).unwrap();
            other
        });
        let mixed = problem(&Certificate::new(&certificate.chain, &other.key));
        assert!(mixed.contains(&chain), "{mixed}");

        fs::write(&certificate.chain, "").unwrap();
        assert!(problem(&certificate).contains("no certificate"));
        // The two files, exchanged.
        fs::write(&certificate.chain, &key).unwrap();
        let exchanged = problem(&certificate);
        assert!(exchanged.contains(&chain) && !exchanged.contains(&key[40..80]), "{exchanged}");
        fs::remove_file(&certificate.chain).unwrap();
        assert!(problem(&certificate).contains(&chain));

        let (certificate, _) = files(directory.path());
        fs::write(&certificate.key, "no key").unwrap();
        assert!(problem(&certificate).contains(&key_file));
    }
}
