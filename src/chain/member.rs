//! What one backend of the chain says, held to what it may say.

use std::borrow::Cow;

use portcullis_core::{Accepted, Credential, Head, Refusal, Verdict};

use super::{Member, is_system};

impl Member {
    /// The backend's verdict. Whom it accepts is one of this member, and has the groups of the directory too, if that does not bar it.
    pub(super) async fn authenticate(&self, credential: &Credential, head: Head<'_>) -> Verdict {
        let accepted = match self.backend.authenticate(credential, head).await {
            Verdict::Accepted(accepted) => accepted,
            other => return other,
        };
        match (self.stamp(accepted), &self.directory) {
            (Ok(accepted), Some(consulted)) => consulted.complete(accepted).await,
            (Ok(accepted), None) => accepted.into(),
            (Err(reason), _) => Refusal::new(Cow::Borrowed(reason)).into(),
        }
    }

    /// Makes an accepted principal one of this member, and holds it to what this member may say.
    fn stamp(&self, mut accepted: Accepted) -> Result<Accepted, &'static str> {
        let mut principal = accepted.principal.of_backend(&self.name);
        if let Some(challenge) = &self.challenge {
            principal = principal.with_challenge(challenge);
        }
        if principal.name().is_empty() {
            return Err("accepted a caller without a name");
        }
        if principal.is_anonymous() {
            return Err("took somebody with a credential for anonymous");
        }
        if !self.system && is_system(principal.name()) {
            return Err("names that begin with system: come from kubernetes alone");
        }
        accepted.principal = if !self.system && principal.groups().any(is_system) {
            tracing::warn!(
                target: "portcullis::audit",
                backend = &*self.name,
                name = principal.name(),
                "dropped groups that begin with system:, which come from kubernetes alone"
            );
            principal.retain_groups(|group| !is_system(group))
        } else {
            principal
        };
        Ok(accepted)
    }
}
