//! Whom we take for the API server, and what we show it.
//!
//! Not by kube: that takes whatever provider of cryptography the process has, and installs one where there is none.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kube::config::AuthInfo;
use portcullis_core::ExposeSecret as _;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

use super::files;

/// Whose certificates count.
#[derive(Clone, Debug)]
pub(super) enum Trust {
    /// The certificate authorities in this file, which Kubernetes replaces when it rotates them.
    File(PathBuf),
    /// These, in PEM.
    Pem(Vec<u8>),
    /// Those of the system.
    System,
}

/// What a client needs for TLS. `authorities` are the trusted ones in PEM, unless the system says which. An error shows nothing of the
/// files.
pub(super) fn client_config(
    trust: &Trust,
    authorities: Option<&[u8]>,
    identity: &AuthInfo,
) -> Result<ClientConfig, String> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider));
    let builder = builder.with_safe_default_protocol_versions().map_err(|error| error.to_string())?;
    let builder = match trust {
        Trust::System => {
            let verifier = Verifier::new(provider).map_err(|error| error.to_string())?;
            builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier))
        }
        Trust::File(_) | Trust::Pem(_) => {
            let certificates = CertificateDer::pem_slice_iter(authorities.unwrap_or_default());
            let certificates = certificates.map(|certificate| certificate.map_err(|_| "not PEM".to_owned()));
            let roots = roots(certificates).map_err(|problem| format!("its certificate authority: {problem}"))?;
            builder.with_root_certificates(roots)
        }
    };
    match own_certificate(identity)? {
        Some((chain, key)) => builder.with_client_auth_cert(chain, key).map_err(|error| error.to_string()),
        None => Ok(builder.with_no_client_auth()),
    }
}

fn roots<'a>(certificates: impl Iterator<Item = Result<CertificateDer<'a>, String>>) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates {
        roots.add(certificate?).map_err(|error| format!("certificate {}: {error}", roots.len() + 1))?;
    }
    if roots.is_empty() { Err("there is no certificate in it".to_owned()) } else { Ok(roots) }
}

type Certificate = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// The client certificate of a kubeconfig's user, if there is one.
fn own_certificate(identity: &AuthInfo) -> Result<Option<Certificate>, String> {
    let chain = pem(identity.client_certificate_data.as_deref(), identity.client_certificate.as_deref());
    let key_data = identity.client_key_data.as_ref().map(|data| data.expose_secret());
    let key = pem(key_data, identity.client_key.as_deref());
    match (chain, key) {
        (None, None) => Ok(None),
        (Some(chain), Some(key)) => {
            let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&chain?).collect();
            let chain = chain.ok().filter(|chain| !chain.is_empty()).ok_or("the client certificate is not PEM")?;
            let key = PrivateKeyDer::from_pem_slice(&key?).map_err(|_| "the client key is not PEM")?;
            Ok(Some((chain, key)))
        }
        _ => Err("of client certificate and client key, one is there without the other".to_owned()),
    }
}

/// What a kubeconfig has inline, in base64, or else in a file.
pub(super) fn pem(data: Option<&str>, file: Option<&str>) -> Option<Result<Vec<u8>, String>> {
    match (data, file) {
        (Some(data), _) => {
            Some(STANDARD.decode(data.trim()).map_err(|_| "what it has inline is not base64".to_owned()))
        }
        (None, Some(file)) => Some(files::read(Path::new(file))),
        (None, None) => None,
    }
}
