//! Who may do what, asked in a handler.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::Extensions;

use crate::{Principal, Rejection, extract};

mod action;
mod authorizer;
mod decision;

pub use action::{Action, ActionTarget, ResourceAttributes};
pub use authorizer::Authorizer;
pub use decision::{DecidedBy, Decision};

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
    /// # Errors
    ///
    /// 401 (gRPC 16) if the layer let the request through without a principal, and 500 (gRPC 13) if no layer stands
    /// before the handler, or one behind which nobody decides what callers may do.
    pub fn from_extensions(extensions: &Extensions) -> Result<&Self, Rejection> {
        extract::left_by_layer(extensions)
    }

    /// Who asks.
    #[must_use]
    pub fn principal(&self) -> &Principal {
        &self.principal
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
        let unauthenticated = &self.authorizers.0.unauthenticated;
        let decision = self.decide(action).await;
        if let Decision::Allow(_) = decision {
            return Ok(());
        }
        if let Some(observer) = &self.authorizers.0.observer {
            observer(&self.principal, action, &decision);
        }
        let rejection = match decision {
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

    /// What the authorizers make of this together, for those who report it or answer for themselves. The first that
    /// allows or denies decides; one that is unavailable might have denied, so nobody is asked after it; and if none has an
    /// opinion, it is denied.
    pub async fn decide(&self, action: &Action<'_>) -> Decision {
        for authorizer in &self.authorizers.0.in_order {
            let decision = match authorizer.decide_at_once(&self.principal, action) {
                Some(decision) => decision,
                None => authorizer.decide(&self.principal, action).await,
            };
            if !matches!(decision, Decision::NoOpinion(_)) {
                return decision;
            }
        }
        Decision::deny("no authorizer allows it")
    }
}

impl fmt::Debug for Authorizers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.in_order.iter().map(|authorizer| authorizer.describe())).finish()
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
