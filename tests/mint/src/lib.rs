//! Keys and signed tokens for tests, made with aws-lc-rs: no process-global provider is touched.
//!
//! ```
//! use serde_json::json;
//!
//! let mint = portcullis_mint::Mint::new("ES256", "first");
//! let token = mint.sign(&json!({ "iss": "https://id.example.test", "exp": portcullis_mint::now() + 60 }));
//! assert_eq!(token.split('.').count(), 3);
//! assert_eq!(portcullis_mint::jwks(&[&mint])["keys"][0]["kid"], "first");
//! ```
#![forbid(unsafe_code)]

mod key;

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::key::Key;

/// A private key with a name, which signs tokens with one algorithm.
pub struct Mint {
    algorithm: String,
    kid: String,
    key: Key,
}

impl Mint {
    /// A new key for a JOSE algorithm: `RS256` to `RS512`, `PS256` to `PS512` (2048 bits),
    /// `ES256`, `ES384`, `ES512`, or `EdDSA` (Ed25519).
    ///
    /// # Panics
    /// On any other algorithm.
    #[must_use]
    pub fn new(algorithm: &str, kid: &str) -> Self {
        Self { algorithm: algorithm.to_owned(), kid: kid.to_owned(), key: Key::generate(algorithm) }
    }

    /// The name of the key.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The JOSE name of the algorithm.
    #[must_use]
    pub fn algorithm(&self) -> &str {
        &self.algorithm
    }

    /// The public key as a JWK with `kid`, `alg` and `use` (RFC 7517).
    #[must_use]
    pub fn jwk(&self) -> Value {
        let mut jwk = self.key.public_members();
        jwk["kid"] = json!(self.kid);
        jwk["alg"] = json!(self.algorithm);
        jwk["use"] = json!("sig");
        jwk
    }

    /// A token of these claims, with the header `alg`, `typ` (`at+jwt`) and `kid`.
    #[must_use]
    pub fn sign(&self, claims: &Value) -> String {
        self.sign_with(&json!({ "alg": self.algorithm, "typ": "at+jwt", "kid": self.kid }), claims)
    }

    /// A token with this header, which may lie: it is signed with this key's algorithm all the same.
    #[must_use]
    pub fn sign_with(&self, header: &Value, claims: &Value) -> String {
        self.sign_raw(header.to_string().as_bytes(), claims.to_string().as_bytes())
    }

    /// A token of these bytes as they are, JSON or not.
    #[must_use]
    pub fn sign_raw(&self, header: &[u8], payload: &[u8]) -> String {
        let signed = format!("{}.{}", base64url(header), base64url(payload));
        let signature = base64url(self.signature(signed.as_bytes()));
        format!("{signed}.{signature}")
    }

    /// The bare signature of some bytes.
    #[must_use]
    pub fn signature(&self, message: &[u8]) -> Vec<u8> {
        self.key.sign(message)
    }

    /// The private key as PKCS #8, for another signer.
    #[must_use]
    pub fn pkcs8(&self) -> Vec<u8> {
        self.key.pkcs8()
    }
}

/// The public keys as a JWK Set (RFC 7517, section 5).
#[must_use]
pub fn jwks(mints: &[&Mint]) -> Value {
    json!({ "keys": mints.iter().map(|mint| mint.jwk()).collect::<Vec<_>>() })
}

/// The seconds since 1970, as in `exp` and `iat`.
///
/// # Panics
/// If the clock is before 1970.
#[must_use]
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970").as_secs()
}

/// Base64url without padding, as JOSE writes bytes (RFC 7515, section 2).
#[must_use]
pub fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests;
