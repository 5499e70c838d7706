//! The text of the file, and where in it something stands.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::{ConfigError, Problem};

/// Bytes. A file that is larger was hardly meant.
const MAX_LEN: u64 = 1 << 20;

/// What a text that came without a file is called.
const NO_FILE: &str = "<toml>";

#[derive(Debug)]
pub(super) struct Source {
    file: Arc<str>,
    directory: PathBuf,
    text: String,
}

impl Source {
    pub(super) fn of_text(text: &str) -> Self {
        Self { file: NO_FILE.into(), directory: PathBuf::new(), text: without_mark(text).to_owned() }
    }

    pub(super) fn of_file(path: &Path) -> Result<Self, ConfigError> {
        let mut bytes = Vec::new();
        let read = File::open(path).and_then(|file| file.take(MAX_LEN + 1).read_to_end(&mut bytes));
        let text = String::from_utf8_lossy(&bytes);
        let source = Self {
            file: path.display().to_string().into(),
            directory: path.parent().unwrap_or(Path::new("")).to_owned(),
            text: without_mark(&text).to_owned(),
        };
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

    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// A problem at this byte of the text.
    pub(super) fn problem(&self, offset: usize, key: String, problem: String) -> Problem {
        let before = self.text.get(..offset).unwrap_or(&self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
        let column = before[line_start..].chars().count() + 1;
        Problem { file: Some(Arc::clone(&self.file)), position: Some((line, column)), key, problem, expected: None }
    }
}

/// The text without the byte order mark that some editors put before it.
fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}
