//! What a policy is compiled from: the roles and bindings of the files, each with its place.

use std::sync::Arc;

use super::claim::ClaimTest;
use super::place::Place;
use crate::config::{Binding, Rule};

/// All roles, and all bindings.
#[derive(Debug, Default)]
pub(crate) struct Definition {
    pub(crate) roles: Vec<PlacedRole>,
    pub(crate) bindings: Vec<PlacedBinding>,
}

/// A role of the files.
#[derive(Debug)]
pub(crate) struct PlacedRole {
    pub(crate) name: Arc<str>,
    pub(crate) place: Place,
    pub(crate) rules: Vec<PlacedRule>,
}

/// A rule of the files.
#[derive(Debug)]
pub(crate) struct PlacedRule {
    pub(crate) rule: Rule,
    pub(crate) place: Place,
}

/// A binding of the files.
#[derive(Debug)]
pub(crate) struct PlacedBinding {
    pub(crate) binding: Binding,
    pub(crate) place: Place,
    /// Which roles.
    pub(crate) roles: Vec<usize>,
    /// Those of the binding, in its order.
    pub(crate) subjects: Vec<PlacedSubject>,
}

/// A subject whose backend is known.
#[derive(Clone, Debug)]
pub(crate) enum PlacedSubject {
    Everyone,
    Authenticated,
    Callers(PlacedCallers),
}

/// Callers of one backend, all of whose keys fit.
#[derive(Clone, Debug)]
pub(crate) struct PlacedCallers {
    pub(crate) backend: Arc<str>,
    /// The name, also of a service account.
    pub(crate) user: Option<String>,
    pub(crate) group: Option<String>,
    pub(crate) scope: Option<String>,
    pub(crate) claims: Vec<(String, ClaimTest)>,
}
