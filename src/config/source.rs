//! The text of the file, and where in it something stands.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::{ConfigError, Problem};
use crate::rbac::Place;

/// Bytes. A file that is larger was hardly meant.
const MAX_LEN: u64 = 1 << 20;

/// What a text that came without a file is called.
const NO_FILE: &str = "<toml>";

#[derive(Debug)]
pub(super) struct Source {
    file: Arc<str>,
    directory: PathBuf,
    text: String,
    /// The byte after each line break.
    lines: Vec<usize>,
    /// 0, or how many files are before this one.
    order: usize,
}

impl Source {
    pub(super) fn of_text(text: &str) -> Self {
        Self::new(NO_FILE.into(), PathBuf::new(), text, 0)
    }

    pub(super) fn of_file(path: &Path) -> Result<Self, ConfigError> {
        Self::of_included_file(path, 0)
    }

    /// The file that comes after so many others.
    pub(super) fn of_included_file(path: &Path, order: usize) -> Result<Self, ConfigError> {
        let mut bytes = Vec::new();
        let read = File::open(path).and_then(|file| file.take(MAX_LEN + 1).read_to_end(&mut bytes));
        let text = String::from_utf8_lossy(&bytes);
        let directory = path.parent().unwrap_or(Path::new("")).to_owned();
        let source = Self::new(path.display().to_string().into(), directory, &text, order);
        let unreadable = |problem: String| Problem { position: None, ..source.problem(0, String::new(), problem) };
        if let Err(error) = read {
            return Err(unreadable(format!("cannot be read: {error}")).into());
        }
        if bytes.len() as u64 > MAX_LEN {
            return Err(unreadable(format!("is larger than {MAX_LEN} bytes")).into());
        }
        if let Err(error) = str::from_utf8(&bytes) {
            let valid = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            let problem =
                source.problem(without_mark(&valid).len(), String::new(), "these bytes are not UTF-8".to_owned());
            return Err(Problem { expected: Some("a text in UTF-8".to_owned()), ..problem }.into());
        }
        Ok(source)
    }

    fn new(file: Arc<str>, directory: PathBuf, text: &str, order: usize) -> Self {
        let text = without_mark(text).to_owned();
        let lines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1).collect();
        Self { file, directory, text, lines, order }
    }

    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Whether this is the file at `path`, however it is spelt.
    pub(super) fn is_at(&self, path: &Path) -> bool {
        match (fs::canonicalize(&*self.file), fs::canonicalize(path)) {
            (Ok(own), Ok(other)) => own == other,
            _ => false,
        }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// A problem at this byte of the text.
    pub(super) fn problem(&self, offset: usize, key: String, problem: String) -> Problem {
        let (line, start) = self.line(offset);
        let column = self.text.get(start..offset).unwrap_or_default().chars().count() + 1;
        let file = Some(Arc::clone(&self.file));
        Problem { file, order: self.order, position: Some((line, column)), key, problem, expected: None }
    }

    /// The line of this byte of the text.
    pub(super) fn place(&self, offset: usize) -> Place {
        Place::new(Arc::clone(&self.file), self.line(offset).0)
    }

    /// The number of the line, and the byte where it begins.
    fn line(&self, offset: usize) -> (usize, usize) {
        let before = self.lines.partition_point(|start| *start <= offset);
        (before + 1, before.checked_sub(1).map_or(0, |last| self.lines[last]))
    }
}

/// The text without the byte order mark that some editors put before it.
fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}
