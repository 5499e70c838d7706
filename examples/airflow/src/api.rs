//! The twelve endpoints.

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, Request};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use portcullis::Auth;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::state::Airflow;
use crate::{dag_runs, dags, pools};

/// How long a body may be, in bytes.
const MAX_BODY: usize = 64 << 10;

/// The layer comes last: what is added to the router afterwards is outside of it.
pub(crate) fn app(auth: &Auth) -> Router {
    let api = Router::new()
        .route("/test", get(test))
        .route("/latest_runs", get(dag_runs::latest))
        .route("/dags/{dag_id}/dag_runs", get(dag_runs::list).post(dag_runs::trigger))
        .route("/dags/{dag_id}/dag_runs/{execution_date}", get(dag_runs::status))
        .route("/dags/{dag_id}/dag_runs/{execution_date}/tasks/{task_id}", get(dag_runs::task_instance))
        .route("/dags/{dag_id}/tasks/{task_id}", get(dags::task))
        .route("/dags/{dag_id}/paused/{paused}", get(dags::pause))
        .route("/pools", get(pools::list).post(pools::create))
        .route("/pools/{name}", get(pools::one).delete(pools::delete));
    let api = Router::new().nest("/api/experimental", api).with_state(Airflow::default());
    api.layer(DefaultBodyLimit::max(MAX_BODY)).layer(auth.layer())
}

async fn test() -> Json<Value> {
    Json(json!({ "status": "OK" }))
}

/// A body as JSON, whatever its `Content-Type` is, as Airflow reads it.
pub(crate) struct Sent<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Sent<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        // Else the connection broke, and nobody hears of it.
        let too_large =
            |_| Failure::Airflow(StatusCode::PAYLOAD_TOO_LARGE, format!("the body is over {MAX_BODY} bytes"));
        let body = Bytes::from_request(request, state).await.map_err(too_large)?;
        let wrong = |error| Failure::bad_request(format!("the body is not as it should be: {error}"));
        serde_json::from_slice(&body).map(Self).map_err(wrong)
    }
}
