//! Why a backend cannot be built from its section of the file.

use std::fmt;

/// A key of a backend's section whose value cannot be used. The config error shows it with the
/// file, line, column and path of that key.
///
/// ```
/// use portcullis_core::Invalid;
///
/// let invalid = Invalid::new("keytab", "the file is empty").expected("a keytab with a key for HTTP/");
/// assert_eq!(invalid.key(), "keytab");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Invalid {
    key: String,
    problem: String,
    expected: Option<String>,
}

impl Invalid {
    /// Something is wrong with `key` (a dotted path within the section; empty for the section as
    /// a whole).
    pub fn new(key: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { key: key.into(), problem: problem.into(), expected: None }
    }

    /// Says what was expected, or what to do.
    pub fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    /// The dotted path of the key within its section.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What is wrong.
    #[must_use]
    pub fn problem(&self) -> &str {
        &self.problem
    }

    /// What was expected.
    #[must_use]
    pub fn expectation(&self) -> Option<&str> {
        self.expected.as_deref()
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.problem)?;
        match &self.expected {
            Some(expected) => write!(f, "; expected {expected}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Invalid {}
