//! What goes wrong, as Airflow's own client reads it: JSON with an `error`.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use portcullis::Rejection;
use serde_json::json;

#[derive(Debug)]
pub(crate) enum Failure {
    /// What was asked for is not there, or cannot be done.
    Airflow(StatusCode, String),
    /// The caller may not. How that is said is up to `[response]` in the config file.
    Rejected(Rejection),
}

impl Failure {
    pub(crate) fn not_found(error: String) -> Self {
        Self::Airflow(StatusCode::NOT_FOUND, error)
    }

    pub(crate) fn bad_request(error: impl Into<String>) -> Self {
        Self::Airflow(StatusCode::BAD_REQUEST, error.into())
    }
}

/// So that a handler can say `authorization.check(…).await?`.
impl From<Rejection> for Failure {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::Airflow(status, error) => (status, Json(json!({ "error": error }))).into_response(),
            Self::Rejected(rejection) => rejection.into_response(),
        }
    }
}
