//! What is wrong with the file, all of it at once.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use portcullis_core::Invalid;

/// Why the config file, or what it asks for, cannot be used: one problem or more, in the order of
/// the file, and then of the files that it includes. Displayed as one line per problem.
///
/// No problem shows a value of the file, since any value may be a secret that stands in the wrong
/// place.
///
/// ```
/// let error = portcullis::config::Config::from_toml("[cache]\nttl = 300\n").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     r#"<toml>:2:1: cache.ttl: wrong type: integer; expected a duration such as "30s" or "5m""#,
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError(Vec<Problem>);

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub(super) file: Option<Arc<str>>,
    /// How many files are before this one.
    pub(super) order: usize,
    /// Line and column.
    pub(super) position: Option<(usize, usize)>,
    pub(super) key: String,
    pub(super) problem: String,
    pub(super) expected: Option<String>,
}

impl ConfigError {
    /// The problems, in the order of the files. There is at least one.
    pub fn problems(&self) -> impl ExactSizeIterator<Item = &Problem> {
        self.0.iter()
    }

    /// For what is wrong and has been told elsewhere.
    #[cfg(feature = "ldap")]
    pub(super) fn told_already() -> Self {
        Self(Vec::new())
    }

    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.0
    }

    /// Both, or what is wrong with either.
    #[cfg(feature = "webhook")]
    pub(crate) fn of_either<A, B>(one: Result<A, Self>, other: Result<B, Self>) -> Result<(A, B), Self> {
        match (one, other) {
            (Ok(one), Ok(other)) => Ok((one, other)),
            (one, other) => {
                let problems = one.err().into_iter().chain(other.err()).flat_map(Self::into_problems).collect();
                Err(Self::unless_none(problems).err().unwrap_or(Self(Vec::new())))
            }
        }
    }

    /// Nothing, if there are no problems.
    pub(super) fn unless_none(mut problems: Vec<Problem>) -> Result<(), Self> {
        problems.sort_by_key(|problem| (problem.order, problem.position));
        if problems.is_empty() { Ok(()) } else { Err(Self(problems)) }
    }
}

impl Problem {
    /// The file, as it was named to [`Config::from_path`](super::Config::from_path) or found by `include`, or `<toml>`.
    /// None if the problem is not one of a file.
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        self.file.as_deref()
    }

    /// The line, from 1. None if the file cannot be read at all.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        self.position.map(|(line, _)| line)
    }

    /// The column in characters, from 1: where the key begins, or the element of an array. A key
    /// that is missing is reported at what should have held it.
    #[must_use]
    pub fn column(&self) -> Option<usize> {
        self.position.map(|(_, column)| column)
    }

    /// The key's path: `cache.ttl`, `backend[0].users_file`. Empty if the text is no TOML.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What is wrong.
    #[must_use]
    pub fn problem(&self) -> &str {
        &self.problem
    }

    /// What was expected, or what to do.
    #[must_use]
    pub fn expected(&self) -> Option<&str> {
        self.expected.as_deref()
    }
}

impl From<Problem> for ConfigError {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

/// A problem that is not one of the file: a kind that was registered twice.
impl From<Invalid> for ConfigError {
    fn from(invalid: Invalid) -> Self {
        Self::from(Problem {
            file: None,
            order: 0,
            position: None,
            key: invalid.key().to_owned(),
            problem: invalid.problem().to_owned(),
            expected: invalid.expectation().map(ToOwned::to_owned),
        })
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_char('\n')?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            one_line(f, file)?;
            if let Some((line, column)) = self.position {
                write!(f, ":{line}:{column}")?;
            }
            f.write_str(": ")?;
        }
        if !self.key.is_empty() {
            one_line(f, &self.key)?;
            f.write_str(": ")?;
        }
        one_line(f, &self.problem)?;
        if let Some(expected) = &self.expected {
            f.write_str("; expected ")?;
            one_line(f, expected)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

/// A file name, or the sentence of a foreign kind, must neither break the line nor speak to the
/// terminal.
pub(crate) fn one_line(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    for c in text.chars() {
        if c.is_control() { write!(f, "{}", c.escape_default())? } else { f.write_char(c)? }
    }
    Ok(())
}
