//! What a directory adds to those whom a backend accepted.

use std::fmt;
use std::sync::Arc;

use portcullis_core::{Accepted, Directory, Refusal, Standing, Unavailable, Verdict};

use super::is_system;

/// The `[[directory]]` that a member names.
#[derive(Clone)]
pub(crate) struct Consulted {
    pub(crate) name: Arc<str>,
    pub(crate) directory: Arc<dyn Directory>,
}

impl Consulted {
    /// What becomes of somebody who was accepted, and is known by the name of its backend already.
    pub(crate) async fn complete(&self, mut accepted: Accepted) -> Verdict {
        let membership = match self.directory.look_up(&accepted.principal).await {
            Ok(Standing::Member(membership)) => membership,
            Ok(Standing::Barred(reason)) => return Refusal::new(format!("{}: {reason}", self.name)).into(),
            // Standing is non_exhaustive: what this version does not know does not pass.
            Ok(_) => return Refusal::new(format!("{}: unknown standing", self.name)).into(),
            Err(unavailable) => return self.away(unavailable).into(),
        };
        let of_backend = match membership.replaces {
            // What a cluster says of its own users is no group of this directory.
            true => accepted.principal.retain_groups(is_system),
            false => accepted.principal,
        };
        // Also for callers of Kubernetes: such groups are the cluster's to give.
        let (dropped, added): (Vec<_>, Vec<_>) = membership.groups.iter().partition(|group| is_system(group));
        if dropped.iter().any(|group| !of_backend.in_group(group)) {
            tracing::warn!(
                target: "portcullis::audit",
                directory = &*self.name,
                name = of_backend.name(),
                "dropped groups that begin with system:, which come from kubernetes alone"
            );
        }
        accepted.principal = of_backend.with_groups(added);
        // Whoever goes on remembering it must not do so for longer than the directory does.
        accepted.lifetime = accepted.lifetime.into_iter().chain(membership.lifetime).min();
        accepted.into()
    }

    /// Whose the credential is, the backend has said: nobody else is asked.
    fn away(&self, mut unavailable: Unavailable) -> Unavailable {
        unavailable.reason = format!("{}: {}", self.name, unavailable.reason).into();
        unavailable.undecided = false;
        unavailable
    }
}

impl fmt::Debug for Consulted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Consulted").field(&self.name).finish()
    }
}
