//! Clients in Python.

use std::process::{Command, Stdio};

use serde_json::Value;

use crate::installed::in_environment;
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
    let mut command = Command::new(in_environment("bin/python"));
    command.arg(repository().join("tests/python").join(script)).args(arguments).stdin(Stdio::null());
    change(&mut command);
    let output = command.output().expect("Python can be run");
    let (shown, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{script} failed:\n{shown}{errors}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{script}: {error}: {shown}"))
}
