//! What a policy allows, straight from the words of the documentation: slow, and with nothing of what it is compared with but
//! the files as they were read.

#![allow(unreachable_patterns, reason = "outside of the crate there may be more variants")]

use super::surroundings::{
    Action, ActionTarget, Binding, Callers, ClaimTest, Pattern, Policy, Principal, Rule, Subject, Value,
};

/// A `[[backend]]` of the file: its name, and of one that knows service accounts, what it puts before user names.
pub(crate) type Backend<'a> = (&'a str, Option<&'a str>);

/// What allows it: the places of a rule and of a binding, as they are shown. All such pairs.
pub(crate) fn reasons(
    policy: &Policy,
    backends: &[Backend<'_>],
    principal: &Principal,
    action: &Action<'_>,
) -> Vec<(String, String)> {
    let mut reasons = Vec::new();
    for bound in policy.bindings() {
        let binding = bound.binding();
        if !binding.subjects.iter().any(|subject| is_meant(subject, backends, principal)) || !is_within(binding, action)
        {
            continue;
        }
        for role in policy.roles().filter(|role| has_role(binding, role.name())) {
            for (_, place) in role.rules().filter(|(rule, _)| fits(rule, action)) {
                reasons.push((place.to_string(), bound.place().to_string()));
            }
        }
    }
    reasons
}

fn has_role(binding: &Binding, name: &str) -> bool {
    binding.role.as_deref() == Some(name) || binding.roles.iter().flatten().any(|role| role == name)
}

fn is_meant(subject: &Subject, backends: &[Backend<'_>], principal: &Principal) -> bool {
    match subject {
        Subject::Everyone => true,
        Subject::Authenticated => !principal.is_anonymous(),
        Subject::Callers(callers) => are_meant(callers, backends, principal),
        _ => unreachable!("the files know no other subjects"),
    }
}

fn are_meant(callers: &Callers, backends: &[Backend<'_>], principal: &Principal) -> bool {
    let name = callers.backend.as_deref().unwrap_or(backends[0].0);
    if principal.backend() != name {
        return false;
    }
    if let Some(user) = &callers.user
        && principal.name() != user
    {
        return false;
    }
    if let Some(account) = &callers.service_account {
        let prefix = backends.iter().find(|(backend, _)| *backend == name).and_then(|(_, prefix)| *prefix);
        let prefix = prefix.expect("only a cluster has service accounts");
        if principal.name() != format!("{prefix}system:serviceaccount:{}", account.as_str()) {
            return false;
        }
    }
    if let Some(group) = &callers.group
        && !principal.groups().any(|own| own == group)
    {
        return false;
    }
    if let Some(scope) = &callers.scope
        && !principal.scopes().any(|own| own == scope)
    {
        return false;
    }
    callers.claims.iter().all(|(name, test)| match (principal.claims().get(name), test) {
        (None | Some(Value::Null), _) => false,
        (Some(_), ClaimTest::Present) => true,
        (Some(value), ClaimTest::Text(text)) => is_or_has(value, &Value::from(text.as_str())),
        (Some(value), ClaimTest::Integer(integer)) => is_or_has(value, &Value::from(*integer)),
        (Some(value), ClaimTest::Boolean(boolean)) => is_or_has(value, &Value::from(*boolean)),
        _ => unreachable!("the files know no other tests"),
    })
}

fn is_or_has(value: &Value, wanted: &Value) -> bool {
    match value {
        Value::Array(elements) => elements.contains(wanted),
        value => value == wanted,
    }
}

/// The limit of the binding.
fn is_within(binding: &Binding, action: &Action<'_>) -> bool {
    let Some(namespaces) = &binding.namespaces else { return true };
    namespaces.iter().any(|namespace| match (namespace.as_str(), action.target()) {
        ("*", _) => true,
        (namespace, ActionTarget::Resource(asked)) => word_fits(namespace, asked.namespace),
        _ => false,
    })
}

fn fits(rule: &Rule, action: &Action<'_>) -> bool {
    if !rule.verbs.iter().any(|verb| word_fits(verb.as_str(), action.verb())) {
        return false;
    }
    match action.target() {
        ActionTarget::Url(path) => rule.urls.iter().flatten().any(|url| word_fits(url.as_str(), path)),
        ActionTarget::Resource(asked) => {
            let limited = |list: &Option<Vec<_>>, word| match list {
                None => true,
                Some(list) => list.iter().any(|pattern: &Pattern| word_fits(pattern.as_str(), word)),
            };
            let resource = (asked.resource, asked.group, asked.subresource);
            rule.resources.iter().flatten().any(|pattern| resource_fits(pattern.as_str(), resource))
                && limited(&rule.namespaces, asked.namespace)
                && limited(&rule.names, asked.name)
        }
        _ => unreachable!("there are no other actions"),
    }
}

/// `*` fits everything, `a*` what begins with `a`, anything else itself.
fn word_fits(pattern: &str, word: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => word.starts_with(beginning),
        None => pattern == word,
    }
}

/// The table at `ResourcePattern`, row by row.
fn resource_fits(pattern: &str, (resource, group, subresource): (&str, &str, &str)) -> bool {
    if pattern == "*" {
        return true;
    }
    let (before, wanted) = match pattern.find('/') {
        Some(slash) => (&pattern[..slash], Some(&pattern[slash + 1..])),
        None => (pattern, None),
    };
    let (name, wanted_group) = match before.find('.') {
        Some(dot) => (&before[..dot], Some(&before[dot + 1..])),
        None => (before, None),
    };
    let group_fits = match (name, wanted_group) {
        ("*", None) => true,
        (_, None) => group.is_empty(),
        (_, Some(wanted)) => group == wanted,
    };
    let subresource_fits = match (name, wanted) {
        ("*", None) => true,
        (_, None) => subresource.is_empty(),
        (_, Some("*")) => !subresource.is_empty(),
        (_, Some(wanted)) => subresource == wanted,
    };
    word_fits(name, resource) && group_fits && subresource_fits
}
