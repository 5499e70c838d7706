//! The `[[directory]]` sections. What they say is in `portcullis_ldap::DirectoryConfig`.

use std::collections::BTreeMap;
use std::sync::Arc;

use portcullis_core::{Clock, Invalid};
use portcullis_ldap::{DirectoryConfig, LdapDirectory};

use super::document::Document;
use super::error::Problem;
use super::fault::{one_of, unknown};
use super::known_directories::KnownDirectories;
use super::section::is_name;
use super::table::Table;
use super::value::Value;
use crate::rbac::Place;

/// What a `kind` can be, which is also the default.
const KIND: &str = "ldap";

/// All of a file, by their names. By default there are none.
#[derive(Clone, Debug, Default)]
pub(super) struct Directories {
    sections: BTreeMap<Arc<str>, DirectorySection>,
}

/// One `[[directory]]`.
#[derive(Clone, Debug)]
struct DirectorySection {
    table: Table,
    config: DirectoryConfig,
}

impl Directories {
    /// Reads what the document says, and adds what is wrong with it to `problems`.
    pub(super) fn read(document: &Document, problems: &mut Vec<Problem>) -> Self {
        let Some(member) = document.section("directory") else { return Self::default() };
        let source = document.source();
        let array = match member.array(source, "directory") {
            Ok(array) => array,
            Err(problem) => {
                problems.push(problem);
                return Self::default();
            }
        };
        let mut sections: BTreeMap<Arc<str>, DirectorySection> = BTreeMap::new();
        for (index, value) in array.iter().enumerate() {
            match DirectorySection::read(document, index, value) {
                Ok((name, section)) => match sections.get(&name) {
                    Some(other) => problems.push(section.same_name(other)),
                    None => drop(sections.insert(name, section)),
                },
                Err(found) => problems.extend(found),
            }
        }
        Self { sections }
    }

    /// Their names, where they stand, and what they say.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, Place, &DirectoryConfig)> {
        self.sections.iter().map(|(name, it)| (&**name, it.table.place(&[]), &it.config))
    }

    /// Whether the one of this name is asked for what a caller is called. `None` if there is none in the file.
    #[cfg(feature = "kerberos")]
    pub(super) fn is_asked_by_name(&self, name: &str) -> Option<bool> {
        let config = &self.sections.get(name)?.config;
        let of_groups = config.groups.as_ref().and_then(|groups| groups.filter.as_ref());
        let mut templates = [&config.users.filter, &config.users.dn].into_iter().flatten().chain(of_groups);
        Some(templates.any(|template| template.contains("{name}")))
    }

    /// Adds them to those that the program brings, and what is wrong with them to `problems`. Nobody is connected to yet.
    pub(super) fn add_to(&self, known: &mut KnownDirectories, clock: &Clock, problems: &mut Vec<Problem>) {
        for (name, DirectorySection { table, config }) in &self.sections {
            if known.has(name) {
                let invalid = Invalid::new("name", "the program brings a directory of this name");
                problems.push(table.invalid(&invalid.expected("another `name`")));
                continue;
            }
            let built = LdapDirectory::new(config.clone(), name, table.source().directory(), clock.clone());
            let built = built.map_err(|invalid| problems.push(table.invalid(&invalid)));
            known.add_ldap(name, built.ok().map(Arc::new));
        }
    }
}

impl DirectorySection {
    fn read(document: &Document, index: usize, value: &Value) -> Result<(Arc<str>, Self), Vec<Problem>> {
        let path = format!("directory[{index}]");
        let table = Table::new(document.source(), path, "[[directory]]", value.start, value, &["kind", "name"])
            .map_err(|problem| vec![problem])?;
        let kind = match table.common_text("kind") {
            Ok(Some(kind)) if kind != KIND => {
                let invalid = Invalid::new("kind", unknown("kind", kind, [KIND]));
                Some(table.invalid(&invalid.expected(one_of([KIND]))))
            }
            Ok(_) => None,
            Err(problem) => Some(problem),
        };
        let name = match table.common_text("name") {
            Ok(Some(name)) if is_name(name) => Ok(Arc::from(name)),
            Ok(Some(_)) => {
                let expected = "1 to 64 visible ASCII characters, without spaces";
                Err(table.invalid(&Invalid::new("name", "wrong value").expected(expected)))
            }
            Ok(None) => Err(table.invalid(&Invalid::new("name", "this key is required"))),
            Err(problem) => Err(problem),
        };
        match (kind, name, table.read()) {
            (None, Ok(name), Ok(config)) => Ok((name, Self { table, config })),
            (kind, name, config) => {
                let of_common = kind.into_iter().chain(name.err());
                Err(of_common.chain(config.err().into_iter().flatten()).collect())
            }
        }
    }

    fn same_name(&self, other: &Self) -> Problem {
        let problem = format!("the directory in line {} has the same name", other.table.place(&[]).line());
        self.table.invalid(&Invalid::new("name", problem).expected("a `name` of its own"))
    }
}
