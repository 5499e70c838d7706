//! What is in a JWT.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// Header and claims of a JWT, unverified.
///
/// # Panics
///
/// If it is none.
#[must_use]
pub fn decoded(token: &str) -> (Value, Value) {
    let part = |at: usize| -> Option<Value> {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(at)?).ok()?).ok()
    };
    part(0).zip(part(1)).unwrap_or_else(|| panic!("no JWT: {token}"))
}

/// The same token with another `kid` in its header, which makes its signature wrong.
///
/// # Panics
///
/// If it is no JWT.
#[must_use]
pub fn with_kid(token: &str, kid: &str) -> String {
    let (mut header, _) = decoded(token);
    header["kid"] = kid.into();
    let rest = token.split_once('.').expect("a JWT has dots").1;
    format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header.to_string()))
}
