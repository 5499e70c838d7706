//! From the roles of the files to the index.

use super::asked::{Lexicons, key_of_resource};
use super::definition::PlacedRole;
use super::index::{Index, LimitId, RoleId, RuleId, UNLIMITED, key_of_limit};
use super::lexicon::{ANY, EMPTY, Id, Kind, Map, SOME, URL, Words};
use super::pattern::{Form, Pattern, ResourcePattern, Subresource, UrlPattern};
use super::shape::{Shape, Shapes, TargetShape};
use super::table::{Key, Table};
use crate::config::Rule;

mod scopes;

/// Combinations of verbs with resources, and of namespaces with names, in all rules together: ten times as many as large
/// policies have, and so few that they do not fill the memory.
const MAX_COMBINATIONS: u64 = 1 << 21;

/// A policy whose lists multiply to more than anybody means.
#[derive(Debug)]
pub(crate) struct TooLarge {
    /// The role of the rule that multiplies most.
    pub(crate) role: usize,
    /// Which of its rules.
    pub(crate) rule: usize,
    /// How many combinations there may be in all.
    pub(crate) most: u64,
}

/// What becomes of roles and of the limits of bindings.
#[derive(Default)]
pub(super) struct Compiler {
    verbs: Words,
    resources: Words,
    groups: Words,
    subresources: Words,
    namespaces: Words,
    names: Words,
    urls: Words,
    /// Every rule, under every key that it has.
    keyed: Vec<(Key, RoleId, RuleId)>,
    /// What each rule is limited to.
    within: Vec<Within>,
    /// The shapes of each role.
    pub(super) shapes: Vec<Shapes>,
    limits: Map<Vec<Id>, LimitId>,
}

/// A pattern with its kind.
type Kinded = (Kind, Id);

/// The namespaces and names that a rule is limited to.
struct Within {
    namespaces: Vec<Kinded>,
    names: Vec<Kinded>,
}

impl Compiler {
    /// Takes the roles in, all of them.
    pub(super) fn roles(&mut self, roles: &[PlacedRole]) -> Result<(), TooLarge> {
        let all = roles.iter().flat_map(|role| &role.rules);
        if all.map(|rule| combinations(&rule.rule)).sum::<u64>() > MAX_COMBINATIONS {
            return Err(too_large(roles));
        }
        for (role, placed) in roles.iter().enumerate() {
            let shapes = placed
                .rules
                .iter()
                .fold(Shapes::default(), |shapes, rule| shapes.or(self.rule(role as RoleId, &rule.rule)));
            self.shapes.push(shapes);
        }
        Ok(())
    }

    /// The namespaces of a binding; the same ones are the same limit.
    pub(super) fn limit(&mut self, namespaces: Option<&[Pattern]>) -> LimitId {
        let patterns = kinded(&mut self.namespaces, namespaces);
        if patterns == [(Kind::Any, ANY)] {
            return UNLIMITED;
        }
        let mut ids: Vec<Id> = patterns.into_iter().map(|(_, id)| id).collect();
        ids.sort_unstable();
        ids.dedup();
        let next = UNLIMITED + 1 + self.limits.len() as LimitId;
        *self.limits.entry(ids).or_insert(next)
    }

    pub(super) fn finish(self, roles: &[PlacedRole]) -> Result<(Lexicons, Index), TooLarge> {
        let limits = self.limits.iter().flat_map(|(ids, limit)| ids.iter().map(|id| (key_of_limit(*limit, *id), ())));
        let limits = Table::new(limits.collect::<Vec<_>>().into_iter());
        let index = scopes::index(self.keyed, &self.within, limits).ok_or_else(|| too_large(roles))?;
        let lexicons = Lexicons {
            verbs: self.verbs.finish(),
            resources: self.resources.finish(),
            groups: self.groups.finish(),
            subresources: self.subresources.finish(),
            namespaces: self.namespaces.finish(),
            names: self.names.finish(),
            urls: self.urls.finish(),
        };
        Ok((lexicons, index))
    }

    /// Adds a rule, and returns its shapes.
    fn rule(&mut self, role: RoleId, rule: &Rule) -> Shapes {
        let id = self.within.len() as RuleId;
        let verbs = kinded(&mut self.verbs, Some(&rule.verbs));
        let mut shapes = Shapes::default();
        for (target, resource, group, subresource) in self.targets(rule) {
            for (verb, verb_id) in &verbs {
                shapes.add(Shape { verb: *verb, target });
                self.keyed.push((key_of_resource(*verb_id, resource, group, subresource), role, id));
            }
        }
        let namespaces = kinded(&mut self.namespaces, rule.namespaces.as_deref());
        let names = kinded(&mut self.names, rule.names.as_deref());
        self.within.push(Within { namespaces, names });
        shapes
    }

    /// What the rule's verbs are for: resource, group and subresource; or path.
    fn targets(&mut self, rule: &Rule) -> Vec<(TargetShape, Id, Id, Id)> {
        let resource = |pattern: &ResourcePattern| {
            let parts = pattern.parts();
            let group = parts.group.map_or(ANY, |group| self.groups.add(Form::Word(group)));
            let subresource = match parts.subresource {
                Subresource::Is(subresource) => self.subresources.add(Form::Word(subresource)),
                Subresource::Some => SOME,
                Subresource::Any => ANY,
            };
            (TargetShape::of_resource(parts), self.resources.add(parts.resource), group, subresource)
        };
        let resources: Vec<_> = rule.resources.iter().flatten().map(resource).collect();
        // As `key_of_url` has it.
        let url =
            |pattern: &UrlPattern| (TargetShape::of_url(pattern.form()), self.urls.add(pattern.form()), URL, EMPTY);
        let urls = rule.urls.iter().flatten().map(url);
        resources.into_iter().chain(urls).collect()
    }
}

/// The patterns of a list, or `*` alone if that is among them or there is no list.
fn kinded(words: &mut Words, list: Option<&[Pattern]>) -> Vec<Kinded> {
    let forms = || list.into_iter().flatten().map(Pattern::form);
    if list.is_none() || forms().any(|form| form == Form::Any) {
        return vec![(Kind::Any, ANY)];
    }
    forms().map(|form| (Kind::of(form), words.add(form))).collect()
}

/// How much the lists of a rule multiply to.
fn combinations(rule: &Rule) -> u64 {
    let length = |list: Option<&[Pattern]>| {
        let is_any = list.is_none_or(|list| list.iter().any(|pattern| pattern.form() == Form::Any));
        if is_any { 1 } else { list.map_or(1, <[_]>::len) as u64 }
    };
    let targets = rule.resources.as_ref().map_or(0, Vec::len) + rule.urls.as_ref().map_or(0, Vec::len);
    length(Some(&rule.verbs)) * targets as u64 + length(rule.namespaces.as_deref()) * length(rule.names.as_deref())
}

fn too_large(roles: &[PlacedRole]) -> TooLarge {
    let rules = roles.iter().enumerate().flat_map(|(role, placed)| {
        placed.rules.iter().enumerate().map(move |(index, rule)| (combinations(&rule.rule), role, index))
    });
    let (_, role, rule) = rules.max_by_key(|(combinations, ..)| *combinations).unwrap_or_default();
    TooLarge { role, rule, most: MAX_COMBINATIONS }
}
