//! What clients are told about the service as an OAuth protected resource (RFC 9728).

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::task::{Context, Poll};

use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use serde_json::{Map, Value};
use tower_service::Service;

use crate::config::ProtectedResource;

/// Serves the metadata of the protected resource
/// ([RFC 9728](https://www.rfc-editor.org/rfc/rfc9728)); see
/// [`Auth::resource_metadata`](crate::Auth::resource_metadata). Cheap to clone.
///
/// `GET` and `HEAD` of [`path`](Self::path) get the JSON document, for anybody and for a page of any
/// origin; another method gets 405, and another path 404.
#[derive(Clone)]
pub struct ResourceMetadata(Arc<Document>);

struct Document {
    path: String,
    json: String,
}

impl ResourceMetadata {
    pub(crate) fn new<'a>(resource: &ProtectedResource, servers: impl Iterator<Item = &'a str>) -> Self {
        let servers = servers.fold(Vec::new(), |mut servers, server| {
            if !servers.contains(&server) {
                servers.push(server);
            }
            servers
        });
        let mut members = Map::new();
        let mut insert = |name: &str, value: Value| members.insert(name.to_owned(), value);
        insert("resource", resource.identifier.as_str().into());
        if !servers.is_empty() {
            insert("authorization_servers", servers.into());
        }
        insert("bearer_methods_supported", vec!["header"].into());
        if !resource.scopes.is_empty() {
            insert("scopes_supported", resource.scopes.clone().into());
        }
        if let Some(name) = &resource.name {
            insert("resource_name", name.clone().into());
        }
        if let Some(url) = &resource.documentation {
            insert("resource_documentation", url.clone().into());
        }
        let json = Value::Object(members).to_string();
        Self(Arc::new(Document { path: resource.identifier.metadata_path(), json }))
    }

    /// The path to serve it at, in front of the layer: whoever needs it has no token yet.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// The document itself.
    #[must_use]
    pub fn json(&self) -> &str {
        &self.0.json
    }

    fn answer(&self, method: &Method, path: &str) -> Response<String> {
        let mut response = Response::new(String::new());
        if path != self.path() {
            *response.status_mut() = StatusCode::NOT_FOUND;
            return response;
        }
        if method != Method::GET && method != Method::HEAD {
            *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return response;
        }
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        if method == Method::GET {
            self.json().clone_into(response.body_mut());
        }
        response
    }
}

impl<B> Service<Request<B>> for ResourceMetadata {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Response<String>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        ready(Ok(self.answer(request.method(), request.uri().path())))
    }
}

impl std::fmt::Debug for ResourceMetadata {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("ResourceMetadata").field(&self.0.json).finish()
    }
}
