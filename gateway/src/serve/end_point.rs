//! What a request carries of the TLS connection that it came over.

use http::Extensions;
use rustls::pki_types::CertificateDer;

/// The connection's channel binding, for backends that want one. Without such a backend in the build it
/// is nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct EndPoint {
    #[cfg(feature = "kerberos")]
    binding: Option<portcullis::kerberos::TlsServerEndPoint>,
}

#[cfg(feature = "kerberos")]
impl EndPoint {
    /// That of connections on which this certificate is shown.
    pub(super) fn of(certificate: &CertificateDer<'_>) -> Self {
        let binding = portcullis::kerberos::TlsServerEndPoint::of_certificate(certificate);
        if let Err(problem) = &binding {
            tracing::warn!("no channel bindings: {problem}");
        }
        Self { binding: binding.ok() }
    }

    pub(super) fn mark(&self, extensions: &mut Extensions) {
        if let Some(binding) = &self.binding {
            extensions.insert(binding.clone());
        }
    }
}

#[cfg(not(feature = "kerberos"))]
impl EndPoint {
    /// That of connections on which this certificate is shown.
    pub(super) fn of(_: &CertificateDer<'_>) -> Self {
        Self::default()
    }

    pub(super) fn mark(&self, _: &mut Extensions) {}
}
