//! What any caller may ask: about the server, and who the server takes them for.

use std::env::consts::{ARCH, OS};

use axum::Json;
use portcullis::Principal;
use serde_json::{Value, json};

pub(crate) async fn info() -> Json<Value> {
    Json(json!({ "modals": { "feedback": false, "firstTimeUser": false, "newVersion": false } }))
}

/// Argo's clients want all of these to be there.
pub(crate) async fn version() -> Json<Value> {
    Json(json!({
        "version": concat!("v", env!("CARGO_PKG_VERSION")), "buildDate": "1970-01-01T00:00:00Z",
        "gitCommit": "", "gitTag": "", "gitTreeState": "", "goVersion": "", "compiler": "rustc",
        "platform": format!("{OS}/{ARCH}"),
    }))
}

pub(crate) async fn user_info(principal: Principal) -> Json<Value> {
    let claim = |name| principal.claims().get(name).and_then(Value::as_str).unwrap_or_default();
    Json(json!({
        "subject": principal.name(),
        "issuer": principal.issuer().unwrap_or_default(),
        "groups": principal.groups().collect::<Vec<_>>(),
        "serviceAccountName": claim("serviceaccount"),
        "serviceAccountNamespace": claim("namespace"),
    }))
}
