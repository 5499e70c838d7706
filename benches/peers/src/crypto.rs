//! Which library verifies signatures for the peers with jsonwebtoken 11. It has one choice per
//! process; this one looks at a switch for each signature, so that both can be measured in one run.

use std::sync::atomic::{AtomicBool, Ordering};

use jsonwebtoken::crypto::{CryptoProvider, JwtVerifier, aws_lc, rust_crypto};
use jsonwebtoken::{Algorithm, DecodingKey, errors::Result};

/// A library for signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crypto {
    /// aws-lc-rs.
    AwsLc,
    /// The crates of RustCrypto.
    RustCrypto,
}

static RUST_CRYPTO: AtomicBool = AtomicBool::new(false);

impl Crypto {
    /// From now on, signatures are verified by this one.
    pub fn switch_on(self) {
        RUST_CRYPTO.store(self == Self::RustCrypto, Ordering::Relaxed);
    }
}

/// Makes the switch what jsonwebtoken asks.
pub fn install() {
    let provider = CryptoProvider { verifier_factory: switched, ..aws_lc::DEFAULT_PROVIDER.clone() };
    // A second call finds the first one's: the same.
    let _ = Box::leak(Box::new(provider)).install_default();
}

fn switched(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    let provider =
        if RUST_CRYPTO.load(Ordering::Relaxed) { &rust_crypto::DEFAULT_PROVIDER } else { &aws_lc::DEFAULT_PROVIDER };
    (provider.verifier_factory)(algorithm, key)
}
