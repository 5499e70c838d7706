//! The users file, for those who do not want the hashes in the config file.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

use crate::failure::Failure;

/// A new file that its owner alone can read. It is removed again, unless it is [kept](Self::keep).
pub(crate) struct UsersFile<'a> {
    path: Option<&'a Path>,
}

impl<'a> UsersFile<'a> {
    pub(crate) fn create(path: &'a Path, text: &str) -> Result<Self, Failure> {
        let problem = |error: io::Error| Failure::Runtime(format!("cannot write {}: {error}", path.display()));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => {
                Failure::Usage(format!("{} is there already, and is left as it is; name another file", path.display()))
            }
            _ => problem(error),
        })?;
        let own = Self { path: Some(path) };
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(problem)?;
        Ok(own)
    }

    /// Now that the config file that names it is written.
    pub(crate) fn keep(mut self) {
        self.path = None;
    }
}

impl Drop for UsersFile<'_> {
    fn drop(&mut self) {
        if let Some(path) = self.path {
            // Whoever could make it can remove it; and if not, it is their own.
            let _ = fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_its_owners_alone_and_nothing_is_overwritten() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("users");
        UsersFile::create(&path, "alice:hash\n").unwrap().keep();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert!(matches!(UsersFile::create(&path, "bob:hash\n"), Err(Failure::Usage(_))));
        assert_eq!(fs::read_to_string(&path).unwrap(), "alice:hash\n");
        assert!(matches!(UsersFile::create(&directory.path().join("no/users"), ""), Err(Failure::Runtime(_))));
    }

    #[test]
    fn what_is_not_kept_is_removed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("users");
        drop(UsersFile::create(&path, "alice:hash\n").unwrap());
        assert!(!path.exists());
        UsersFile::create(&path, "alice:hash\n").unwrap().keep();
        assert!(path.exists());
    }
}
