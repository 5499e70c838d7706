//! Whom we take for the provider.

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};
use rustls_platform_verifier::Verifier;

/// The largest file of certificates, in bytes: the system's own are a fifth of this.
const MAX_FILE: u64 = 1024 * 1024;

/// Trusts the system's certificate authorities.
pub(crate) fn of_system() -> Result<ClientConfig, String> {
    let (provider, builder) = builder()?;
    let verifier = Verifier::new(provider).map_err(|error| error.to_string())?;
    Ok(finished(builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth()))
}

/// Trusts the certificate authorities of this file alone.
pub(crate) fn of_file(path: &Path) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&read(path)?) {
        let certificate = certificate.map_err(|_| "not PEM".to_owned())?;
        roots.add(certificate).map_err(|error| format!("certificate {}: {error}", roots.len() + 1))?;
    }
    if roots.is_empty() {
        return Err("there is no certificate in it".to_owned());
    }
    of_roots(roots)
}

/// Trusts nobody: for providers on this machine that are asked without TLS.
pub(crate) fn of_nobody() -> Result<ClientConfig, String> {
    of_roots(RootCertStore::empty())
}

fn of_roots(roots: RootCertStore) -> Result<ClientConfig, String> {
    Ok(finished(builder()?.1.with_root_certificates(roots).with_no_client_auth()))
}

/// The provider of cryptography is named here: one that somebody installed for the whole process, or
/// nobody, does not matter.
fn builder() -> Result<(Arc<CryptoProvider>, ConfigBuilder<ClientConfig, WantsVerifier>), String> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider));
    Ok((provider, builder.with_safe_default_protocol_versions().map_err(|error| error.to_string())?))
}

fn finished(mut config: ClientConfig) -> ClientConfig {
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let metadata = std::fs::metadata(path).map_err(|error| error.to_string())?;
    // Asked before it is opened: opening a pipe would wait for its other end.
    if !metadata.is_file() {
        return Err("not a file".to_owned());
    }
    if metadata.len() > MAX_FILE {
        return Err("larger than 1 MiB".to_owned());
    }
    std::fs::read(path).map_err(|error| error.to_string())
}
