//! Claims that hold several words.

use std::borrow::Cow;
use std::slice::Iter;

use portcullis_jwt::Json;

/// Bytes, of one name, group or scope.
const MAX_WORD: usize = 1024;
/// Bytes of all the words of one claim: every identity that is remembered has its own.
const MAX_LEN: usize = 64 * 1024;

/// The words of a claim, one after the other. What is no word is left out.
pub(super) struct Words<'a> {
    rest: Rest<'a>,
    /// What parts the words of one string: characters of ASCII.
    separators: &'static [u8],
    /// Whether something was left out so far.
    pub(super) left_out: bool,
    len: usize,
}

enum Rest<'a> {
    Text(&'a str),
    Elements(Iter<'a, Json<'a>>),
}

/// The words of one string, split at `separators`, or of an array of strings.
pub(super) fn words<'a>(claim: &'a Json<'_>, separators: &'static [u8]) -> Words<'a> {
    let (rest, left_out) = match claim {
        Json::String(text) => (Rest::Text(text), false),
        Json::Array(elements) => (Rest::Elements(elements.iter()), false),
        other => (Rest::Elements([].iter()), *other != Json::Null),
    };
    Words { rest, separators, left_out, len: 0 }
}

impl<'a> Iterator for Words<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        loop {
            let word = match &mut self.rest {
                Rest::Text(text) => Some(first_word(text, self.separators)?),
                Rest::Elements(elements) => elements.next()?.as_str(),
            };
            if let Some(word) = word.filter(|word| self.has_room_for(word)) {
                return Some(word);
            }
            self.left_out = true;
        }
    }
}

impl Words<'_> {
    fn has_room_for(&mut self, word: &str) -> bool {
        // What a word takes beside its bytes, where it begins and ends, counts too.
        let len = self.len + word.len() + 2 * size_of::<usize>();
        let good = problem_with(word).is_none() && len <= MAX_LEN;
        if good {
            self.len = len;
        }
        good
    }
}

/// Takes the first word off a text.
fn first_word<'a>(text: &mut &'a str, separators: &[u8]) -> Option<&'a str> {
    let parts = |byte: &u8| separators.contains(byte);
    let start = text.as_bytes().iter().position(|byte| !parts(byte))?;
    let rest = text.get(start..)?;
    let (word, rest) = rest.split_at(rest.as_bytes().iter().position(parts).unwrap_or(rest.len()));
    *text = rest;
    Some(word)
}

/// A name that the provider vouched for, as the file has it called here.
pub(super) fn prefixed<'a>(prefix: &str, name: &'a str) -> Cow<'a, str> {
    if prefix.is_empty() { Cow::Borrowed(name) } else { Cow::Owned([prefix, name].concat()) }
}

/// Why something cannot be the name of anybody.
pub(super) fn problem_with(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        Some("is empty")
    } else if name.len() > MAX_WORD {
        Some("is longer than 1024 bytes")
    } else if !name.bytes().all(|byte| matches!(byte, b' '..=b'~')) && name.chars().any(char::is_control) {
        Some("has a control character")
    } else {
        None
    }
}
