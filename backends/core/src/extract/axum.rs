//! `Principal` and `Option<Principal>` as axum extractors.

use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;

use crate::{Principal, Rejection, Unidentified};

/// The caller, including an anonymous one ([`Principal::is_anonymous`]).
///
/// Rejects with 401 where the layer let the request through without a principal, and with 500
/// without a layer.
impl<S: Sync> FromRequestParts<S> for Principal {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        Self::from_extensions(&parts.extensions).cloned()
    }
}

/// The caller, or `None` where the layer let a request without a credential through: never for an
/// anonymous principal, never for a bad credential.
///
/// Rejects with 500 without a layer.
impl<S: Sync> OptionalFromRequestParts<S> for Principal {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Rejection> {
        match Self::from_extensions(&parts.extensions) {
            Ok(principal) => Ok(Some(principal.clone())),
            Err(_) if parts.extensions.get::<Unidentified>().is_some() => Ok(None),
            Err(rejection) => Err(rejection),
        }
    }
}
