//! What a request meets: extract, find its route, ask who it is, check for another site, ask whether it may, inject; or reject.

use std::borrow::Cow;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use http::{HeaderValue, Request};
use portcullis_core::{Authorization, Credential, Head, Principal, Rejection, Style, Unidentified};

use crate::audit;
use crate::chain::{Absent, Refused};
use crate::config::Origin;
use crate::cross_site;
use crate::extraction::{Extracted, Sources};
use crate::rejected::Rejected;
use crate::route::Ambiguous;
use crate::verifier::{Answer, Asked, Presented, Verification, Verifier};
#[cfg(feature = "webhook")]
use crate::webhook::Hooks;

mod rules;
#[cfg(feature = "webhook")]
mod signed;

pub(crate) use rules::Rules;
use rules::Ruling;
#[cfg(feature = "webhook")]
pub(crate) use signed::Signed;

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
    /// Replaced as a whole. A request meets those that it found.
    pub(crate) rules: ArcSwap<Rules>,
    #[cfg(feature = "webhook")]
    pub(crate) hooks: Hooks,
}

/// What the gate makes of a request, before anybody is asked.
pub(crate) enum Admission {
    /// The request carries its principal: pass it on.
    Pass,
    Reject(Denial),
    /// Await the verification, and then [`Gate::settle`].
    Verify(Verification, Pending),
    /// Await the decision, and then [`Gate::permit`].
    Decide(Deciding),
}

/// What is to be known of a request once its credential has been verified.
pub(crate) struct Pending {
    presented: Presented,
    ruling: Ruling,
}

/// Whether a caller may do what its route names, of which somebody is asked.
pub(crate) type Deciding = Pin<Box<dyn Future<Output = Result<Authorization, Denial>> + Send>>;

/// What becomes of a request whose caller is known.
pub(crate) enum Settled {
    /// As of [`Admission`].
    Pass,
    Reject(Denial),
    Decide(Deciding),
}

/// Why a request is not passed on: what the client is told, and what it is not.
pub(crate) struct Denial {
    rejection: Rejection,
    reason: Cow<'static, str>,
    presented: bool,
    /// Who it was, if that is known.
    principal: Option<Principal>,
}

impl Gate {
    pub(crate) fn admit<B>(&self, request: &mut Request<B>) -> Admission {
        let extracted = self.sources.extract(request.headers_mut(), &self.verifier.schemes);
        #[cfg(feature = "webhook")]
        let signer = self.take_signer(request.extensions_mut());
        let ruling = match Ruling::of(&self.rules, Head::from(&*request)) {
            Ok(ruling) => ruling,
            Err(ambiguous) => return Admission::Reject(Denial::target(ambiguous)),
        };
        #[cfg(feature = "webhook")]
        match signer {
            Some(principal) => return self.enter_signer(request, &ruling, &extracted, principal),
            None if matches!(extracted, Extracted::Nothing) => {
                if let Some(denial) = self.hooks.unread(self, request) {
                    return Admission::Reject(denial);
                }
            }
            None => {}
        }
        // A preflight cannot carry a credential. One that does is like any other request. And so is one for which there is a
        // route: who does not ask for the method, as tonic does not, takes it for the request itself.
        let preflight = self.pass_preflights
            && !ruling.is_listed()
            && cross_site::is_preflight(request.method(), request.headers());
        match (&self.verifier.chain.absent, extracted) {
            (Absent::Anonymous { ignore_credentials: true, .. }, _) => self.enter_unknown(request, &ruling),
            (Absent::Anonymous { .. }, Extracted::Nothing) if !preflight => self.enter_unknown(request, &ruling),
            (Absent::DenyAll, Extracted::Nothing) if !ruling.is_public() => Admission::Reject(Denial::everybody()),
            (_, Extracted::Nothing) if preflight || ruling.is_public() => {
                request.extensions_mut().remove::<Principal>();
                request.extensions_mut().remove::<Authorization>();
                request.extensions_mut().insert(Unidentified::new(self.unidentified()));
                Admission::Pass
            }
            (_, Extracted::Nothing) => Admission::Reject(self.unauthenticated("no credential", false)),
            (Absent::DenyAll, _) => Admission::Reject(Denial::everybody()),
            (_, Extracted::Ambiguous) => Admission::Reject(Denial::ambiguous()),
            (_, Extracted::TooLarge) => Admission::Reject(Denial::too_large()),
            (_, Extracted::Malformed) => Admission::Reject(self.unauthenticated("malformed credential", true)),
            (_, Extracted::Credential(credential)) => self.ask(request, ruling, credential),
        }
    }

    fn ask<B>(&self, request: &mut Request<B>, ruling: Ruling, credential: Credential) -> Admission {
        match self.verifier.ask(credential, Head::from(&*request)) {
            Asked::Known(answer, presented) => {
                let pending = Pending { presented, ruling };
                match self.identify(request, &pending, answer) {
                    Ok(principal) => self.enter(request, &pending.ruling, principal).into(),
                    Err(denial) => Admission::Reject(denial),
                }
            }
            Asked::Later(verification, presented) => {
                Admission::Verify(verification, Pending { presented, ruling: ruling.kept() })
            }
            Asked::Unclaimed => Admission::Reject(self.unauthenticated("no backend claims the scheme", true)),
        }
    }

    /// What the answer to a verification means for the request.
    pub(crate) fn settle<B>(&self, request: &mut Request<B>, pending: &Pending, answer: Answer) -> Settled {
        match self.identify(request, pending, answer) {
            Ok(principal) => {
                // Only now: somebody whom the cross-site check turns away was not accepted.
                audit::accepted(Head::from(&*request), &principal);
                self.enter(request, &pending.ruling, principal)
            }
            Err(denial) => Settled::Reject(denial),
        }
    }

    /// Who makes the request, unless it is turned away for that.
    fn identify<B>(&self, request: &Request<B>, pending: &Pending, answer: Answer) -> Result<Principal, Denial> {
        match answer {
            Answer::Accepted(principal) => {
                if pending.presented.ambient && self.is_cross_site(Head::from(request), &pending.ruling) {
                    return Err(Denial { principal: Some(principal), ..Denial::cross_site() });
                }
                Ok(principal)
            }
            Answer::Refused(refused) => Err(self.refused(&refused)),
            Answer::Revoked => Err(self.unauthenticated("revoked", true)),
            Answer::Unavailable(unavailable) => Err(Denial {
                rejection: Rejection::unavailable(unavailable.retry_after.unwrap_or(RETRY_UNAVAILABLE)),
                reason: unavailable.reason,
                presented: true,
                principal: None,
            }),
            Answer::Overloaded => Err(Denial {
                rejection: Rejection::unavailable(RETRY_OVERLOADED),
                reason: "too many verifications under way".into(),
                presented: true,
                principal: None,
            }),
        }
    }

    /// Whether a page of another site may have had a browser send what could change something.
    fn is_cross_site(&self, head: Head<'_>, ruling: &Ruling) -> bool {
        (cross_site::is_unsafe(head) || !ruling.is_safe()) && cross_site::is_cross_site(head, &self.allowed_origins)
    }

    /// Lets somebody in without a credential.
    fn enter_unknown<B>(&self, request: &mut Request<B>, ruling: &Ruling) -> Admission {
        match ruling.anonymous() {
            Some(principal) => self.enter(request, ruling, principal.clone()).into(),
            None => Admission::Reject(self.unauthenticated("no credential", false)),
        }
    }

    /// Lets the principal in, if it may do what the route names.
    fn enter<B>(&self, request: &mut Request<B>, ruling: &Ruling, principal: Principal) -> Settled {
        if ruling.is_of_nothing() {
            // No handle is made, whose count all threads would share.
            request.extensions_mut().remove::<Authorization>();
            request.extensions_mut().insert(principal);
            return Settled::Pass;
        }
        let authorization = Authorization::new(principal, ruling.authorizers());
        let settled = ruling.settle(Head::from(&*request), &authorization);
        if let Settled::Pass = settled {
            self.permit(request, authorization);
        }
        settled
    }

    /// Has the request carry its principal, and who decides what that may do.
    pub(crate) fn permit<B>(&self, request: &mut Request<B>, authorization: Authorization) {
        let extensions = request.extensions_mut();
        extensions.insert(authorization.principal().clone());
        match authorization.is_asked() {
            true => drop(extensions.insert(authorization)),
            // That of a layer around this one is for its own caller.
            false => drop(extensions.remove::<Authorization>()),
        }
    }

    /// Reports the denial, and writes it for the client that made `request`.
    pub(crate) fn reject<B>(&self, request: &Request<B>, denial: Denial) -> Rejected {
        let Denial { rejection, reason, presented, principal } = denial;
        audit::rejected(Head::from(request), &rejection, &reason, presented, principal.as_ref());
        Rejected::new(&rejection.with_style(self.style), request)
    }

    fn unauthenticated(&self, reason: &'static str, presented: bool) -> Denial {
        let rejection = self.rejection(self.challenges.clone());
        Denial { rejection, reason: reason.into(), presented, principal: None }
    }

    fn refused(&self, refused: &Refused) -> Denial {
        let challenges = self.verifier.chain.challenges(&refused.group, refused.instead.as_ref());
        let (rejection, reason) = (self.rejection(challenges), refused.reason.clone().into());
        Denial { rejection, reason, presented: true, principal: None }
    }

    /// What a handler says that cannot do without a principal.
    fn unidentified(&self) -> Rejection {
        match &self.verifier.chain.absent {
            Absent::DenyAll => Denial::everybody().rejection.with_style(self.style),
            // A 401 without a challenge would break RFC 9110, section 15.5.2.
            _ if self.challenges.is_empty() => {
                Rejection::forbidden("this is not for callers who do not say who they are").with_style(self.style)
            }
            _ => self.rejection(self.challenges.clone()),
        }
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

impl From<Settled> for Admission {
    fn from(settled: Settled) -> Self {
        match settled {
            Settled::Pass => Self::Pass,
            Settled::Reject(denial) => Self::Reject(denial),
            Settled::Decide(deciding) => Self::Decide(deciding),
        }
    }
}

impl Denial {
    fn new(rejection: Rejection, reason: impl Into<Cow<'static, str>>, presented: bool) -> Self {
        Self { rejection, reason: reason.into(), presented, principal: None }
    }

    /// Of somebody who is known, and may not.
    fn of(authorization: &Authorization, rejection: Rejection, reason: String) -> Self {
        let principal = authorization.principal().clone();
        Self { rejection, reason: reason.into(), presented: !principal.is_anonymous(), principal: Some(principal) }
    }

    fn everybody() -> Self {
        Self::new(Rejection::forbidden("access is denied to everybody"), "deny-all", false)
    }

    fn target(ambiguous: Ambiguous) -> Self {
        Self::new(Rejection::malformed(Ambiguous::MESSAGE), ambiguous.reason(), false)
    }

    fn ambiguous() -> Self {
        let message = "more than one credential was presented";
        Self::new(Rejection::malformed(message), message, true)
    }

    fn too_large() -> Self {
        let message = "the credential is too long";
        Self::new(Rejection::header_fields_too_large(message), message, true)
    }

    fn cross_site() -> Self {
        let message = "the request comes from another site";
        Self::new(Rejection::forbidden(message), message, true)
    }
}
