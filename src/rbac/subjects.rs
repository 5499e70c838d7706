//! Which bindings a caller has.

use portcullis_core::Principal;

use super::claim::ClaimTest;
use super::definition::{PlacedBinding, PlacedCallers, PlacedSubject};
use super::lexicon::Map;

/// A binding, by its place in the definition.
pub(crate) type BindingId = u32;

/// The subjects of all bindings, found by what they ask for: a caller is compared with few of them.
#[derive(Debug, Default)]
pub(crate) struct Subjects {
    everyone: Vec<BindingId>,
    authenticated: Vec<BindingId>,
    backends: Map<Box<str>, Callers>,
}

/// The subjects of one backend. Each is under the one of its keys that fits the fewest.
#[derive(Debug, Default)]
struct Callers {
    by_user: Map<Box<str>, Vec<Rest>>,
    by_group: Map<Box<str>, Vec<Rest>>,
    by_scope: Map<Box<str>, Vec<Rest>>,
    others: Vec<Rest>,
}

/// What a subject asks for besides.
#[derive(Debug)]
struct Rest {
    binding: BindingId,
    group: Option<Box<str>>,
    scope: Option<Box<str>>,
    claims: Box<[(String, ClaimTest)]>,
}

impl Subjects {
    pub(crate) fn new(bindings: &[PlacedBinding]) -> Self {
        let mut subjects = Self::default();
        for (binding, placed) in bindings.iter().enumerate() {
            for subject in &placed.subjects {
                subjects.add(binding as BindingId, subject);
            }
        }
        subjects
    }

    fn add(&mut self, binding: BindingId, subject: &PlacedSubject) {
        let callers = match subject {
            PlacedSubject::Everyone => return self.everyone.push(binding),
            PlacedSubject::Authenticated => return self.authenticated.push(binding),
            PlacedSubject::Callers(callers) => callers,
        };
        let PlacedCallers { backend, user, group, scope, claims } = callers;
        let of_backend = self.backends.entry((**backend).into()).or_default();
        let (mut group, mut scope) = (group.as_deref().map(Box::from), scope.as_deref().map(Box::from));
        let list = if let Some(user) = user {
            of_backend.by_user.entry(user.as_str().into()).or_default()
        } else if let Some(group) = group.take() {
            of_backend.by_group.entry(group).or_default()
        } else if let Some(scope) = scope.take() {
            of_backend.by_scope.entry(scope).or_default()
        } else {
            &mut of_backend.others
        };
        list.push(Rest { binding, group, scope, claims: claims.clone().into() });
    }

    /// The bindings that the caller has, some perhaps more than once, until `visit` has found something.
    pub(crate) fn bindings<T>(
        &self,
        principal: &Principal,
        mut visit: impl FnMut(BindingId) -> Option<T>,
    ) -> Option<T> {
        let authenticated: &[_] = if principal.is_anonymous() { &[] } else { &self.authenticated };
        if let Some(found) = self.everyone.iter().chain(authenticated).find_map(|binding| visit(*binding)) {
            return Some(found);
        }
        let callers = self.backends.get(principal.backend())?;
        let mut fits =
            |rests: &Vec<Rest>| rests.iter().filter(|rest| rest.fits(principal)).find_map(|rest| visit(rest.binding));
        let found = callers.by_user.get(principal.name()).and_then(&mut fits).or_else(|| fits(&callers.others));
        if found.is_some() {
            return found;
        }
        // Without any subject by group, thousands of groups are not gone through.
        let groups = principal.groups().take(if callers.by_group.is_empty() { 0 } else { usize::MAX });
        if let Some(found) = groups.filter_map(|group| callers.by_group.get(group)).find_map(&mut fits) {
            return Some(found);
        }
        let scopes = principal.scopes().take(if callers.by_scope.is_empty() { 0 } else { usize::MAX });
        scopes.filter_map(|scope| callers.by_scope.get(scope)).find_map(&mut fits)
    }
}

impl Rest {
    fn fits(&self, principal: &Principal) -> bool {
        let claims = principal.claims();
        self.group.as_deref().is_none_or(|group| principal.in_group(group))
            && self.scope.as_deref().is_none_or(|scope| principal.has_scope(scope))
            && self.claims.iter().all(|(name, test)| claims.get(name).is_some_and(|value| test.fits(value)))
    }
}
