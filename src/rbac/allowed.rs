//! Why something is allowed.

use std::fmt;

use portcullis_core::DecidedBy;

use super::definition::PlacedRole;
use super::grants::UnitId;
use super::index::RuleId;
use super::place::Place;
use super::policy::{Compiled, Policy};

/// That something is allowed, and by what.
#[derive(Clone, Copy)]
#[must_use]
pub struct Allowed<'p> {
    policy: &'p Compiled,
    unit: UnitId,
    rule: RuleId,
}

impl<'p> Allowed<'p> {
    pub(crate) fn by_rule(policy: &'p Policy, unit: UnitId, rule: RuleId) -> Self {
        Self { policy: policy.compiled(), unit, rule }
    }

    /// The rule and the binding, in one line that was made when the policy was compiled. For
    /// [`Decision::allow`](portcullis_core::Decision::allow), log and audit. Costs no allocation.
    #[must_use]
    pub fn decided_by(&self) -> DecidedBy {
        match self.policy.units.get(self.unit) {
            Some(unit) => self.policy.units.text(unit, self.rule),
            None => DecidedBy::from("the policy"),
        }
    }

    /// The role with the deciding rule.
    #[must_use]
    pub fn role(&self) -> &'p str {
        self.placed().map_or("", |placed| &placed.name)
    }

    /// Which rule of the role it is, from 1, and where it stands.
    #[must_use]
    pub fn rule(&self) -> Option<(usize, &'p Place)> {
        let index = self.policy.units.rule_of_role(self.policy.units.get(self.unit)?.role, self.rule);
        Some((index + 1, &self.placed()?.rules.get(index)?.place))
    }

    /// Where the binding stands by which the caller has the role.
    #[must_use]
    pub fn binding(&self) -> Option<&'p Place> {
        let binding = self.policy.units.get(self.unit)?.binding;
        Some(&self.policy.definition.bindings.get(binding as usize)?.place)
    }

    fn placed(&self) -> Option<&'p PlacedRole> {
        let role = self.policy.units.get(self.unit)?.role;
        self.policy.definition.roles.get(role as usize)
    }
}

impl fmt::Display for Allowed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.decided_by().fmt(f)
    }
}

impl fmt::Debug for Allowed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Allowed").field(&self.decided_by()).finish()
    }
}
