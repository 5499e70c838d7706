//! `[[binding]]`

use portcullis_core::Invalid;
use serde::Deserialize;

use super::subject::Subject;
use crate::rbac::Pattern;

/// `[[binding]]`: who has which roles.
///
/// ```toml
/// [[binding]]
/// role = "operator"
/// subjects = [{ backend = "corp", group = "ops" }, { backend = "basic", user = "alice" }]
/// namespaces = ["argo"]
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Binding {
    /// The name of a role. Either this or `roles` is required. Default: none.
    ///
    /// ```toml
    /// role = "operator"
    /// ```
    pub role: Option<String>,

    /// The names of several roles. Either this or `role` is required. Default: none.
    ///
    /// ```toml
    /// roles = ["viewer", "operator"]
    /// ```
    pub roles: Option<Vec<String>>,

    /// Who has them: each one that fits. Required; it may be empty, and then nobody has them.
    ///
    /// ```toml
    /// subjects = ["authenticated", { backend = "corp", group = "ops", scope = "workflows" }]
    /// ```
    pub subjects: Vec<Subject>,

    /// The namespaces to which this binding is limited: whatever the roles' rules say, it gives nothing elsewhere, where no
    /// namespace is said, or on URLs. `*` among them is no limit. Default: no limit.
    ///
    /// ```toml
    /// namespaces = ["argo", "team-*"]
    /// ```
    pub namespaces: Option<Vec<Pattern>>,
}

impl Binding {
    /// The names of its roles, each with the key that holds it.
    pub(super) fn role_keys(&self) -> impl Iterator<Item = (String, &str)> {
        let role = self.role.iter().map(|role| ("role".to_owned(), role.as_str()));
        let roles = self.roles.iter().flatten().enumerate();
        role.chain(roles.map(|(index, role)| (format!("roles[{index}]"), role.as_str())))
    }

    pub(super) fn check(&self) -> Vec<Invalid> {
        let mut problems = Vec::new();
        match (&self.role, &self.roles) {
            (None, None) => problems.push(Invalid::new("", "gives nothing").expected("`role` or `roles`")),
            (Some(_), Some(_)) => {
                problems.push(Invalid::new("roles", "stands beside `role`").expected("the one or the other"));
            }
            _ => {}
        }
        let lists =
            [("roles", self.roles.as_ref().map(Vec::len)), ("namespaces", self.namespaces.as_ref().map(Vec::len))];
        for (key, length) in lists {
            if length == Some(0) {
                problems.push(Invalid::new(key, "an empty list").expected("at least one element, or no such key"));
            }
        }
        let subjects = self.subjects.iter().enumerate();
        problems.extend(subjects.flat_map(|(index, subject)| subject.check(&format!("subjects[{index}]"))));
        problems
    }
}
