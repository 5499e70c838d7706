//! One JSON Web Key (RFC 7517, section 4).

use super::{Key, material};
use crate::header::ProvedHeader;
use crate::{Algorithm, Json};

/// How long the name of a key may be.
const MAX_KID: usize = 1024;

/// Private members of RSA, EC and OKP keys (RFC 7518, sections 6.2.2 and 6.3.2; RFC 8037, section 2).
const PRIVATE: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "oth"];

/// What a JWK turns out to be.
pub(super) enum Reading {
    Key(Key),
    /// Not a key to verify with, and no mistake.
    ForSomethingElse,
    Unusable(String),
}

pub(super) fn read(jwk: &Json<'_>) -> Reading {
    match try_read(jwk) {
        Ok(Some(key)) => Reading::Key(key),
        Ok(None) => Reading::ForSomethingElse,
        Err(why) => Reading::Unusable(why),
    }
}

fn try_read(jwk: &Json<'_>) -> Result<Option<Key>, String> {
    if jwk.as_object().is_none() {
        return Err("no JSON object".to_owned());
    }
    if jwk.has_duplicates() {
        return Err("a name occurs twice".to_owned());
    }
    refuse_secrets(jwk)?;
    if !is_for_verifying(jwk)? {
        return Ok(None);
    }
    let kid = string(jwk, "kid")?;
    if kid.is_some_and(|kid| kid.len() > MAX_KID) {
        return Err("the kid is too long".to_owned());
    }
    let possible = material::algorithms(jwk)?;
    let algorithms = match string(jwk, "alg")? {
        None => possible,
        Some(name) if is_for_encryption(name) => return Ok(None),
        Some(name) => match possible.iter().position(|algorithm| Algorithm::named(name) == Some(*algorithm)) {
            Some(at) => &possible[at..=at],
            None => return Err("the alg is not known, or not one of this kind of key".to_owned()),
        },
    };
    let parsed = material::parse(jwk, algorithms)?;
    Ok(Some(Key { kid: kid.map(Into::into), parsed, header: ProvedHeader::default() }))
}

fn refuse_secrets(jwk: &Json<'_>) -> Result<(), String> {
    if jwk.get("kty").and_then(Json::as_str) == Some("oct") || jwk.get("k").is_some() {
        return Err("a symmetric key: the provider publishes a secret".to_owned());
    }
    if PRIVATE.iter().any(|name| jwk.get(name).is_some()) {
        return Err("a private key: the provider publishes it, so anybody can sign with it".to_owned());
    }
    Ok(())
}

/// What `use` and `key_ops` say (RFC 7517, sections 4.2 and 4.3).
fn is_for_verifying(jwk: &Json<'_>) -> Result<bool, String> {
    if string(jwk, "use")?.is_some_and(|purpose| purpose != "sig") {
        return Ok(false);
    }
    let Some(operations) = jwk.get("key_ops") else { return Ok(true) };
    let operations = operations.as_array().ok_or("key_ops is no array")?;
    Ok(operations.iter().any(|operation| operation.as_str() == Some("verify")))
}

/// The key management algorithms that an RSA or EC key may be for (RFC 7518, section 4.1).
fn is_for_encryption(alg: &str) -> bool {
    alg == "RSA1_5" || alg.starts_with("RSA-OAEP") || alg.starts_with("ECDH-ES")
}

/// The string of this name, if the member is there.
pub(super) fn string<'j>(jwk: &'j Json<'_>, name: &str) -> Result<Option<&'j str>, String> {
    match jwk.get(name) {
        None => Ok(None),
        Some(value) => value.as_str().map(Some).ok_or_else(|| format!("{name} is no string")),
    }
}
