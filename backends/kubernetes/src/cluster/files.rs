//! Small files that somebody else replaces.

use std::io::Read as _;
use std::path::Path;

/// The largest file of certificates or keys, in bytes.
const MAX: u64 = 1024 * 1024;

/// Reads a regular file of bounded size.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, String> {
    let shown = |problem: &str| format!("{}: {problem}", path.display());
    // Asked before it is opened: opening a pipe would wait for its other end.
    if !std::fs::metadata(path).map_err(|error| shown(&error.to_string()))?.is_file() {
        return Err(shown("not a regular file"));
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).and_then(|file| file.take(MAX + 1).read_to_end(&mut bytes));
    file.map_err(|error| shown(&error.to_string()))?;
    if bytes.len() as u64 > MAX { Err(shown("larger than 1 MiB")) } else { Ok(bytes) }
}
