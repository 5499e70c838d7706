//! Decisions.

use portcullis_core::{Action, Principal};

use super::allowed::Allowed;
use super::asked::Asked;
use super::grants::{GrantedRole, Grants};
use super::index::{Entry, RuleId};
use super::policy::Policy;
use super::unit::Unit;

impl Policy {
    /// Whether a caller with these roles may do this, and by which rule. None is that the policy does not allow it: somebody
    /// else may, so it is no opinion, and at the end a denial.
    ///
    /// Allocates nothing, and does not wait. Roles that are not [of this policy](Self::made) allow nothing.
    #[must_use]
    pub fn decide(&self, grants: &Grants, action: &Action<'_>) -> Option<Allowed<'_>> {
        if !self.made(grants) {
            return None;
        }
        let compiled = self.compiled();
        let granted = grants.granted();
        let asked = Asked::new(&compiled.lexicons, action);
        let (unit, rule) = compiled.index.entries(&asked, granted.shapes, |entries| {
            common(entries, &granted.roles, |entry, role| {
                if !compiled.index.is_within(role.limit, &asked) {
                    return None;
                }
                Some((role.unit, compiled.index.rule(entry.scope, &asked)?))
            })
        })?;
        Some(Allowed::by_rule(self, unit, rule))
    }

    /// The same without roles that were found before: they are found on the way, without being put down. For a caller that is
    /// asked about once. Allocates nothing either; how long it takes depends on how many groups the caller has.
    #[must_use]
    pub fn decide_for(&self, principal: &Principal, action: &Action<'_>) -> Option<Allowed<'_>> {
        let asked = Asked::new(&self.compiled().lexicons, action);
        let (unit, rule) = self.units_of(principal, |id, unit| Some((id, self.rule_of(unit, &asked)?)))?;
        Some(Allowed::by_rule(self, unit, rule))
    }

    /// The rule of the unit that allows it.
    pub(crate) fn rule_of(&self, unit: &Unit, asked: &Asked<'_, '_>) -> Option<RuleId> {
        let compiled = self.compiled();
        if !compiled.index.is_within(unit.limit, asked) {
            return None;
        }
        compiled.index.entries(asked, compiled.shapes_of(unit.role), |entries| {
            let at = entries.binary_search_by_key(&unit.role, |entry| entry.role).ok()?;
            compiled.index.rule(entries[at].scope, asked)
        })
    }
}

/// The entries and the granted roles that are for the same role, until `visit` has found something. Both are sorted by role, and
/// the fewer are looked for among the more.
fn common<T>(
    entries: &[Entry],
    roles: &[GrantedRole],
    mut visit: impl FnMut(&Entry, &GrantedRole) -> Option<T>,
) -> Option<T> {
    if roles.len() <= entries.len() {
        return roles.iter().find_map(|role| {
            let at = entries.binary_search_by_key(&role.role, |entry| entry.role).ok()?;
            visit(&entries[at], role)
        });
    }
    entries.iter().find_map(|entry| {
        let first = roles.partition_point(|role| role.role < entry.role);
        roles[first..].iter().take_while(|role| role.role == entry.role).find_map(|role| visit(entry, role))
    })
}
