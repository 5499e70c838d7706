//! Who is meant by a `[[binding]]`.

use std::collections::BTreeMap;
use std::fmt;

use portcullis_core::Invalid;
use portcullis_core::config::text;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::rbac::{ClaimTest, is_clean};

/// One of the `subjects` of a [`Binding`](super::Binding): a word, or a table of keys.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Subject {
    /// `"everyone"`: every caller of every backend, anonymous ones too.
    Everyone,
    /// `"authenticated"`: every caller of every backend who presented a credential.
    Authenticated,
    /// A table: the callers whom all of its keys fit.
    Callers(Callers),
}

/// The callers whom all of these keys fit. At least one key is required. Each is compared as it stands: there are no wildcards, and a
/// text with a `*` is refused, but for a claim's `"*"`.
///
/// ```toml
/// subjects = [
///     { backend = "corp", group = "ops", scope = "workflows" },
///     { backend = "corp", claims = { department = "payroll", on_call = "*" } },
///     { backend = "cluster", service_account = "argo:operator" },
/// ]
/// ```
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Callers {
    /// The `name` of the backend that vouches for the callers: alice of one backend is not alice of another. It may be the one
    /// of anonymous callers. Alone, it means all of its callers. Required where the file has several `[[backend]]`; default:
    /// the only one.
    ///
    /// ```toml
    /// backend = "corp"
    /// ```
    pub backend: Option<String>,

    /// The caller's name. One that begins with `system:` is of a backend of the kind `kubernetes`. Default: any.
    ///
    /// ```toml
    /// user = "alice"
    /// ```
    pub user: Option<String>,

    /// A group that the caller is in. One that begins with `system:` is of a backend of the kind `kubernetes`. Default: any,
    /// and none.
    ///
    /// ```toml
    /// group = "ops"
    /// ```
    pub group: Option<String>,

    /// A scope of the caller's token. Default: any, and none.
    ///
    /// ```toml
    /// scope = "orders:write"
    /// ```
    pub scope: Option<String>,

    /// A service account of a backend of the kind `kubernetes`, in the form `NAMESPACE:NAME`. It says the same as `user` with the name
    /// that the cluster gives it, behind the backend's `username_prefix`; so not together with `user`. All accounts of a namespace
    /// are the group `system:serviceaccounts:NAMESPACE`. Default: any caller.
    ///
    /// ```toml
    /// service_account = "argo:operator"
    /// ```
    pub service_account: Option<ServiceAccount>,

    /// Claims that the backend was told to carry. A string, an integer or a boolean is what the claim is, or has among its
    /// elements; `"*"` is any value but null, so `false`, `0`, `""`, `[]` and `{}` too. Default: none are looked at.
    ///
    /// ```toml
    /// claims = { department = "payroll", email_verified = true, on_call = "*" }
    /// ```
    pub claims: BTreeMap<String, ClaimTest>,
}

/// A service account's namespace and name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceAccount(Box<str>);

impl ServiceAccount {
    /// Reads `NAMESPACE:NAME`, both made as Kubernetes has them: lower case, digits, `-`, and in the name dots. None if it
    /// is anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (namespace, name) = text.split_once(':')?;
        // RFC 1123's labels in lower case.
        let is_label = |label: &str| {
            let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            !label.is_empty() && label.bytes().all(inner) && !label.starts_with('-') && !label.ends_with('-')
        };
        let fits = namespace.len() <= 63 && is_label(namespace) && name.len() <= 253 && name.split('.').all(is_label);
        fits.then(|| Self(text.into()))
    }

    /// As it stands in the file.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Subject {
    /// What is wrong with the subject at `path`, whatever backends there are.
    pub(super) fn check(&self, path: &str) -> Vec<Invalid> {
        let Self::Callers(callers) = self else { return Vec::new() };
        let mut problems = Vec::new();
        if *callers == Callers::default() {
            let expected = "at least one key, or one of the words `authenticated`, `everyone`";
            problems.push(Invalid::new(path, "means nobody").expected(expected));
        }
        for (key, text) in [("user", &callers.user), ("group", &callers.group), ("scope", &callers.scope)] {
            if text.as_deref().is_some_and(|text| !is_clean(text)) {
                let expected = "1 to 1024 bytes, without control characters and without white space at the ends";
                problems.push(Invalid::new(format!("{path}.{key}"), "wrong value").expected(expected));
            }
            // It would fit nobody, or somebody whose name has an asterisk.
            if text.as_deref().is_some_and(|text| text.contains('*')) {
                let expected = format!("the whole {key} without `*`, or the key left out for any");
                problems.push(Invalid::new(format!("{path}.{key}"), "subjects have no wildcards").expected(expected));
            }
        }
        if callers.user.is_some() && callers.service_account.is_some() {
            let invalid = Invalid::new(format!("{path}.service_account"), "stands beside `user`, and both are a name");
            problems.push(invalid.expected("the one or the other"));
        }
        problems
    }
}

impl<'de> Deserialize<'de> for Subject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SubjectVisitor)
    }
}

struct SubjectVisitor;

impl<'de> Visitor<'de> for SubjectVisitor {
    type Value = Subject;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "`\"everyone\"`, `\"authenticated\"` or a table of keys such as `{ backend = \"corp\", group = \"ops\" }`",
        )
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<Subject, E> {
        match word {
            "everyone" => Ok(Subject::Everyone),
            "authenticated" => Ok(Subject::Authenticated),
            _ => Err(E::unknown_variant(word, &["everyone", "authenticated"])),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, keys: A) -> Result<Subject, A::Error> {
        Callers::deserialize(MapAccessDeserializer::new(keys)).map(Subject::Callers)
    }
}

impl<'de> Deserialize<'de> for ServiceAccount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text::deserialize(deserializer, "`NAMESPACE:NAME`, as Kubernetes has them", Self::parse)
    }
}
