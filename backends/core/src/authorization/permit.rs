//! The proof that somebody was asked.

use std::fmt;

use super::{Action, Authorization, ExtraGrant};
use crate::{Principal, Rejection};

/// Something that takes leave, such as creating a queue: a type of the service's own, which says what is asked.
///
/// See [`Permit`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say what leave it takes",
    label = "this does not implement `Permission`",
    note = "implement `portcullis_core::Permission` for `{Self}`: its `action` is what the caller must be allowed to do"
)]
pub trait Permission {
    /// What the caller must be allowed to do.
    fn action(&self) -> Action<'_>;
}

/// Leave to do something, and who has it. There is none unless it was [asked](Self::ask) for and allowed, so a function that
/// takes one cannot be called by those who forgot to ask.
///
/// ```
/// use portcullis_core::{Action, Authorization, Permission, Permit, Rejection};
///
/// struct CreateQueue {
///     name: String,
/// }
///
/// impl Permission for CreateQueue {
///     fn action(&self) -> Action<'_> {
///         Action::new("create", "queues").name(&self.name)
///     }
/// }
///
/// fn create(permit: Permit<CreateQueue>) -> String {
///     format!("{} made {}", permit.principal().name(), permit.permission().name)
/// }
///
/// async fn handler(authorization: Authorization, name: String) -> Result<String, Rejection> {
///     Ok(create(Permit::ask(&authorization, CreateQueue { name }).await?))
/// }
/// # use portcullis_core::{Authorizers, Principal};
/// # let nobody_decides = Authorizers::new([], Rejection::unauthenticated(vec![]));
/// # let authorization = Authorization::new(Principal::builder("alice").build(), &nobody_decides);
/// # let rejection = tokio::runtime::Builder::new_current_thread().build().unwrap()
/// #     .block_on(handler(authorization, "blue".into())).unwrap_err();
/// # assert_eq!(rejection.message(), r#"create queues "blue" is forbidden"#);
/// ```
///
/// In a handler of axum (feature `axum`) it is an extractor, if the permission is one: `CreateQueue` above with
/// `#[derive(Deserialize, FromRequestParts)]` and `#[from_request(via(Path))]` has its name from the path.
#[derive(Clone)]
#[must_use]
pub struct Permit<P> {
    permission: P,
    principal: Principal,
}

impl<P: Permission> Permit<P> {
    /// Asks for leave.
    ///
    /// # Errors
    ///
    /// As [`Authorization::check`].
    pub async fn ask(authorization: &Authorization, permission: P) -> Result<Self, Rejection> {
        Self::ask_with(authorization, permission, &[]).await
    }

    /// Asks for leave, where the object grants something by itself.
    ///
    /// # Errors
    ///
    /// As [`Authorization::check_with`].
    pub async fn ask_with(
        authorization: &Authorization,
        permission: P,
        extra: &[ExtraGrant<'_>],
    ) -> Result<Self, Rejection> {
        authorization.check_with(&permission.action(), extra).await?;
        Ok(Self { permission, principal: authorization.principal().clone() })
    }
}

impl<P> Permit<P> {
    /// Who has the leave.
    #[must_use]
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// What it is for.
    #[must_use]
    pub fn permission(&self) -> &P {
        &self.permission
    }

    /// Gives it up for what it was for.
    #[must_use]
    pub fn into_permission(self) -> P {
        self.permission
    }
}

impl<P: fmt::Debug> fmt::Debug for Permit<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").field("permission", &self.permission).field("principal", &self.principal).finish()
    }
}
