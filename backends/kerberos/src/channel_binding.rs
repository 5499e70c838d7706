//! Ties a token to the TLS connection that it came over.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::digest::{self, Algorithm, digest};

use crate::tlv::Tlv;

/// The `tls-server-end-point` channel binding ([RFC 5929, section
/// 4](https://www.rfc-editor.org/rfc/rfc5929#section-4)): a digest of the certificate that the server
/// showed on this connection. Put it into the extensions of every request that came over TLS; the
/// `portcullis` program does so by itself.
///
/// A client that binds its token to another certificate is talking to somebody in between. Behind a proxy
/// that ends TLS this is the proxy's certificate, if you have it.
///
/// ```
/// # let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
/// # let certificate = made.cert.der();
/// use portcullis_kerberos::TlsServerEndPoint;
///
/// // Once per certificate, in DER:
/// let end_point = TlsServerEndPoint::of_certificate(certificate)?;
/// // For each request:
/// let mut request = http::Request::new(());
/// request.extensions_mut().insert(end_point.clone());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct TlsServerEndPoint(Arc<[u8]>);

/// A certificate that has no `tls-server-end-point` binding: its signature has no hash function of its
/// own (Ed25519), or it is no certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoEndPoint;

impl TlsServerEndPoint {
    /// The binding of an X.509 certificate in DER: its digest by the hash function of its own signature,
    /// or by SHA-256 where that is MD5 or SHA-1.
    ///
    /// # Errors
    /// [`NoEndPoint`] if the certificate's signature has no single hash function, or one that is not
    /// SHA-2, or if this is no certificate. Such a connection has no binding, so `channel_binding =
    /// "require"` refuses everybody on it.
    pub fn of_certificate(certificate: &[u8]) -> Result<Self, NoEndPoint> {
        let hash = hash_of(certificate).ok_or(NoEndPoint)?;
        let mut data = b"tls-server-end-point:".to_vec();
        data.extend(digest(hash, certificate).as_ref());
        Ok(Self(data.into()))
    }

    /// The application data of the GSS channel bindings: the binding's name, a colon, and the digest
    /// ([RFC 5056, section 2.1](https://www.rfc-editor.org/rfc/rfc5056#section-2.1)).
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn shared(&self) -> Arc<[u8]> {
        Arc::clone(&self.0)
    }
}

impl fmt::Debug for TlsServerEndPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsServerEndPoint")
    }
}

impl fmt::Display for NoEndPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the certificate's signature has no hash function that a tls-server-end-point binding could use")
    }
}

impl std::error::Error for NoEndPoint {}

/// The hash function of a certificate's signature.
fn hash_of(certificate: &[u8]) -> Option<&'static Algorithm> {
    let mut certificate = Tlv::new(certificate).enter(0x30)?;
    certificate.next(0x30)?;
    let mut algorithm = certificate.enter(0x30)?;
    Some(match algorithm.next(0x06)? {
        // RSA (RFC 8017): with MD5, SHA-1, SHA-256, SHA-384, SHA-512; `1.2.840.113549.1.1.*`.
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, which] => match which {
            4 | 5 | 11 => &digest::SHA256,
            12 => &digest::SHA384,
            13 => &digest::SHA512,
            10 => hash_of_pss(algorithm)?,
            _ => return None,
        },
        // ECDSA (RFC 5758) with SHA-1, then with SHA-2; `1.2.840.10045.4.*`.
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01] => &digest::SHA256,
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, which] => match which {
            2 => &digest::SHA256,
            3 => &digest::SHA384,
            4 => &digest::SHA512,
            _ => return None,
        },
        _ => return None,
    })
}

/// That of `RSASSA-PSS-params` (RFC 8017, appendix A.2.3), which is SHA-1 unless they say otherwise.
fn hash_of_pss(mut algorithm: Tlv<'_>) -> Option<&'static Algorithm> {
    let mut parameters = algorithm.enter(0x30)?;
    let Some(mut hash) = parameters.enter(0xa0) else { return Some(&digest::SHA256) };
    // `1.3.14.3.2.26`; `2.16.840.1.101.3.4.2.*`.
    Some(match hash.enter(0x30)?.next(0x06)? {
        [0x2b, 0x0e, 0x03, 0x02, 0x1a] => &digest::SHA256,
        [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, which] => match which {
            1 => &digest::SHA256,
            2 => &digest::SHA384,
            3 => &digest::SHA512,
            _ => return None,
        },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, SignatureAlgorithm};

    use super::*;

    fn signed_with(algorithm: &'static SignatureAlgorithm) -> Vec<u8> {
        let key = KeyPair::generate_for(algorithm).unwrap();
        CertificateParams::new(["localhost".to_owned()]).unwrap().self_signed(&key).unwrap().der().to_vec()
    }

    #[test]
    fn the_digest_is_that_of_the_certificates_own_signature() {
        for (algorithm, hash) in [
            (&rcgen::PKCS_ECDSA_P256_SHA256, &digest::SHA256),
            (&rcgen::PKCS_ECDSA_P384_SHA384, &digest::SHA384),
            (&rcgen::PKCS_RSA_SHA256, &digest::SHA256),
            (&rcgen::PKCS_RSA_SHA384, &digest::SHA384),
            (&rcgen::PKCS_RSA_SHA512, &digest::SHA512),
        ] {
            let certificate = signed_with(algorithm);
            let end_point = TlsServerEndPoint::of_certificate(&certificate).unwrap();
            let digest = end_point.as_bytes().strip_prefix(b"tls-server-end-point:").unwrap();
            assert_eq!(digest, digest::digest(hash, &certificate).as_ref(), "{algorithm:?}");
        }
    }

    #[test]
    fn a_signature_without_a_hash_function_has_no_binding() {
        assert_eq!(TlsServerEndPoint::of_certificate(&signed_with(&rcgen::PKCS_ED25519)), Err(NoEndPoint));
        assert_eq!(TlsServerEndPoint::of_certificate(b""), Err(NoEndPoint));
        assert_eq!(TlsServerEndPoint::of_certificate(b"-----BEGIN CERTIFICATE-----"), Err(NoEndPoint));
    }

    /// A certificate's outline, with this `AlgorithmIdentifier`.
    fn outline(algorithm: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0x30, (algorithm.len() + 4) as u8, 0x30, 0, 0x30, algorithm.len() as u8];
        bytes.extend(algorithm);
        bytes
    }

    #[test]
    fn sha_1_and_md5_are_replaced_and_pss_says_its_own() {
        let rsa = |which| outline(&[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, which]);
        for weak in [rsa(4), rsa(5), outline(&[6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1])] {
            assert_eq!(hash_of(&weak), Some(&digest::SHA256));
        }
        assert_eq!(hash_of(&rsa(2)), None);
        let pss = |parameters: &[u8]| {
            let mut algorithm = vec![6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10];
            algorithm.extend([&[0x30, parameters.len() as u8], parameters].concat());
            hash_of(&outline(&algorithm))
        };
        let sha2 = |which| pss(&[0xa0, 13, 0x30, 11, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, which]);
        assert_eq!(pss(&[]), Some(&digest::SHA256));
        assert_eq!((sha2(2), sha2(3), sha2(8)), (Some(&digest::SHA384), Some(&digest::SHA512), None));
    }
}
