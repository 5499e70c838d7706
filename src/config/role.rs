//! `[role.NAME]`

use portcullis_core::Invalid;
use serde::Deserialize;

use crate::rbac::{Pattern, ResourcePattern, UrlPattern};

/// `[role.NAME]`: what those may do who are [bound](super::Binding) to the role. The name is 1 to 64 visible ASCII characters.
///
/// Rules only ever add: there is none that forbids, since what a rule would have to look at, such as a group, can be missing.
///
/// ```toml
/// [role.operator]
/// rules = [
///     { verbs = ["get", "list", "create"], resources = ["workflows.argoproj.io"], namespaces = ["argo", "team-*"] },
///     { verbs = ["get"], urls = ["/metrics"] },
/// ]
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Role {
    /// What may be done. Required; it may be empty, and then the role gives nothing.
    ///
    /// ```toml
    /// rules = [{ verbs = ["*"], resources = ["queues"] }]
    /// ```
    pub rules: Vec<Rule>,
}

/// One rule of a [`Role`]. It allows an action if something in each of its lists fits: a verb, a resource, the namespace
/// and the name; or a verb and a URL. A list that is there has at least one element.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Rule {
    /// The verbs: `get`, `list`, `create` and the like, or whatever else the service calls what it does. For `urls`, HTTP
    /// methods in lower case. Required.
    ///
    /// ```toml
    /// verbs = ["get", "list", "watch"]
    /// ```
    pub verbs: Vec<Pattern>,

    /// The resources, as kubectl writes them. Either these or `urls` are required. Default: none.
    ///
    /// ```toml
    /// resources = ["workflows.argoproj.io", "workflows.argoproj.io/status"]
    /// ```
    pub resources: Option<Vec<ResourcePattern>>,

    /// The namespaces that the resources are in. Default: any, and also none: a list of all namespaces is one without a
    /// namespace, and so is what has no namespaces. With this key an action that says no namespace does not fit, unless
    /// `*` is among them. Not with `urls`.
    ///
    /// ```toml
    /// namespaces = ["argo", "team-*"]
    /// ```
    pub namespaces: Option<Vec<Pattern>>,

    /// The names of the resources. Default: any, and also none. With this key an action that says no name does not fit,
    /// such as `list` and often `create`, unless `*` is among them. Not with `urls`.
    ///
    /// ```toml
    /// names = ["nightly", "team-blue-*"]
    /// ```
    pub names: Option<Vec<Pattern>>,

    /// The paths of URLs that stand for no resource. `*` after a `/` fits whatever follows. Either these or `resources` are
    /// required. Default: none.
    ///
    /// ```toml
    /// urls = ["/metrics", "/debug/*"]
    /// ```
    pub urls: Option<Vec<UrlPattern>>,
}

impl Role {
    pub(super) fn check(&self) -> Vec<Invalid> {
        let rules = self.rules.iter().enumerate();
        rules.flat_map(|(index, rule)| rule.check(&format!("rules[{index}]"))).collect()
    }
}

impl Rule {
    /// What is wrong with the rule at `path`.
    fn check(&self, path: &str) -> Vec<Invalid> {
        let mut problems = Vec::new();
        let invalid = |key: &str, problem: &str, expected: &str| {
            Invalid::new(format!("{path}{key}"), problem).expected(expected.to_owned())
        };
        match (&self.resources, &self.urls) {
            (None, None) => problems.push(invalid("", "gives nothing", "`resources` or `urls`")),
            (Some(_), Some(_)) => {
                problems.push(invalid(
                    ".urls",
                    "stands beside `resources`",
                    "a rule of its own for the one and the other",
                ));
            }
            _ => {}
        }
        let lists = [
            ("verbs", Some(self.verbs.len())),
            ("resources", self.resources.as_ref().map(Vec::len)),
            ("namespaces", self.namespaces.as_ref().map(Vec::len)),
            ("names", self.names.as_ref().map(Vec::len)),
            ("urls", self.urls.as_ref().map(Vec::len)),
        ];
        for (key, length) in lists {
            if length == Some(0) {
                let expected = if key == "verbs" { "at least one" } else { "at least one element, or no such key" };
                problems.push(invalid(&format!(".{key}"), "an empty list", expected));
            }
        }
        for (key, limit) in [("namespaces", &self.namespaces), ("names", &self.names)] {
            if limit.is_some() && self.resources.is_none() && self.urls.is_some() {
                problems.push(invalid(
                    &format!(".{key}"),
                    "limits resources, and URLs have none",
                    "no such key beside `urls`",
                ));
            }
        }
        problems
    }
}
