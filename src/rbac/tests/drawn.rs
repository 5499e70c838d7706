//! Random policies, callers and actions.
//!
//! The words are few and alike, so that wildcards, prefixes of one another, empty texts and equal names of different kinds and
//! backends meet all the time.

use std::sync::Arc;

use portcullis_core::{Action, Principal};
use serde_json::{Value, json};

use super::draw::Draw;
use super::reference;
use crate::config::{Binding, Callers, Role, Rule, ServiceAccount, Subject};
use crate::rbac::{
    ClaimTest, Definition, Pattern, Place, PlacedBinding, PlacedCallers, PlacedRole, PlacedRule, PlacedSubject, Policy,
    ResourcePattern, UrlPattern,
};

const WORDS: &[&str] = &["a", "b", "ab", "abc", "a*", "ab*", "b*", "*"];
const ASKED: &[&str] = &["", "a", "b", "ab", "abc", "abcd", "ba", "a*", "*"];
const RESOURCES: &[&str] = &[
    "*", "a", "ab", "a.g", "ab.g", "a.g.h", "a/s", "a.g/s", "a/*", "a.g/*", "*.g", "*.h", "*/s", "*.g/s", "*/*",
    "*.g/*", "a*", "ab*", "a*.g", "a*/s", "a*/*",
];
const ASKED_RESOURCES: &[&str] = &["", "a", "ab", "abc", "b", "a.g", "a/s", "*"];
const ASKED_GROUPS: &[&str] = &["", "", "g", "h", "g.h", "*"];
const ASKED_SUBRESOURCES: &[&str] = &["", "", "s", "t", "*"];
const URLS: &[&str] = &["*", "/*", "/", "/a", "/a/*", "/a/b", "/a/b/*"];
const ASKED_URLS: &[&str] = &["", "/", "/a", "/a/", "/a/b", "/a/b/", "/a/b/c", "/ab", "a", "*"];
const NAMES: &[&str] = &["a", "b", "x", "system:serviceaccount:n:a", "p:system:serviceaccount:n:a"];

/// Two of them are clusters, one with a prefix.
pub(super) const BACKENDS: &[reference::Backend<'_>] = &[("x", None), ("a", Some("")), ("b", Some("p:"))];

/// How large a policy is at most.
pub(super) struct Size {
    roles: usize,
    rules: usize,
    bindings: usize,
    list: usize,
    /// What stands for `a`.
    letter: &'static str,
}

pub(super) const SMALL: Size = Size { roles: 4, rules: 3, bindings: 4, list: 3, letter: "a" };
pub(super) const LARGE: Size = Size { roles: 40, rules: 4, bindings: 60, list: 3, letter: "a" };
/// Words of 15, 16 and more bytes, which are kept in another way than shorter ones.
pub(super) const LONG: Size = Size { letter: "a-long-sentence", ..SMALL };

impl Size {
    fn one_of(&self, draw: &mut Draw, all: &[&str]) -> String {
        draw.one_of(all).replace('a', self.letter)
    }
}

fn words(draw: &mut Draw, size: &Size) -> Vec<Pattern> {
    draw.some(1, size.list, |draw| Pattern::parse(&size.one_of(draw, WORDS)).unwrap())
}

fn limit(draw: &mut Draw, size: &Size) -> Option<Vec<Pattern>> {
    draw.once_in(2).then(|| words(draw, size))
}

fn rule(draw: &mut Draw, size: &Size) -> Rule {
    let mut rule = Rule { verbs: words(draw, size), resources: None, namespaces: None, names: None, urls: None };
    if draw.once_in(4) {
        rule.urls = Some(draw.some(1, size.list, |draw| UrlPattern::parse(&size.one_of(draw, URLS)).unwrap()));
    } else {
        rule.resources =
            Some(draw.some(1, size.list, |draw| ResourcePattern::parse(&size.one_of(draw, RESOURCES)).unwrap()));
        rule.namespaces = limit(draw, size);
        rule.names = limit(draw, size);
    }
    rule
}

fn subject(draw: &mut Draw) -> Subject {
    match draw.below(8) {
        0 => return Subject::Everyone,
        1 => return Subject::Authenticated,
        _ => {}
    }
    let (backend, prefix) = draw.one_of(BACKENDS);
    let text = |draw: &mut Draw| draw.once_in(4).then(|| draw.one_of(NAMES).to_owned());
    let mut callers = Callers { backend: Some(backend.to_owned()), ..Callers::default() };
    (callers.user, callers.group, callers.scope) = (text(draw), text(draw), text(draw));
    if callers.user.is_none() && prefix.is_some() && draw.once_in(4) {
        callers.service_account = ServiceAccount::parse("n:a");
    }
    let tests = [
        ClaimTest::Present,
        ClaimTest::Text("a".to_owned()),
        ClaimTest::Text("1".to_owned()),
        ClaimTest::Integer(1),
        ClaimTest::Boolean(true),
    ];
    if draw.once_in(4) {
        let claims = draw.some(1, 3, |draw| (draw.one_of(&["a", "b"]).to_owned(), draw.one_of(&tests)));
        callers.claims = claims.into_iter().collect();
    }
    Subject::Callers(callers)
}

/// What [`Backends`](crate::config) makes of it.
fn placed(subject: &Subject) -> PlacedSubject {
    let callers = match subject {
        Subject::Everyone => return PlacedSubject::Everyone,
        Subject::Authenticated => return PlacedSubject::Authenticated,
        Subject::Callers(callers) => callers.clone(),
    };
    let backend = callers.backend.unwrap();
    let prefix = BACKENDS.iter().find(|(name, _)| *name == backend).unwrap().1.unwrap_or_default();
    let account = callers.service_account.map(|account| format!("{prefix}system:serviceaccount:{}", account.as_str()));
    PlacedSubject::Callers(PlacedCallers {
        backend: backend.into(),
        user: account.or(callers.user),
        group: callers.group,
        scope: callers.scope,
        claims: callers.claims.into_iter().collect(),
    })
}

/// A policy, with a place of its own for everything.
pub(super) fn policy(draw: &mut Draw, size: &Size) -> Policy {
    let file: Arc<str> = "p".into();
    let mut lines = 0;
    let mut place = || {
        lines += 1;
        Place::new(Arc::clone(&file), lines)
    };
    let mut definition = Definition::default();
    for index in 0..1 + draw.below(size.roles) {
        let Role { rules } = Role { rules: draw.some(0, size.rules + 1, |draw| rule(draw, size)) };
        let rules = rules.into_iter().map(|rule| PlacedRule { rule, place: place() }).collect();
        definition.roles.push(PlacedRole { name: format!("r{index}").into(), place: place(), rules });
    }
    for _ in 0..1 + draw.below(size.bindings) {
        let roles = draw.some(1, 3, |draw| draw.below(definition.roles.len()));
        let names = roles.iter().map(|role| definition.roles[*role].name.to_string()).collect();
        let subjects = draw.some(0, 4, subject);
        let binding = Binding { role: None, roles: Some(names), subjects, namespaces: limit(draw, size) };
        let subjects = binding.subjects.iter().map(placed).collect();
        definition.bindings.push(PlacedBinding { binding, place: place(), roles, subjects });
    }
    Policy::compile(definition).unwrap()
}

/// Somebody whom a subject of the policy means, or nearly; or anybody.
pub(super) fn principal(draw: &mut Draw, policy: &Policy) -> Principal {
    let subjects: Vec<_> = policy.bindings().flat_map(|bound| &bound.binding().subjects).collect();
    let meant = match subjects.get(draw.below(subjects.len() + 1)) {
        Some(Subject::Callers(callers)) => callers.clone(),
        _ => Callers::default(),
    };
    // Each key by itself is now and then another one.
    let mut is_meant = || !draw.once_in(10);
    let (backend, user, group) = (is_meant(), is_meant(), is_meant());
    let (scope, claims) = (is_meant(), is_meant());
    let prefix = BACKENDS.iter().find(|(name, _)| Some(*name) == meant.backend.as_deref());
    let prefix = prefix.and_then(|(_, prefix)| *prefix).unwrap_or_default();
    let account = meant.service_account.map(|account| format!("{prefix}system:serviceaccount:{}", account.as_str()));
    let name = account.or(meant.user).filter(|_| user).unwrap_or_else(|| draw.one_of(NAMES).to_owned());
    let backend = meant.backend.filter(|_| backend);
    let backend = backend.unwrap_or_else(|| draw.one_of(&["x", "a", "b", "", "*"]).to_owned());
    let mut principal = Principal::builder(name).backend(backend);
    principal = principal.groups(draw.some(0, 3, |draw| draw.one_of(NAMES))).groups(meant.group.filter(|_| group));
    principal = principal.scopes(draw.some(0, 2, |draw| draw.one_of(NAMES))).scopes(meant.scope.filter(|_| scope));
    for name in draw.some(0, 3, |draw| draw.one_of(&["a", "b"])) {
        principal = principal.claim(name, value(draw));
    }
    for (name, test) in meant.claims.into_iter().filter(|_| claims) {
        let fitting = match test {
            ClaimTest::Text(text) => json!(text),
            ClaimTest::Integer(integer) => json!(integer),
            ClaimTest::Boolean(boolean) => json!(boolean),
            ClaimTest::Present => value(draw),
        };
        principal = principal.claim(name, if draw.once_in(3) { json!([value(draw), fitting]) } else { fitting });
    }
    if draw.once_in(8) { principal.anonymous() } else { principal }.build()
}

/// What a claim may have.
fn value(draw: &mut Draw) -> Value {
    draw.one_of(&[
        json!("a"),
        json!("1"),
        json!(1),
        json!(1.0),
        json!(true),
        json!(false),
        json!(null),
        json!(["a", 1, [true]]),
        json!([]),
        json!({ "a": 1 }),
        json!(""),
    ])
}

/// The parts of an action, before it borrows them.
#[derive(Default)]
pub(super) struct Parts {
    verb: String,
    url: Option<String>,
    resource: String,
    group: String,
    subresource: String,
    namespace: String,
    name: String,
}

impl Parts {
    pub(super) fn any(draw: &mut Draw, size: &Size) -> Self {
        let mut of = |all: &[&str]| size.one_of(draw, all);
        let (verb, namespace, name) = (of(ASKED), of(ASKED), of(ASKED));
        let (resource, group, subresource) = (of(ASKED_RESOURCES), of(ASKED_GROUPS), of(ASKED_SUBRESOURCES));
        let url = draw.once_in(5).then(|| size.one_of(draw, ASKED_URLS));
        Self { verb, url, resource, group, subresource, namespace, name }
    }

    /// What a rule of the policy is about, or nearly.
    pub(super) fn near(draw: &mut Draw, size: &Size, policy: &Policy) -> Option<Self> {
        let rules: Vec<_> = policy.roles().flat_map(|role| role.rules()).map(|(rule, _)| rule).collect();
        let rule = *rules.get(draw.below(rules.len() + 1))?;
        let mut parts = Self::any(draw, size);
        let mut word = |pattern: &str| match pattern.strip_suffix('*') {
            Some(beginning) => format!("{beginning}{}", size.one_of(draw, &["", "a", "b"])),
            None => pattern.to_owned(),
        };
        parts.verb = word(rule.verbs[0].as_str());
        for (part, list) in [(&mut parts.namespace, &rule.namespaces), (&mut parts.name, &rule.names)] {
            if let Some(patterns) = list {
                *part = word(patterns[0].as_str());
            }
        }
        parts.url = rule.urls.as_ref().map(|urls| word(urls[0].as_str()));
        if let Some(resources) = &rule.resources {
            let text = resources[0].as_str();
            let (left, subresource) = text.split_once('/').unwrap_or((text, ""));
            let (resource, group) = left.split_once('.').unwrap_or((left, ""));
            (parts.resource, parts.group, parts.subresource) = (word(resource), group.to_owned(), word(subresource));
        }
        Some(parts)
    }

    pub(super) fn action(&self) -> Action<'_> {
        match &self.url {
            Some(url) => Action::url(&self.verb, url),
            None => Action::new(&self.verb, &self.resource)
                .group(&self.group)
                .subresource(&self.subresource)
                .namespace(&self.namespace)
                .name(&self.name),
        }
    }
}
