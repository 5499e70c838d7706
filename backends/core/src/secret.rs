//! A secret that the file names and does not hold.

use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde::Deserialize;

/// Where a secret is: `{ env = "NAME" }` or `{ file = "path" }`.
///
/// ```
/// use portcullis_core::Secret;
///
/// let secret: Secret = serde_json::from_str(r#"{ "env": "CLIENT_SECRET" }"#).unwrap();
/// assert!(secret.read(std::path::Path::new("/etc/portcullis")).is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
#[non_exhaustive]
pub enum Secret {
    /// An environment variable of the process.
    Env(String),
    /// A file, relative to the config file's directory. One line ending at its end is not part of
    /// the secret.
    File(PathBuf),
}

impl Secret {
    /// Reads the secret; a relative file starts at `directory`.
    ///
    /// # Errors
    ///
    /// A sentence that names the variable or file, and never what it holds.
    pub fn read(&self, directory: &Path) -> Result<SecretString, String> {
        let secret = match self {
            Self::Env(name) => {
                std::env::var(name).map_err(|error| format!("the environment variable {name}: {error}"))?
            }
            Self::File(path) => {
                let path = directory.join(path);
                let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
                match text.strip_suffix('\n') {
                    Some(line) => line.strip_suffix('\r').unwrap_or(line).to_owned(),
                    None => text,
                }
            }
        };
        if secret.is_empty() {
            return Err(match self {
                Self::Env(name) => format!("the environment variable {name} is empty"),
                Self::File(path) => format!("{} is empty", path.display()),
            });
        }
        Ok(secret.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret as _;

    #[test]
    fn a_file_loses_one_line_ending_and_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        for (text, secret) in [("a\n", "a"), ("a\r\n", "a"), (" a ", " a "), ("a\n\n", "a\n")] {
            std::fs::write(directory.path().join("secret"), text).unwrap();
            let read = Secret::File("secret".into()).read(directory.path()).unwrap();
            assert_eq!(read.expose_secret(), secret);
        }
    }

    #[test]
    fn an_empty_or_missing_secret_is_an_error_that_names_it() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("empty"), "\n").unwrap();
        assert!(Secret::File("empty".into()).read(directory.path()).unwrap_err().contains("empty is empty"));
        assert!(Secret::File("gone".into()).read(directory.path()).unwrap_err().contains("gone"));
        assert!(
            Secret::Env("PORTCULLIS_NO_SUCH".into()).read(directory.path()).unwrap_err().contains("PORTCULLIS_NO_SUCH")
        );
    }
}
