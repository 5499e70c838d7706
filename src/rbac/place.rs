//! Where in the files something stands.

use std::fmt;
use std::sync::Arc;

use crate::config::one_line;

/// Where in the files a role, a rule or a binding stands. Shown as `portcullis.toml:41`.
#[derive(Clone, PartialEq, Eq)]
pub struct Place {
    file: Arc<str>,
    line: usize,
}

impl Place {
    pub(crate) fn new(file: Arc<str>, line: usize) -> Self {
        Self { file, line }
    }

    /// The file, as it was named.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The line, from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        one_line(f, &self.file)?;
        write!(f, ":{}", self.line)
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
