//! Public routes where nobody is let in otherwise.

use axum::Router;
use axum::body::Body;
use axum::routing::any;

use super::*;
use crate::{Auth, Principal};

const PUBLIC: &str = "[[route]]\npath = '/public'\npublic = true\n";

#[tokio::test]
async fn a_public_route_is_open_and_all_else_denied() {
    for backend in ["", "[[backend]]\nkind = 'deny-all'\n"] {
        let service = service(&Auth::from_toml(&format!("{backend}{PUBLIC}")).await.unwrap());
        assert_eq!(get(&service, "/public", &[]).await.body(), "unidentified");
        for (target, fields) in [("/me", &[][..]), ("/me", &[ALICE]), ("/public", &[ALICE]), ("OPTIONS /me", &[])] {
            let response = get(&service, target, fields).await;
            assert_eq!((response.status().as_u16(), challenges(&response).len()), (403, 0), "{target} {fields:?}");
        }
        assert_eq!(status(&service, "/public/../me", &[]).await, 400);
    }
}

/// A 401 has a challenge (RFC 9110, section 15.5.2), and here is none.
#[tokio::test]
async fn a_handler_there_that_wants_a_principal_denies_and_does_not_ask() {
    let auth = Auth::from_toml(&format!("{PUBLIC}[response]\nstyle = 'armada'")).await.unwrap();
    let app = Router::new().route("/public", any(async |_: Principal| "somebody")).layer(auth.layer());
    let response = app.oneshot(request_for("/public", &[]).map(|()| Body::empty())).await.unwrap();
    assert_eq!(response.status(), 403);
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let message = "access is denied to everybody";
    assert_eq!(body, format!(r#"{{"error":"{message}","code":7,"message":"{message}"}}"#));
}
