//! A kubeconfig instead of a token: `v0:` and a client configuration, or a whole kubeconfig, in base64.
//!
//! One bearer token is taken from it, the one of the current context, and goes where a bare token would have gone. What
//! else it says (hosts, certificate authorities, proxies, whom to impersonate) is not even looked at; what would be another
//! proof than a token is refused by name, even beside a token: whoever sends a password or a private key should hear of it.

mod client_config;
mod document;
mod form;
mod kubeconfig;
mod refused;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portcullis_core::{ExposeSecret as _, SecretString};

pub use form::Form;
pub use refused::Refused;

use document::Document;

/// Of the base64 text. It is the layer's own bound of a bearer token.
const MAX_LENGTH: usize = 64 * 1024;

/// The bearer token in `token`, which is what followed the scheme, or a bare value.
///
/// Both forms are strict base64 (RFC 4648, section 4): the standard alphabet with its padding, as `base64 -w0` and Go write
/// it, without white space, and with no bits left over.
///
/// # Errors
/// [`Refused`] says what is wrong with it, and holds no part of it.
pub fn bearer_token(token: &[u8]) -> Result<SecretString, Refused> {
    if token.len() > MAX_LENGTH {
        return Err(Refused::TooLong);
    }
    match Form::of(token) {
        Form::Token => Err(Refused::NotAKubeconfig),
        Form::Versioned => {
            let text = decoded(token.strip_prefix(b"v0:").ok_or(Refused::UnknownVersion)?)?;
            sendable(client_config::bearer_token(&Document::json(text.expose_secret())?)?)
        }
        Form::Kubeconfig => {
            let text = decoded(token)?;
            sendable(kubeconfig::bearer_token(&Document::json_or_yaml(text.expose_secret())?)?)
        }
    }
}

/// The text of strict base64, wiped from memory afterwards.
fn decoded(base64: &[u8]) -> Result<SecretString, Refused> {
    let padding = base64.iter().rev().take_while(|byte| **byte == b'=').count();
    // Of the exact size, so that becoming a secret does not leave a copy behind.
    let mut bytes = vec![0; (base64.len() / 4 * 3).saturating_sub(padding)];
    let length = STANDARD.decode_slice(base64, &mut bytes).map_err(|_| Refused::NotBase64)?;
    bytes.truncate(length);
    String::from_utf8(bytes).map(SecretString::from).map_err(|_| Refused::NotUtf8)
}

/// The same token, if it is one that a client could have sent by itself.
fn sendable(token: &str) -> Result<SecretString, Refused> {
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Refused::Unsendable);
    }
    if Form::of(token.as_bytes()) != Form::Token {
        return Err(Refused::Nested);
    }
    Ok(SecretString::from(token))
}

#[cfg(test)]
mod tests;
