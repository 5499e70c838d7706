//! The public keys of a provider.

mod component;
mod ed25519;
mod jwk;
mod material;

use std::fmt;

use aws_lc_rs::signature::ParsedPublicKey;

use crate::header::ProvedHeader;
use crate::{Algorithm, BadJson, Fault, FaultKind, Header, Json};
use jwk::Reading;

/// How long a document may be.
const MAX_DOCUMENT: usize = 1024 * 1024;

/// How many keys are read.
const MAX_KEYS: usize = 256;

/// How many keys are tried for a token that names none.
const MAX_TRIED: usize = 8;

/// How many keys are looked at for a header that one of them has verified. Most sets have fewer.
const MAX_LOOKED_AT: usize = 8;

/// An unchanging set of public keys, read from a JWK Set (RFC 7517, section 5) and ready to verify with.
///
/// Keys are read one by one: one that cannot be used is told in [`unusable`](Self::unusable) and does not hurt the
/// others. A key for something else than verifying (`use` other than `sig`, `key_ops` without `verify`, an algorithm of
/// encryption) is left out without a word. A key with `alg` is for that algorithm alone, one without for all of its kind.
///
/// | key | taken |
/// |---|---|
/// | `RSA` | 2,048 to 8,192 bits; an odd exponent from 3 to 33 bits |
/// | `EC` | P-256, P-384, P-521; coordinates of full length, on the curve |
/// | `OKP` | Ed25519; not of small order |
/// | any with a private or secret member (`d`, `p`, `k` …) | never: whoever reads the document can sign with it |
///
/// `x5c`, `x5t` and `x5u` are ignored. At most 1 MiB and 256 keys are read.
///
/// ```
/// use portcullis_jwt::KeySet;
///
/// let mint = portcullis_mint::Mint::new("ES256", "a");
/// let keys = KeySet::parse(portcullis_mint::jwks(&[&mint]).to_string().as_bytes())?;
/// assert!(keys.has("a"));
/// assert_eq!(keys.unusable(), [""; 0]);
/// # Ok::<(), portcullis_jwt::BadKeySet>(())
/// ```
#[derive(Default)]
pub struct KeySet {
    keys: Vec<Key>,
    unusable: Vec<String>,
}

/// One key, parsed for each algorithm that it is for.
pub(crate) struct Key {
    kid: Option<Box<str>>,
    parsed: Vec<(Algorithm, ParsedPublicKey)>,
    pub(crate) header: ProvedHeader,
}

impl KeySet {
    /// Reads a JWK Set.
    ///
    /// # Errors
    /// [`BadKeySet`] if the document as a whole is none. A set without keys is none of these errors.
    pub fn parse(document: &[u8]) -> Result<Self, BadKeySet> {
        if document.len() > MAX_DOCUMENT {
            return Err(BadKeySet("longer than 1 MiB"));
        }
        let text = std::str::from_utf8(document).map_err(|_| BadKeySet("not UTF-8"))?;
        let document = Json::parse_with_duplicates(text).map_err(|bad| BadKeySet(BadJson::reason(bad)))?;
        let mut members = document.as_object().ok_or(BadKeySet("not a JSON object"))?.iter();
        let Some((_, keys)) = members.find(|(name, _)| name == "keys") else {
            return Err(BadKeySet("without the member keys"));
        };
        if members.any(|(name, _)| name == "keys") {
            return Err(BadKeySet("with the member keys twice"));
        }
        let keys = keys.as_array().ok_or(BadKeySet("whose member keys is no array"))?;

        let mut set = Self::default();
        for (n, jwk) in keys.iter().take(MAX_KEYS).enumerate() {
            match jwk::read(jwk) {
                Reading::Key(key) if set.keys.iter().any(|known| known.is(&key)) => {}
                Reading::Key(key) => set.keys.push(key),
                Reading::ForSomethingElse => {}
                Reading::Unusable(why) => set.unusable.push(format!("keys[{n}]: {why}")),
            }
        }
        if keys.len() > MAX_KEYS {
            set.unusable.push(format!("{} keys, of which only the first {MAX_KEYS} are read", keys.len()));
        }
        Ok(set)
    }

    /// How many keys can be verified with.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is no key to verify with.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Which keys cannot be used, and why: sentences such as `keys[2]: an RSA key of 1024 bits`, without names of keys.
    #[must_use]
    pub fn unusable(&self) -> &[String] {
        &self.unusable
    }

    /// Whether there is a usable key of this name.
    #[must_use]
    pub fn has(&self, kid: &str) -> bool {
        self.keys.iter().any(|key| key.named(kid))
    }

    /// Whether something could be verified with `older` that cannot be verified with this set: a key is gone, or its
    /// name, its material or its algorithm has changed.
    #[must_use]
    pub fn withdraws(&self, older: &Self) -> bool {
        older.keys.iter().any(|key| !self.keys.iter().any(|own| own.covers(key)))
    }

    /// Whether both sets verify the same tokens.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        !self.withdraws(other) && !other.withdraws(self)
    }

    /// The header of this segment, if a token with the same one was verified.
    pub(crate) fn proved_header(&self, segment: &[u8]) -> Option<Header<'_>> {
        self.keys.iter().take(MAX_LOOKED_AT).find_map(|key| key.header.of(segment))
    }

    /// The key that made the signature.
    pub(crate) fn verify(
        &self,
        algorithm: Algorithm,
        kid: Option<&str>,
        signed: &[u8],
        signature: &[u8],
    ) -> Result<&Key, Fault> {
        match kid {
            Some(kid) => self.verify_by_name(algorithm, kid, signed, signature),
            None => self.verify_without_name(algorithm, signed, signature),
        }
    }

    fn verify_by_name(&self, algorithm: Algorithm, kid: &str, signed: &[u8], signature: &[u8]) -> Result<&Key, Fault> {
        let (mut named, mut fitting) = (false, 0);
        for key in self.keys.iter().filter(|key| key.named(kid)) {
            named = true;
            let Some(parsed) = key.parsed_for(algorithm) else { continue };
            fitting += 1;
            if fitting > MAX_TRIED {
                return Err(Fault::refused("too many keys of that name").passing());
            }
            if parsed.verify_sig(signed, signature).is_ok() {
                return Ok(key);
            }
        }
        Err(match (named, fitting) {
            (false, _) => Fault::new(FaultKind::UnknownKey, "the key is not known"),
            (true, 0) => Fault::new(FaultKind::BadSignature, "the key is not for this algorithm"),
            (true, _) => Fault::new(FaultKind::BadSignature, "the signature is wrong"),
        })
    }

    fn verify_without_name(&self, algorithm: Algorithm, signed: &[u8], signature: &[u8]) -> Result<&Key, Fault> {
        let fitting = || self.keys.iter().filter_map(|key| Some((key, key.parsed_for(algorithm)?)));
        if fitting().nth(MAX_TRIED).is_some() {
            return Err(Fault::refused("no kid, and too many keys to try").passing());
        }
        let signer = fitting().find(|(_, parsed)| parsed.verify_sig(signed, signature).is_ok());
        // Not lasting, and no matter of the signature: the provider may have a new key that is not in this set.
        let unknown = Fault::new(FaultKind::UnknownKey, "no kid, and no known key made the signature");
        signer.map(|(key, _)| key).ok_or(unknown)
    }
}

impl Key {
    fn named(&self, kid: &str) -> bool {
        self.kid.as_deref() == Some(kid)
    }

    fn parsed_for(&self, algorithm: Algorithm) -> Option<&ParsedPublicKey> {
        self.parsed.iter().find(|(own, _)| *own == algorithm).map(|(_, key)| key)
    }

    /// Whether this verifies all that `other` verifies.
    fn covers(&self, other: &Self) -> bool {
        self.kid == other.kid
            && other.parsed.iter().all(|(algorithm, theirs)| {
                self.parsed_for(*algorithm).is_some_and(|own| own.as_ref() == theirs.as_ref())
            })
    }

    fn is(&self, other: &Self) -> bool {
        self.covers(other) && other.covers(self)
    }
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeySet").field("keys", &self.keys.len()).field("unusable", &self.unusable).finish()
    }
}

/// Why a document is no JWK Set, in words that hold no part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadKeySet(&'static str);

impl fmt::Display for BadKeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no JWK Set: {}", self.0)
    }
}

impl std::error::Error for BadKeySet {}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;
