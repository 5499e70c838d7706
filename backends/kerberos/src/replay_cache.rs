//! Where tokens that were accepted are remembered, so that none is accepted twice.
//!
//! libkrb5 has a replay cache as well, which is switched off. It forgets a token after `clockskew`, counted
//! from when it came, though one of a client whose clock is fast is good for up to twice that. It also takes
//! what is refused afterwards for used, and opens its file for each token.

mod table;

use std::fmt::Display;
use std::fs::{DirBuilder, File, Metadata, OpenOptions};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use rustix::process::geteuid;

pub(crate) use table::{RETENTION, Seen, Table, Tag};

/// Survives a restart, unlike `/tmp` and `/run`; unless the service has one of its own. libkrb5's is there too.
const DIRECTORY: &str = "/var/tmp";

/// The file of a replay cache.
#[derive(Clone, Debug)]
pub(crate) struct ReplayCache {
    path: PathBuf,
    /// The directory of the default path, which is ours to make.
    own_directory: Option<PathBuf>,
}

impl ReplayCache {
    /// The file at `configured`, or else one that all processes of this user share.
    pub(crate) fn new(configured: Option<PathBuf>) -> Self {
        match configured {
            Some(path) => Self { path, own_directory: None },
            None => {
                let directory = Path::new(DIRECTORY).join(format!("portcullis-{}", geteuid().as_raw()));
                Self { path: directory.join("accepted-tokens"), own_directory: Some(directory) }
            }
        }
    }

    /// Creates what is missing, and makes sure that this process can write there and that nobody else can.
    pub(crate) fn prepare(&self) -> Result<(), String> {
        self.open().map(drop)
    }

    /// Opens the file anew.
    pub(crate) fn open(&self) -> Result<Table, String> {
        match &self.own_directory {
            Some(directory) => make_own(directory).map_err(|problem| format!("{}: {problem}", directory.display()))?,
            None => check_directory(&self.path)?,
        }
        let file = open(&self.path).map_err(|problem| format!("{}: {problem}", self.path.display()))?;
        Ok(Table::new(file, self.path.clone()))
    }
}

fn open(path: &Path) -> Result<File, String> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(OFlags::NOFOLLOW.bits() as i32)
        .open(path)
        .map_err(|error| error.to_string())?;
    let metadata = file.metadata().map_err(|error| error.to_string())?;
    if !metadata.is_file() {
        return Err("it is no regular file".to_owned());
    }
    expect_ours(&metadata)?;
    Ok(file)
}

/// Whoever can rename a file away can have its tokens accepted again.
fn check_directory(path: &Path) -> Result<(), String> {
    const STICKY: u32 = 0o1000;
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let unusable = |directory: &Path, problem: &dyn Display| format!("{}: {problem}", directory.display());
    let whole = directory.canonicalize().map_err(|error| unusable(directory, &error))?;
    for directory in whole.ancestors() {
        let metadata = std::fs::metadata(directory).map_err(|error| unusable(directory, &error))?;
        let owner = metadata.uid();
        if owner != 0 && owner != geteuid().as_raw() {
            return Err(unusable(directory, &format!("it belongs to uid {owner}, who can rename what is in it")));
        }
        if metadata.mode() & 0o022 != 0 && metadata.mode() & STICKY == 0 {
            return Err(unusable(directory, &"others than its owner can rename what is in it"));
        }
    }
    Ok(())
}

fn make_own(directory: &Path) -> Result<(), String> {
    match DirBuilder::new().mode(0o700).create(directory) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error.to_string()),
    }
    let metadata = std::fs::symlink_metadata(directory).map_err(|error| error.to_string())?;
    if !metadata.is_dir() {
        return Err("it is no directory".to_owned());
    }
    expect_ours(&metadata)
}

/// Whoever else could write there could have a token accepted again, and whoever could read could lock it for ever.
fn expect_ours(metadata: &Metadata) -> Result<(), String> {
    let own = geteuid().as_raw();
    if metadata.uid() != own {
        return Err(format!("it belongs to uid {}, and not to uid {own}, which this process runs as", metadata.uid()));
    }
    if metadata.mode() & 0o077 != 0 {
        return Err("others than its owner can open it".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn the_default_is_a_file_in_a_directory_of_this_user_alone() {
        let cache = ReplayCache::new(None);
        cache.prepare().unwrap();
        let directory = fs::metadata(cache.path.parent().unwrap()).unwrap();
        assert_eq!((directory.uid(), directory.mode() & 0o777), (geteuid().as_raw(), 0o700));
        assert_eq!(fs::metadata(&cache.path).unwrap().mode() & 0o777, 0o600);
    }

    #[test]
    fn what_is_remembered_already_stays() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("cache");
        fs::write(&path, "remembered").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        ReplayCache::new(Some(path.clone())).prepare().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"remembered");
    }

    #[test]
    fn a_file_that_others_could_write_to_or_put_there_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        fs::write(at("open"), "").unwrap();
        fs::set_permissions(at("open"), Permissions::from_mode(0o640)).unwrap();
        symlink(at("elsewhere"), at("link")).unwrap();
        fs::create_dir(at("directory")).unwrap();
        for (name, problem) in
            [("open", "others"), ("link", "link"), ("directory", "irectory"), ("no/where", "No such")]
        {
            let error = ReplayCache::new(Some(at(name))).prepare().unwrap_err();
            assert!(error.contains(problem) && error.contains(name.split('/').next().unwrap()), "{error}");
        }
    }

    #[test]
    fn a_directory_that_others_could_write_to_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let configured = ReplayCache::new(Some(directory.path().join("cache")));
        fs::set_permissions(directory.path(), Permissions::from_mode(0o777)).unwrap();
        assert!(configured.prepare().unwrap_err().contains("rename"));
        fs::set_permissions(directory.path(), Permissions::from_mode(0o1777)).unwrap();
        configured.prepare().unwrap();
        let own = directory.path().join("own");
        let cache = ReplayCache { path: own.join("cache"), own_directory: Some(own.clone()) };
        cache.prepare().unwrap();
        fs::set_permissions(&own, Permissions::from_mode(0o770)).unwrap();
        assert!(cache.prepare().unwrap_err().contains("others"));
    }
}
