//! What the cluster answers.

use std::sync::Arc;

use k8s_openapi::api::authorization::v1::SubjectAccessReviewStatus;
use portcullis_core::{DecidedBy, Decision, Unavailable};

/// How many characters of a cluster's reason are kept.
const MAX_REASON: usize = 256;

/// What the cluster decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) outcome: Outcome,
    /// Whether it may be remembered.
    pub(super) lasting: bool,
    by: DecidedBy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Allowed,
    Denied,
    /// The usual one, where the cluster's RBAC has no rule for it.
    NoOpinion,
}

impl Answer {
    /// What the status of a review means. Both allowed and denied is denied, as
    /// [kube-apiserver](https://github.com/kubernetes/kubernetes/blob/v1.33.0/staging/src/k8s.io/apiserver/plugin/pkg/authorizer/webhook/webhook.go)
    /// itself reads it.
    pub(super) fn of(status: Option<SubjectAccessReviewStatus>, entry: &str) -> Result<Self, Unavailable> {
        let Some(status) = status else {
            return Err(Unavailable::new("the answer has no status"));
        };
        let outcome = match (status.allowed, status.denied == Some(true)) {
            (_, true) => Outcome::Denied,
            (true, false) => Outcome::Allowed,
            (false, false) => Outcome::NoOpinion,
        };
        // Rules that could not be read might have allowed it, or may be readable in a moment.
        let is_incomplete = status.evaluation_error.is_some_and(|error| !error.is_empty());
        let lasting = outcome != Outcome::NoOpinion || !is_incomplete;
        if !lasting {
            // The error's text may hold the caller's name.
            tracing::debug!(
                target: "portcullis::kubernetes",
                backend = entry,
                "the cluster did not allow something, and could not evaluate all its rules; its own log says more"
            );
        }
        Ok(Self { outcome, lasting, by: decided_by(entry, status.reason.as_deref().unwrap_or_default()) })
    }

    pub(super) fn decision(&self) -> Decision {
        let by = self.by.clone();
        match self.outcome {
            Outcome::Allowed => Decision::Allow(by),
            Outcome::Denied => Decision::Deny(by),
            Outcome::NoOpinion => Decision::NoOpinion(by),
        }
    }
}

/// The cluster's reason in one line: which rule it was that allowed it.
fn decided_by(entry: &str, reason: &str) -> DecidedBy {
    let reason = reason.chars().take(MAX_REASON).map(|character| if character.is_control() { ' ' } else { character });
    let mut text = format!("the cluster of {entry}");
    if !reason.clone().all(char::is_whitespace) {
        text.push_str(": ");
        text.extend(reason);
    }
    DecidedBy::from(Arc::from(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(allowed: bool, denied: Option<bool>, error: Option<&str>) -> SubjectAccessReviewStatus {
        SubjectAccessReviewStatus { allowed, denied, evaluation_error: error.map(str::to_owned), reason: None }
    }

    #[test]
    fn only_what_is_allowed_and_not_denied_is_allowed() {
        use Outcome::{Allowed, Denied, NoOpinion};
        for (status, outcome, lasting) in [
            (status(true, None, None), Allowed, true),
            (status(true, Some(false), Some("")), Allowed, true),
            (status(true, None, Some("one rule is broken")), Allowed, true),
            (status(true, Some(true), None), Denied, true),
            (status(false, Some(true), Some("one rule is broken")), Denied, true),
            (status(false, None, None), NoOpinion, true),
            (status(false, Some(false), Some("")), NoOpinion, true),
            (status(false, None, Some("one rule is broken")), NoOpinion, false),
        ] {
            let shown = format!("{status:?}");
            let answer = Answer::of(Some(status), "kubernetes").unwrap();
            assert_eq!((answer.outcome, answer.lasting), (outcome, lasting), "{shown}");
        }
    }

    #[test]
    fn an_answer_without_a_status_is_none() {
        assert_eq!(Answer::of(None, "kubernetes").unwrap_err().reason, "the answer has no status");
    }

    #[test]
    fn the_rule_is_told_in_one_bounded_line() {
        let told = |reason: Option<&str>| {
            let status = SubjectAccessReviewStatus { reason: reason.map(str::to_owned), ..status(true, None, None) };
            let Decision::Allow(by) = Answer::of(Some(status), "prod").unwrap().decision() else { panic!("allowed") };
            by.to_string()
        };
        assert_eq!(told(None), "the cluster of prod");
        assert_eq!(told(Some(" \n")), "the cluster of prod");
        assert_eq!(told(Some("RBAC: allowed\nby \"x\"")), "the cluster of prod: RBAC: allowed by \"x\"");
        assert_eq!(told(Some(&"ä".repeat(1000))).chars().count(), "the cluster of prod: ".len() + MAX_REASON);
    }
}
