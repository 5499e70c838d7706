use axum::body::Body;
use axum::http::StatusCode;
use portcullis::Principal;
use tower::ServiceExt as _;

use super::*;

#[tokio::test]
async fn a_handler_needs_no_config_file_to_be_tested() {
    let app = api::app(&Auth::fixed(Principal::builder("alice").build()));
    for (paused, expected) in [("true", StatusCode::OK), ("perhaps", StatusCode::BAD_REQUEST)] {
        let request = Request::get(format!("/api/experimental/dags/tutorial/paused/{paused}"));
        let response = app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), expected, "{paused}");
    }
}
