//! The roles of each binding, and what is said when one of their rules decides.

use portcullis_core::DecidedBy;

use super::definition::Definition;
use super::grants::UnitId;
use super::index::{LimitId, RoleId, RuleId};
use super::subjects::BindingId;

/// Texts that name a rule and a binding. Beyond so many, a text names the rule alone, lest a large role that is bound a
/// thousand times fill the memory.
const MAX_TEXTS: usize = 1 << 16;

/// A role of a binding.
#[derive(Debug)]
pub(crate) struct Unit {
    pub(crate) binding: BindingId,
    pub(crate) role: RoleId,
    pub(crate) limit: LimitId,
    /// For each rule of the role, unless there are too many.
    texts: Option<Box<[DecidedBy]>>,
}

/// All of them, those of one binding side by side.
#[derive(Debug)]
pub(crate) struct Units {
    units: Box<[Unit]>,
    /// Where those of each binding begin, and where the last ones end.
    starts: Box<[UnitId]>,
    /// Of each role: the number of its first rule, counted through all roles.
    first_rules: Box<[RuleId]>,
    /// Of each rule: what is said of it where there are no texts.
    rules: Box<[DecidedBy]>,
}

impl Units {
    /// `limit` tells what a binding is limited to.
    pub(crate) fn new(definition: &Definition, mut limit: impl FnMut(BindingId) -> LimitId) -> Self {
        let mut first_rules = Vec::new();
        let mut rules = Vec::new();
        for role in &definition.roles {
            first_rules.push(rules.len() as RuleId);
            for (index, rule) in role.rules.iter().enumerate() {
                rules.push(DecidedBy::from(format!("role {}, rule {} ({})", role.name, index + 1, rule.place)));
            }
        }
        let mut units = Vec::new();
        let mut starts = Vec::new();
        let mut room = MAX_TEXTS;
        for (binding, placed) in definition.bindings.iter().enumerate() {
            starts.push(units.len() as UnitId);
            let limit = limit(binding as BindingId);
            for role in &placed.roles {
                let first = first_rules[*role] as usize;
                let own = &rules[first..first + definition.roles[*role].rules.len()];
                let texts = room.checked_sub(own.len()).map(|left| {
                    room = left;
                    own.iter().map(|rule| format!("{rule}, bound at {}", placed.place).into()).collect()
                });
                units.push(Unit { binding: binding as BindingId, role: *role as RoleId, limit, texts });
            }
        }
        starts.push(units.len() as UnitId);
        Self { units: units.into(), starts: starts.into(), first_rules: first_rules.into(), rules: rules.into() }
    }

    pub(crate) fn of_binding(&self, binding: BindingId) -> impl Iterator<Item = (UnitId, &Unit)> {
        let start = |binding| self.starts.get(binding).copied().unwrap_or(self.units.len() as UnitId);
        let units = start(binding as usize)..start(binding as usize + 1);
        units.filter_map(|id| Some((id, self.get(id)?)))
    }

    pub(crate) fn get(&self, id: UnitId) -> Option<&Unit> {
        self.units.get(id as usize)
    }

    /// Which of its role's rules this is.
    pub(crate) fn rule_of_role(&self, role: RoleId, rule: RuleId) -> usize {
        let first = self.first_rules.get(role as usize).copied().unwrap_or_default();
        rule.saturating_sub(first) as usize
    }

    /// What is said when this rule decides by this unit.
    pub(crate) fn text(&self, unit: &Unit, rule: RuleId) -> DecidedBy {
        let index = self.rule_of_role(unit.role, rule);
        let text = unit.texts.as_ref().and_then(|texts| texts.get(index)).or_else(|| self.rules.get(rule as usize));
        text.cloned().unwrap_or(DecidedBy::from("a rule of the policy"))
    }
}
