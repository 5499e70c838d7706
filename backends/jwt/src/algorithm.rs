//! The signature algorithms that a token may name.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer};

/// A signature algorithm of JOSE (RFC 7518, section 3.1; RFC 8037), by its name.
///
/// There is no `none` and no `HS256`: a service that can check an HMAC can also make one, and a public key taken for an
/// HMAC secret is the oldest attack there is (RFC 8725, section 2.1).
///
/// ```
/// use portcullis_jwt::Algorithm;
///
/// assert_eq!("ES256".parse(), Ok(Algorithm::Es256));
/// assert_eq!(Algorithm::EdDsa.to_string(), "EdDSA");
/// assert!("HS256".parse::<Algorithm>().unwrap_err().to_string().contains("never"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// RSASSA-PSS with SHA-384.
    Ps384,
    /// RSASSA-PSS with SHA-512.
    Ps512,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// ECDSA on P-521 with SHA-512.
    Es512,
    /// Ed25519. In a header also by its name of RFC 9864, `Ed25519`.
    EdDsa,
}

impl Algorithm {
    /// What is allowed unless somebody says otherwise: RS256, PS256, ES256, ES384 and EdDSA.
    pub const DEFAULT: &'static [Self] = &[Self::Rs256, Self::Ps256, Self::Es256, Self::Es384, Self::EdDsa];

    pub(crate) const RSA: &'static [Self] =
        &[Self::Rs256, Self::Rs384, Self::Rs512, Self::Ps256, Self::Ps384, Self::Ps512];

    /// The JOSE name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Es512 => "ES512",
            Self::EdDsa => "EdDSA",
        }
    }

    /// The algorithm of this name, to the letter: JOSE names are case-sensitive (RFC 7515, section 4.1.1).
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "RS256" => Self::Rs256,
            "RS384" => Self::Rs384,
            "RS512" => Self::Rs512,
            "PS256" => Self::Ps256,
            "PS384" => Self::Ps384,
            "PS512" => Self::Ps512,
            "ES256" => Self::Es256,
            "ES384" => Self::Es384,
            "ES512" => Self::Es512,
            "EdDSA" | "Ed25519" => Self::EdDsa,
            _ => return None,
        })
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    fn from_str(name: &str) -> Result<Self, UnknownAlgorithm> {
        Self::named(name).ok_or_else(|| UnknownAlgorithm { name: name.to_owned() })
    }
}

impl<'de> Deserialize<'de> for Algorithm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A name that is no algorithm of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownAlgorithm {
    name: String,
}

impl fmt::Display for UnknownAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        if name.eq_ignore_ascii_case("none") {
            return f.write_str("`none` is never accepted: anybody could write such a token");
        }
        if name.to_ascii_uppercase().starts_with("HS") {
            return write!(f, "`{name}` is never accepted: whoever can check an HMAC can also make one");
        }
        write!(
            f,
            "`{name}` is not a known algorithm: expected one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, \
             ES512, EdDSA"
        )
    }
}

impl std::error::Error for UnknownAlgorithm {}

#[cfg(test)]
mod tests {
    use super::Algorithm;

    #[test]
    fn a_name_is_taken_to_the_letter() {
        for algorithm in Algorithm::RSA.iter().chain(Algorithm::DEFAULT) {
            assert_eq!(algorithm.name().parse(), Ok(*algorithm));
            assert!(algorithm.name().to_lowercase().parse::<Algorithm>().is_err());
        }
    }

    #[test]
    fn neither_none_nor_an_hmac_can_be_allowed_by_a_file() {
        for name in ["none", "None", "NONE", "nOnE", "HS256", "HS384", "HS512", "hs256"] {
            let error = serde_json::from_value::<Algorithm>(name.into()).expect_err(name);
            assert!(error.to_string().contains("never accepted"), "{error}");
        }
    }

    #[test]
    fn an_unknown_name_is_told_what_there_is() {
        let error = "ES256K".parse::<Algorithm>().expect_err("not ours").to_string();
        assert!(error.contains("`ES256K`") && error.contains("ES512"), "{error}");
    }
}
