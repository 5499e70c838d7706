//! `Principal`, `Option<Principal>`, `Authorization` and `Permit` as axum extractors.

use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use axum_core::response::{IntoResponse as _, Response};
use http::request::Parts;

use crate::{Authorization, Permission, Permit, Principal, Rejection, Unidentified};

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
        Self::from_extensions(&parts.extensions)
    }
}

/// Leave to do what the permission says, which is extracted first.
///
/// Rejects as the permission does, and then as [`Authorization`] and [`Authorization::check`] do.
impl<S, P> FromRequestParts<S> for Permit<P>
where
    S: Send + Sync,
    P: Permission + FromRequestParts<S> + Send + Sync,
{
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let authorization = Authorization::from_extensions(&parts.extensions);
        // Nobody learns what is wrong with the request before the layer knows who it is.
        let authorization = authorization.map_err(Rejection::into_response)?;
        let permission = P::from_request_parts(parts, state).await.map_err(|rejection| rejection.into_response())?;
        Self::ask(&authorization, permission).await.map_err(Rejection::into_response)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use http::{HeaderValue, Request, StatusCode};

    use super::*;
    use crate::{Action, Authorizer, Authorizers, Decision, async_trait};

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

    /// The name of a queue, which is the whole path. Without one it is a 400.
    struct ReadQueue(String);

    impl Permission for ReadQueue {
        fn action(&self) -> Action<'_> {
            Action::new("get", "queues").name(&self.0)
        }
    }

    impl<S: Sync> FromRequestParts<S> for ReadQueue {
        type Rejection = StatusCode;

        async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
            let name = parts.uri.path().trim_matches('/');
            if name.is_empty() { Err(StatusCode::BAD_REQUEST) } else { Ok(Self(name.to_owned())) }
        }
    }

    /// Allows what is blue.
    struct Blue;

    #[async_trait]
    impl Authorizer for Blue {
        async fn decide(&self, _: &Principal, action: &Action<'_>) -> Decision {
            let blue = Action::new("get", "queues").name("blue");
            if *action == blue { Decision::allow("blue") } else { Decision::no_opinion("not blue") }
        }

        fn describe(&self) -> String {
            "somebody who allows what is blue".to_owned()
        }
    }

    #[tokio::test]
    async fn a_permit_is_extracted_only_if_the_check_of_what_the_path_says_passed() {
        let unauthenticated = Rejection::unauthenticated(vec![HeaderValue::from_static("Negotiate")]);
        let left = |principal: Principal| {
            Authorization::new(principal, &Authorizers::new([Arc::new(Blue) as _], unauthenticated.clone()))
        };
        let alice = Principal::builder("alice").build();
        let anonymous = Principal::builder("anonymous").anonymous().build();
        for (path, left, expected) in [
            ("/blue", Some(left(alice.clone())), Ok(("alice".to_owned(), "blue".to_owned()))),
            ("/red", Some(left(alice.clone())), Err(403)),
            ("/red", Some(left(anonymous)), Err(401)),
            ("/", Some(left(alice)), Err(400)),
            ("/", None, Err(500)),
            ("/blue", None, Err(500)),
        ] {
            let (mut parts, ()) = Request::get(path).body(()).unwrap().into_parts();
            if let Some(left) = left {
                parts.extensions.insert(left);
            }
            let permit = <Permit<ReadQueue> as FromRequestParts<()>>::from_request_parts(&mut parts, &()).await;
            let found = permit.map(|permit| (permit.principal().name().to_owned(), permit.into_permission().0));
            assert_eq!(found.map_err(|response| response.status().as_u16()), expected, "{path}");
        }
    }
}
