//! User name and password out of a Basic credential.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretString;
use zeroize::Zeroizing;

/// What a client claims with the [`Basic`](crate::Scheme::BASIC) scheme ([RFC 7617, section
/// 2](https://www.rfc-editor.org/rfc/rfc7617#section-2)): for backends that verify passwords.
///
/// ```
/// use portcullis_core::{ExposeSecret as _, Login};
///
/// let login = Login::decode(b"QWxhZGRpbjpvcGVuIHNlc2FtZQ==").unwrap();
/// assert_eq!((login.user.as_str(), login.password.expose_secret()), ("Aladdin", "open sesame"));
/// ```
#[non_exhaustive]
pub struct Login {
    /// The name: not empty, without a colon and without control characters.
    pub user: String,
    /// The password, which may be empty.
    pub password: SecretString,
}

impl Login {
    /// The longest password that is looked at, in bytes. Hashing takes longer for longer ones, and
    /// nobody types more.
    pub const MAX_PASSWORD: usize = 1024;

    /// Decodes the [token](crate::Credential::token) of a Basic credential.
    ///
    /// # Errors
    ///
    /// It says why, for the log, and holds nothing of the credential: not canonical base64, not UTF-8, no colon, a
    /// control character, no name, or a password of more than 1,024 bytes.
    pub fn decode(token: &[u8]) -> Result<Self, InvalidLogin> {
        // Decoded in place into one buffer of its final size, so that no copy stays in freed memory.
        let mut decoded = Zeroizing::new(vec![0; base64::decoded_len_estimate(token.len())]);
        // STANDARD refuses blanks, missing padding and trailing bits: one credential has one spelling.
        let len = STANDARD
            .decode_slice(token, &mut decoded)
            .map_err(|_| InvalidLogin("the token is not canonical base64"))?;
        let text =
            std::str::from_utf8(&decoded[..len]).map_err(|_| InvalidLogin("user name and password are not UTF-8"))?;
        let (user, password) =
            text.split_once(':').ok_or(InvalidLogin("there is no colon between user name and password"))?;
        if text.chars().any(char::is_control) {
            return Err(InvalidLogin("there is a control character in user name or password"));
        }
        if user.is_empty() {
            return Err(InvalidLogin("the user name is empty"));
        }
        if password.len() > Self::MAX_PASSWORD {
            return Err(InvalidLogin("the password is longer than 1,024 bytes"));
        }
        Ok(Self { user: user.to_owned(), password: password.into() })
    }
}

/// Why a token is no login. It holds nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidLogin(&'static str);

impl InvalidLogin {
    /// The same in words that a [`Refusal`](crate::Refusal) takes as they are.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        self.0
    }
}

impl fmt::Display for InvalidLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for InvalidLogin {}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use secrecy::ExposeSecret as _;

    fn decode(text: impl AsRef<[u8]>) -> Result<(String, String), InvalidLogin> {
        let login = Login::decode(STANDARD.encode(text).as_bytes())?;
        Ok((login.user, login.password.expose_secret().to_owned()))
    }

    #[test]
    fn the_examples_of_rfc_7617_decode() {
        let login = Login::decode(b"QWxhZGRpbjpvcGVuIHNlc2FtZQ==").unwrap();
        assert_eq!((login.user.as_str(), login.password.expose_secret()), ("Aladdin", "open sesame"));
        let login = Login::decode(b"dGVzdDoxMjPCow==").unwrap();
        assert_eq!((login.user.as_str(), login.password.expose_secret()), ("test", "123\u{a3}"));
    }

    #[test]
    fn only_the_first_colon_separates() {
        assert_eq!(decode("alice::a:b:").unwrap(), ("alice".into(), ":a:b:".into()));
        assert_eq!(decode("alice:").unwrap(), ("alice".into(), String::new()));
    }

    #[test]
    fn only_canonical_base64_is_a_token() {
        assert!(Login::decode(b"YTpi").is_ok());
        assert!(Login::decode(b"YTo=").is_ok());
        // Missing, surplus and misplaced padding, trailing bits, the URL alphabet, blanks, nothing.
        for token in
            ["YTo", "YTo==", "YTpi====", "YTo=YTo=", "YTp=", "YTr-_w==", "YT pi", "YTpi\n", " YTpi", "=", "YTpi\0"]
        {
            assert!(Login::decode(token.as_bytes()).is_err(), "{token:?}");
        }
    }

    #[test]
    fn what_is_no_pair_of_name_and_password_is_refused() {
        for text in ["", "alice", ":secret", "al\0ice:x", "alice:x\n", "alice:\u{7f}", "alice:\u{85}"] {
            assert!(decode(text).is_err(), "{text:?}");
        }
        assert!(decode(b"al\xffice:x").is_err());
        assert!(decode(b"alice:\xc3").is_err());
    }

    #[test]
    fn a_password_of_1024_bytes_is_the_longest() {
        assert!(decode(format!("alice:{}", "x".repeat(1024))).is_ok());
        assert!(decode(format!("alice:{}", "x".repeat(1025))).is_err());
        assert!(decode(format!("alice:{}", "\u{e9}".repeat(513))).is_err());
    }

    /// Base64 by the book (RFC 4648, section 4), to check the crate's encoder and decoder with.
    fn encode_by_the_book(bytes: &[u8]) -> String {
        const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut text = String::new();
        for chunk in bytes.chunks(3) {
            let bits = (0..3).fold(0u32, |bits, i| bits << 8 | u32::from(chunk.get(i).copied().unwrap_or(0)));
            for i in 0..4 {
                let digit = ALPHABET[(bits >> (18 - 6 * i)) as usize & 63];
                text.push(if i <= chunk.len() { char::from(digit) } else { '=' });
            }
        }
        text
    }

    proptest! {
        #[test]
        fn any_name_and_password_survive(user in "[^:\\p{Cc}]{1,40}", password in "[^\\p{Cc}]{0,60}") {
            let login = Login::decode(encode_by_the_book(format!("{user}:{password}").as_bytes()).as_bytes()).unwrap();
            prop_assert_eq!((login.user, login.password.expose_secret().to_owned()), (user, password));
        }

        #[test]
        fn any_bytes_decode_or_are_refused(token in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Login::decode(&token);
        }

        /// The alphabet alone, so that some do decode: each has only the one spelling.
        #[test]
        fn what_decodes_encodes_to_the_same_token(token in "([A-Za-z0-9+/]{4}){0,12}([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|)") {
            if let Ok(login) = Login::decode(token.as_bytes()) {
                let pair = format!("{}:{}", login.user, login.password.expose_secret());
                prop_assert_eq!(encode_by_the_book(pair.as_bytes()), token);
            }
        }

        #[test]
        fn any_decoded_bytes_are_handled(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            if let Ok(login) = Login::decode(encode_by_the_book(&bytes).as_bytes()) {
                prop_assert_eq!(format!("{}:{}", login.user, login.password.expose_secret()).into_bytes(), bytes);
            }
        }
    }
}
