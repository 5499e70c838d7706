//! The config file that an import writes.

use std::fmt::Write as _;

mod value;

pub(crate) use self::value::{Value, table};

/// Characters of a line, unless a word of a comment is longer.
const WIDTH: usize = 110;

/// Characters of a text of the input that are shown in a comment or an error.
const MAX_SHOWN: usize = 200;

/// What a comment is about, in words that can be searched for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Something let callers in who should not have been, or could still.
    Insecure,
    /// Something cannot be said in this file.
    NoEquivalent,
    /// Nobody here knows what this means.
    NotUnderstood,
    /// Something is missing that only the administrator can add.
    ToDo,
}

/// TOML, line by line. Whatever the texts are that it is given, a comment stays a comment, and a string a string.
pub(crate) struct Draft {
    text: String,
    to_do: usize,
    has_hashes: bool,
}

impl Draft {
    /// Begins with a comment that says what the file was made from.
    pub(crate) fn made_from(what: &str, source: &str) -> Self {
        let mut draft = Self { text: String::new(), to_do: 0, has_hashes: false };
        draft.comment(&format!("Made by `portcullis import` from {what}, {}.", shown(source)));
        draft.comment(
            "Comments say what was INSECURE before, what has NO EQUIVALENT, what was NOT UNDERSTOOD, and what is still \
             TO DO. Then: `portcullis check` on this file.",
        );
        draft
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// How many things are left to be done.
    pub(crate) fn to_do(&self) -> usize {
        self.to_do
    }

    /// Whether hashes of passwords are in it.
    pub(crate) fn has_hashes(&self) -> bool {
        self.has_hashes
    }

    /// A key whose value is the hash of a password.
    pub(crate) fn hash(&mut self, key: &str, hash: &str) {
        self.has_hashes = true;
        self.key(key, hash);
    }

    /// A comment, on as many lines as it takes.
    pub(crate) fn comment(&mut self, text: &str) {
        self.wrapped("# ", text);
    }

    /// A comment about one thing.
    pub(crate) fn note(&mut self, mark: Mark, text: &str) {
        let word = match mark {
            Mark::Insecure => "INSECURE",
            Mark::NoEquivalent => "NO EQUIVALENT",
            Mark::NotUnderstood => "NOT UNDERSTOOD",
            Mark::ToDo => {
                self.to_do += 1;
                "TO DO"
            }
        };
        self.wrapped("# ", &format!("{word}: {text}"));
    }

    /// A line of its own within a comment: a command, or a piece of TOML.
    pub(crate) fn example(&mut self, line: &str) {
        self.push(&format!("#     {}", visible(line)));
    }

    pub(crate) fn blank(&mut self) {
        self.push("");
    }

    /// Begins a table.
    pub(crate) fn header(&mut self, header: &'static str) {
        self.push(header);
    }

    /// Begins a table whose last key is not known beforehand.
    pub(crate) fn header_of(&mut self, section: &'static str, name: &str) {
        self.push(&format!("[{section}.{}]", value::key(name)));
    }

    pub(crate) fn key(&mut self, key: &str, value: impl Into<Value>) {
        let value = value.into();
        let line = format!("{} = {value}", value::key(key));
        match value {
            Value::List(elements) if line.chars().count() > WIDTH => {
                self.push(&format!("{} = [", value::key(key)));
                for element in elements {
                    self.push(&format!("    {element},"));
                }
                self.push("]");
            }
            _ => self.push(&line),
        }
    }

    /// TOML as it stands.
    pub(crate) fn verbatim(&mut self, toml: &'static str) {
        self.push(toml.trim_end());
    }

    fn wrapped(&mut self, prefix: &str, text: &str) {
        let mut line = String::new();
        for word in text.split_whitespace().map(visible) {
            if !line.is_empty() && prefix.len() + line.chars().count() + 1 + word.chars().count() > WIDTH {
                self.push(&format!("{prefix}{line}"));
                line.clear();
            }
            // Writing to a string cannot fail.
            let _ = write!(line, "{}{word}", if line.is_empty() { "" } else { " " });
        }
        self.push(&format!("{prefix}{line}"));
    }

    fn push(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }
}

/// A text of the input within a comment or an error.
pub(crate) fn shown(text: &str) -> String {
    let cut = if text.chars().nth(MAX_SHOWN).is_some() { "…" } else { "" };
    format!("`{}{cut}`", visible(&text.chars().take(MAX_SHOWN).collect::<String>()))
}

/// With everything escaped that would end a line, or show it otherwise than it is.
pub(crate) fn visible(text: &str) -> String {
    let escaped = |char: char| if is_hidden(char) { char.escape_unicode().to_string() } else { char.to_string() };
    text.chars().map(escaped).collect()
}

/// What nobody sees, though it has an effect: controls, ends of lines, marks of direction, characters without width.
pub(crate) fn is_hidden(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

#[cfg(test)]
mod tests;
