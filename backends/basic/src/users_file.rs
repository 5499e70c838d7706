//! The users file: what `htpasswd` writes, with stronger hashes.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;

use crate::file::{lines, problem_with_name};
use crate::hash::Hash;

/// A users file that has been read: one `name:hash` a line, as `htpasswd` writes it.
///
/// Blank lines and lines that begin with `#` do not count. A hash is Argon2id (`$argon2id$…`, at
/// least m = 7168 KiB and m × t = 35840, at most m = 1 GiB, t = 64, p = 64) or bcrypt (`$2b$…` or `$2y$…`, cost 10 to 16).
///
/// ```
/// use portcullis_basic::UsersFile;
///
/// let hash = portcullis_basic::hash_password("correct horse").unwrap();
/// let file = UsersFile::parse(format!("# the court\nalice:{hash}\n").as_bytes()).unwrap();
/// assert_eq!(file.names().collect::<Vec<_>>(), ["alice"]);
///
/// let error = UsersFile::parse(b"alice:secret\n").unwrap_err();
/// assert_eq!(error.line(), 1);
/// assert!(error.to_string().contains("hash-password alice"));
/// ```
#[derive(Debug)]
pub struct UsersFile {
    pub(crate) users: Vec<(Box<str>, Hash)>,
}

/// The line that keeps a file from being read, and why. It shows no hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLine {
    line: usize,
    problem: String,
}

impl UsersFile {
    /// Reads the text of a users file.
    ///
    /// # Errors
    ///
    /// The first line that is not UTF-8, has no colon, a bad name, a hash that is not accepted, or
    /// a name that was there before.
    pub fn parse(bytes: &[u8]) -> Result<Self, BadLine> {
        let mut users = Vec::new();
        let mut lines_of: HashMap<&str, usize> = HashMap::new();
        for (line, text) in lines(bytes) {
            let bad = |problem: String| BadLine::new(line, problem);
            let text = text.map_err(|problem| bad(problem.to_owned()))?;
            let (name, hash) = text.split_once(':').ok_or_else(|| bad("there is no colon after a name".to_owned()))?;
            let hash = parse_user(name, hash.trim_end()).map_err(bad)?;
            match lines_of.entry(name) {
                Entry::Occupied(first) => {
                    return Err(bad(format!("the user {name} is already on line {}", first.get())));
                }
                Entry::Vacant(entry) => entry.insert(line),
            };
            users.push((name.into(), hash));
        }
        Ok(Self { users })
    }

    /// The names, in the file's order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.users.iter().map(|(name, _)| &**name)
    }
}

/// One user, wherever it is written.
pub(crate) fn parse_user(name: &str, hash: &str) -> Result<Hash, String> {
    match problem_with_name(name) {
        Some(problem) => Err(format!("the user name {name:?} {problem}")),
        None => Hash::parse(hash).map_err(|problem| {
            format!("the user {name} {problem}; make a new hash with `portcullis hash-password {name}`")
        }),
    }
}

impl BadLine {
    pub(crate) fn new(line: usize, problem: impl Into<String>) -> Self {
        Self { line, problem: problem.into() }
    }

    /// The number of the line, from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }
}

impl fmt::Display for BadLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.line, self.problem)
    }
}

impl std::error::Error for BadLine {}

#[cfg(test)]
mod tests;
