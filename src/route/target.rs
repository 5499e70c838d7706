//! What a request asks for.

use http::Method;
use portcullis_core::Head;

use super::ambiguous::Ambiguous;
use super::{host, path};

/// `HEAD` counts as this.
static GET: Method = Method::GET;

/// What a request asks for, if there is one way to read it: method, host and path.
///
/// Nothing is normalised, and nothing but the target and the `Host` field is looked at: no
/// `X-Forwarded-*`, no `X-Original-URL`, no `X-Rewrite-URL`, no `X-HTTP-Method-Override`. The query
/// is not part of it.
///
/// ```
/// use http::Request;
/// use portcullis::Head;
/// use portcullis::route::{Ambiguous, Target};
///
/// let request = Request::get("/files/a%20b?x=1").body(()).unwrap();
/// assert_eq!(Target::of(Head::from(&request)).unwrap().path(), "/files/a%20b");
/// let request = Request::get("/files/..%2fetc").body(()).unwrap();
/// assert_eq!(Target::of(Head::from(&request)).unwrap_err(), Ambiguous::EncodedSeparator);
/// ```
#[derive(Clone, Debug)]
pub struct Target<'a> {
    pub(super) method: &'a Method,
    pub(super) host: Option<&'a str>,
    pub(super) path: &'a str,
    /// The path without escapes, if it has any.
    pub(super) decoded: Option<String>,
}

impl<'a> Target<'a> {
    /// The target of the request with this head. Allocates only for a path with escapes.
    ///
    /// # Errors
    ///
    /// If there is more than one way to read it.
    pub fn of(head: Head<'a>) -> Result<Self, Ambiguous> {
        if *head.method == Method::CONNECT {
            return Err(Ambiguous::Connect);
        }
        // `Uri::path` takes no path at all for a slash.
        let path_and_query = head.uri.path_and_query().map_or("", |path| path.as_str());
        let path = path_and_query.split('?').next().unwrap_or_default();
        let decoded = match path {
            "*" if *head.method == Method::OPTIONS => None,
            "*" => return Err(Ambiguous::Asterisk),
            path => path::check(path)?,
        };
        let method = if *head.method == Method::HEAD { &GET } else { head.method };
        Ok(Self { method, host: host::of(head)?, path, decoded })
    }

    /// The method; `GET` for `HEAD`.
    #[must_use]
    pub fn method(&self) -> &Method {
        self.method
    }

    /// The host, without port and final dot, if the request says.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.host
    }

    /// The path, as it came.
    #[must_use]
    pub fn path(&self) -> &str {
        self.path
    }

    /// The path without escapes, if it has any.
    pub(crate) fn into_decoded(self) -> Option<String> {
        self.decoded
    }

    /// The path whose pieces captures are.
    pub(super) fn decoded(&self) -> &str {
        self.decoded.as_deref().unwrap_or(self.path)
    }
}
