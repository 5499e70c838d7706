//! What the routes, the policy and the other authorizers want of a request.

use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};
use portcullis_core::{Action, Authorization, Authorizers, Decision, Head, Principal, Rejection};

use super::{Denial, Settled};
use crate::audit;
use crate::route::{Access, Ambiguous, Asked, Route, Routes, Target};

/// What the file says of what callers may do. Never changed, only replaced.
pub(crate) struct Rules {
    pub(crate) routes: Arc<Routes>,
    pub(crate) authorizers: Authorizers,
    /// Who it is that presents nothing, if that is anybody.
    anonymous: Option<Principal>,
    denies_unlisted: bool,
}

/// The rules that one request meets, from its beginning to its end, and which of the routes it takes.
pub(crate) struct Ruling {
    rules: Guard<Arc<Rules>>,
    way: Way,
    /// The path without escapes, if it has any.
    decoded: Option<String>,
}

/// Where the request goes by the routes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Listed(usize),
    Unlisted,
    /// To one route as it came, and to another one decoded. That is told to those alone who are somebody: it says which routes
    /// there are.
    Torn,
}

impl Rules {
    pub(crate) fn new(routes: Arc<Routes>, authorizers: Authorizers, anonymous: Option<&Principal>) -> Self {
        let denies_unlisted = routes.denies_unlisted();
        // What was found out about it was found out by the rules before these.
        Self { routes, authorizers, anonymous: anonymous.map(Principal::without_memo), denies_unlisted }
    }
}

impl Ruling {
    /// Without routes, no target is ambiguous: nobody is misled by one.
    pub(crate) fn of(rules: &ArcSwap<Rules>, head: Head<'_>) -> Result<Self, Ambiguous> {
        let rules = rules.load();
        if rules.routes.is_empty() {
            return Ok(Self { rules, way: Way::Unlisted, decoded: None });
        }
        let target = Target::of(head)?;
        let way = match rules.routes.index_of(&target) {
            Ok(Some(index)) => Way::Listed(index),
            Ok(None) => Way::Unlisted,
            Err(Ambiguous::OtherRoute) => Way::Torn,
            Err(ambiguous) => return Err(ambiguous),
        };
        Ok(Self { rules, way, decoded: target.into_decoded() })
    }

    /// The same, to be kept while somebody is waited for.
    pub(crate) fn kept(self) -> Self {
        Self { rules: Guard::from_inner(Guard::into_inner(self.rules)), ..self }
    }

    pub(crate) fn authorizers(&self) -> &Authorizers {
        &self.rules.authorizers
    }

    /// Who it is that presents nothing.
    pub(crate) fn anonymous(&self) -> Option<&Principal> {
        self.rules.anonymous.as_ref()
    }

    /// Whether there are neither routes nor anybody who decides.
    pub(crate) fn is_of_nothing(&self) -> bool {
        self.rules.routes.is_empty() && self.rules.authorizers.is_empty()
    }

    /// Whether there is a route for the request.
    pub(crate) fn is_listed(&self) -> bool {
        self.way != Way::Unlisted
    }

    /// Whether a request without a credential passes.
    pub(crate) fn is_public(&self) -> bool {
        self.route().is_some_and(|route| route.access() == Access::Public)
    }

    /// Whether the method says if the request only reads.
    pub(crate) fn is_safe(&self) -> bool {
        self.route().is_none_or(Route::is_safe)
    }

    /// What becomes of the request, whose caller is known.
    pub(crate) fn settle(&self, head: Head<'_>, authorization: &Authorization) -> Settled {
        match self.needed(head, authorization) {
            Ok(None) => Settled::Pass,
            Ok(Some(asked)) => of_action(asked, authorization),
            Err(denial) => Settled::Reject(denial),
        }
    }

    /// The action that the caller needs leave for, if there is one; or why leave for any would not do.
    fn needed<'a>(&'a self, head: Head<'a>, authorization: &Authorization) -> Result<Option<Asked<'a>>, Denial> {
        let principal = authorization.principal();
        let Some(route) = self.route() else {
            return match self.way {
                Way::Unlisted if !self.rules.denies_unlisted => Ok(None),
                Way::Torn if !principal.is_anonymous() => Err(ambiguous(Ambiguous::OtherRoute, authorization)),
                _ => Err(of_path(head, authorization, "no route is for it")),
            };
        };
        match route.access() {
            Access::Public => return Ok(None),
            Access::Authenticated if principal.is_anonymous() => {
                return Err(of_path(head, authorization, "the route is not for anonymous callers"));
            }
            Access::Authenticated | Access::Authorized => has_scopes(route, head, authorization)?,
        }
        if route.access() == Access::Authenticated {
            return Ok(None);
        }
        let path = self.decoded.as_deref().unwrap_or(head.uri.path());
        route.asked_of(path).map(Some).ok_or_else(|| of_path(head, authorization, "the route names no action"))
    }

    fn route(&self) -> Option<&Route> {
        match self.way {
            Way::Listed(index) => self.rules.routes.at(index),
            Way::Unlisted | Way::Torn => None,
        }
    }
}

/// Denies a path, whatever is behind it.
fn of_path(head: Head<'_>, authorization: &Authorization, reason: &'static str) -> Denial {
    let verb = head.method.as_str().to_ascii_lowercase();
    let action = Action::url(&verb, head.uri.path());
    let rejection = authorization.outcome(&action, &Decision::deny(reason)).err();
    Denial::of(authorization, rejection.unwrap_or_else(|| Rejection::denied(&action)), format!("{action}: {reason}"))
}

/// Denies a target that can be read in two ways.
fn ambiguous(ambiguous: Ambiguous, authorization: &Authorization) -> Denial {
    Denial::of(authorization, Rejection::malformed(Ambiguous::MESSAGE), ambiguous.reason().to_owned())
}

fn has_scopes(route: &Route, head: Head<'_>, authorization: &Authorization) -> Result<(), Denial> {
    let principal = authorization.principal();
    if route.scopes().iter().all(|scope| principal.has_scope(scope)) {
        return Ok(());
    }
    let reason = "a scope of the route is missing";
    if principal.is_anonymous() {
        return Err(of_path(head, authorization, reason));
    }
    let scopes: Vec<_> = route.scopes().iter().map(|scope| &**scope).collect();
    principal.require_scopes(&scopes).map_err(|rejection| Denial::of(authorization, rejection, reason.to_owned()))
}

fn of_action(asked: Asked<'_>, authorization: &Authorization) -> Settled {
    if let Some(decision) = authorization.decide_at_once(&asked.action()) {
        return match decided(authorization, &asked.action(), &decision) {
            Ok(()) => Settled::Pass,
            Err(denial) => Settled::Reject(denial),
        };
    }
    let (asked, authorization) = (asked.into_owned(), authorization.clone());
    Settled::Decide(Box::pin(async move {
        let decision = authorization.decide(&asked.action()).await;
        decided(&authorization, &asked.action(), &decision).map(|()| authorization)
    }))
}

fn decided(authorization: &Authorization, action: &Action<'_>, decision: &Decision) -> Result<(), Denial> {
    let Err(rejection) = authorization.outcome(action, decision) else {
        audit::allowed(authorization.principal(), action, decision);
        return Ok(());
    };
    let reason = match decision {
        Decision::Deny(by) | Decision::NoOpinion(by) => by.as_str(),
        Decision::Unavailable(unavailable) => &unavailable.reason,
        _ => "an answer that this version does not know",
    };
    Err(Denial::of(authorization, rejection, format!("{action}: {reason}")))
}
