//! Callers whom the webhook layer knows by their signatures.

use std::sync::Arc;

use http::{Extensions, HeaderMap, Request};
use portcullis_core::{Head, Principal, Rejection};

use super::rules::Ruling;
use super::{Admission, Denial, Gate, RETRY_OVERLOADED};
use crate::audit;
use crate::extraction::Extracted;
use crate::route::{Ambiguous, Routes};
use crate::webhook::{Hooks, Loaded};

/// What the webhook layer leaves in a request for the gate of the same `Auth`. Nobody else can make one, and no other gate
/// honours it.
#[derive(Clone)]
pub(crate) struct Signed {
    gate: Arc<Gate>,
    principal: Principal,
}

impl Signed {
    pub(crate) fn new(gate: &Arc<Gate>, principal: Principal) -> Self {
        Self { gate: Arc::clone(gate), principal }
    }
}

impl Gate {
    /// The same with these webhooks.
    pub(crate) fn with_webhooks(self, routes: &Arc<Routes>, loaded: Vec<Loaded>) -> Self {
        let hooks = Hooks::new(routes, loaded, &self.verifier.unauthorized, &self.verifier.cache.clock);
        Self { hooks, ..self }
    }

    /// Whether the request comes with a credential that the gate looks at, be it good or bad.
    pub(crate) fn is_presented(&self, headers: &HeaderMap) -> bool {
        self.sources.are_used(headers)
    }

    /// Whether the service behind is shown the credentials.
    pub(crate) fn forwards_credentials(&self) -> bool {
        self.sources.forward
    }

    /// Whether the request is signed already, for this gate.
    pub(crate) fn is_signed(&self, extensions: &Extensions) -> bool {
        extensions.get::<Signed>().is_some_and(|signed| std::ptr::eq(self, &*signed.gate))
    }

    /// Who signed the request, for this gate. Whosever mark it has, it has none afterwards.
    pub(super) fn take_signer(&self, extensions: &mut Extensions) -> Option<Principal> {
        let signed = extensions.remove::<Signed>()?;
        std::ptr::eq(self, &*signed.gate).then_some(signed.principal)
    }

    /// Lets somebody in who signed the request.
    pub(super) fn enter_signer<B>(
        &self,
        request: &mut Request<B>,
        ruling: &Ruling,
        extracted: &Extracted,
        principal: Principal,
    ) -> Admission {
        // Between the two layers somebody has put another credential into the request.
        if !matches!(extracted, Extracted::Nothing) {
            return Admission::Reject(Denial::ambiguous());
        }
        let cache = &self.verifier.cache;
        if cache.revocations.covers_principal(&principal, cache.clock.wall()) {
            cache.tally.count(crate::cache::counters::Event::Revoked);
            return Admission::Reject(self.bad_signature("revoked"));
        }
        audit::accepted(Head::from(&*request), &principal);
        self.enter(request, ruling, principal).into()
    }

    /// A 401 without a challenge would break RFC 9110, section 15.5.2: where there is none, it is a 403.
    pub(crate) fn bad_signature(&self, reason: &'static str) -> Denial {
        match self.challenges.is_empty() {
            true => Denial::new(Rejection::forbidden("no client has signed this request"), reason, true),
            false => self.unauthenticated(reason, true),
        }
    }
}

impl Denial {
    pub(crate) fn ambiguous_webhook(ambiguous: Ambiguous) -> Self {
        Self { presented: true, ..Self::target(ambiguous) }
    }

    pub(crate) fn body_too_large(most: usize) -> Self {
        let rejection = Rejection::content_too_large(format!("the body is longer than {most} bytes"));
        Self::new(rejection, "the body is too long", true)
    }

    pub(crate) fn body_late() -> Self {
        let message = "the body did not come in time";
        Self::new(Rejection::request_timeout(message), message, true)
    }

    pub(crate) fn body_broken() -> Self {
        let message = "the body broke off";
        Self::new(Rejection::malformed(message), message, true)
    }

    /// Too much is under way.
    pub(crate) fn webhooks_full(message: &'static str) -> Self {
        Self::new(Rejection::unavailable(RETRY_OVERLOADED).with_message(message), message, true)
    }

    /// The program is put together wrongly.
    pub(crate) fn without_webhook_layer() -> Self {
        let message = "a signature arrived that no webhook layer has verified";
        Self::new(Rejection::internal(message), "the webhook layer is missing, or not around this one", true)
    }
}
