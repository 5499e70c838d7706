//! What a policy was compiled from, for those who show it.

use super::definition::{PlacedBinding, PlacedRole};
use super::place::Place;
use crate::config::{Binding, Rule};

/// A role of a [`Policy`](super::Policy).
#[derive(Clone, Copy, Debug)]
pub struct RoleInfo<'p>(&'p PlacedRole);

/// A binding of a [`Policy`](super::Policy).
#[derive(Clone, Copy, Debug)]
pub struct BindingInfo<'p>(&'p PlacedBinding);

impl<'p> RoleInfo<'p> {
    pub(super) fn new(role: &'p PlacedRole) -> Self {
        Self(role)
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &'p str {
        &self.0.name
    }

    /// Where it is defined.
    #[must_use]
    pub fn place(&self) -> &'p Place {
        &self.0.place
    }

    /// Its rules, each with its place.
    pub fn rules(&self) -> impl ExactSizeIterator<Item = (&'p Rule, &'p Place)> + use<'p> {
        self.0.rules.iter().map(|placed| (&placed.rule, &placed.place))
    }
}

impl<'p> BindingInfo<'p> {
    pub(super) fn new(binding: &'p PlacedBinding) -> Self {
        Self(binding)
    }

    /// What it says.
    #[must_use]
    pub fn binding(&self) -> &'p Binding {
        &self.0.binding
    }

    /// Where it stands.
    #[must_use]
    pub fn place(&self) -> &'p Place {
        &self.0.place
    }
}
