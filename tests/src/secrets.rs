//! What a program was given in confidence, and must not write down.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::process::Command;
use std::sync::{LazyLock, Mutex, MutexGuard};

use crate::traces::{Trace, traces_of};

mod credential;

/// Secrets of less than so many bytes are not searched for: chance would find them. A test that cares takes
/// a longer one.
pub(crate) const SHORTEST: usize = 8;

/// Files of a site in which nothing is secret, by the ends of their names. All others are.
const PUBLIC_FILES: &[&str] = &[".toml", ".pem", ".crt", "groups"];

/// Variables of the environment in which nothing is secret, by the ends of their names. All others are.
const PUBLIC_VARIABLES: &[&str] =
    &["PORTCULLIS_LOG", "RUST_LOG", "_PROXY", "KRB5_CONFIG", "_SERVICE_HOST", "_SERVICE_PORT"];

/// A set of secrets.
#[derive(Default)]
pub(crate) struct Secrets(Mutex<HashSet<Vec<u8>>>);

/// What the testbed itself hands out in files that any program may read: secret in all of them.
static EVERYWHERE: LazyLock<Secrets> = LazyLock::new(Secrets::default);

impl Secrets {
    /// Those that no program of this process may write down, whatever its site is.
    pub(crate) fn everywhere() -> &'static Self {
        &EVERYWHERE
    }

    /// This one, as it is.
    pub(crate) fn add(&self, secret: impl Into<Vec<u8>>) {
        let secret = secret.into();
        if secret.len() >= SHORTEST {
            self.secrets().insert(secret);
        }
    }

    /// A token: of a JWT, all parts but its header, which is not secret. Whoever writes it all down, writes
    /// them too.
    pub(crate) fn add_token(&self, token: &[u8]) {
        self.add_all(credential::of_token(token));
    }

    /// What is secret in a field of a request.
    pub(crate) fn add_field(&self, name: &[u8], value: &[u8]) {
        self.add_all(credential::of_field(name, value));
    }

    /// What is secret in the target, or the URL, of a request.
    pub(crate) fn add_target(&self, target: &str) {
        self.add_all(credential::of_target(target));
    }

    /// A user and a password, with a colon between them.
    pub(crate) fn add_user(&self, user: &[u8]) {
        self.add_all(credential::of_user(user));
    }

    /// The lines of a file, unless it is one in which nothing is secret; of a users file, the hashes; of a
    /// kubeconfig, the credentials.
    pub(crate) fn add_file(&self, name: &str, text: &str) {
        if PUBLIC_FILES.iter().any(|end| name.ends_with(end)) {
            return;
        }
        if name.ends_with("kubeconfig") {
            self.add_all(credential::of_kubeconfig(text));
            return;
        }
        for line in text.lines().map(str::trim).filter(|line| !line.starts_with(['#', '-'])) {
            match line.split_once(":$") {
                // Parameters of the hash have an equals sign, or are short.
                Some((_, hash)) if name.ends_with("htpasswd") => {
                    hash.split('$').filter(|part| part.len() >= 16 && !part.contains('=')).for_each(|part| {
                        self.add(part);
                    });
                }
                _ => self.add(line),
            }
        }
    }

    /// What a command has in its environment, beyond what this process has.
    pub(crate) fn add_environment(&self, command: &Command) {
        let is_public = |name: &OsStr| {
            let name = name.to_string_lossy().to_uppercase();
            PUBLIC_VARIABLES.iter().any(|end| name.ends_with(end))
        };
        for (_, value) in command.get_envs().filter(|(name, _)| !is_public(name)) {
            self.add(value.unwrap_or_default().as_encoded_bytes());
        }
    }

    /// Those of them that `output` shows, and those that are secret everywhere.
    pub(crate) fn traces(&self, output: &[u8]) -> Vec<Trace> {
        let mut secrets = self.secrets().clone();
        secrets.extend(Self::everywhere().secrets().iter().cloned());
        traces_of(output, secrets.iter().map(Vec::as_slice))
    }

    /// # Panics
    ///
    /// If `output` shows one of them.
    pub(crate) fn assert_unseen(&self, who: &str, output: &[u8]) {
        let found: String = self.traces(output).iter().map(|trace| format!("\n{trace}")).collect();
        assert!(found.is_empty(), "{who} wrote down what is secret:{found}");
    }

    fn add_all(&self, secrets: Vec<Vec<u8>>) {
        secrets.into_iter().for_each(|secret| self.add(secret));
    }

    fn secrets(&self) -> MutexGuard<'_, HashSet<Vec<u8>>> {
        self.0.lock().expect("nobody panicked")
    }
}

#[cfg(test)]
mod tests;
