//! `kubectl`, as people use it.

use std::path::PathBuf;

use crate::installed::in_cache;

/// Where Debian's is, of the version of the API server's.
///
/// # Panics
///
/// If it is not there.
#[must_use]
pub fn kubectl() -> PathBuf {
    in_cache("kubectl/usr/bin/kubectl")
}
