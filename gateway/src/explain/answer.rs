//! Whether it is allowed, and why.

use std::fmt;

use portcullis::config::Config;
use portcullis::{Action, Principal};

/// Displayed as the last lines of the report.
#[derive(Debug)]
pub(super) enum Answer {
    /// Behind "allowed".
    Allowed(String),
    /// Behind "not allowed".
    NotAllowed(String),
}

impl Answer {
    pub(super) fn allowed(why: impl fmt::Display) -> Self {
        Self::Allowed(format!(": {why}"))
    }

    pub(super) fn not_allowed(why: impl fmt::Display) -> Self {
        Self::NotAllowed(format!(": {why}"))
    }

    /// What the policy makes of it, and who would be asked next.
    pub(super) fn of(config: &Config, principal: &Principal, action: &Action<'_>) -> Self {
        let not_by_policy = match config.policy() {
            Some(policy) => {
                let explanation = policy.explain(principal, action);
                if let Some(allowed) = explanation.allowed() {
                    return Self::Allowed(format!(" by {allowed}"));
                }
                let text = explanation.to_string();
                text.strip_prefix("not allowed").map(ToOwned::to_owned).unwrap_or(text)
            }
            None => ": the file has neither roles nor bindings".to_owned(),
        };
        let asked = config.backends().filter(|backend| backend.asks_cluster_about(principal));
        let asked: Vec<_> = asked.map(|backend| format!("the cluster of {}", backend.name())).collect();
        Self::NotAllowed(match asked.is_empty() {
            true => not_by_policy,
            false => {
                let asked = asked.join(", then ");
                format!("{not_by_policy}\nasked next: {asked}, which may allow it. Here nobody was asked.")
            }
        })
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Allowed(why) => write!(f, "allowed{why}"),
            Self::NotAllowed(why) => write!(f, "not allowed{why}"),
        }
    }
}
