//! Which route a request takes.

pub(crate) mod axum_router;
mod many;
mod naive;
mod nest;
mod reading;
mod specific;
pub(crate) mod spellings;
pub(crate) mod wire;

use std::sync::Arc;

use http::{HeaderMap, Method, Request, Uri};
use portcullis_core::{Head, Invalid};
use serde::Deserialize;

use super::*;
use crate::rbac::Place;

#[derive(Deserialize)]
struct File {
    route: Vec<RouteConfig>,
}

/// Sections as a file has them; each counts as one line.
fn compile(text: &str) -> Result<Routes, Vec<(usize, Invalid)>> {
    let file: File = toml::from_str(text).unwrap();
    let place = |line| Place::new("routes.toml".into(), line);
    let sections: Vec<_> = file.route.into_iter().enumerate().map(|(index, route)| (route, place(index + 1))).collect();
    Routes::compile(&sections)
}

pub(crate) fn routes(text: &str) -> Routes {
    compile(text).unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// Which route is found: as it shows itself, or `-` for none.
fn found(routes: &Routes, head: Head<'_>) -> Result<String, Ambiguous> {
    Ok(match routes.find(&Target::of(head)?)? {
        Found::Listed(route) => route.to_string(),
        Found::Unlisted => "-".to_owned(),
    })
}

fn request(method: &str, uri: impl TryInto<Uri, Error: std::fmt::Debug>, host: Option<&str>) -> Request<()> {
    let mut request = Request::new(());
    *request.method_mut() = Method::from_bytes(method.as_bytes()).unwrap();
    *request.uri_mut() = uri.try_into().unwrap();
    let mut headers = HeaderMap::new();
    if let Some(host) = host {
        headers.insert("host", host.parse().unwrap());
    }
    *request.headers_mut() = headers;
    request
}

fn ask(routes: &Routes, method: &str, uri: &str, host: Option<&str>) -> Result<String, Ambiguous> {
    found(routes, Head::from(&request(method, uri, host)))
}
