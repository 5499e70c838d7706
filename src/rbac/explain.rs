//! Why something is allowed, or is not: for `portcullis explain`.

use std::collections::HashMap;
use std::fmt;

use portcullis_core::{Action, ActionTarget, Principal};

use super::allowed::Allowed;
use super::asked::Asked;
use super::definition::{Definition, PlacedRole};
use super::index::RoleId;
use super::pattern::Pattern;
use super::place::Place;
use super::policy::Policy;
use crate::config::Rule;

/// As many rules as somebody wants to read who looks for the one that was meant.
const MAX_NEAR: usize = 5;

/// Places of bindings that are shown of one role.
const MAX_PLACES: usize = 3;

/// What a [`Policy`] makes of an action, and why. Displayed as several lines.
#[derive(Clone, Debug)]
#[must_use]
pub struct Explanation<'p> {
    allowed: Option<Allowed<'p>>,
    near: Vec<NearRule<'p>>,
}

/// A rule that does not allow something, though it is about the same verb or the same resource.
#[derive(Clone, Debug)]
pub struct NearRule<'p> {
    role: &'p PlacedRole,
    index: usize,
    failing: Vec<Failing>,
    /// Where the role is bound, to whomever.
    bindings: Vec<&'p Place>,
}

/// What of a rule does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failing {
    /// The verb is none of the rule's.
    Verb,
    /// The resource is none of the rule's.
    Resource,
    /// The path is none of the rule's.
    Url,
    /// The namespace is none of the rule's.
    Namespace,
    /// The name is none of the rule's.
    Name,
    /// The caller is bound to the role, but only in other namespaces, by the binding at this place.
    BoundElsewhere(Place),
    /// The caller is not bound to the role.
    NotBound,
}

impl<'p> Explanation<'p> {
    /// What allows it. None if the policy does not.
    #[must_use]
    pub fn allowed(&self) -> Option<Allowed<'p>> {
        self.allowed
    }

    /// If it is not allowed: the rules that would allow it if the least of them or of the caller were different, and about the same
    /// verb or resource. The nearest come first, and of those that are equally near the first in the files. At most 5.
    pub fn nearest(&self) -> impl ExactSizeIterator<Item = &NearRule<'p>> {
        self.near.iter()
    }
}

impl NearRule<'_> {
    /// The role.
    #[must_use]
    pub fn role(&self) -> &str {
        &self.role.name
    }

    /// Which rule of the role it is, from 1.
    #[must_use]
    pub fn number(&self) -> usize {
        self.index + 1
    }

    /// Where it stands.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.role.rules[self.index].place
    }

    /// What of it does not fit. At least one thing.
    #[must_use]
    pub fn failing(&self) -> &[Failing] {
        &self.failing
    }
}

impl Policy {
    /// Says what it makes of an action, and why. Looks at every rule, so it is not for every request.
    ///
    /// The caller is as a backend would have it: with the names of its groups, its scopes and the claims that bindings ask for.
    pub fn explain(&self, principal: &Principal, action: &Action<'_>) -> Explanation<'_> {
        let allowed = self.decide_for(principal, action);
        let near = if allowed.is_some() { Vec::new() } else { self.nearest(principal, action) };
        Explanation { allowed, near }
    }

    fn nearest(&self, principal: &Principal, action: &Action<'_>) -> Vec<NearRule<'_>> {
        let Definition { roles, bindings } = &self.compiled().definition;
        let bound = self.bound(principal, action);
        let mut near = Vec::new();
        for (id, role) in roles.iter().enumerate() {
            let unbound = match bound.get(&(id as RoleId)) {
                Some(failing) => failing.clone(),
                None => Some(Failing::NotBound),
            };
            for (index, rule) in role.rules.iter().enumerate() {
                if let Some(mut failing) = failing(&rule.rule, action) {
                    failing.extend(unbound.clone());
                    near.push((id, NearRule { role, index, failing, bindings: Vec::new() }));
                }
            }
        }
        near.sort_by_key(|(_, rule)| rule.failing.len());
        near.truncate(MAX_NEAR);
        let places =
            |role| bindings.iter().filter(move |placed| placed.roles.contains(&role)).map(|placed| &placed.place);
        near.into_iter().map(|(role, rule)| NearRule { bindings: places(role).collect(), ..rule }).collect()
    }

    /// The roles that the caller is bound to, each with what is wrong with the binding.
    fn bound(&self, principal: &Principal, action: &Action<'_>) -> HashMap<RoleId, Option<Failing>> {
        let compiled = self.compiled();
        let mut bound = HashMap::new();
        let asked = Asked::new(&compiled.lexicons, action);
        let _: Option<()> = self.units_of(principal, |_, unit| {
            if compiled.index.is_within(unit.limit, &asked) {
                bound.insert(unit.role, None);
            } else {
                let place = &compiled.definition.bindings[unit.binding as usize].place;
                bound.entry(unit.role).or_insert_with(|| Some(Failing::BoundElsewhere(place.clone())));
            }
            None
        });
        bound
    }
}

/// What of the rule does not fit the action; none if it is about something else altogether.
fn failing(rule: &Rule, action: &Action<'_>) -> Option<Vec<Failing>> {
    let fits = |list: &Option<Vec<Pattern>>, word: &str| {
        list.as_ref().is_none_or(|list| list.iter().any(|pattern| pattern.fits(word)))
    };
    let verb = rule.verbs.iter().any(|pattern| pattern.fits(action.verb()));
    let (target, what, namespace, name) = match action.target() {
        ActionTarget::Resource(asked) => {
            let target = rule.resources.as_ref()?.iter().any(|pattern| pattern.fits(&asked));
            let (namespace, name) = (fits(&rule.namespaces, asked.namespace), fits(&rule.names, asked.name));
            (target, Failing::Resource, namespace, name)
        }
        ActionTarget::Url(path) => {
            (rule.urls.as_ref()?.iter().any(|pattern| pattern.fits(path)), Failing::Url, true, true)
        }
        _ => return None,
    };
    let parts = [(verb, Failing::Verb), (target, what), (namespace, Failing::Namespace), (name, Failing::Name)];
    (verb || target).then(|| parts.into_iter().filter(|(fits, _)| !fits).map(|(_, failing)| failing).collect())
}

impl fmt::Display for Explanation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(allowed) = &self.allowed {
            return write!(f, "allowed by {allowed}");
        }
        f.write_str("not allowed by the policy")?;
        match self.near.is_empty() {
            true => f.write_str("; no rule is about the same verb or the same resource"),
            false => f.write_str("; the nearest rules:"),
        }?;
        self.near.iter().try_for_each(|rule| write!(f, "\n- {rule}"))
    }
}

impl fmt::Display for NearRule<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "role {}, rule {} ({}): ", self.role(), self.number(), self.place())?;
        for (index, failing) in self.failing.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { ", " })?;
            match failing {
                Failing::Verb => f.write_str("other verbs"),
                Failing::Resource => f.write_str("other resources"),
                Failing::Url => f.write_str("other paths"),
                Failing::Namespace => f.write_str("other namespaces"),
                Failing::Name => f.write_str("other names"),
                Failing::BoundElsewhere(place) => write!(f, "bound in other namespaces ({place})"),
                Failing::NotBound => self.not_bound(f),
            }?;
        }
        Ok(())
    }
}

impl NearRule<'_> {
    fn not_bound(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places: Vec<_> = self.bindings.iter().take(MAX_PLACES).map(ToString::to_string).collect();
        let more = if self.bindings.len() > MAX_PLACES { " and elsewhere" } else { "" };
        match places.is_empty() {
            true => f.write_str("nobody is bound to the role"),
            false => write!(f, "the caller is not bound to the role (as others are at {}{more})", places.join(", ")),
        }
    }
}
