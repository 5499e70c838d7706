//! A directory with a config file, its users, and whatever else a test puts there.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;

use crate::Program;
use crate::secrets::Secrets;

/// A directory of its own for each test, with `portcullis.toml` and the users alice (password
/// `wonderland`, group `ops`) and bob (`bob-the-builder`, no group) in `users.htpasswd` and `groups`. It is
/// removed when this is dropped.
///
/// All programs that serve it keep the same [secrets](Program).
pub struct Site {
    directory: TempDir,
    secrets: Arc<Secrets>,
}

impl Site {
    /// Users of a file, and nobody else.
    pub const BASIC: &str =
        "[[backend]]\nkind = \"basic\"\nusers_file = \"users.htpasswd\"\ngroups_file = \"groups\"\n";

    /// With this config file.
    #[must_use]
    pub fn new(config: &str) -> Self {
        let site = Self { directory: tempfile::tempdir().expect("a directory"), secrets: Arc::default() };
        site.write("portcullis.toml", config);
        let users = [("alice", "wonderland"), ("bob", "bob-the-builder")];
        site.write("users.htpasswd", &users.map(|(name, password)| user(name, password)).concat());
        for (_, password) in users {
            site.watch_for(password);
        }
        site.write("groups", "ops: alice\n");
        site
    }

    /// Puts a file there as an administrator should: written beside it, and renamed over it.
    ///
    /// Each of its lines is secret (of an `.htpasswd`, each hash; of a `kubeconfig`, its tokens, passwords and keys),
    /// unless the name ends with `.toml`, `.pem`, `.crt`, or `groups`.
    pub fn write(&self, name: &str, text: &str) {
        self.secrets.add_file(name, text);
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
        self.serve_with(|_| {})
    }

    /// Serves it as it is now, for those who change nothing: it goes away with the program.
    #[must_use]
    pub fn serve_here(self) -> Program {
        self.serve_here_with(|_| {})
    }

    pub(crate) fn serve_here_with(self, change: impl FnOnce(&mut Command)) -> Program {
        self.serve_with(change).keeping(self.directory)
    }

    /// Serves it, after `change` has added arguments, or variables to the environment.
    #[must_use]
    pub fn serve_with(&self, change: impl FnOnce(&mut Command)) -> Program {
        Program::serve_with(&self.config(), self.secrets(), change)
    }

    /// Serves an example of `examples/` with this config file in place of its own.
    #[must_use]
    pub fn example(&self, name: &str) -> Program {
        self.example_with(name, |_| {})
    }

    /// The same, after `change` has added arguments, or variables to the environment.
    #[must_use]
    pub fn example_with(&self, name: &str, change: impl FnOnce(&mut Command)) -> Program {
        Program::example(name, self.secrets(), |command| change(command.arg(self.config())))
    }

    /// Serves an example with this config file as it is now, for those who change nothing: it goes away with the program.
    #[must_use]
    pub fn example_here_with(self, name: &str, change: impl FnOnce(&mut Command)) -> Program {
        self.example_with(name, change).keeping(self.directory)
    }

    /// What `portcullis check` says of it.
    ///
    /// # Panics
    ///
    /// If it shows something secret.
    #[must_use]
    pub fn check(&self) -> Output {
        self.check_with(|_| {})
    }

    pub(crate) fn check_with(&self, change: impl FnOnce(&mut Command)) -> Output {
        self.told(|command| change(command.arg("check").arg(self.config())))
    }

    /// What `portcullis explain` says of it, with these arguments.
    ///
    /// # Panics
    ///
    /// If it shows something secret.
    #[must_use]
    pub fn explain(&self, arguments: &[&str]) -> Output {
        self.told(|command| {
            command.arg("explain").arg("--config").arg(self.config()).args(arguments);
        })
    }

    /// What the program writes, with what `change` adds, until it ends by itself.
    fn told(&self, change: impl FnOnce(&mut Command)) -> Output {
        let mut command = Command::new(Program::path());
        command.env("PORTCULLIS_LOG", "trace");
        change(&mut command);
        let output = command.stdin(Stdio::null()).output().expect("the program can be run");
        self.assert_unseen(&[&output.stdout[..], &output.stderr].concat());
        output
    }

    /// Takes this for secret too, in whatever serves this site.
    pub fn watch_for(&self, secret: &str) {
        self.secrets.add_token(secret.as_bytes());
    }

    /// # Panics
    ///
    /// If `output` shows something secret.
    pub(crate) fn assert_unseen(&self, output: &[u8]) {
        self.secrets.assert_unseen("the program", output);
    }

    pub(crate) fn secrets(&self) -> Arc<Secrets> {
        Arc::clone(&self.secrets)
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
