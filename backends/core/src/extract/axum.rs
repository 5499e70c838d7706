//! `Principal`, `Option<Principal>` and `Authorization` as axum extractors.

use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;

use crate::{Authorization, Principal, Rejection, Unidentified};

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

/// The handle to ask whether the caller may do something.
///
/// Rejects with 401 where the layer let the request through without a principal, and with 500
/// without a layer.
impl<S: Sync> FromRequestParts<S> for Authorization {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        Self::from_extensions(&parts.extensions).cloned()
    }
}

#[cfg(test)]
mod tests {
    use axum_core::response::IntoResponse as _;
    use http::{HeaderValue, Request, StatusCode};

    use super::*;
    use crate::Authorizers;

    /// What the two extractors make of a request in which the layer left this.
    async fn extracted<E>(left: Option<E>) -> (Result<Principal, StatusCode>, Result<Option<Principal>, StatusCode>)
    where
        E: Clone + Send + Sync + 'static,
    {
        let (mut parts, ()) = Request::new(()).into_parts();
        if let Some(left) = left {
            parts.extensions.insert(left);
        }
        let status = |rejection: Rejection| rejection.into_response().status();
        let required = <Principal as FromRequestParts<()>>::from_request_parts(&mut parts, &()).await;
        let optional = <Principal as OptionalFromRequestParts<()>>::from_request_parts(&mut parts, &()).await;
        (required.map_err(status), optional.map_err(status))
    }

    #[tokio::test]
    async fn a_principal_is_extracted_also_an_anonymous_one() {
        for principal in [Principal::builder("alice").build(), Principal::builder("anonymous").anonymous().build()] {
            let expected = (Ok(principal.clone()), Ok(Some(principal.clone())));
            assert_eq!(extracted(Some(principal)).await, expected);
        }
    }

    #[tokio::test]
    async fn without_one_a_required_principal_is_401_and_an_optional_one_none() {
        let left = Unidentified::new(Rejection::unauthenticated(vec![HeaderValue::from_static("Negotiate")]));
        assert_eq!(extracted(Some(left.clone())).await, (Err(StatusCode::UNAUTHORIZED), Ok(None)));
        assert_eq!(left.rejection().into_response().headers()["www-authenticate"], "Negotiate");
    }

    #[tokio::test]
    async fn without_a_layer_both_are_500() {
        let failed = StatusCode::INTERNAL_SERVER_ERROR;
        assert_eq!(extracted(None::<()>).await, (Err(failed), Err(failed)));
    }

    #[tokio::test]
    async fn the_handle_of_authorization_is_extracted_or_refused_as_a_principal_is() {
        let unauthenticated = Rejection::unauthenticated(vec![HeaderValue::from_static("Negotiate")]);
        let (mut parts, ()) = Request::new(()).into_parts();
        let mut statuses = Vec::new();
        for step in 0..3 {
            match step {
                0 => {}
                1 => drop(parts.extensions.insert(Unidentified::new(unauthenticated.clone()))),
                _ => {
                    let authorizers = Authorizers::new([], unauthenticated.clone());
                    let alice = Principal::builder("alice").build();
                    parts.extensions.insert(Authorization::new(alice, &authorizers));
                }
            }
            let extracted = <Authorization as FromRequestParts<()>>::from_request_parts(&mut parts, &()).await;
            let name = extracted.map(|authorization| authorization.principal().name().to_owned());
            statuses.push(name.map_err(|rejection| rejection.into_response().status().as_u16()));
        }
        assert_eq!(statuses, [Err(500), Err(401), Ok("alice".to_owned())]);
    }
}
