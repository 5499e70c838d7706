//! `kind = "anonymous"` and `kind = "deny-all"`, which need no crate of their own.

use portcullis_core::{Invalid, Principal};
use serde::Deserialize;

use super::section::Section;
use crate::chain::is_system;

/// `kind = "anonymous"`: lets in whoever presents no credential.
///
/// The entry's `name` (default `anonymous`) is the principal's name as well as its backend's, and
/// must not begin with `system:`. At most one entry is of this kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Anonymous {
    /// The groups of anonymous callers. None may be empty or begin with `system:`. Default: none.
    ///
    /// ```toml
    /// groups = ["visitors"]
    /// ```
    pub groups: Vec<String>,

    /// Whether whoever presents a credential is anonymous too, be the credential good or bad. Only
    /// where this entry stands alone. Default `false`: a credential that nobody accepts is refused.
    ///
    /// ```toml
    /// ignore_credentials = true
    /// ```
    pub ignore_credentials: bool,
}

/// `kind = "deny-all"`: turns everybody away. It stands alone, and has no keys of its own. A file
/// without any `[[backend]]` does the same.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DenyAll {}

impl Anonymous {
    pub(super) fn check(&self, section: &Section, alone: bool) -> Vec<Invalid> {
        let mut problems = Vec::new();
        if is_system(section.name()) {
            problems.push(reserved("name", "a name"));
        }
        for (index, group) in self.groups.iter().enumerate() {
            if is_system(group) {
                problems.push(reserved(&format!("groups[{index}]"), "a group"));
            } else if group.is_empty() || group.chars().any(char::is_control) {
                let expected = "the name of a group, without control characters";
                problems.push(Invalid::new(format!("groups[{index}]"), "wrong value").expected(expected));
            }
        }
        if self.ignore_credentials && !alone {
            let problem = "would let bad credentials past the others";
            let expected = "`true` only where this is the only `[[backend]]`, without `[[webhook]]`";
            problems.push(Invalid::new("ignore_credentials", problem).expected(expected));
        }
        problems
    }

    pub(super) fn principal(&self, section: &Section) -> Principal {
        let groups = self.groups.iter().map(String::as_str);
        Principal::builder(section.name()).backend(section.shared_name()).groups(groups).anonymous().build()
    }
}

fn reserved(key: &str, what: &str) -> Invalid {
    Invalid::new(key, "begins with `system:`, which is for Kubernetes alone").expected(format!("{what} that does not"))
}
