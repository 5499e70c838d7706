//! Where users and groups come from, and how they are read again.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use portcullis_core::{Invalid, Secret};
use secrecy::ExposeSecret as _;

use crate::config::{BasicConfig, UserHash};
use crate::file::{permission_warnings, read};
use crate::groups_file::{self, Groups};
use crate::hash::{Cost, Hash};
use crate::snapshot::{Loaded, Snapshot};
use crate::users_file::{UsersFile, parse_user};

/// How many different errors are remembered as logged. More are logged again.
const MAX_TOLD: usize = 16;
/// How many names a warning lists.
const NAMES_IN_WARNING: usize = 5;

pub(crate) struct Store {
    sources: Sources,
    snapshot: ArcSwap<Snapshot>,
    /// One reading at a time, so that an older one cannot overwrite a newer one.
    reading: Mutex<Reading>,
}

/// What came of reading since it last succeeded.
#[derive(Default)]
struct Reading {
    /// The users file had nobody in it any more, for the first time.
    is_emptied: bool,
    /// The errors that have been logged.
    told: Vec<String>,
}

/// The places that are read.
pub(crate) struct Sources {
    pub(crate) directory: PathBuf,
    pub(crate) users_file: Option<PathBuf>,
    groups_file: Option<PathBuf>,
    users: BTreeMap<String, UserHash>,
    groups: BTreeMap<String, Vec<String>>,
}

impl Store {
    /// Without any user yet.
    pub(crate) fn new(config: BasicConfig, directory: &Path) -> Self {
        let BasicConfig { users_file, groups_file, users, groups, .. } = config;
        Self {
            sources: Sources { directory: directory.to_owned(), users_file, groups_file, users, groups },
            snapshot: ArcSwap::default(),
            reading: Mutex::default(),
        }
    }

    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    pub(crate) fn epoch(&self) -> u64 {
        self.snapshot.load().epoch
    }

    pub(crate) fn sources(&self) -> &Sources {
        &self.sources
    }

    /// Reads everything. If something is wrong, users and groups stay as they were.
    pub(crate) fn read(&self) -> Result<(), Invalid> {
        let _one_at_a_time = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        self.put(self.sources.load()?);
        Ok(())
    }

    /// Reads everything anew after one of the files has changed, and logs what came of it: each
    /// error once until it succeeds. Returns whether what was read is in force; if not, it is to be
    /// tried again.
    ///
    /// A users file that had users and now has none may have been truncated by somebody who is about
    /// to write it. So that is honoured only when it is found a second time in a row.
    pub(crate) fn read_again(&self) -> bool {
        let mut reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.snapshot();
        let loaded = match self.sources.load() {
            Ok(loaded) => loaded,
            Err(invalid) => {
                reading.is_emptied = false;
                reading.tell(&invalid);
                return false;
            }
        };
        let is_emptied = loaded.from_file == 0 && before.from_file > 0;
        if is_emptied && !reading.is_emptied {
            reading.is_emptied = true;
            tracing::warn!("no user is left in the users file; users and groups stay as they were for one more look");
            return false;
        }
        let had_failed = !std::mem::take(&mut *reading).told.is_empty();
        self.put(loaded);
        let now = self.snapshot();
        let (users, groups) = (now.users(), now.groups);
        if users == 0 {
            tracing::warn!("users and groups were read again, and no user is left");
        } else if now.epoch == before.epoch && !had_failed {
            tracing::debug!(users, groups, "users and groups were read again; no user has changed");
        } else {
            tracing::info!(users, groups, "users and groups were read again");
        }
        true
    }

    fn put(&self, loaded: Loaded) {
        self.snapshot.store(Arc::new(Snapshot::after(&self.snapshot.load(), loaded)));
    }
}

impl Reading {
    fn tell(&mut self, invalid: &Invalid) {
        let (key, problem) = (invalid.key(), invalid.problem());
        let told = format!("{key}: {problem}");
        if self.told.contains(&told) {
            return;
        }
        if self.told.len() == MAX_TOLD {
            self.told.clear();
        }
        self.told.push(told);
        tracing::error!(key, problem, "users and groups cannot be read again; they stay as they were");
    }
}

impl Sources {
    /// The files whose changes matter.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let kept = self.hash_files().map(|(_, path)| path);
        let files = self.users_file.iter().chain(&self.groups_file).chain(kept);
        files.map(|path| self.directory.join(path)).collect()
    }

    fn hash_files(&self) -> impl Iterator<Item = (&str, &PathBuf)> {
        self.users.iter().filter_map(|(name, hash)| match hash {
            UserHash::Elsewhere(Secret::File(path)) => Some((name.as_str(), path)),
            _ => None,
        })
    }

    fn load(&self) -> Result<Loaded, Invalid> {
        let mut users = self.load_file()?;
        let from_file = users.len();
        let names: HashSet<&str> = users.iter().map(|(name, _)| &**name).collect();
        let mut more = Vec::with_capacity(self.users.len());
        for (name, hash) in &self.users {
            let invalid = |problem: String| Invalid::new(format!("users.{name}"), problem);
            if names.contains(name.as_str()) {
                return Err(invalid(format!("the user {name} is in the users file too")));
            }
            let text = match hash {
                UserHash::Here(text) => text.clone(),
                UserHash::Elsewhere(secret) => secret.read(&self.directory).map_err(invalid)?,
            };
            more.push((name.as_str().into(), parse_user(name, text.expose_secret()).map_err(invalid)?));
        }
        users.extend(more);
        let groups = self.load_groups()?;
        let warnings = self.warnings(&users, &groups);
        Ok(Loaded { users, from_file, groups, warnings })
    }

    fn load_file(&self) -> Result<Vec<(Box<str>, Hash)>, Invalid> {
        let Some(path) = &self.users_file else { return Ok(Vec::new()) };
        let invalid = |problem: String| Invalid::new("users_file", problem);
        let bytes = read(path, &self.directory).map_err(invalid)?;
        let file = UsersFile::parse(&bytes).map_err(|line| invalid(format!("{}:{line}", path.display())))?;
        Ok(file.users)
    }

    fn load_groups(&self) -> Result<Groups, Invalid> {
        let mut groups = Groups::new();
        if let Some(path) = &self.groups_file {
            let invalid = |problem: String| Invalid::new("groups_file", problem);
            let bytes = read(path, &self.directory).map_err(invalid)?;
            groups_file::parse(&bytes, &mut groups).map_err(|line| invalid(format!("{}:{line}", path.display())))?;
        }
        for (group, members) in &self.groups {
            groups_file::add(&mut groups, group, members.iter().map(String::as_str))
                .map_err(|problem| Invalid::new(format!("groups.{group}"), problem))?;
        }
        Ok(groups)
    }

    fn warnings(&self, users: &[(Box<str>, Hash)], groups: &Groups) -> Vec<String> {
        let secret = self.users_file.iter().chain(self.hash_files().map(|(_, path)| path)).map(|path| (path, true));
        let files = secret.chain(self.groups_file.iter().map(|path| (path, false)));
        let mut warnings: Vec<String> =
            files.flat_map(|(path, is_secret)| permission_warnings(path, &self.directory, is_secret)).collect();
        let weaker = users.iter().filter(|(_, hash)| matches!(hash.cost(), Cost::Bcrypt { .. }));
        if let Some(names) = listed(weaker.map(|(name, _)| &**name)) {
            warnings.push(format!(
                "bcrypt, which these users' hashes are of, is weaker than Argon2id and looks at 72 bytes only, so that \
                 longer passwords are refused: {names}"
            ));
        }
        let known: HashSet<&str> = users.iter().map(|(name, _)| &**name).collect();
        for (group, members) in groups {
            let unknown = members.iter().map(String::as_str).filter(|member| !known.contains(member));
            if let Some(names) = listed(unknown) {
                warnings.push(format!("the group {group} has members who are no users: {names}"));
            }
        }
        warnings
    }
}

/// The first few names, and how many more there are; nothing of nothing.
fn listed<'a>(mut names: impl Iterator<Item = &'a str>) -> Option<String> {
    let first: Vec<&str> = names.by_ref().take(NAMES_IN_WARNING).collect();
    let text = first.join(", ");
    match (first.len(), names.count()) {
        (0, _) => None,
        (_, 0) => Some(text),
        (_, more) => Some(format!("{text} and {more} more")),
    }
}

#[cfg(test)]
mod tests;
