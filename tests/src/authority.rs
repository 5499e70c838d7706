//! A certificate authority that nobody knows but who is told.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, SignatureAlgorithm,
};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// A new certificate authority.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate that an [`Authority`] has signed.
pub struct Certificate {
    /// For `--tls-cert`.
    pub pem: String,
    /// The private key, for `--tls-key`.
    pub key: String,
    /// As clients see it.
    pub der: Vec<u8>,
}

impl Default for Authority {
    fn default() -> Self {
        Self::signing_with(&rcgen::PKCS_ECDSA_P256_SHA256)
    }
}

impl Authority {
    /// One that signs with this algorithm.
    ///
    /// # Panics
    ///
    /// If it cannot make such keys.
    #[must_use]
    pub fn signing_with(algorithm: &'static SignatureAlgorithm) -> Self {
        let mut parameters = CertificateParams::default();
        // Not the name that certificates have by themselves, or they would seem to sign themselves.
        parameters.distinguished_name.push(DnType::CommonName, "an authority of the tests");
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate_for(algorithm).expect("a key can be made");
        Self { issuer: CertifiedIssuer::self_signed(parameters, key).expect("it can be signed") }
    }

    /// Its certificate, for a `ca_file`.
    #[must_use]
    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// A certificate for a server of these names; an IP address is a name too.
    ///
    /// # Panics
    ///
    /// If they are no names.
    #[must_use]
    pub fn certificate(&self, names: &[&str]) -> Certificate {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        self.signed(&CertificateParams::new(names).expect("names for a certificate"))
    }

    /// A certificate for a client of this common name and this organization: to Kubernetes, a user and a group.
    pub(crate) fn client(&self, name: &str, organization: &str) -> Certificate {
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name = DistinguishedName::new();
        parameters.distinguished_name.push(DnType::CommonName, name);
        parameters.distinguished_name.push(DnType::OrganizationName, organization);
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.signed(&parameters)
    }

    fn signed(&self, parameters: &CertificateParams) -> Certificate {
        let key = KeyPair::generate().expect("a key can be made");
        let certificate = parameters.signed_by(&key, &self.issuer).expect("it can be signed");
        Certificate { pem: certificate.pem(), key: key.serialize_pem(), der: certificate.der().to_vec() }
    }

    /// What a server of these names needs.
    pub(crate) fn server(&self, names: &[&str]) -> Arc<ServerConfig> {
        let certificate = self.certificate(names);
        let chain = vec![CertificateDer::from(certificate.der)];
        let key = PrivateKeyDer::from_pem_slice(certificate.key.as_bytes()).expect("a private key");
        let config = ServerConfig::builder_with_provider(aws_lc_rs::default_provider().into())
            .with_safe_default_protocol_versions()
            .expect("versions of TLS");
        config.with_no_client_auth().with_single_cert(chain, key).expect("key and certificate fit").into()
    }
}
