//! Claims that hold several words.

use portcullis_jwt::Json;

/// Bytes, of one name, group or scope.
const MAX_WORD: usize = 1024;
/// Bytes of all the words of one claim: every identity that is remembered has its own.
const MAX_LEN: usize = 64 * 1024;

/// What a claim of several words holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Words<'a> {
    pub(super) words: Vec<&'a str>,
    /// Whether there was something else, which was left out.
    pub(super) left_out: bool,
    len: usize,
}

/// The words of one string, split at `separators`, or of an array of strings.
pub(super) fn words<'a>(claim: &'a Json<'_>, separators: &[char]) -> Words<'a> {
    let mut words = Words::default();
    match claim {
        Json::String(text) => {
            for word in text.split(separators).filter(|word| !word.is_empty()) {
                words.push(word);
            }
        }
        Json::Array(elements) => {
            for element in elements {
                match element {
                    Json::String(word) => words.push(word),
                    _ => words.left_out = true,
                }
            }
        }
        Json::Null => {}
        _ => words.left_out = true,
    }
    words
}

impl<'a> Words<'a> {
    fn push(&mut self, word: &'a str) {
        // What a word takes beside its bytes counts too.
        let len = self.len + word.len() + size_of::<Box<str>>();
        if problem_with(word).is_none() && len <= MAX_LEN {
            self.words.push(word);
            self.len = len;
        } else {
            self.left_out = true;
        }
    }
}

/// Why something cannot be the name of anybody.
pub(super) fn problem_with(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        Some("is empty")
    } else if name.len() > MAX_WORD {
        Some("is longer than 1024 bytes")
    } else if name.chars().any(char::is_control) {
        Some("has a control character")
    } else {
        None
    }
}
