//! Files of users and groups, before anybody looks into them.

use std::fs::{File, Metadata};
use std::io::Read as _;
use std::path::Path;

/// The largest file that is read, in bytes: some hundred thousand users.
const MAX_FILE: u64 = 64 * 1024 * 1024;

/// Reads a file of bounded size.
///
/// An error names `path`, which may be shorter than the one that is opened.
pub(crate) fn read(path: &Path, directory: &Path) -> Result<Vec<u8>, String> {
    let problem = |problem: &dyn std::fmt::Display| format!("{}: {problem}", path.display());
    let full = directory.join(path);
    // Asked before it is opened: opening a pipe would wait for its other end.
    if !std::fs::metadata(&full).map_err(|error| problem(&error))?.is_file() {
        return Err(problem(&"not a file"));
    }
    let mut bytes = Vec::new();
    let file = File::open(&full).map_err(|error| problem(&error))?;
    file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(|error| problem(&error))?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(problem(&"larger than 64 MiB"));
    }
    Ok(bytes)
}

/// The lines that say something, each with its number: without line endings, comments (`#` first),
/// blank lines and a byte order mark. The second is an error if the line is not UTF-8.
pub(crate) fn lines(bytes: &[u8]) -> impl Iterator<Item = (usize, Result<&str, &'static str>)> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    bytes.split(|byte| *byte == b'\n').zip(1..).filter_map(|(line, number)| {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let says_nothing = line.trim_ascii_start().first().is_none_or(|first| *first == b'#');
        (!says_nothing).then(|| (number, std::str::from_utf8(line).map_err(|_| "the line is not UTF-8")))
    })
}

/// What is wrong with a name of a user or a group.
pub(crate) fn problem_with_name(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        Some("is empty")
    } else if name.contains(':') {
        Some("contains a colon, which separates name and password")
    } else if name.chars().any(char::is_control) {
        Some("contains a control character")
    } else if name.trim() != name {
        Some("begins or ends with a blank")
    } else {
        None
    }
}

/// Whether others than those who should can read or write the file.
#[cfg(unix)]
pub(crate) fn permission_warnings(path: &Path, directory: &Path, is_secret: bool) -> Vec<String> {
    use std::os::unix::fs::MetadataExt as _;

    let Ok(mode) = std::fs::metadata(directory.join(path)).as_ref().map(Metadata::mode) else { return Vec::new() };
    let mut warnings = Vec::new();
    let mut warn = |what| warnings.push(format!("{} (mode {:04o}) {what}", path.display(), mode & 0o7777));
    if is_secret && mode & 0o004 != 0 {
        warn("can be read by everybody: its hashes can be copied and guessed at leisure");
    }
    if mode & 0o002 != 0 {
        warn("can be written by everybody: whoever writes it decides who gets in");
    } else if mode & 0o020 != 0 {
        warn("can be written by its group: whoever writes it decides who gets in");
    }
    warnings
}

/// Whether others than those who should can read or write the file: not known here.
#[cfg(not(unix))]
pub(crate) fn permission_warnings(_: &Path, _: &Path, _: bool) -> Vec<String> {
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_their_numbers_and_no_endings() {
        let bytes = b"\xef\xbb\xbfone\r\n\n  # no\n \t\r\ntwo \nb\xffd\nlast";
        let lines: Vec<_> = lines(bytes).collect();
        assert_eq!(lines, [(1, Ok("one")), (5, Ok("two ")), (6, Err("the line is not UTF-8")), (7, Ok("last"))]);
    }

    #[test]
    fn a_file_that_is_too_large_away_or_none_is_an_error_with_its_name() {
        let directory = tempfile::tempdir().unwrap();
        let read = |name: &str| read(Path::new(name), directory.path());
        // Sparse, so that it takes no room.
        let large = File::create(directory.path().join("large")).unwrap();
        large.set_len(MAX_FILE).unwrap();
        assert_eq!(read("large").unwrap().len() as u64, MAX_FILE);
        large.set_len(MAX_FILE + 1).unwrap();
        assert_eq!(read("large").unwrap_err(), "large: larger than 64 MiB");
        assert!(read("away").unwrap_err().starts_with("away: "));
        assert_eq!(read(".").unwrap_err(), ".: not a file");
    }
}
