//! What of a request is secret.

use base64::Engine as _;
use base64::alphabet::{Alphabet, STANDARD, URL_SAFE};
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

use super::SHORTEST;

/// What `user:password` has.
pub(super) fn of_user(user: &[u8]) -> Vec<Vec<u8>> {
    let colon = user.iter().position(|byte| *byte == b':');
    let Some(colon) = colon else { return Vec::new() };
    vec![user.to_vec(), user[colon + 1..].to_vec()]
}

/// The parts of a JWT that are secret, or all of any other token.
pub(super) fn of_token(token: &[u8]) -> Vec<Vec<u8>> {
    let parts: Vec<_> = token.split(|byte| *byte == b'.').collect();
    let secret = parts.iter().skip(1).filter(|part| part.len() >= SHORTEST);
    match secret.map(|part| part.to_vec()).collect::<Vec<_>>() {
        secret if parts.len() >= 3 && !secret.is_empty() => secret,
        _ => vec![token.to_vec()],
    }
}

/// What a kubeconfig has: the values of tokens, passwords and keys.
pub(super) fn of_kubeconfig(text: &str) -> Vec<Vec<u8>> {
    let pairs = text.lines().filter_map(|line| line.trim().trim_start_matches("- ").split_once(':'));
    let values = pairs.filter_map(|(name, value)| {
        let quotes = ['"', '\'', ' ', ','];
        let secret = ["token", "password", "client-key-data"].contains(&name.trim_matches(quotes));
        secret.then(|| value.trim_matches(quotes))
    });
    values.flat_map(|value| of_token(value.as_bytes())).collect()
}

/// What a field has, if it is one for credentials.
pub(super) fn of_field(name: &[u8], value: &[u8]) -> Vec<Vec<u8>> {
    match name.trim_ascii().to_ascii_lowercase().as_slice() {
        b"authorization" | b"proxy-authorization" => of_authorization(value),
        b"cookie" => {
            let values =
                value.split(|byte| *byte == b';').filter_map(|pair| pair.splitn(2, |byte| *byte == b'=').nth(1));
            values.flat_map(of_word).collect()
        }
        _ => Vec::new(),
    }
}

/// What a request target, or a URL, has.
pub(super) fn of_target(target: &str) -> Vec<Vec<u8>> {
    let pairs = target.split_once('?').map_or("", |(_, query)| query).split('&');
    let tokens = pairs.filter_map(|pair| pair.strip_prefix("access_token="));
    tokens.flat_map(|token| of_word(token.as_bytes())).collect()
}

/// All of its words but a scheme, well-formed or not.
fn of_authorization(value: &[u8]) -> Vec<Vec<u8>> {
    let words = value.split(|byte| byte.is_ascii_whitespace() || *byte == b',').filter(|word| !word.is_empty());
    let is_scheme = |at: usize, word: &[u8]| at == 0 && word.iter().all(u8::is_ascii_alphabetic);
    words.enumerate().filter(|(at, word)| !is_scheme(*at, word)).flat_map(|(_, word)| of_word(word)).collect()
}

/// A token, or the base64 of a user and a password, or a parameter with a value in quotes.
fn of_word(word: &[u8]) -> Vec<Vec<u8>> {
    let value = word.windows(2).position(|pair| pair == b"=\"").map_or(word, |at| &word[at + 1..]);
    let value = trim(value, b'"');
    // Padding is not always written.
    let value = trim(value, b'=');
    let mut secrets = of_token(value);
    for alphabet in [&STANDARD, &URL_SAFE] {
        secrets.extend(decoded(alphabet, value).map(|user| of_user(&user)).unwrap_or_default());
    }
    secrets
}

fn decoded(alphabet: &Alphabet, text: &[u8]) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent);
    GeneralPurpose::new(alphabet, config).decode(text).ok()
}

fn trim(mut text: &[u8], byte: u8) -> &[u8] {
    while let [first, rest @ ..] = text
        && *first == byte
    {
        text = rest;
    }
    while let [rest @ .., last] = text
        && *last == byte
    {
        text = rest;
    }
    text
}
