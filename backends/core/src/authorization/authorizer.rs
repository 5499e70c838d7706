//! What an authorizer must be able to do.

use crate::{Action, Decision, Principal};

/// Decides who may do what.
///
/// Write one with [`async_trait`](macro@crate::async_trait). Authorizers are asked in order: the first that allows or
/// denies decides, and what nobody allows is denied.
///
/// ```
/// use portcullis_core::{Action, Authorizer, Decision, Principal, async_trait};
///
/// struct OperatorsRead;
///
/// #[async_trait]
/// impl Authorizer for OperatorsRead {
///     async fn decide(&self, principal: &Principal, action: &Action<'_>) -> Decision {
///         match action.verb() {
///             "get" | "list" if principal.in_group("ops") => Decision::allow("operators read"),
///             _ => Decision::no_opinion("no operator, or not reading"),
///         }
///     }
///
///     fn describe(&self) -> String {
///         "operators may read everything".to_owned()
///     }
/// }
/// ```
#[crate::async_trait]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a Portcullis authorizer",
    label = "this does not implement `Authorizer`",
    note = "implement `portcullis_core::Authorizer` for `{Self}`, with `#[portcullis_core::async_trait]` on the `impl`"
)]
pub trait Authorizer: Send + Sync + 'static {
    /// Whether `principal` may do this. It may be anonymous, and it may be of any backend: identity is the pair of
    /// backend and name, and an authorizer that knows the callers of one backend has no opinion about others.
    ///
    /// What it waits for must have a bound of its own.
    async fn decide(&self, principal: &Principal, action: &Action<'_>) -> Decision;

    /// The decision, if it is at hand: from what is in memory. It is asked for first, and spares the wait; `None` has
    /// [`decide`](Self::decide) asked. So it must be cheap and never block.
    fn decide_at_once(&self, _principal: &Principal, _action: &Action<'_>) -> Option<Decision> {
        None
    }

    /// One line for `portcullis check`: who decides, and by what.
    fn describe(&self) -> String;
}
