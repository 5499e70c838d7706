//! Where `tests/run` puts what it installs.

use std::ffi::OsString;
use std::path::PathBuf;

/// The virtual environment of Python, which has Node.js too: where `PORTCULLIS_TEST_VENV` says, or
/// in the user's cache directory.
fn environment() -> PathBuf {
    variable("PORTCULLIS_TEST_VENV").unwrap_or_else(|| cache().join("venv"))
}

/// What is at this place in the virtual environment.
pub(crate) fn in_environment(path: &str) -> PathBuf {
    there(environment().join(path))
}

/// What is at this place in the cache directory of the tests.
pub(crate) fn in_cache(path: &str) -> PathBuf {
    there(cache().join(path))
}

fn there(path: PathBuf) -> PathBuf {
    assert!(path.exists(), "there is no {}: run `tests/run` once, which makes it", path.display());
    path
}

fn cache() -> PathBuf {
    let cache = variable("XDG_CACHE_HOME").or_else(|| Some(variable("HOME")?.join(".cache")));
    cache.expect("HOME is set").join("portcullis-tests")
}

fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value: &OsString| !value.is_empty()).map(PathBuf::from)
}
