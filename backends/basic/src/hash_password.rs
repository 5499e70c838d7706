//! New hashes.

use std::fmt;

use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, Version};
use portcullis_core::Login;

/// Memory in KiB, passes and lanes of a new hash: what
/// [OWASP](https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html) lists first for little memory.
const MEMORY: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Hashes a password with Argon2id (19 MiB, two passes, one lane) and a new random salt, for the
/// users file. This takes some tens of milliseconds; in async code, call it on a thread for blocking work.
///
/// ```
/// let hash = portcullis_basic::hash_password("correct horse").unwrap();
/// assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
/// ```
///
/// # Errors
///
/// If nobody could log in with the password: it is empty, longer than 1,024 bytes, or has a control
/// character (which RFC 7617 forbids). And if the system gave no memory or no random bytes.
pub fn hash_password(password: &str) -> Result<String, HashPasswordError> {
    if password.is_empty() {
        return Err(HashPasswordError::Empty);
    }
    if password.len() > Login::MAX_PASSWORD {
        return Err(HashPasswordError::TooLong);
    }
    if password.chars().any(char::is_control) {
        return Err(HashPasswordError::ControlCharacter);
    }
    let params = Params::new(MEMORY, PASSES, LANES, None).map_err(|_| HashPasswordError::NotComputed)?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let hash = argon2.hash_password(password.as_bytes()).map_err(|_| HashPasswordError::NotComputed)?;
    Ok(hash.to_string())
}

/// Why there is no hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HashPasswordError {
    /// The password is empty.
    Empty,
    /// The password is longer than 1,024 bytes.
    TooLong,
    /// The password has a control character: a line end, perhaps.
    ControlCharacter,
    /// The system gave no memory or no random bytes.
    NotComputed,
}

impl fmt::Display for HashPasswordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the password is empty",
            Self::TooLong => "the password is longer than 1,024 bytes",
            Self::ControlCharacter => "the password has a control character, which cannot be sent",
            Self::NotComputed => "there is not enough memory, or no randomness, for the hash",
        })
    }
}

impl std::error::Error for HashPasswordError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::{Hash, Match};

    #[test]
    fn a_new_hash_is_accepted_verifies_and_has_its_own_salt() {
        let text = hash_password("s\u{e9}same").unwrap();
        assert_eq!(Hash::parse(&text).unwrap().verify("s\u{e9}same".as_bytes()), Ok(Match::Yes));
        assert_ne!(text, hash_password("s\u{e9}same").unwrap());
    }

    #[test]
    fn a_password_that_could_not_be_sent_is_refused() {
        assert_eq!(hash_password(""), Err(HashPasswordError::Empty));
        assert_eq!(hash_password("line\n"), Err(HashPasswordError::ControlCharacter));
        assert_eq!(hash_password(&"x".repeat(1025)), Err(HashPasswordError::TooLong));
    }
}
