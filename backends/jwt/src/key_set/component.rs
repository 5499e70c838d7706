//! The numbers that public keys consist of (RFC 7518, section 2).

use super::jwk::string;
use crate::{Json, base64url};

/// The bytes of a member.
pub(super) fn bytes(jwk: &Json<'_>, name: &str) -> Result<Vec<u8>, String> {
    let text = string(jwk, name)?.ok_or_else(|| format!("{name} is missing"))?;
    base64url::decode(text).ok_or_else(|| format!("{name} is not strict base64url"))
}

/// A whole number from 1, big-endian and without the zero bytes that some providers put before it.
pub(super) fn number(jwk: &Json<'_>, name: &str) -> Result<Vec<u8>, String> {
    let mut bytes = bytes(jwk, name)?;
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.drain(..zeros);
    if bytes.is_empty() { Err(format!("{name} is zero")) } else { Ok(bytes) }
}

/// How many bits a number without leading zero bytes has.
pub(super) fn bits(number: &[u8]) -> usize {
    number.first().map_or(0, |first| number.len() * 8 - first.leading_zeros() as usize)
}

pub(super) fn is_odd(number: &[u8]) -> bool {
    number.last().is_some_and(|last| last % 2 == 1)
}
