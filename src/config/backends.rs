//! The backends that a subject may name.

use std::sync::Arc;

use portcullis_core::Invalid;

use super::entry::Entry;
use super::fault::{one_of, unknown};
use super::subject::{Callers, Subject};
use crate::chain::is_system;
use crate::rbac::{PlacedCallers, PlacedSubject};

/// What the names of service accounts begin with, behind the backend's prefix.
const SERVICE_ACCOUNT: &str = "system:serviceaccount:";

/// All backends of the file.
pub(super) struct Backends<'a>(Vec<Known<'a>>);

/// What matters here of one of them.
struct Known<'a> {
    name: Arc<str>,
    /// Of a backend that vouches for Kubernetes' own names: what its user names begin with.
    system_prefix: Option<&'a str>,
}

impl<'a> Backends<'a> {
    /// Those of the entries, and others that have no entry, by their names.
    pub(super) fn of(entries: &'a [Entry], others: &[Arc<str>]) -> Self {
        let known = |entry: &'a Entry| Known {
            name: entry.section.shared_name(),
            system_prefix: entry.backend.system_prefix(),
        };
        let others = others.iter().map(|name| Known { name: Arc::clone(name), system_prefix: None });
        Self(entries.iter().map(known).chain(others).collect())
    }

    /// The subject at `path`, with the backend that it means and the name that it is known by there.
    pub(super) fn resolve(&self, subject: &Subject, path: &str) -> Result<PlacedSubject, Invalid> {
        let callers = match subject {
            Subject::Everyone => return Ok(PlacedSubject::Everyone),
            Subject::Authenticated => return Ok(PlacedSubject::Authenticated),
            Subject::Callers(callers) => callers,
        };
        let backend = self.backend(callers, path)?;
        let Some(prefix) = backend.system_prefix else {
            Self::without_system(callers, path)?;
            return Ok(placed(backend, callers, callers.user.clone()));
        };
        let account = callers.service_account.as_ref();
        let account = account.map(|account| format!("{prefix}{SERVICE_ACCOUNT}{}", account.as_str()));
        Ok(placed(backend, callers, account.or_else(|| callers.user.clone())))
    }

    fn backend(&self, callers: &Callers, path: &str) -> Result<&Known<'a>, Invalid> {
        let names = || self.0.iter().map(|known| &*known.name);
        match (&callers.backend, self.0.as_slice()) {
            (Some(name), all) => all.iter().find(|known| *known.name == **name).ok_or_else(|| {
                let invalid = Invalid::new(format!("{path}.backend"), unknown("backend", name, names()));
                invalid.expected(one_of(names()))
            }),
            (None, [only]) => Ok(only),
            (None, []) => Err(Invalid::new(path, "no backend vouches for anybody").expected("a `[[backend]]`")),
            (None, _) => {
                let problem = "does not say whose callers are meant, and there are several backends";
                Err(Invalid::new(path, problem).expected(format!("`backend`, {}", one_of(names()))))
            }
        }
    }

    /// Nothing that only Kubernetes vouches for: from another backend it never comes.
    fn without_system(callers: &Callers, path: &str) -> Result<(), Invalid> {
        let expected = "a backend of the kind `kubernetes`";
        for (key, text) in [("user", &callers.user), ("group", &callers.group)] {
            if text.as_deref().is_some_and(is_system) {
                let invalid =
                    Invalid::new(format!("{path}.{key}"), "begins with `system:`, which is for Kubernetes alone");
                return Err(invalid.expected(expected));
            }
        }
        match callers.service_account {
            Some(_) => {
                let key = format!("{path}.service_account");
                Err(Invalid::new(key, "this backend knows no service accounts").expected(expected))
            }
            None => Ok(()),
        }
    }
}

fn placed(backend: &Known<'_>, callers: &Callers, user: Option<String>) -> PlacedSubject {
    PlacedSubject::Callers(PlacedCallers {
        backend: Arc::clone(&backend.name),
        user,
        group: callers.group.clone(),
        scope: callers.scope.clone(),
        claims: callers.claims.clone().into_iter().collect(),
    })
}
