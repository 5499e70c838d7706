//! The file that is imported.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use zeroize::Zeroizing;

use crate::failure::Failure;

/// Bytes. The largest of these files that people write have a few hundred thousand.
const MAX_LEN: u64 = 4 * 1024 * 1024;

/// A text, and what it is called. It may hold passwords.
pub(crate) struct Source {
    name: String,
    text: Zeroizing<String>,
}

impl Source {
    /// Reads a file, or a pipe; `-` is stdin.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let name = path.display().to_string();
        let problem = |problem: &dyn Display| Failure::Input(format!("{name}: {problem}"));
        let bytes =
            if path == Path::new("-") { bounded(io::stdin().lock()) } else { File::open(path).and_then(bounded) };
        let bytes = bytes.map_err(|error| problem(&error))?;
        if bytes.len() as u64 > MAX_LEN {
            return Err(problem(&"larger than 4 MiB"));
        }
        match std::str::from_utf8(&bytes) {
            Ok(text) => Ok(Self::of(name, text)),
            Err(error) => {
                let line = 1 + bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
                Err(Failure::Input(format!("{name}:{line}: not UTF-8; save the file in that encoding")))
            }
        }
    }

    /// A text that came from elsewhere.
    pub(crate) fn of(name: impl Into<String>, text: &str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        Self { name: name.into(), text: Zeroizing::new(text.to_owned()) }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// What is wrong with the file as a whole.
    pub(crate) fn wrong(&self, problem: impl Display) -> Failure {
        Failure::Input(format!("{}: {problem}", self.name))
    }

    /// What is wrong with it in this place. Lines and columns count from 1.
    pub(crate) fn wrong_at(&self, line: u64, column: u64, problem: impl Display) -> Failure {
        Failure::Input(format!("{}:{line}:{column}: {problem}", self.name))
    }
}

fn bounded(input: impl Read) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    input.take(MAX_LEN + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
