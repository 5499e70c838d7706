//! One `[[backend]]`.

use std::path::Path;
use std::sync::Arc;

use portcullis_core::{Clock, Invalid};
use serde::de::DeserializeOwned;

use super::error::{ConfigError, Problem};
use super::source::Source;
use super::table::Table;
use super::value::Value;
#[cfg(any(feature = "kerberos", all(feature = "basic", feature = "ldap")))]
use crate::rbac::Place;

/// Characters.
const MAX_NAME_LEN: usize = 64;

/// One `[[backend]]` of the file: its `kind`, its `name`, and what else it says, for the kind to
/// read.
///
/// Three keys are the same in every entry:
///
/// - `kind`, a string: what verifies the credentials. Required.
/// - `name`, a string: what principals, policies, logs and metrics call the entry. Visible ASCII,
///   at most 64 characters, of one entry alone. Default: the kind.
/// - `directory`, a string: the [`[[directory]]`](crate::config) that is asked for the groups of whomever the backend accepts. Those are
///   added to the groups that the backend itself vouches for. Not for `anonymous` and `deny-all`. Default: none is asked.
///
/// Its `Debug` form shows nothing of what the entry says.
#[derive(Clone, Debug)]
pub struct Section {
    table: Table,
    kind: Arc<str>,
    name: Arc<str>,
    groups_from: Option<Arc<str>>,
    clock: Clock,
}

/// The keys that are the same in every entry.
const COMMON: &[&str] = &["kind", "name", "directory"];

impl Section {
    pub(super) fn new(source: &Arc<Source>, index: usize, value: &Value) -> Result<Self, Vec<Problem>> {
        let table = Table::new(source, format!("backend[{index}]"), "[[backend]]", value.start, value, COMMON)
            .map_err(|problem| vec![problem])?;
        let kind = match table.common_text("kind") {
            Ok(Some(kind)) => Ok(kind),
            Ok(None) => Err(table.invalid(&Invalid::new("kind", "this key is required"))),
            Err(problem) => Err(problem),
        };
        let name = table.common_text("name").and_then(|name| match name {
            Some(name) if !is_name(name) => {
                let expected = format!("1 to {MAX_NAME_LEN} visible ASCII characters, without spaces");
                Err(table.invalid(&Invalid::new("name", "wrong value").expected(expected)))
            }
            name => Ok(name),
        });
        match (kind, name, table.common_text("directory")) {
            (Ok(kind), Ok(name), Ok(directory)) => {
                let (kind, name, groups_from) = (kind.into(), name.unwrap_or(kind).into(), directory.map(Arc::from));
                Ok(Self { kind, name, groups_from, table, clock: Clock::default() })
            }
            (kind, name, directory) => Err([kind.err(), name.err(), directory.err()].into_iter().flatten().collect()),
        }
    }

    /// The entry's `name`: the principals it accepts belong to a backend of this name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The entry's `kind`.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The `[[directory]]` that is asked for the groups of whomever the backend accepts.
    #[must_use]
    pub fn groups_from(&self) -> Option<&str> {
        self.groups_from.as_deref()
    }

    /// Where relative paths start: the directory of the file. Empty, which is the current
    /// directory, for a text that came without a file.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.table.source().directory()
    }

    /// The clock that deadlines are measured by: that of [`AuthBuilder::clock`](crate::AuthBuilder::clock).
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    pub(super) fn with_clock(&self, clock: &Clock) -> Self {
        Self { clock: clock.clone(), ..self.clone() }
    }

    /// Reads all keys but `kind`, `name` and `directory`. Give `T` `#[serde(deny_unknown_fields)]`, so that a
    /// mistyped key is an error.
    ///
    /// A flattened, untagged or internally tagged part of `T` cannot say where in it the fault is:
    /// serde has forgotten by then. Dates and times are not read.
    ///
    /// # Errors
    ///
    /// Every key that does not fit. No error shows a value of the file.
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<T, ConfigError> {
        self.table.read().map_err(|problems| match ConfigError::unless_none(problems) {
            Err(error) => error,
            Ok(()) => self.invalid(Invalid::new("", "wrong value")),
        })
    }

    /// The error for a key of this entry, with the key's place in the file. The key is a path
    /// within the entry, such as `users[1].name`; empty for the entry as a whole.
    #[must_use]
    pub fn invalid(&self, invalid: Invalid) -> ConfigError {
        self.problem(&invalid).into()
    }

    pub(super) fn problem(&self, invalid: &Invalid) -> Problem {
        self.table.invalid(invalid)
    }

    #[cfg(any(feature = "kerberos", all(feature = "basic", feature = "ldap")))]
    pub(super) fn place(&self) -> Place {
        self.table.place(&[])
    }

    pub(super) fn shared_name(&self) -> Arc<str> {
        Arc::clone(&self.name)
    }
}

/// Whether this can be the name of an entry, or of a kind.
pub(crate) fn is_name(name: &str) -> bool {
    (1..=MAX_NAME_LEN).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_graphic())
}
