//! Who may do what, asked in a handler.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::Extensions;

use crate::{Principal, Rejection};

mod action;
mod authorizer;
mod decision;
mod extra;
mod permit;

pub use action::{Action, ActionTarget, ResourceAttributes};
pub use authorizer::Authorizer;
pub use decision::{DecidedBy, Decision};
pub use extra::{ExtraGrant, Grantee};
pub use permit::{Permission, Permit};

/// When to ask again an authorizer that does not answer, unless it says.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// What the layer leaves in a request's extensions for those who must know whether the caller may do something: the
/// caller, and who decides. Cheap to clone.
///
/// In a handler of axum it is an extractor (feature `axum`); with tonic,
/// `Authorization::from_extensions(request.extensions())?`.
///
/// ```
/// use portcullis_core::{Action, Authorization, Rejection};
///
/// async fn create_queue(authorization: Authorization, name: &str) -> Result<String, Rejection> {
///     authorization.check(&Action::new("create", "queues").name(name)).await?;
///     Ok(format!("{} made {name}", authorization.principal().name()))
/// }
/// # use portcullis_core::{Authorizers, Principal};
/// # let nobody_decides = Authorizers::new([], Rejection::unauthenticated(vec![]));
/// # let authorization = Authorization::new(Principal::builder("alice").build(), &nobody_decides);
/// # let rejection = tokio::runtime::Builder::new_current_thread().build().unwrap()
/// #     .block_on(create_queue(authorization, "blue")).unwrap_err();
/// # assert_eq!(rejection.message(), r#"create queues "blue" is forbidden"#);
/// ```
#[derive(Clone)]
pub struct Authorization {
    principal: Principal,
    authorizers: Authorizers,
}

/// Who decides, in order, and what an anonymous caller is told. Made once, for all the requests of a layer. Cheap to
/// clone.
#[derive(Clone)]
pub struct Authorizers(Arc<Inner>);

struct Inner {
    in_order: Vec<Arc<dyn Authorizer>>,
    unauthenticated: Rejection,
    observer: Option<Observer>,
}

/// Hears of the decisions that do not allow.
type Observer = Box<dyn Fn(&Principal, &Action<'_>, &Decision) + Send + Sync>;

impl Authorizers {
    /// These, in this order. Without any, nothing is allowed.
    ///
    /// `unauthenticated` is the 401 of an anonymous caller to whom this is denied: it has the challenges. All rejections
    /// have its [`style`](Rejection::style).
    #[must_use]
    pub fn new(in_order: impl IntoIterator<Item = Arc<dyn Authorizer>>, unauthenticated: Rejection) -> Self {
        Self(Arc::new(Inner { in_order: in_order.into_iter().collect(), unauthenticated, observer: None }))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.in_order.is_empty()
    }

    /// One line for each, in order: who decides, and by what.
    #[must_use]
    pub fn describe(&self) -> Vec<String> {
        self.0.in_order.iter().map(|authorizer| authorizer.describe()).collect()
    }

    /// The same, with somebody who hears of every [`check`](Authorization::check) that does not allow, and why: the
    /// layer's audit.
    #[must_use]
    pub fn observed(self, by: impl Fn(&Principal, &Action<'_>, &Decision) + Send + Sync + 'static) -> Self {
        let Inner { in_order, unauthenticated, .. } = &*self.0;
        let observer: Option<Observer> = Some(Box::new(by));
        Self(Arc::new(Inner { in_order: in_order.clone(), unauthenticated: unauthenticated.clone(), observer }))
    }
}

impl Authorization {
    /// The handle of a request that `principal` makes.
    #[must_use]
    pub fn new(principal: Principal, authorizers: &Authorizers) -> Self {
        Self { principal, authorizers: authorizers.clone() }
    }

    /// The handle that the layer left in a request's extensions.
    ///
    /// Where nobody decides what callers may do, since the file has neither roles nor an authorizer, it leaves none, which spares each
    /// request an allocation. Then this makes one by which nothing is allowed.
    ///
    /// # Errors
    ///
    /// 401 (gRPC 16) if the layer let the request through without a principal, and 500 (gRPC 13) if no layer stands
    /// before the handler.
    pub fn from_extensions(extensions: &Extensions) -> Result<Self, Rejection> {
        if let Some(left) = extensions.get::<Self>() {
            return Ok(left.clone());
        }
        let principal = Principal::from_extensions(extensions)?;
        let nobody = principal.unauthorized().cloned();
        let authorizers = nobody.unwrap_or_else(|| Authorizers::new([], Rejection::unauthenticated(Vec::new())));
        Ok(Self { principal: principal.clone(), authorizers })
    }

    /// Who asks.
    #[must_use]
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// Whether anybody decides. If not, nothing is allowed but what an object grants by itself.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        !self.authorizers.is_empty()
    }

    /// Asks for leave to do this.
    ///
    /// # Errors
    ///
    /// - 403 (gRPC 7) if it is not allowed. The message names what was asked, and neither the caller nor the rule.
    /// - 401 (gRPC 16) with the challenges if it is not allowed to an anonymous caller: somebody else might. Where
    ///   there is nothing to authenticate with, it is 403.
    /// - 503 (gRPC 14) if an authorizer that must be asked does not answer.
    pub async fn check(&self, action: &Action<'_>) -> Result<(), Rejection> {
        self.check_with(action, &[]).await
    }

    /// The same where the object that the action names grants something by itself, as the permissions of a queue do: the
    /// service loaded them with it. They count if no authorizer has an opinion, so they add to what is allowed, and overrule
    /// neither a denial nor an outage.
    ///
    /// ```
    /// use portcullis_core::{Action, Authorization, ExtraGrant, Grantee, Rejection};
    ///
    /// struct Queue {
    ///     name: String,
    ///     owner: String,
    /// }
    ///
    /// async fn submit(authorization: &Authorization, queue: &Queue) -> Result<(), Rejection> {
    ///     let owner = ExtraGrant::new(Grantee::User { backend: "corp", name: &queue.owner }, &["*"]);
    ///     authorization.check_with(&Action::new("submit", "queues").name(&queue.name), &[owner]).await
    /// }
    /// # use portcullis_core::{Authorizers, Principal};
    /// # let nobody_decides = Authorizers::new([], Rejection::unauthenticated(vec![]));
    /// # let queue = Queue { name: "blue".into(), owner: "alice".into() };
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # for (name, may) in [("alice", true), ("bob", false)] {
    /// #     let caller = Principal::builder(name).backend("corp").build();
    /// #     let authorization = Authorization::new(caller, &nobody_decides);
    /// #     assert_eq!(runtime.block_on(submit(&authorization, &queue)).is_ok(), may);
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check).
    pub async fn check_with(&self, action: &Action<'_>, extra: &[ExtraGrant<'_>]) -> Result<(), Rejection> {
        let decision = self.decide_with(action, extra).await;
        self.observe(action, &decision);
        self.outcome(action, &decision)
    }

    /// What [`check`](Self::check) ends with, if every authorizer that matters has its decision at hand. None if somebody must
    /// be waited for: then nothing was reported.
    pub fn check_at_once(&self, action: &Action<'_>) -> Option<Result<(), Rejection>> {
        let decision = self.decide_at_once(action)?;
        self.observe(action, &decision);
        Some(self.outcome(action, &decision))
    }

    /// What the authorizers make of this together, for those who report it or answer for themselves. The first that
    /// allows or denies decides; one that is unavailable might have denied, so nobody is asked after it; and if none has an
    /// opinion, it is denied.
    pub async fn decide(&self, action: &Action<'_>) -> Decision {
        self.decide_with(action, &[]).await
    }

    /// The same with what the object grants by itself, as in [`check_with`](Self::check_with).
    pub async fn decide_with(&self, action: &Action<'_>, extra: &[ExtraGrant<'_>]) -> Decision {
        let mut nobody = Nobody::default();
        for authorizer in &self.authorizers.0.in_order {
            let decision = match authorizer.decide_at_once(&self.principal, action) {
                Some(decision) => decision,
                None => authorizer.decide(&self.principal, action).await,
            };
            match decision {
                Decision::NoOpinion(reason) => nobody.since(reason),
                decision => return decision,
            }
        }
        match extra.iter().any(|grant| grant.allows(&self.principal, action.verb())) {
            true => Decision::allow("a grant of the object itself"),
            false => nobody.allows(),
        }
    }

    /// The same as [`decide`](Self::decide), if nobody must be waited for.
    #[must_use]
    pub fn decide_at_once(&self, action: &Action<'_>) -> Option<Decision> {
        let mut nobody = Nobody::default();
        for authorizer in &self.authorizers.0.in_order {
            match authorizer.decide_at_once(&self.principal, action)? {
                Decision::NoOpinion(reason) => nobody.since(reason),
                decision => return Some(decision),
            }
        }
        Some(nobody.allows())
    }

    /// What the caller is told of a decision.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check).
    pub fn outcome(&self, action: &Action<'_>, decision: &Decision) -> Result<(), Rejection> {
        let unauthenticated = &self.authorizers.0.unauthenticated;
        let rejection = match decision {
            Decision::Allow(_) => return Ok(()),
            Decision::Unavailable(unavailable) => {
                let rejection = Rejection::unavailable(unavailable.retry_after.unwrap_or(RETRY_AFTER));
                rejection.with_message("whether this is allowed cannot be found out at present")
            }
            // A 401 without a challenge would break RFC 9110, section 15.5.2.
            _ if self.principal.is_anonymous() && !unauthenticated.challenges().is_empty() => unauthenticated.clone(),
            _ => Rejection::denied(action),
        };
        Err(rejection.with_style(unauthenticated.style()))
    }

    fn observe(&self, action: &Action<'_>, decision: &Decision) {
        if let (false, Some(observer)) = (decision.is_allow(), &self.authorizers.0.observer) {
            observer(&self.principal, action, decision);
        }
    }
}

/// At the end: why nobody has an opinion.
#[derive(Default)]
struct Nobody(Option<DecidedBy>);

impl Nobody {
    fn since(&mut self, reason: DecidedBy) {
        self.0 = Some(match self.0.take() {
            Some(before) => DecidedBy::from(format!("{before}; {reason}")),
            None => reason,
        });
    }

    fn allows(self) -> Decision {
        Decision::Deny(self.0.unwrap_or(DecidedBy::from("no authorizer is there to allow it")))
    }
}

impl fmt::Debug for Authorizers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.describe()).finish()
    }
}

impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorization")
            .field("principal", &self.principal)
            .field("authorizers", &self.authorizers)
            .finish()
    }
}

#[cfg(test)]
mod tests;
