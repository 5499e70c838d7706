//! From rules under keys to the index.

use super::{Kinded, MAX_COMBINATIONS, Within};
use crate::rbac::index::{Entry, Index, RoleId, RuleId, Scope, ScopeId, Wildcards, key_within};
use crate::rbac::lexicon::{Kind, Map};
use crate::rbac::table::{Key, Table};

/// The index, unless it has too many combinations.
pub(super) fn index(mut keyed: Vec<(Key, RoleId, RuleId)>, rules: &[Within], limits: Table<()>) -> Option<Index> {
    keyed.sort_unstable();
    keyed.dedup();
    let mut scopes = Scopes { rules, known: Map::default(), within: Vec::new() };
    let mut keys = Vec::new();
    let mut entries = Vec::new();
    for of_key in keyed.chunk_by(|(a, ..), (b, ..)| a == b) {
        let start = entries.len() as u32;
        for of_role in of_key.chunk_by(|(_, a, _), (_, b, _)| a == b) {
            let scope = scopes.add(of_role.iter().map(|(_, _, rule)| *rule))?;
            entries.push(Entry { role: of_role[0].1, scope });
        }
        keys.push((of_key[0].0, (start, entries.len() as u32)));
    }
    drop(keyed);
    let (keys, within) = (Table::new(keys.into_iter()), Table::new(scopes.within.into_iter()));
    Some(Index { keys, entries: entries.into(), within, limits })
}

/// The scopes so far. Many keys share one.
struct Scopes<'a> {
    rules: &'a [Within],
    known: Map<Vec<RuleId>, Scope>,
    within: Vec<(Key, RuleId)>,
}

impl Scopes<'_> {
    /// The scope of these rules of one role.
    fn add(&mut self, rules: impl Iterator<Item = RuleId>) -> Option<Scope> {
        let rules: Vec<RuleId> = rules.collect();
        // Whatever the others are limited to, that one is not.
        if let Some(everywhere) = rules.iter().find(|rule| self.rules[**rule as usize].is_everywhere()) {
            return Some(Scope::Everywhere(*everywhere));
        }
        if let Some(scope) = self.known.get(&rules) {
            return Some(*scope);
        }
        let id = self.known.len() as ScopeId;
        let scope = Scope::Within(id, self.combine(id, &rules)?);
        self.known.insert(rules, scope);
        Some(scope)
    }

    /// Each namespace with each name of each rule; and the wildcards among them.
    fn combine(&mut self, scope: ScopeId, rules: &[RuleId]) -> Option<Wildcards> {
        let mut wildcards = Wildcards::default();
        for rule in rules {
            let Within { namespaces, names } = &self.rules[*rule as usize];
            if (self.within.len() + namespaces.len() * names.len()) as u64 > MAX_COMBINATIONS {
                return None;
            }
            for (namespace_kind, namespace) in namespaces {
                for (name_kind, name) in names {
                    wildcards.add(*namespace_kind, *name_kind);
                    self.within.push((key_within(scope, *namespace, *name), *rule));
                }
            }
        }
        Some(wildcards)
    }
}

impl Within {
    fn is_everywhere(&self) -> bool {
        let is_any = |list: &[Kinded]| matches!(list, [(Kind::Any, _)]);
        is_any(&self.namespaces) && is_any(&self.names)
    }
}
