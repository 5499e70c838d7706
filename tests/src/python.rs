//! Clients in Python.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::installed::{in_cache, in_environment};
use crate::repository;

/// Runs a script of `tests/python/` in the virtual environment that `tests/run` makes, and returns
/// the JSON that it prints.
///
/// The environment is where `PORTCULLIS_TEST_VENV` says, or in the user's cache directory.
///
/// # Panics
///
/// If there is no environment, or the script fails.
#[must_use]
pub fn python(script: &str, arguments: &[&str]) -> Value {
    python_with(script, arguments, |_| {})
}

/// The same after `change` has added variables to the environment.
pub(crate) fn python_with(script: &str, arguments: &[&str], change: impl FnOnce(&mut Command)) -> Value {
    run(&in_environment("bin/python"), script, arguments, change)
}

/// As [`python`], in the environment with the clients of Argo and Armada (`tests/python/clients.txt`).
///
/// # Panics
///
/// As [`python`].
#[must_use]
pub fn python_client(script: &str, arguments: &[&str]) -> Value {
    run(&in_cache("clients/bin/python"), script, arguments, |_| {})
}

/// The programs of that environment, for a `PATH`.
#[must_use]
pub fn python_clients() -> PathBuf {
    in_cache("clients/bin")
}

/// Where the files of this version of Airflow are, as its package has them.
#[must_use]
pub fn airflow(version: &str) -> PathBuf {
    in_cache("airflow").join(version)
}

fn run(program: &Path, script: &str, arguments: &[&str], change: impl FnOnce(&mut Command)) -> Value {
    let mut command = Command::new(program);
    command.arg(repository().join("tests/python").join(script)).args(arguments).stdin(Stdio::null());
    change(&mut command);
    let output = command.output().expect("Python can be run");
    let (shown, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{script} failed:\n{shown}{errors}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{script}: {error}: {shown}"))
}
