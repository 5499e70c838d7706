//! The compiled policy.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use portcullis_core::Principal;

use super::asked::Lexicons;
use super::compile::{Compiler, TooLarge};
use super::definition::Definition;
use super::grants::{Granted, GrantedRole, Grants, Shared, UnitId};
use super::index::{Index, RoleId};
use super::info::{BindingInfo, RoleInfo};
use super::shape::Shapes;
use super::subjects::Subjects;
use super::unit::{Unit, Units};

/// Policies so far.
static POLICIES: AtomicU64 = AtomicU64::new(0);

/// Who may do what. It never changes; a file that is read again makes another one. Cheap to clone.
///
/// See [the module](super) for what it allows, and [`Config::policy`](crate::config::Config::policy) for where it comes from.
#[derive(Clone)]
pub struct Policy(Arc<Compiled>);

pub(crate) struct Compiled {
    id: u64,
    pub(crate) definition: Definition,
    pub(crate) lexicons: Lexicons,
    pub(crate) index: Index,
    pub(crate) subjects: Subjects,
    pub(crate) units: Units,
    /// The shapes of each role.
    shapes: Box<[Shapes]>,
    shared: Shared,
}

impl Policy {
    pub(crate) fn compile(definition: Definition) -> Result<Self, TooLarge> {
        let mut compiler = Compiler::default();
        compiler.roles(&definition.roles)?;
        let limits = definition.bindings.iter().map(|placed| compiler.limit(placed.binding.namespaces.as_deref()));
        let limits: Vec<_> = limits.collect();
        let units = Units::new(&definition, |binding| limits[binding as usize]);
        let shapes = std::mem::take(&mut compiler.shapes).into();
        let (lexicons, index) = compiler.finish(&definition.roles)?;
        Ok(Self(Arc::new(Compiled {
            id: POLICIES.fetch_add(1, Ordering::Relaxed),
            subjects: Subjects::new(&definition.bindings),
            definition,
            lexicons,
            index,
            units,
            shapes,
            shared: Shared::default(),
        })))
    }

    pub(crate) fn compiled(&self) -> &Compiled {
        &self.0
    }

    /// Finds the caller's roles: by its backend, name, groups, scopes and claims as they are now. To be done once, and kept with
    /// the caller.
    #[must_use]
    pub fn grants_of(&self, principal: &Principal) -> Grants {
        let mut roles = Vec::new();
        let _: Option<()> = self.units_of(principal, |id, unit| {
            roles.push(GrantedRole { role: unit.role, limit: unit.limit, unit: id });
            None
        });
        let granted = Granted::new(self.0.id, roles, |role| self.0.shapes_of(role));
        self.0.shared.share(granted)
    }

    /// Whether these are the roles that a caller has by this very policy. If not, they are to be [found](Self::grants_of) anew.
    #[must_use]
    pub fn made(&self, grants: &Grants) -> bool {
        grants.granted().policy == self.0.id
    }

    /// Its roles, in the order of the files, and by name within a file.
    pub fn roles(&self) -> impl ExactSizeIterator<Item = RoleInfo<'_>> {
        self.0.definition.roles.iter().map(RoleInfo::new)
    }

    /// Its bindings, in the order of the files.
    pub fn bindings(&self) -> impl ExactSizeIterator<Item = BindingInfo<'_>> {
        self.0.definition.bindings.iter().map(BindingInfo::new)
    }

    /// Roles that no subject of any binding is bound to: nobody has them.
    pub fn unbound_roles(&self) -> impl Iterator<Item = RoleInfo<'_>> {
        let Definition { roles, bindings } = &self.0.definition;
        let mut bound = vec![false; roles.len()];
        for placed in bindings.iter().filter(|placed| !placed.subjects.is_empty()) {
            for role in &placed.roles {
                bound[*role] = true;
            }
        }
        roles.iter().zip(bound).filter(|(_, bound)| !bound).map(|(role, _)| RoleInfo::new(role))
    }

    /// One line: how many roles, rules and bindings there are.
    #[must_use]
    pub fn describe(&self) -> String {
        let Definition { roles, bindings } = &self.0.definition;
        let rules: usize = roles.iter().map(|role| role.rules.len()).sum();
        format!("the policy (roles: {}, rules: {rules}, bindings: {})", roles.len(), bindings.len())
    }

    /// The units of the bindings that the caller has, some perhaps more than once, until `visit` has found something.
    pub(crate) fn units_of<T>(
        &self,
        principal: &Principal,
        mut visit: impl FnMut(UnitId, &Unit) -> Option<T>,
    ) -> Option<T> {
        self.0
            .subjects
            .bindings(principal, |binding| self.0.units.of_binding(binding).find_map(|(id, unit)| visit(id, unit)))
    }
}

impl Compiled {
    pub(crate) fn shapes_of(&self, role: RoleId) -> Shapes {
        self.shapes.get(role as usize).copied().unwrap_or_default()
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Policy").field(&self.describe()).finish()
    }
}
