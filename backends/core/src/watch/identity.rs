//! What tells one state of a file from another, without reading it.

use std::fs::Metadata;
use std::path::PathBuf;
use std::time::SystemTime;

/// What a file looks like from outside.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Identity {
    modified: Option<SystemTime>,
    len: u64,
    inode: Inode,
    status: (i64, i64),
}

impl Identity {
    pub(super) fn of_all(paths: &[PathBuf]) -> Vec<Option<Self>> {
        paths.iter().map(|path| std::fs::metadata(path).ok().map(|metadata| Self::of(&metadata))).collect()
    }

    fn of(metadata: &Metadata) -> Self {
        Self {
            modified: metadata.modified().ok(),
            len: metadata.len(),
            inode: inode(metadata),
            status: status(metadata),
        }
    }
}

/// Device and number; nothing where the platform does not tell.
pub(super) type Inode = (u64, u64);

#[cfg(unix)]
pub(super) fn inode(metadata: &Metadata) -> Inode {
    use std::os::unix::fs::MetadataExt as _;
    (metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
pub(super) fn inode(_: &Metadata) -> Inode {
    (0, 0)
}

/// The time of the last change of contents, owner or mode: a file that could not be read, and now
/// can, has changed too.
#[cfg(unix)]
fn status(metadata: &Metadata) -> (i64, i64) {
    use std::os::unix::fs::MetadataExt as _;
    (metadata.ctime(), metadata.ctime_nsec())
}

#[cfg(not(unix))]
fn status(_: &Metadata) -> (i64, i64) {
    (0, 0)
}
