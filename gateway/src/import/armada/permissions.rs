//! `permissionGroupMapping`, `permissionScopeMapping`, `permissionClaimMapping`

use std::collections::{BTreeMap, HashSet};

use portcullis::config::ServiceAccount;

use super::{Backends, not_understood};
use crate::failure::Failure;
use crate::import::claim::path_of;
use crate::import::draft::{Draft, Mark, Value, shown, table};
use crate::import::yaml::Item;

/// Armada's global permissions, and what they are in a rule. The queue is the namespace of an action, so that a rule without
/// `namespaces` is for all queues.
const GLOBAL: [(&str, &[&str], &str); 14] = [
    ("submit_any_jobs", &["submit"], "jobs"),
    ("cancel_any_jobs", &["cancel"], "jobs"),
    ("reprioritize_any_jobs", &["reprioritize"], "jobs"),
    ("preempt_any_jobs", &["preempt"], "jobs"),
    ("watch_all_events", &["watch"], "events"),
    // Armada asks for the same permission where a queue is changed.
    ("create_queue", &["create", "update"], "queues"),
    ("delete_queue", &["delete"], "queues"),
    ("cordon_queue", &["cordon"], "queues"),
    ("cordon_nodes", &["cordon"], "nodes"),
    ("execute_jobs", &["execute"], "jobs"),
    ("update_executor_settings", &["update"], "executors"),
    ("create_retry_policy", &["create"], "retrypolicies"),
    ("update_retry_policy", &["update"], "retrypolicies"),
    ("delete_retry_policy", &["delete"], "retrypolicies"),
];

/// Those that older versions asked for besides what a queue says of its owners.
const OF_OWNERS: [&str; 4] = ["submit_jobs", "cancel_jobs", "reprioritize_jobs", "watch_events"];

const MAPPINGS: [(&str, By); 3] = [
    ("permissionGroupMapping", By::Group),
    ("permissionScopeMapping", By::Scope),
    ("permissionClaimMapping", By::Claim),
];

/// By what a permission is given.
#[derive(Clone, Copy)]
enum By {
    Group,
    Scope,
    Claim,
}

/// The claims that permissions are given by.
pub(super) fn claims<'a>(auth: &Item<'a>) -> Result<Vec<&'a str>, Failure> {
    let mut claims = Vec::new();
    let mut known = HashSet::new();
    for (_, permission) in
        auth.member("permissionClaimMapping")?.map_or_else(|| Ok(Vec::new()), |item| item.members())?
    {
        for claim in permission.texts()? {
            if is_name(claim) && known.insert(claim) {
                claims.push(claim);
            }
        }
    }
    Ok(claims)
}

/// A role for each permission that somebody has, and those who have it.
pub(super) fn write(auth: &Item<'_>, known: &Backends, draft: &mut Draft) -> Result<(), Failure> {
    let mut given: BTreeMap<usize, Vec<Value>> = BTreeMap::new();
    let mut notes = Notes::default();
    for (key, by) in MAPPINGS {
        for (name, item) in auth.member(key)?.map_or_else(|| Ok(Vec::new()), |mapping| mapping.members())? {
            let holders = item.texts()?;
            let name = name.to_lowercase();
            match GLOBAL.iter().position(|(permission, ..)| *permission == name) {
                Some(index) => {
                    let subjects = given.entry(index).or_default();
                    for holder in holders {
                        let found = subjects_of(by, holder, known);
                        if found.is_empty() {
                            notes.nobody.push(format!("{} of {}", shown(holder), shown(item.path())));
                        }
                        subjects.extend(found);
                    }
                }
                None if OF_OWNERS.contains(&name.as_str()) => notes.of_owners.push(shown(item.path())),
                None => notes.unknown.push(shown(item.path())),
            }
        }
    }
    draft.blank();
    draft.comment(
        "What callers may do in every queue. The queue is the namespace of an action; what a queue grants to its owners is the \
         service's to say, or that of a binding with `namespaces = [\"QUEUE\"]`.",
    );
    notes.write(draft);
    for (index, subjects) in given.into_iter().filter(|(_, subjects)| !subjects.is_empty()) {
        let (permission, verbs, resource) = GLOBAL[index];
        let rule = table([("verbs", verbs.iter().copied().collect()), ("resources", [resource].into_iter().collect())]);
        draft.blank();
        draft.header_of("role", permission);
        draft.key("rules", Value::List(vec![rule]));
        draft.blank();
        draft.header("[[binding]]");
        draft.key("role", permission);
        draft.key("subjects", Value::List(subjects));
    }
    Ok(())
}

/// Who is meant.
fn subjects_of(by: By, holder: &str, known: &Backends) -> Vec<Value> {
    let subject = |backend: &str, key: &str, value: Value| table([("backend", backend.into()), (key, value)]);
    let openid = known.openid.as_ref().filter(|_| is_name(holder));
    match by {
        By::Scope => openid.map(|_| subject("oidc", "scope", holder.into())).into_iter().collect(),
        By::Claim => {
            let claims = || Value::Table(vec![(path_of(holder), "*".into())]);
            openid.map(|_| subject("oidc", "claims", claims())).into_iter().collect()
        }
        By::Group if holder == "everyone" => vec!["everyone".into()],
        By::Group => {
            // Armada had a cluster's user in a group of the same name, and in no other.
            if let Some(account) = holder.strip_prefix("system:serviceaccount:").and_then(ServiceAccount::parse) {
                return match known.kubernetes {
                    true => vec![subject("kubernetes", "service_account", account.as_str().into())],
                    false => Vec::new(),
                };
            }
            let own = |backend, name: Option<&str>| {
                name.filter(|name| is_group(name)).map(|name| subject(backend, "group", name.into()))
            };
            let of_tickets = known.kerberos.as_ref().and_then(|groups| groups.own(holder));
            let openid = openid.filter(|openid| openid.has_groups);
            let subjects = [
                own("basic", known.basic.then_some(holder)),
                own("oidc", openid.map(|_| holder)),
                own("kerberos", of_tickets),
            ];
            subjects.into_iter().flatten().collect()
        }
    }
}

/// Whether a group of another backend than the cluster's can be called so.
fn is_group(name: &str) -> bool {
    is_name(name) && !name.starts_with("system:")
}

/// Whether a subject can be called so.
fn is_name(text: &str) -> bool {
    (1..=1024).contains(&text.len())
        && text.trim() == text
        && !text.contains('*')
        && !text.chars().any(char::is_control)
}

/// What did not become a binding.
#[derive(Default)]
struct Notes {
    nobody: Vec<String>,
    of_owners: Vec<String>,
    unknown: Vec<String>,
}

impl Notes {
    fn write(&self, draft: &mut Draft) {
        not_understood(&self.unknown, draft);
        if !self.of_owners.is_empty() {
            draft.note(
                Mark::NoEquivalent,
                &format!(
                    "{}: older versions asked for these in a caller's own queues. A role for them would be one for every queue, \
                     so there is none.",
                    self.of_owners.join(", ")
                ),
            );
        }
        if !self.nobody.is_empty() {
            draft.note(
                Mark::NoEquivalent,
                &format!("{}: no entry of this file has such callers.", self.nobody.join(", ")),
            );
        }
    }
}
