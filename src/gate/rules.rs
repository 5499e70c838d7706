//! What the routes, the policy and the other authorizers want of a request.

use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};
use portcullis_core::{Action, Authorization, Authorizers, Decision, Head, Principal, Rejection};

use super::{Deciding, Denial};
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

/// What a request still needs, whose caller is known.
pub(crate) enum Need {
    Nothing,
    Denied {
        rejection: Rejection,
        reason: String,
    },
    /// Somebody has to be asked, which takes a while.
    Decision(Deciding),
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
            return Ok(Self { rules, way: Way::Unlisted });
        }
        let way = match rules.routes.index_of(&Target::of(head)?) {
            Ok(Some(index)) => Way::Listed(index),
            Ok(None) => Way::Unlisted,
            Err(Ambiguous::OtherRoute) => Way::Torn,
            Err(ambiguous) => return Err(ambiguous),
        };
        Ok(Self { rules, way })
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

    /// What the request needs beside a caller that is known.
    pub(crate) fn need(&self, head: Head<'_>, authorization: &Authorization) -> Need {
        let Some(route) = self.route() else {
            return match self.way {
                Way::Unlisted if !self.rules.denies_unlisted => Need::Nothing,
                Way::Torn if !authorization.principal().is_anonymous() => Need::ambiguous(Ambiguous::OtherRoute),
                _ => of_path(head, authorization, "no route is for it"),
            };
        };
        if route.access() == Access::Public {
            return Need::Nothing;
        }
        let principal = authorization.principal();
        if route.access() == Access::Authenticated && principal.is_anonymous() {
            return of_path(head, authorization, "the route is not for anonymous callers");
        }
        if let Some(denied) = lacks_scope(route, head, authorization) {
            return denied;
        }
        if route.access() == Access::Authenticated {
            return Need::Nothing;
        }
        let target = match Target::of(head) {
            Ok(target) => target,
            Err(ambiguous) => return Need::ambiguous(ambiguous),
        };
        match route.asked(&target) {
            Some(asked) => of_action(asked, authorization),
            None => of_path(head, authorization, "the route names no action"),
        }
    }

    fn route(&self) -> Option<&Route> {
        match self.way {
            Way::Listed(index) => self.rules.routes.at(index),
            Way::Unlisted | Way::Torn => None,
        }
    }
}

/// Denies a path, whatever is behind it.
fn of_path(head: Head<'_>, authorization: &Authorization, reason: &'static str) -> Need {
    let verb = head.method.as_str().to_ascii_lowercase();
    Need::decided(authorization, &Action::url(&verb, head.uri.path()), &Decision::deny(reason))
}

fn lacks_scope(route: &Route, head: Head<'_>, authorization: &Authorization) -> Option<Need> {
    let principal = authorization.principal();
    if route.scopes().iter().all(|scope| principal.has_scope(scope)) {
        return None;
    }
    let reason = "a scope of the route is missing";
    if principal.is_anonymous() {
        return Some(of_path(head, authorization, reason));
    }
    let scopes: Vec<_> = route.scopes().iter().map(|scope| &**scope).collect();
    let rejection = principal.require_scopes(&scopes).err()?;
    Some(Need::Denied { rejection, reason: reason.to_owned() })
}

fn of_action(asked: Asked<'_>, authorization: &Authorization) -> Need {
    if let Some(decision) = authorization.decide_at_once(&asked.action()) {
        return Need::decided(authorization, &asked.action(), &decision);
    }
    let (asked, authorization) = (asked.into_owned(), authorization.clone());
    Need::Decision(Box::pin(async move {
        let decision = authorization.decide(&asked.action()).await;
        match Need::decided(&authorization, &asked.action(), &decision) {
            Need::Nothing => Ok(authorization),
            Need::Denied { rejection, reason } => Err(Denial::of(&authorization, rejection, reason)),
            Need::Decision(deciding) => deciding.await,
        }
    }))
}

impl Need {
    fn decided(authorization: &Authorization, action: &Action<'_>, decision: &Decision) -> Self {
        let Err(rejection) = authorization.outcome(action, decision) else {
            audit::allowed(authorization.principal(), action, decision);
            return Self::Nothing;
        };
        let reason = match decision {
            Decision::Deny(by) | Decision::NoOpinion(by) => by.as_str(),
            Decision::Unavailable(unavailable) => &unavailable.reason,
            _ => "an answer that this version does not know",
        };
        Self::Denied { rejection, reason: format!("{action}: {reason}") }
    }

    /// That of a target that can be read in two ways.
    fn ambiguous(ambiguous: Ambiguous) -> Self {
        Self::Denied { rejection: Rejection::malformed(Ambiguous::MESSAGE), reason: ambiguous.reason().to_owned() }
    }
}
