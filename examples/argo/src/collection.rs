//! Workflows, and templates: the file says what each of these requests needs.

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use futures_util::stream;
use portcullis::{Action, Authorization, Principal};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::body::{Failure, Sent};
use crate::object::Object;
use crate::shelf::Shelf;

const JSON: [(&str, &str); 1] = [("content-type", "application/json")];

pub(crate) fn routes(shelf: &Shelf) -> Router {
    Router::new()
        .route("/{namespace}", get(list).post(create))
        .route("/{namespace}/{name}", get(one).delete(remove))
        .with_state(shelf.clone())
}

/// Piece by piece, however many clients ask and are slow to read.
pub(crate) async fn list(State(shelf): State<Shelf>, Path(namespace): Path<String>) -> impl IntoResponse {
    let [begin, comma, end] = [r#"{"items":["#, ",", r#"],"metadata":{}}"#].map(Bytes::from);
    let items = shelf.list(&namespace).into_iter().flat_map(move |json| [comma.clone(), json]).skip(1);
    let pieces = [begin].into_iter().chain(items).chain([end]);
    (JSON, Body::from_stream(stream::iter(pieces.map(Ok::<_, axum::Error>))))
}

/// A client sends the object as the member `workflow` or `template` of another.
#[derive(Deserialize)]
struct Wanted {
    #[serde(alias = "template")]
    workflow: Object,
}

async fn create(
    State(shelf): State<Shelf>,
    Path(namespace): Path<String>,
    principal: Principal,
    Sent(Wanted { workflow: object }): Sent<Wanted>,
) -> Result<Json<Object>, Failure> {
    let object = object.admit(&namespace, Some(&principal))?;
    shelf.add(&namespace, std::slice::from_ref(&object))?;
    Ok(Json(object))
}

async fn one(
    State(shelf): State<Shelf>,
    Path((namespace, name)): Path<(String, String)>,
    authorization: Authorization,
) -> Result<impl IntoResponse, Failure> {
    if name != "@latest" {
        return Ok((JSON, shelf.get(&namespace, &name)?));
    }
    // Whoever is told which one is the newest learns more than `get` is for.
    authorization.check(&Action::new("list", shelf.resource).group("argoproj.io").namespace(&namespace)).await?;
    let latest = shelf.list(&namespace).pop().ok_or_else(|| Failure::NotFound("the latest one".to_owned()));
    Ok((JSON, latest?))
}

async fn remove(
    State(shelf): State<Shelf>,
    Path((namespace, name)): Path<(String, String)>,
) -> Result<Json<Value>, Failure> {
    shelf.remove(&namespace, &name).map(|()| Json(json!({})))
}
