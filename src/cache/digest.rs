//! The fingerprint of a credential, under a key that never leaves the process.

use std::hash::{BuildHasherDefault, Hash, Hasher};

use highway::{HighwayHash as _, HighwayHasher, Key};
use portcullis_core::{Credential, Scheme};

/// 128 bits that stand for a credential. The credential itself is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Digest([u64; 2]);

/// How the credentials of one scheme are fingerprinted, with keys of their own: a credential of
/// one scheme, or before other backends, never has the fingerprint of another.
#[derive(Clone)]
pub(crate) enum Digester {
    /// For bearer tokens: HighwayHash, a keyed pseudo-random function made for inputs that an
    /// attacker chooses. Tokens are long, and hard to guess already.
    Token { alone: [u64; 4], with_extra: [u64; 4] },
    /// For whatever may be, or hold, a password: BLAKE3 with a key, a cryptographic MAC. A fast
    /// digest of a password is a weaker secret than its Argon2 hash, so this one must tell
    /// nothing to those who do not have the key.
    Password { alone: [u8; 32], with_extra: [u8; 32] },
}

impl Digester {
    /// With fresh random keys.
    ///
    /// # Panics
    ///
    /// If the operating system has no randomness to give, at start-up only.
    pub(crate) fn new(scheme: &Scheme) -> Self {
        if *scheme == Scheme::BEARER {
            Self::Token { alone: words(random_key()), with_extra: words(random_key()) }
        } else {
            Self::Password { alone: random_key(), with_extra: random_key() }
        }
    }

    /// The digest of the token of `credential`.
    pub(crate) fn digest(&self, credential: &Credential) -> Digest {
        match self {
            Self::Token { alone, .. } => Digest(HighwayHasher::new(Key(*alone)).hash128(credential.token())),
            Self::Password { alone, .. } => Digest::truncated(blake3::keyed_hash(alone, credential.token())),
        }
    }

    /// The digest of the token of `credential` and of `extra`. The length of one part is part of
    /// the input, so bytes cannot move from one to the other.
    pub(crate) fn digest_with(&self, credential: &Credential, extra: &[u8]) -> Digest {
        let length = (extra.len() as u64).to_le_bytes();
        match self {
            Self::Token { with_extra, .. } => {
                let mut hasher = HighwayHasher::new(Key(*with_extra));
                hasher.append(&length);
                hasher.append(extra);
                hasher.append(credential.token());
                Digest(hasher.finalize128())
            }
            Self::Password { with_extra, .. } => {
                let mut hasher = blake3::Hasher::new_keyed(with_extra);
                hasher.update(&length).update(extra).update(credential.token());
                Digest::truncated(hasher.finalize())
            }
        }
    }
}

impl Digest {
    fn truncated(hash: blake3::Hash) -> Self {
        Self(words(*hash.as_bytes()))
    }
}

/// A digest is random already: a part of it serves a hash table as it is.
impl Hash for Digest {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0[0]);
    }
}

/// Passes a [`Digest`] through.
#[derive(Clone, Default)]
pub(crate) struct PassThrough(u64);

pub(crate) type BuildPassThrough = BuildHasherDefault<PassThrough>;

impl Hasher for PassThrough {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("only digests are keys, and they write one word");
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = word;
    }
}

/// A key that nobody else has.
///
/// # Panics
///
/// If the operating system has no randomness to give.
pub(crate) fn random_key() -> [u8; 32] {
    let mut key = [0; 32];
    getrandom::fill(&mut key).expect("the operating system provides randomness");
    key
}

fn words<const N: usize>(bytes: [u8; 32]) -> [u64; N] {
    std::array::from_fn(|word| u64::from_le_bytes(std::array::from_fn(|byte| bytes[word * 8 + byte])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use portcullis_core::Source;

    fn credential(text: &'static str) -> Credential {
        Credential::parse(HeaderValue::from_static(text), Source::Header, &[Scheme::BEARER, Scheme::BASIC]).unwrap()
    }

    #[test]
    fn equal_tokens_have_equal_digests_and_others_do_not() {
        for scheme in [Scheme::BEARER, Scheme::BASIC] {
            let digester = Digester::new(&scheme);
            let digest = digester.digest(&credential("Bearer abc"));
            assert_eq!(digest, digester.digest(&credential("bearer  abc ")));
            assert_ne!(digest, digester.digest(&credential("Bearer abd")));
            assert_ne!(digest, digester.digest_with(&credential("Bearer abc"), b""));
        }
    }

    #[test]
    fn bytes_cannot_move_between_the_token_and_the_extra_bytes() {
        for scheme in [Scheme::BEARER, Scheme::BASIC] {
            let digester = Digester::new(&scheme);
            let one = digester.digest_with(&credential("Bearer bc"), b"a");
            assert_ne!(one, digester.digest_with(&credential("Bearer c"), b"ab"));
        }
    }

    #[test]
    fn every_digester_has_keys_of_its_own() {
        for scheme in [Scheme::BEARER, Scheme::BASIC] {
            let token = credential("Bearer abc");
            assert_ne!(Digester::new(&scheme).digest(&token), Digester::new(&scheme).digest(&token));
        }
    }
}
