//! The peers as their documentation builds them: with discovery, the audience, and the claims that
//! they bring.

use std::convert::Infallible;
use std::future::Ready;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::middleware::from_fn_with_state;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Empty;
use jwt_authorizer::layer::AuthorizationService;
use jwt_authorizer::{AuthError, Authorizer, IntoLayer as _, JwtAuthorizer, RegisteredClaims, Validation};
use limes::axum::authentication_middleware;
use limes::jwks::JWKSWebAuthenticator;
use portcullis_benches::Bare;
use portcullis_benches::provider::AUDIENCE;
use tower::{Layer as _, Service};
use tower_oauth2_resource_server::claims::DefaultClaims;
use tower_oauth2_resource_server::layer::OAuth2ResourceServerService;
use tower_oauth2_resource_server::server::OAuth2ResourceServer;
use tower_oauth2_resource_server::tenant::TenantConfiguration;

use crate::peer::Answer;

pub(crate) async fn jwt_authorizer(issuer: &str) -> AuthorizationService<Answering, RegisteredClaims> {
    let validation = Validation::new().iss(&[issuer]).aud(&[AUDIENCE]);
    let builder: JwtAuthorizer = JwtAuthorizer::from_oidc(issuer).validation(validation);
    let authorizer: Authorizer = builder.build().await.expect("the provider's metadata");
    authorizer.into_layer().layer(Answering)
}

pub(crate) async fn resource_server(issuer: &str) -> OAuth2ResourceServerService<Bare, Empty<Bytes>, DefaultClaims> {
    let tenant = TenantConfiguration::builder(issuer).audiences(&[AUDIENCE]).build().await;
    let server = OAuth2ResourceServer::builder().add_tenant(tenant.expect("the provider's metadata")).build().await;
    server.expect("one tenant").into_layer().layer(Bare)
}

pub(crate) async fn limes(
    issuer: &str,
) -> impl Service<Request<Body>, Response = Response<Body>, Error = Infallible> + use<> {
    let authenticator = JWKSWebAuthenticator::new(issuer, Some(Duration::from_secs(600))).await;
    let authenticator =
        authenticator.expect("the provider's metadata").set_accepted_audiences(vec![AUDIENCE.to_owned()]);
    from_fn_with_state(authenticator, authentication_middleware::<JWKSWebAuthenticator>).layer(Bare)
}

/// [`Bare`], with a response that jwt-authorizer can make itself.
#[derive(Clone)]
pub(crate) struct Answering;

/// An empty response.
pub(crate) struct Answered(Response<Empty<Bytes>>);

impl Answer for Answered {
    fn status(&self) -> StatusCode {
        self.0.status()
    }
}

impl From<AuthError> for Answered {
    fn from(_: AuthError) -> Self {
        let mut response = Response::new(Empty::new());
        *response.status_mut() = StatusCode::UNAUTHORIZED;
        Self(response)
    }
}

impl<B> Service<Request<B>> for Answering {
    type Response = Answered;
    type Error = Infallible;
    type Future = Ready<Result<Answered, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        std::hint::black_box(request);
        std::future::ready(Ok(Answered(Response::new(Empty::new()))))
    }
}
