//! A directory with a config file, its users, and whatever else a test puts there.

use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;

use crate::Program;

/// A directory of its own for each test, with `portcullis.toml` and the users alice (password
/// `wonderland`, group `ops`) and bob (`builder`, no group) in `users.htpasswd` and `groups`. It is
/// removed when this is dropped.
pub struct Site {
    directory: TempDir,
}

impl Site {
    /// Users of a file, and nobody else.
    pub const BASIC: &str =
        "[[backend]]\nkind = \"basic\"\nusers_file = \"users.htpasswd\"\ngroups_file = \"groups\"\n";

    /// With this config file.
    #[must_use]
    pub fn new(config: &str) -> Self {
        let site = Self { directory: tempfile::tempdir().expect("a directory") };
        site.write("portcullis.toml", config);
        site.write("users.htpasswd", &(user("alice", "wonderland") + &user("bob", "builder")));
        site.write("groups", "ops: alice\n");
        site
    }

    /// Puts a file there as an administrator should: written beside it, and renamed over it.
    pub fn write(&self, name: &str, text: &str) {
        let fresh = self.path(&format!(".{name}.new"));
        std::fs::write(&fresh, text).expect("the file can be written");
        std::fs::rename(&fresh, self.path(name)).expect("the file can be renamed");
    }

    /// Where a file is.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Where the config file is.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.path("portcullis.toml")
    }

    /// The directory.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Serves it.
    #[must_use]
    pub fn serve(&self) -> Program {
        Program::serve(&self.config())
    }

    /// Serves it as it is now, for those who change nothing: it goes away with the program.
    #[must_use]
    pub fn serve_here(self) -> Program {
        let program = self.serve();
        program.keeping(self)
    }

    /// Serves it, after `change` has added arguments, or variables to the environment.
    #[must_use]
    pub fn serve_with(&self, change: impl FnOnce(&mut Command)) -> Program {
        Program::serve_with(&self.config(), change)
    }
}

/// A line of a users file.
#[must_use]
pub fn user(name: &str, password: &str) -> String {
    let hash = portcullis::basic::hash_password(password).expect("the password can be hashed");
    format!("{name}:{hash}\n")
}

/// The value of an `Authorization` field.
#[must_use]
pub fn basic(name: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{name}:{password}")))
}
