//! Whom the entries may name as their `directory`: those of the file, and those that the program brings.

use std::collections::BTreeMap;
use std::sync::Arc;

use portcullis_core::{Directory, Invalid};

use super::entry::{Configured, Entry};
#[cfg(feature = "ldap")]
use super::error::ConfigError;
use super::error::Problem;
use super::fault::{one_of, unknown};
use crate::chain::Consulted;

/// By their names. None is one of the file that cannot be built, which is told elsewhere.
#[derive(Clone, Default)]
pub(crate) struct KnownDirectories(BTreeMap<Arc<str>, Option<Known>>);

#[derive(Clone)]
struct Known {
    directory: Arc<dyn Directory>,
    /// The same, if it can verify passwords.
    #[cfg(feature = "ldap")]
    ldap: Option<Arc<portcullis_ldap::LdapDirectory>>,
}

impl KnownDirectories {
    /// Adds one that the program brings.
    ///
    /// # Errors
    ///
    /// If there is one of this name.
    pub(crate) fn bring(&mut self, name: &str, directory: Arc<dyn Directory>) -> Result<(), Invalid> {
        if !super::section::is_name(name) {
            return Err(Invalid::new("name", "wrong name").expected("1 to 64 visible ASCII characters"));
        }
        let known = Known {
            directory,
            #[cfg(feature = "ldap")]
            ldap: None,
        };
        match self.0.insert(name.into(), Some(known)) {
            Some(_) => Err(Invalid::new(name, "is there already").expected("another name")),
            None => Ok(()),
        }
    }

    /// Whom this entry asks for groups.
    pub(super) fn of(&self, entry: &Entry) -> Result<Option<Consulted>, Problem> {
        let Some(name) = entry.section.groups_from() else { return Ok(None) };
        let invalid = match self.0.get_key_value(name) {
            _ if matches!(entry.backend, Configured::Anonymous(_) | Configured::DenyAll) => {
                Invalid::new("directory", "nobody is verified here").expected("the key left out")
            }
            Some((_, None)) => return Ok(None),
            Some((name, Some(known))) => {
                let (name, directory) = (Arc::clone(name), Arc::clone(&known.directory));
                return Ok(Some(Consulted { name, directory }));
            }
            None => {
                let names = || self.0.keys().map(|name| &**name);
                let expected = if self.0.is_empty() { "a `[[directory]]`".to_owned() } else { one_of(names()) };
                Invalid::new("directory", unknown("directory", name, names())).expected(expected)
            }
        };
        Err(entry.section.problem(&invalid))
    }
}

#[cfg(feature = "ldap")]
impl KnownDirectories {
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Adds one of the file, or that there is one which cannot be built.
    pub(super) fn add_ldap(&mut self, name: &Arc<str>, directory: Option<Arc<portcullis_ldap::LdapDirectory>>) {
        let known =
            directory.map(|ldap| Known { directory: Arc::clone(&ldap) as Arc<dyn Directory>, ldap: Some(ldap) });
        self.0.insert(Arc::clone(name), known);
    }

    /// The servers that verify the passwords of this entry.
    pub(super) fn ldap(&self, entry: &Entry) -> Result<Arc<portcullis_ldap::LdapDirectory>, ConfigError> {
        let invalid = |problem: &str| {
            entry.section.invalid(Invalid::new("directory", problem).expected("the name of a `[[directory]]`"))
        };
        let Some(name) = entry.section.groups_from() else { return Err(invalid("this key is required")) };
        let known = self.0.get(name).and_then(Option::as_ref).ok_or_else(ConfigError::told_already)?;
        known.ldap.clone().ok_or_else(|| invalid("the program brings it, and it verifies no passwords"))
    }
}
