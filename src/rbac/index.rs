//! Which roles allow what, within which namespaces and of which names.

use super::asked::Asked;
use super::lexicon::{ANY, Id, Kind};
use super::shape::Shapes;
use super::table::{Key, Table};

/// A role, by its place in the definition.
pub(crate) type RoleId = u32;
/// A rule, counted through all roles.
pub(crate) type RuleId = u32;
/// A set of rules of one role, and so of namespaces and names.
pub(crate) type ScopeId = u32;
/// A set of namespaces that bindings are limited to.
pub(crate) type LimitId = u32;

/// No limit.
pub(crate) const UNLIMITED: LimitId = 0;

/// From the patterns of a verb and a resource to the roles that have them, and from there to the rule.
#[derive(Debug)]
pub(crate) struct Index {
    /// Where in `entries` those of a key are.
    pub(crate) keys: Table<(u32, u32)>,
    /// Of one key, sorted by role.
    pub(crate) entries: Box<[Entry]>,
    /// The rules of a scope by the patterns of a namespace and a name.
    pub(crate) within: Table<RuleId>,
    /// The namespaces of a limit.
    pub(crate) limits: Table<()>,
}

/// A role that has rules with some key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) role: RoleId,
    pub(crate) scope: Scope,
}

/// The rules of one role with some key.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Scope {
    /// This one allows it in every namespace, and of every name.
    Everywhere(RuleId),
    /// Those of this scope, which have these wildcards for them.
    Within(ScopeId, Wildcards),
}

/// The kinds of patterns that some rules have for a namespace and a name, as bits.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wildcards(u16);

/// What the rules of a scope are under.
pub(crate) fn key_within(scope: ScopeId, namespace: Id, name: Id) -> Key {
    (u64::from(namespace) << 32 | u64::from(name), u64::from(scope))
}

/// What a namespace of a limit is under.
pub(crate) fn key_of_limit(limit: LimitId, namespace: Id) -> Key {
    (u64::from(limit), u64::from(namespace))
}

impl Index {
    /// The roles that may allow what is asked, a few at a time, until `visit` has found something.
    pub(crate) fn entries<T>(
        &self,
        asked: &Asked<'_, '_>,
        shapes: Shapes,
        mut visit: impl FnMut(&[Entry]) -> Option<T>,
    ) -> Option<T> {
        asked.keys(shapes, |key| {
            let (start, end) = *self.keys.get(key)?;
            visit(self.entries.get(start as usize..end as usize)?)
        })
    }

    /// The rule of the scope that allows it.
    pub(crate) fn rule(&self, scope: Scope, asked: &Asked<'_, '_>) -> Option<RuleId> {
        match scope {
            Scope::Everywhere(rule) => Some(rule),
            Scope::Within(scope, wildcards) => {
                wildcards.iter().find_map(|(namespace, name)| self.rule_within(scope, namespace, name, asked))
            }
        }
    }

    fn rule_within(&self, scope: ScopeId, namespace: Kind, name: Kind, asked: &Asked<'_, '_>) -> Option<RuleId> {
        let lexicons = asked.lexicons();
        // What is not limited is not looked up.
        let namespaces = if namespace == Kind::Any { None } else { Some(asked.namespace()?) };
        let names = if name == Kind::Any { None } else { Some(asked.name()?) };
        let namespaces = namespaces.as_ref().map_or(&[ANY][..], |found| lexicons.namespaces.of(found, namespace));
        let names = names.as_ref().map_or(&[ANY][..], |found| lexicons.names.of(found, name));
        let mut pairs = namespaces.iter().flat_map(|namespace| names.iter().map(move |name| (*namespace, *name)));
        pairs.find_map(|(namespace, name)| self.within.get(key_within(scope, namespace, name)).copied())
    }

    /// Whether what is asked is within the limit of a binding.
    pub(crate) fn is_within(&self, limit: LimitId, asked: &Asked<'_, '_>) -> bool {
        if limit == UNLIMITED {
            return true;
        }
        let Some(found) = asked.namespace() else { return false };
        let mut patterns = found.word.iter().chain(asked.lexicons().namespaces.prefixes(&found));
        patterns.any(|namespace| self.limits.get(key_of_limit(limit, *namespace)).is_some())
    }
}

/// The kinds of a namespace and a name, by their bits in [`Wildcards`].
const PAIRS: [(Kind, Kind); 9] = {
    let mut pairs = [(Kind::Word, Kind::Word); 9];
    let mut bit = 0;
    while bit < pairs.len() {
        pairs[bit] = (Kind::ALL[bit % 3], Kind::ALL[bit / 3]);
        bit += 1;
    }
    pairs
};

impl Wildcards {
    pub(crate) fn add(&mut self, namespace: Kind, name: Kind) {
        if let Some(bit) = PAIRS.iter().position(|pair| *pair == (namespace, name)) {
            self.0 |= 1 << bit;
        }
    }

    fn iter(mut self) -> impl Iterator<Item = (Kind, Kind)> {
        std::iter::from_fn(move || {
            let pair = PAIRS.get(self.0.trailing_zeros() as usize)?;
            self.0 &= self.0 - 1;
            Some(*pair)
        })
    }
}
