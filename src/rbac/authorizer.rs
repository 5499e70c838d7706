//! The policy among the authorizers.

use portcullis_core::{Action, Authorizer, Decision, Principal, async_trait};

use super::policy::Policy;

/// Decides by a [`Policy`]: what it allows is allowed, and about all else it has no opinion. Always at once. The roles of a
/// principal are found when it is first asked about, and stay with the principal; from then on nothing is allocated.
///
/// ```
/// use std::sync::Arc;
/// use portcullis::config::Config;
/// use portcullis::rbac::PolicyAuthorizer;
/// use portcullis::{Action, Authorization, Authorizers, Principal, Rejection};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let config = Config::from_toml(r#"
///     [role.reader]
///     rules = [{ verbs = ["get"], resources = ["queues"] }]
///
///     [[binding]]
///     role = "reader"
///     subjects = ["authenticated"]
/// "#)?;
/// let authorizer = PolicyAuthorizer::new(config.policy().unwrap().clone());
/// let authorizers = Authorizers::new([Arc::new(authorizer) as _], Rejection::unauthenticated(vec![]));
/// let authorization = Authorization::new(Principal::builder("alice").build(), &authorizers);
/// assert!(authorization.check(&Action::new("get", "queues")).await.is_ok());
/// assert!(authorization.check(&Action::new("delete", "queues")).await.is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct PolicyAuthorizer {
    policy: Policy,
}

impl PolicyAuthorizer {
    /// Decides by this policy.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self { policy }
    }

    /// The policy.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    fn decision(&self, principal: &Principal, action: &Action<'_>) -> Decision {
        // The roles stay with the principal, and so with whoever remembers it.
        let allowed = match principal.memo(|| self.policy.grants_of(principal)) {
            Some(grants) if self.policy.made(grants) => self.policy.decide(grants, action),
            _ => self.policy.decide_for(principal, action),
        };
        match allowed {
            Some(allowed) => Decision::Allow(allowed.decided_by()),
            None => Decision::no_opinion("no rule of the policy allows it"),
        }
    }
}

#[async_trait]
impl Authorizer for PolicyAuthorizer {
    async fn decide(&self, principal: &Principal, action: &Action<'_>) -> Decision {
        self.decision(principal, action)
    }

    fn decide_at_once(&self, principal: &Principal, action: &Action<'_>) -> Option<Decision> {
        Some(self.decision(principal, action))
    }

    fn describe(&self) -> String {
        self.policy.describe()
    }
}
