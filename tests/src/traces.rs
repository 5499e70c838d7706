//! Whether something secret was written down, in whatever form.

use std::fmt;

use aho_corasick::AhoCorasick;

mod form;

use form::{exact_forms, forms_in_any_case};

/// A secret that was found where it should not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// What was found, decoded: of a long secret, its beginning or its end.
    pub secret: String,
    /// In which form it was there.
    pub form: String,
    /// The line in which it was, up to there.
    pub line: String,
}

impl fmt::Display for Trace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}, {}, in: {}", self.secret, self.form, self.line)
    }
}

/// A longer secret is searched for by its first and last bytes, so many of each: whoever writes down the
/// beginning of a token is found out as well, and a search for many tokens stays cheap.
const PIECE: usize = 32;

/// Longer lines are shown from so many bytes before a trace.
const SHOWN: usize = 200;

/// The forms in which `secret` is found in `text`: plain, escaped, hexadecimal, percent-encoded, as a list
/// of numbers, and in base64 whatever stood before it.
///
/// `secret` should be of some length, or chance will find it.
#[must_use]
pub fn traces(text: &[u8], secret: &str) -> Vec<String> {
    traces_of(text, [secret.as_bytes()]).into_iter().map(|trace| trace.form).collect()
}

/// Where any of the secrets is in `text`, in all those forms; each of them once for each form.
#[must_use]
pub fn traces_of<'a>(text: &[u8], secrets: impl IntoIterator<Item = &'a [u8]>) -> Vec<Trace> {
    let pieces: Vec<&[u8]> = secrets.into_iter().flat_map(pieces).collect();
    let mut traces = search(text, &pieces, forms_in_any_case, true);
    traces.extend(search(text, &pieces, exact_forms, false));
    traces
}

/// What is searched for in place of a secret.
fn pieces(secret: &[u8]) -> Vec<&[u8]> {
    if secret.len() <= 2 * PIECE { vec![secret] } else { vec![&secret[..PIECE], &secret[secret.len() - PIECE..]] }
}

/// One pass over the text, however many there are.
fn search(text: &[u8], pieces: &[&[u8]], forms: impl Fn(&[u8]) -> Vec<(String, String)>, any_case: bool) -> Vec<Trace> {
    let (mut names, mut patterns) = (Vec::new(), Vec::new());
    for piece in pieces {
        for (form, pattern) in forms(piece) {
            names.push((piece, form));
            patterns.push(pattern);
        }
    }
    let mut found = vec![false; patterns.len()];
    let mut traces = Vec::new();
    let automaton = AhoCorasick::builder().ascii_case_insensitive(any_case).build(&patterns);
    for hit in automaton.expect("patterns of a test").find_overlapping_iter(text) {
        let pattern = hit.pattern().as_usize();
        if !std::mem::replace(&mut found[pattern], true) {
            let (secret, form) = &names[pattern];
            let (secret, line) = (String::from_utf8_lossy(secret).into_owned(), line(text, hit.start(), hit.end()));
            traces.push(Trace { secret, form: form.clone(), line });
        }
    }
    traces
}

fn line(text: &[u8], start: usize, end: usize) -> String {
    let before = &text[start.saturating_sub(SHOWN)..start];
    let begin = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    String::from_utf8_lossy(&text[start - before.len() + begin..end]).into_owned()
}

#[cfg(test)]
mod tests;
