//! What a request meets: extract, ask, check for another site, inject; or reject.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use portcullis_core::{Authorization, Authorizers, Credential, Head, Principal, Rejection, Style, Unidentified};

use crate::audit;
use crate::chain::{Absent, Refused};
use crate::config::Origin;
use crate::cross_site;
use crate::extraction::{Extracted, Sources};
use crate::rejection::{Transport, render};
use crate::verifier::{Answer, Asked, Presented, Verification, Verifier};

/// When to ask again somebody who did not answer, unless the backend says.
const RETRY_UNAVAILABLE: Duration = Duration::from_secs(5);
/// When to come back to a server that is busy with other verifications.
const RETRY_OVERLOADED: Duration = Duration::from_secs(1);

/// Decides about each request. Shared by all the layers of one `Auth`.
pub(crate) struct Gate {
    pub(crate) verifier: Arc<Verifier>,
    pub(crate) sources: Sources,
    pub(crate) allowed_origins: Vec<Origin>,
    pub(crate) pass_preflights: bool,
    pub(crate) style: Style,
    pub(crate) message: Option<String>,
    /// The challenges to those who present nothing.
    pub(crate) challenges: Vec<HeaderValue>,
    /// Who decides what callers may do, if anybody does.
    pub(crate) authorizers: Option<Authorizers>,
}

/// What the gate makes of a request, before anybody is asked.
pub(crate) enum Admission {
    /// The request carries its principal: pass it on.
    Pass,
    Reject(Denial),
    /// Await the verification, and then [`Gate::settle`].
    Verify(Verification, Presented),
}

/// Why a request is not passed on: what the client is told, and what it is not.
pub(crate) struct Denial {
    rejection: Rejection,
    reason: Cow<'static, str>,
    presented: bool,
}

impl Gate {
    pub(crate) fn admit<B>(&self, request: &mut Request<B>) -> Admission {
        // A preflight cannot carry a credential. One that does is like any other request.
        let preflight = self.pass_preflights && cross_site::is_preflight(request.method(), request.headers());
        let extracted = self.sources.extract(request.headers_mut(), &self.verifier.schemes);
        match (&self.verifier.chain.absent, extracted) {
            (Absent::DenyAll, _) => Admission::Reject(Denial::everybody()),
            (Absent::Anonymous { principal, ignore_credentials: true }, _) => self.pass(request, principal.clone()),
            (_, Extracted::Ambiguous) => Admission::Reject(Denial::ambiguous()),
            (_, Extracted::TooLarge) => Admission::Reject(Denial::too_large()),
            (_, Extracted::Malformed) => Admission::Reject(self.unauthenticated("malformed credential", true)),
            (_, Extracted::Credential(credential)) => self.ask(request, credential),
            (_, Extracted::Nothing) if preflight => {
                request.extensions_mut().remove::<Principal>();
                request.extensions_mut().remove::<Authorization>();
                request.extensions_mut().insert(Unidentified::new(self.rejection(self.challenges.clone())));
                Admission::Pass
            }
            (Absent::Anonymous { principal, .. }, Extracted::Nothing) => self.pass(request, principal.clone()),
            (Absent::Challenge, Extracted::Nothing) => Admission::Reject(self.unauthenticated("no credential", false)),
        }
    }

    fn ask<B>(&self, request: &mut Request<B>, credential: Credential) -> Admission {
        match self.verifier.ask(credential, Head::from(&*request)) {
            Asked::Known(answer, presented) => match self.conclude(request, presented, answer) {
                Ok(()) => Admission::Pass,
                Err(denial) => Admission::Reject(denial),
            },
            Asked::Later(verification, presented) => Admission::Verify(verification, presented),
            Asked::Unclaimed => Admission::Reject(self.unauthenticated("no backend claims the scheme", true)),
        }
    }

    /// What the answer to a verification means for the request.
    pub(crate) fn settle<B>(
        &self,
        request: &mut Request<B>,
        presented: Presented,
        answer: Answer,
    ) -> Result<(), Denial> {
        self.conclude(request, presented, answer)?;
        // Only now: somebody whom the cross-site check turns away was not accepted.
        if let Some(principal) = request.extensions().get::<Principal>() {
            audit::accepted(Head::from(&*request), principal);
        }
        Ok(())
    }

    fn conclude<B>(&self, request: &mut Request<B>, presented: Presented, answer: Answer) -> Result<(), Denial> {
        match answer {
            Answer::Accepted(principal) => {
                if presented.ambient && cross_site::is_cross_site(Head::from(&*request), &self.allowed_origins) {
                    return Err(Denial::cross_site());
                }
                self.inject(request, principal);
                Ok(())
            }
            Answer::Refused(refused) => Err(self.refused(&refused)),
            Answer::Revoked => Err(self.unauthenticated("revoked", true)),
            Answer::Unavailable(unavailable) => Err(Denial {
                rejection: Rejection::unavailable(unavailable.retry_after.unwrap_or(RETRY_UNAVAILABLE)),
                reason: unavailable.reason,
                presented: true,
            }),
            Answer::Overloaded => Err(Denial {
                rejection: Rejection::unavailable(RETRY_OVERLOADED),
                reason: "too many verifications under way".into(),
                presented: true,
            }),
        }
    }

    fn pass<B>(&self, request: &mut Request<B>, principal: Principal) -> Admission {
        self.inject(request, principal);
        Admission::Pass
    }

    fn inject<B>(&self, request: &mut Request<B>, principal: Principal) {
        let extensions = request.extensions_mut();
        match &self.authorizers {
            Some(authorizers) => drop(extensions.insert(Authorization::new(principal.clone(), authorizers))),
            // That of a layer around this one is for its own caller.
            None => drop(extensions.remove::<Authorization>()),
        }
        extensions.insert(principal);
    }

    /// Reports the denial, and writes it for the client that made `request`.
    pub(crate) fn reject<B>(&self, request: &Request<B>, denial: Denial) -> Response<Bytes> {
        audit::rejected(Head::from(request), &denial.rejection, &denial.reason, denial.presented);
        let rejection = denial.rejection.with_style(self.style);
        render(&rejection, Transport::of(request.method(), request.headers()))
    }

    fn unauthenticated(&self, reason: &'static str, presented: bool) -> Denial {
        let rejection = self.rejection(self.challenges.clone());
        Denial { rejection, reason: reason.into(), presented }
    }

    fn refused(&self, refused: &Refused) -> Denial {
        let challenges = self.verifier.chain.challenges(&refused.group, refused.instead.as_ref());
        Denial { rejection: self.rejection(challenges), reason: refused.reason.clone().into(), presented: true }
    }

    fn rejection(&self, challenges: Vec<HeaderValue>) -> Rejection {
        unauthenticated(challenges, self.style, self.message.as_deref())
    }
}

/// The 401 with these challenges.
pub(crate) fn unauthenticated(challenges: Vec<HeaderValue>, style: Style, message: Option<&str>) -> Rejection {
    let rejection = Rejection::unauthenticated(challenges).with_style(style);
    match message {
        Some(message) => rejection.with_message(message.to_owned()),
        None => rejection,
    }
}

impl Denial {
    fn everybody() -> Self {
        Self {
            rejection: Rejection::forbidden("access is denied to everybody"),
            reason: "deny-all".into(),
            presented: false,
        }
    }

    fn ambiguous() -> Self {
        let message = "more than one credential was presented";
        Self { rejection: Rejection::malformed(message), reason: message.into(), presented: true }
    }

    fn too_large() -> Self {
        let message = "the credential is too long";
        Self { rejection: Rejection::too_large(message), reason: message.into(), presented: true }
    }

    fn cross_site() -> Self {
        let message = "the request comes from another site";
        Self { rejection: Rejection::forbidden(message), reason: message.into(), presented: true }
    }
}
