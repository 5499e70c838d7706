//! Clients in Python.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

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
    let python = environment().join("bin/python");
    assert!(python.exists(), "there is no {}: run `tests/run` once, which makes it", python.display());
    let output = Command::new(python)
        .arg(repository().join("tests/python").join(script))
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("Python can be run");
    let (shown, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{script} failed:\n{shown}{errors}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{script}: {error}: {shown}"))
}

fn environment() -> PathBuf {
    let variable = |name: &str| std::env::var_os(name).filter(|value: &OsString| !value.is_empty()).map(PathBuf::from);
    variable("PORTCULLIS_TEST_VENV").unwrap_or_else(|| {
        let cache = variable("XDG_CACHE_HOME").or_else(|| Some(variable("HOME")?.join(".cache")));
        cache.expect("HOME is set").join("portcullis-tests/venv")
    })
}
