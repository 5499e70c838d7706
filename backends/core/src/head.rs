//! A request without its body.

use http::{Extensions, HeaderMap, Method, Uri, Version, request};

use crate::Peer;

/// The head of the request that carried a credential. The credential itself has been taken out of
/// it, unless the file says `forward_credentials = true`.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Head<'a> {
    /// The method.
    pub method: &'a Method,
    /// The target, as it came.
    pub uri: &'a Uri,
    /// The version of HTTP.
    pub version: Version,
    /// The header fields.
    pub headers: &'a HeaderMap,
    /// The extensions: what the server knows of the connection. A verification that is shared
    /// holds a clone of them until it is done, maybe longer than the request lasts.
    pub extensions: &'a Extensions,
}

impl<'a> Head<'a> {
    /// The address of whoever is connected, if the server told.
    #[must_use]
    pub fn peer(&self) -> Option<Peer> {
        self.extensions.get::<Peer>().copied()
    }
}

impl<'a> From<&'a request::Parts> for Head<'a> {
    fn from(parts: &'a request::Parts) -> Self {
        Self {
            method: &parts.method,
            uri: &parts.uri,
            version: parts.version,
            headers: &parts.headers,
            extensions: &parts.extensions,
        }
    }
}

impl<'a, B> From<&'a http::Request<B>> for Head<'a> {
    fn from(request: &'a http::Request<B>) -> Self {
        Self {
            method: request.method(),
            uri: request.uri(),
            version: request.version(),
            headers: request.headers(),
            extensions: request.extensions(),
        }
    }
}
