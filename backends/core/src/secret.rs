//! A secret that the file names and does not hold.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde::Deserialize;

/// The largest file of a secret, in bytes.
const MAX_FILE: u64 = 64 * 1024;

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
    /// the secret. It may be a symbolic link to a regular file, and have 64 KiB at most; a pipe or
    /// a device is none.
    File(PathBuf),
}

impl Secret {
    /// Reads the secret; a relative file starts at `directory`.
    ///
    /// # Errors
    ///
    /// A sentence that names the variable or file, and never what it holds: it is not there, empty,
    /// not UTF-8, no regular file, or larger than 64 KiB.
    pub fn read(&self, directory: &Path) -> Result<SecretString, String> {
        let secret = match self {
            Self::Env(name) => {
                std::env::var(name).map_err(|error| format!("the environment variable {name}: {error}"))?
            }
            Self::File(path) => {
                let path = directory.join(path);
                let text = read_file(&path).map_err(|problem| format!("{}: {problem}", path.display()))?;
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

/// The text of a regular file of bounded size.
fn read_file(path: &Path) -> Result<String, String> {
    // Asked before it is opened: opening a pipe would wait for its other end.
    if !std::fs::metadata(path).map_err(|error| error.to_string())?.is_file() {
        return Err("not a regular file".to_owned());
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut bytes))
        .map_err(|error| error.to_string())?;
    if bytes.len() as u64 > MAX_FILE {
        return Err("larger than 64 KiB".to_owned());
    }
    String::from_utf8(bytes).map_err(|_| "not UTF-8".to_owned())
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

    #[test]
    fn a_file_that_is_too_large_or_not_utf_8_is_an_error_that_shows_nothing_of_it() {
        let directory = tempfile::tempdir().unwrap();
        let read = |bytes: &[u8]| {
            std::fs::write(directory.path().join("secret"), bytes).unwrap();
            Secret::File("secret".into()).read(directory.path())
        };
        assert_eq!(read(&[b'x'; 64 * 1024]).unwrap().expose_secret().len(), 64 * 1024);
        assert!(read(&[b'x'; 64 * 1024 + 1]).unwrap_err().ends_with("secret: larger than 64 KiB"));
        assert!(read(b"hunter2\xff").unwrap_err().ends_with("secret: not UTF-8"));
    }

    #[cfg(unix)]
    #[test]
    fn only_regular_files_are_read_and_links_to_them() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        let read = |name: &str| Secret::File(name.into()).read(directory.path());
        assert!(std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
        std::fs::write(at("secret"), "a").unwrap();
        std::os::unix::fs::symlink("secret", at("link")).unwrap();
        assert_eq!(read("link").unwrap().expose_secret(), "a");
        // A pipe without a writer would keep the reader waiting.
        for name in ["pipe", ".", "/dev/zero"] {
            assert!(read(name).unwrap_err().ends_with(": not a regular file"), "{name}");
        }
    }
}
