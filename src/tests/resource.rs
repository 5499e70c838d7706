//! What clients with bearer tokens learn of scopes, and of where tokens come from.

use std::convert::Infallible;

use http::{Method, Request, Response};
use tower::{Layer as _, Service as _, ServiceExt as _, service_fn};

use super::fake::*;
use crate::{Auth, Principal, Rejection, ResourceMetadata, Scheme};

const RESOURCE: &str =
    "[resource]\nidentifier = 'https://orders.example.test/api'\nname = 'Orders'\nscopes = ['read', 'write']\n";
const URL: &str = "https://orders.example.test/.well-known/oauth-protected-resource/api";

/// Wants a scope that nobody has.
async fn writing(auth: &Auth, authorization: &str) -> Rejection {
    let service = auth.layer().layer(service_fn(async |request: Request<()>| {
        let principal = Principal::from_extensions(request.extensions()).unwrap();
        let mut response = Response::new(String::new());
        response.extensions_mut().insert(principal.require_scopes(&["read", "write"]).unwrap_err());
        Ok::<_, Infallible>(response)
    }));
    let request = Request::builder().header("authorization", authorization).body(()).unwrap();
    service.oneshot(request).await.unwrap().extensions_mut().remove().unwrap()
}

#[tokio::test]
async fn every_bearer_challenge_says_where_the_metadata_is() {
    let (one, two) = (Fake::new("1", &[Scheme::BEARER]), Fake::new("2", &[Scheme::BASIC]));
    let auth = auth(&[&one, &two], RESOURCE).await;
    let service = service(&auth);
    let bearer = |error: &str| format!(r#"Bearer realm="1"{error}, resource_metadata="{URL}""#);
    let basic = r#"Basic realm="2""#.to_owned();
    assert_eq!(challenges(&send(&service, &[]).await), [bearer(""), basic.clone()]);
    assert_eq!(challenges(&ask(&service, "Bearer bad-a").await), [bearer(r#", error="refused""#), basic]);
}

#[tokio::test]
async fn who_lacks_a_scope_is_told_which_one_in_the_challenge_of_its_backend() {
    let (one, two) = (Fake::new("1", &[Scheme::BEARER]), Fake::new("2", &[Scheme::BASIC]));
    let plain = auth(&[&one, &two], "").await;
    let rejection = writing(&plain, "Bearer ok-alice").await;
    let scope = r#"error="insufficient_scope", scope="read write""#;
    assert_eq!((rejection.status().as_u16(), rejection.grpc_code()), (403, 7));
    assert_eq!(rejection.challenges(), [format!(r#"Bearer realm="1", {scope}"#).as_str()]);
    let rejection = writing(&auth(&[&one, &two], RESOURCE).await, "Bearer ok-alice").await;
    assert_eq!(rejection.challenges(), [format!(r#"Bearer realm="1", resource_metadata="{URL}", {scope}"#).as_str()]);
    let rejection = writing(&plain, "Basic ok-alice").await;
    assert_eq!((rejection.status().as_u16(), rejection.challenges().len()), (403, 0), "no scope would help");
}

#[tokio::test]
async fn the_metadata_is_served_as_rfc_9728_has_it() {
    assert!(auth(&[], "").await.resource_metadata().is_none());
    let (one, two) = (Fake::new("1", &[Scheme::BEARER]), Fake::new("2", &[Scheme::BEARER]));
    let metadata = auth(&[&one, &two, &one], RESOURCE).await.resource_metadata().unwrap();
    let answer = async |method: Method, path: &str| {
        let request = Request::builder().method(method).uri(path).body(()).unwrap();
        let mut metadata: ResourceMetadata = metadata.clone();
        metadata.call(request).await.unwrap()
    };
    let response = answer(Method::GET, metadata.path()).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
    let document: serde_json::Value = serde_json::from_str(response.body()).unwrap();
    let expected = serde_json::json!({
        "resource": "https://orders.example.test/api",
        "resource_name": "Orders",
        "bearer_methods_supported": ["header"],
        "scopes_supported": ["read", "write"],
        "authorization_servers": ["https://issuer-1.example.test", "https://issuer-2.example.test"],
    });
    assert_eq!(document, expected);
    assert!(answer(Method::HEAD, metadata.path()).await.body().is_empty());
    assert_eq!(answer(Method::POST, metadata.path()).await.status(), 405);
    assert_eq!(answer(Method::GET, "/.well-known/oauth-protected-resource").await.status(), 404);
}
