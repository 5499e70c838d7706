//! Why somebody was refused: events of the target `portcullis::audit`.
//!
//! An event says what was asked, who is connected and why it ended as it did. It never holds a
//! part of a credential, nor a name that was not verified, nor the query, where tokens go astray.

use portcullis_core::{Action, Decision, Head, Principal, Rejection, RejectionKind};

/// Reports a request that is not passed on. What the client was told is the lesser part.
///
/// `principal` is who it was, if that is known: whoever is turned away for another reason than the credential.
pub(crate) fn rejected(
    head: Head<'_>,
    rejection: &Rejection,
    reason: &str,
    presented: bool,
    principal: Option<&Principal>,
) {
    /// One event, at the level that its callsite needs as a constant.
    macro_rules! event {
        ($level:ident) => {
            tracing::$level!(
                target: "portcullis::audit",
                outcome = outcome(rejection.kind()),
                reason,
                presented,
                backend = principal.map(Principal::backend),
                name = principal.map(Principal::name),
                status = rejection.status().as_u16(),
                method = head.method.as_str(),
                path = head.uri.path(),
                peer = head.peer().map(tracing::field::display),
                "rejected"
            )
        };
    }
    match rejection.kind() {
        // How every browser begins: not worth an administrator's attention.
        RejectionKind::Unauthenticated if !presented => event!(debug),
        RejectionKind::Unavailable | RejectionKind::TooManyFailures | RejectionKind::Internal => event!(warn),
        _ => event!(info),
    }
}

/// Reports a caller whose credential was verified just now. What is remembered is not reported
/// again.
pub(crate) fn accepted(head: Head<'_>, principal: &Principal) {
    tracing::info!(
        target: "portcullis::audit",
        outcome = "accepted",
        backend = principal.backend(),
        name = principal.name(),
        method = head.method.as_str(),
        path = head.uri.path(),
        peer = head.peer().map(tracing::field::display),
        "accepted"
    );
}

/// Reports that a caller may do what its route names, and by which rule. So often does that happen that it is for debugging alone.
pub(crate) fn allowed(principal: &Principal, action: &Action<'_>, decision: &Decision) {
    let Decision::Allow(by) = decision else { return };
    tracing::debug!(
        target: "portcullis::audit",
        outcome = "allowed",
        backend = principal.backend(),
        name = principal.name(),
        action = %action,
        by = by.as_str(),
        "allowed"
    );
}

/// Reports a caller who asked, through a handler, for something that it may not do, or of which nobody knows whether it
/// may. What it asked for is written down in printable ASCII.
pub(crate) fn not_allowed(principal: &Principal, action: &Action<'_>, decision: &Decision) {
    macro_rules! event {
        ($level:ident, $outcome:literal, $reason:expr) => {
            tracing::$level!(
                target: "portcullis::audit",
                outcome = $outcome,
                reason = $reason,
                backend = principal.backend(),
                name = principal.name(),
                action = %action,
                "not allowed"
            )
        };
    }
    match decision {
        Decision::Unavailable(unavailable) => event!(warn, "unavailable", &*unavailable.reason),
        Decision::Deny(by) | Decision::NoOpinion(by) => event!(info, "denied", by.as_str()),
        _ => event!(info, "denied", "an answer that this version does not know"),
    }
}

fn outcome(kind: RejectionKind) -> &'static str {
    match kind {
        RejectionKind::Unauthenticated => "refused",
        RejectionKind::Forbidden => "denied",
        RejectionKind::Malformed
        | RejectionKind::HeaderFieldsTooLarge
        | RejectionKind::ContentTooLarge
        | RejectionKind::Timeout => "malformed",
        RejectionKind::TooManyFailures => "limited",
        RejectionKind::Unavailable => "unavailable",
        _ => "failed",
    }
}
