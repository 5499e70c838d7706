//! `[response]`

use portcullis_core::{Invalid, Style};
use serde::Deserialize;

use super::settings::Settings;

/// Bytes.
const MAX_MESSAGE_LEN: usize = 1024;

/// `[response]`: what clients that are turned away get to read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct ResponseSettings {
    /// The form of the body. Default `"default"`.
    ///
    /// ```toml
    /// style = "problem"
    /// ```
    pub style: Style,

    /// The message of a 401, in place of the usual one: where to ask for an account. At most 1024
    /// bytes, without control characters. Default: none.
    ///
    /// ```toml
    /// message = "sign in with your company account"
    /// ```
    pub message: Option<String>,
}

impl Settings for ResponseSettings {
    const SECTION: &'static str = "response";

    fn check(&self) -> Vec<Invalid> {
        let printable = |text: &String| {
            (1..=MAX_MESSAGE_LEN).contains(&text.len())
                && !text.chars().any(char::is_control)
                && !text.trim().is_empty()
        };
        self.message
            .iter()
            .filter(|message| !printable(message))
            .map(|_| {
                let expected = format!("a text of at most {MAX_MESSAGE_LEN} bytes, without control characters");
                Invalid::new("message", "wrong value").expected(expected)
            })
            .collect()
    }
}
