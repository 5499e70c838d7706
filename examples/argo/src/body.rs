//! Bodies: what clients send, and what they are told when something is not done, in the form that Argo's clients read.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use portcullis::Rejection;
use serde::de::DeserializeOwned;
use serde_json::json;

/// How long a body may be, and what is made of it, in bytes; and an event, of which parts are taken.
pub(crate) const MAX_OBJECT: usize = 64 << 10;
pub(crate) const MAX_EVENT: usize = 2 << 20;

/// JSON, whatever its `Content-Type` is. For curl, it is a form.
pub(crate) struct Sent<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Sent<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        // Else the connection broke, and nobody hears of it.
        let body = Bytes::from_request(request, state).await.map_err(|_| Failure::TooLarge)?;
        Ok(Self(serde_json::from_slice(&body)?))
    }
}

#[derive(Debug)]
pub(crate) enum Failure {
    /// The caller may not; or the request is none.
    Refused(Rejection),
    NotFound(String),
    AlreadyExists(String),
    TooLarge,
    NoRoom,
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        // With the codes of gRPC.
        let (status, code, message) = match self {
            Self::Refused(rejection) => return rejection.into_response(),
            Self::NotFound(what) => (StatusCode::NOT_FOUND, 5, what + " not found"),
            Self::AlreadyExists(what) => (StatusCode::CONFLICT, 6, what + " already exists"),
            Self::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                8,
                format!("an object has up to {MAX_OBJECT} bytes, an event {MAX_EVENT}"),
            ),
            Self::NoRoom => (StatusCode::TOO_MANY_REQUESTS, 8, "there is no room for more".to_owned()),
        };
        (status, Json(json!({ "code": code, "message": message }))).into_response()
    }
}

impl From<Rejection> for Failure {
    fn from(rejection: Rejection) -> Self {
        Self::Refused(rejection)
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Rejection::malformed(error.to_string()).into()
    }
}
