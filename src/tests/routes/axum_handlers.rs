//! What extractors find behind a public route.

use axum::Router;
use axum::body::Body;
use axum::routing::any;

use super::*;
use crate::{Auth, Principal};

async fn app(rest: &str) -> Router {
    let auth = auth(&[&bearer()], rest).await;
    let optional = async |principal: Option<Principal>| match principal {
        None => "nobody".to_owned(),
        Some(principal) => format!("{} {}", principal.name(), principal.is_anonymous()),
    };
    let required = async |principal: Principal| principal.name().to_owned();
    Router::new().route("/optional", any(optional)).route("/required", any(required)).layer(auth.layer())
}

const PUBLIC: &str = "[[route]]\npath = '/{*all}'\npublic = true\n";

async fn ask(app: &Router, target: &str, fields: &[(&'static str, &str)]) -> Response<Bytes> {
    let response = app.clone().oneshot(request_for(target, fields).map(|()| Body::empty())).await.unwrap();
    let (parts, body) = response.into_parts();
    Response::from_parts(parts, axum::body::to_bytes(body, usize::MAX).await.unwrap())
}

#[tokio::test]
async fn an_optional_principal_is_missing_only_without_a_credential() {
    let app = app(PUBLIC).await;
    assert_eq!(ask(&app, "/optional", &[]).await.body(), "nobody");
    assert_eq!(ask(&app, "/optional", &[ALICE]).await.body(), "alice false");
    for bad in ["Bearer bad-a", "Bearer other-a", "Basic ok-a", "", "Bearer", "nonsense"] {
        assert_eq!(ask(&app, "/optional", &[("authorization", bad)]).await.status(), 401, "{bad:?}");
    }
}

#[tokio::test]
async fn an_anonymous_principal_is_one() {
    let app = app(&format!("[[backend]]\nkind = 'anonymous'\n{PUBLIC}")).await;
    assert_eq!(ask(&app, "/optional", &[]).await.body(), "anonymous true");
    assert_eq!(ask(&app, "/required", &[]).await.body(), "anonymous");
}

#[tokio::test]
async fn a_handler_that_needs_one_answers_as_the_layer_does() {
    let app = app(PUBLIC).await;
    let response = ask(&app, "/required", &[]).await;
    assert_eq!((response.status().as_u16(), challenges(&response)), (401, vec!["Bearer realm=\"1\""]));
    assert_eq!(response.body(), r#"{"code":16,"message":"no valid credential was presented"}"#);
    assert_eq!(ask(&app, "/required", &[ALICE]).await.body(), "alice");
}

/// What one layer found out is not believed where the next one lets everybody through.
#[tokio::test]
async fn the_principal_of_an_outer_layer_does_not_get_through_a_public_route() {
    let inner = app(PUBLIC).await;
    let outer: Auth = auth(&[&bearer()], "").await;
    let both = inner.layer(outer.layer());
    assert_eq!(ask(&both, "/optional", &[ALICE]).await.body(), "nobody");
}
