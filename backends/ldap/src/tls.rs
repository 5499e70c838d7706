//! Whom we take for a server of the directory.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};
use rustls_platform_verifier::Verifier;

/// The largest file of certificates, in bytes: the system's own are a fifth of this.
const MAX_FILE: u64 = 1024 * 1024;

/// The certificate authorities that count: the system's, or those in a file.
pub(crate) struct Tls {
    file: Option<PathBuf>,
    last: Mutex<Last>,
}

struct Last {
    pem: Vec<u8>,
    config: Arc<ClientConfig>,
    /// What was wrong with the file when it was last read.
    problem: Option<String>,
}

impl Tls {
    /// Of the file if there is one; an error says what is wrong with it.
    pub(crate) fn new(file: Option<PathBuf>) -> Result<Self, String> {
        let (pem, config) = match &file {
            Some(path) => {
                let pem = read(path)?;
                let config = of_file(&pem)?;
                (pem, config)
            }
            None => (Vec::new(), of_system()?),
        };
        Ok(Self { file, last: Mutex::new(Last { pem, config: Arc::new(config), problem: None }) })
    }

    /// For the next connection. The file is read again: whoever replaces it need not tell. It takes a thread that may
    /// wait.
    pub(crate) fn config(&self) -> Arc<ClientConfig> {
        let read = self.file.as_deref().map(|path| (path, read(path)));
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((path, read)) = read {
            last.take(path, read);
        }
        Arc::clone(&last.config)
    }

    /// Whether the file is read for each connection.
    pub(crate) fn is_file(&self) -> bool {
        self.file.is_some()
    }

    /// What is wrong with the file by now.
    pub(crate) fn problem(&self) -> Option<String> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).problem.clone()
    }
}

impl Last {
    fn take(&mut self, path: &Path, read: Result<Vec<u8>, String>) {
        let problem = match read {
            Ok(pem) if pem == self.pem => None,
            Ok(pem) => match of_file(&pem) {
                Ok(config) => {
                    (self.pem, self.config) = (pem, Arc::new(config));
                    None
                }
                Err(problem) => Some(problem),
            },
            Err(problem) => Some(problem),
        };
        if let Some(problem) = problem.as_ref().filter(|problem| Some(*problem) != self.problem.as_ref()) {
            tracing::error!(file = %path.display(), %problem, "the certificate authorities of the directory stay as they were");
        }
        self.problem = problem;
    }
}

fn of_system() -> Result<ClientConfig, String> {
    let (provider, builder) = builder()?;
    let verifier = Verifier::new(provider).map_err(|error| error.to_string())?;
    Ok(builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
}

fn of_file(pem: &[u8]) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|_| "not PEM".to_owned())?;
        roots.add(certificate).map_err(|error| format!("certificate {}: {error}", roots.len() + 1))?;
    }
    if roots.is_empty() {
        return Err("there is no certificate in it".to_owned());
    }
    Ok(builder()?.1.with_root_certificates(roots).with_no_client_auth())
}

/// The provider of cryptography is named here: one that somebody installed for the whole process, or
/// nobody, does not matter.
fn builder() -> Result<(Arc<CryptoProvider>, ConfigBuilder<ClientConfig, WantsVerifier>), String> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider));
    Ok((provider, builder.with_safe_default_protocol_versions().map_err(|error| error.to_string())?))
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    // Asked before it is opened: opening a pipe would wait for its other end.
    if !std::fs::metadata(path).map_err(|error| error.to_string())?.is_file() {
        return Err("not a file".to_owned());
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut bytes));
    file.map_err(|error| error.to_string())?;
    if bytes.len() as u64 > MAX_FILE { Err("larger than 1 MiB".to_owned()) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair};

    fn authority() -> String {
        let key = KeyPair::generate().unwrap();
        CertificateParams::new(Vec::new()).unwrap().self_signed(&key).unwrap().pem()
    }

    #[test]
    fn a_file_that_changed_counts_from_the_next_connection_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        std::fs::write(&path, authority()).unwrap();
        let tls = Tls::new(Some(path.clone())).unwrap();
        let first = tls.config();
        assert!(Arc::ptr_eq(&first, &tls.config()), "unchanged");
        std::fs::write(&path, authority()).unwrap();
        let second = tls.config();
        assert!(!Arc::ptr_eq(&first, &second));
        for broken in ["", "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n"] {
            std::fs::write(&path, broken).unwrap();
            assert!(Arc::ptr_eq(&second, &tls.config()), "as it was");
            assert!(tls.problem().is_some());
        }
        std::fs::remove_file(&path).unwrap();
        assert!(Arc::ptr_eq(&second, &tls.config()));
        std::fs::write(&path, authority()).unwrap();
        assert!(!Arc::ptr_eq(&second, &tls.config()));
        assert_eq!(tls.problem(), None);
    }

    #[test]
    fn a_file_that_is_none_of_certificates_is_an_error_at_the_start() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        assert!(Tls::new(Some(path.clone())).is_err());
        std::fs::write(&path, "x").unwrap();
        assert_eq!(Tls::new(Some(path)).err().unwrap(), "there is no certificate in it");
        assert_eq!(Tls::new(Some(folder.path().to_owned())).err().unwrap(), "not a file");
    }
}
