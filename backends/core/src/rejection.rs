//! The response that is written instead of calling the service.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use http::header::{CACHE_CONTROL, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::{Action, Challenge, Scheme};

#[cfg(feature = "axum")]
mod axum;
mod body;
#[cfg(feature = "tonic")]
mod tonic;

pub use body::Style;

/// Why the service is not called, and what the client is told.
///
/// The layer writes it in the form of the request's transport. In a handler it becomes an axum
/// response (feature `axum`) or a `tonic::Status` (feature `tonic`) by `?`.
///
/// ```
/// use portcullis_core::Rejection;
///
/// let rejection = Rejection::forbidden("create queues: not allowed");
/// assert_eq!(rejection.status(), http::StatusCode::FORBIDDEN);
/// assert_eq!(rejection.grpc_code(), 7);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Rejection {
    kind: RejectionKind,
    message: Cow<'static, str>,
    challenges: Vec<HeaderValue>,
    retry_after: Option<Duration>,
    style: Style,
}

/// The kinds of [`Rejection`], each with one status of HTTP and one code of gRPC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RejectionKind {
    /// No credential, or a bad one: 401, gRPC 16.
    Unauthenticated,
    /// Known, and not allowed; or nobody is: 403, gRPC 7.
    Forbidden,
    /// The request cannot be understood: 400, gRPC 3.
    Malformed,
    /// The credential is longer than its bound: 431 ([RFC 6585, section 5](https://www.rfc-editor.org/rfc/rfc6585#section-5)),
    /// gRPC 3.
    HeaderFieldsTooLarge,
    /// The request's body is longer than its bound: 413, gRPC 8.
    ContentTooLarge,
    /// The request's body did not come in time: 408, gRPC 4.
    Timeout,
    /// Too many failures: 429, gRPC 8.
    TooManyFailures,
    /// Somebody who must be asked does not answer: 503, gRPC 14.
    Unavailable,
    /// The program is put together wrongly: 500, gRPC 13.
    Internal,
}

impl Rejection {
    /// What a client reads in a 401 unless the file says otherwise.
    pub const UNAUTHENTICATED: &'static str = "no valid credential was presented";

    fn new(kind: RejectionKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, message: message.into(), challenges: Vec::new(), retry_after: None, style: Style::Default }
    }

    /// 401: tells the client how to authenticate, and nothing else.
    pub fn unauthenticated(challenges: Vec<HeaderValue>) -> Self {
        Self { challenges, ..Self::new(RejectionKind::Unauthenticated, Self::UNAUTHENTICATED) }
    }

    /// 403: tells the client what was asked and is not allowed.
    pub fn forbidden(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(RejectionKind::Forbidden, message)
    }

    /// 403: tells the client that this is not allowed, and not to whom nor why.
    ///
    /// ```
    /// use portcullis_core::{Action, Rejection};
    ///
    /// let rejection = Rejection::denied(&Action::new("create", "queues").name("blue"));
    /// assert_eq!(rejection.message(), r#"create queues "blue" is forbidden"#);
    /// ```
    pub fn denied(action: &Action<'_>) -> Self {
        Self::forbidden(format!("{action} is forbidden"))
    }

    /// 403: tells the client which scopes the next token must have, in words and, with a Bearer
    /// `challenge` to build on, as `error="insufficient_scope"`
    /// ([RFC 6750, section 3.1](https://www.rfc-editor.org/rfc/rfc6750#section-3.1)).
    pub fn insufficient_scope(scopes: &[&str], challenge: Option<&Challenge>) -> Self {
        let scopes = scopes.join(" ");
        let challenge = challenge.filter(|challenge| *challenge.scheme() == Scheme::BEARER).map(|challenge| {
            challenge.clone().param("error", "insufficient_scope").param("scope", &scopes).to_header_value()
        });
        let rejection = Self::forbidden(format!("the scope is not sufficient; needed: {scopes}"));
        Self { challenges: challenge.into_iter().collect(), ..rejection }
    }

    /// 400: tells the client what is wrong with the request.
    pub fn malformed(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(RejectionKind::Malformed, message)
    }

    /// 431: tells the client which header field is too long.
    ///
    /// ```
    /// use portcullis_core::Rejection;
    ///
    /// let rejection = Rejection::header_fields_too_large("the credential is too long");
    /// assert_eq!(rejection.status(), http::StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    /// ```
    pub fn header_fields_too_large(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(RejectionKind::HeaderFieldsTooLarge, message)
    }

    /// 413: tells the client how long the body may be.
    ///
    /// ```
    /// use portcullis_core::Rejection;
    ///
    /// let rejection = Rejection::content_too_large("the body is longer than 2097152 bytes");
    /// assert_eq!((rejection.status(), rejection.grpc_code()), (http::StatusCode::PAYLOAD_TOO_LARGE, 8));
    /// ```
    pub fn content_too_large(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(RejectionKind::ContentTooLarge, message)
    }

    /// 408: the body did not come in time.
    ///
    /// ```
    /// use portcullis_core::Rejection;
    ///
    /// let rejection = Rejection::request_timeout("the body did not come in time");
    /// assert_eq!((rejection.status(), rejection.grpc_code()), (http::StatusCode::REQUEST_TIMEOUT, 4));
    /// ```
    pub fn request_timeout(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(RejectionKind::Timeout, message)
    }

    /// 429, to be tried again after `delay`.
    pub fn too_many_failures(delay: Duration) -> Self {
        Self { retry_after: Some(delay), ..Self::new(RejectionKind::TooManyFailures, "too many failed attempts") }
    }

    /// 503, to be tried again after `delay`.
    pub fn unavailable(delay: Duration) -> Self {
        Self {
            retry_after: Some(delay),
            ..Self::new(RejectionKind::Unavailable, "the credential cannot be verified at present")
        }
    }

    /// 500: the program is put together wrongly.
    ///
    /// ```
    /// use portcullis_core::Rejection;
    ///
    /// let rejection = Rejection::internal("a layer is missing");
    /// assert_eq!((rejection.status(), rejection.grpc_code()), (http::StatusCode::INTERNAL_SERVER_ERROR, 13));
    /// ```
    pub fn internal(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(RejectionKind::Internal, message)
    }

    /// 500: an extractor was used in a service that no layer protects.
    pub(crate) fn without_layer() -> Self {
        Self::internal("this service is not behind a Portcullis layer")
    }

    /// The same rejection with another message.
    pub fn with_message(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.message = message.into();
        self
    }

    /// The same rejection with a body of this style, where it has a body.
    pub fn with_style(mut self, style: Style) -> Self {
        self.style = style;
        self
    }

    /// The kind.
    #[must_use]
    pub fn kind(&self) -> RejectionKind {
        self.kind
    }

    /// The form of the body, where it has one.
    #[must_use]
    pub fn style(&self) -> Style {
        self.style
    }

    /// What the client is told.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The values of `WWW-Authenticate`, one field line each.
    #[must_use]
    pub fn challenges(&self) -> &[HeaderValue] {
        &self.challenges
    }

    /// When the client may try again.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The status of HTTP.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self.kind {
            RejectionKind::Unauthenticated => StatusCode::UNAUTHORIZED,
            RejectionKind::Forbidden => StatusCode::FORBIDDEN,
            RejectionKind::Malformed => StatusCode::BAD_REQUEST,
            RejectionKind::HeaderFieldsTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            RejectionKind::ContentTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            RejectionKind::Timeout => StatusCode::REQUEST_TIMEOUT,
            RejectionKind::TooManyFailures => StatusCode::TOO_MANY_REQUESTS,
            RejectionKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            RejectionKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The [status code of gRPC](https://grpc.github.io/grpc/core/md_doc_statuscodes.html), which
    /// is also the `code` in the body.
    #[must_use]
    pub fn grpc_code(&self) -> u8 {
        match self.kind {
            RejectionKind::Malformed | RejectionKind::HeaderFieldsTooLarge => 3,
            RejectionKind::Timeout => 4,
            RejectionKind::Forbidden => 7,
            RejectionKind::TooManyFailures | RejectionKind::ContentTooLarge => 8,
            RejectionKind::Internal => 13,
            RejectionKind::Unavailable => 14,
            RejectionKind::Unauthenticated => 16,
        }
    }

    /// The header fields that every form of the rejection carries in HTTP: the challenges,
    /// `Retry-After` in whole seconds, and `Cache-Control: no-store`.
    #[must_use]
    pub fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::with_capacity(self.challenges.len() + 3);
        for challenge in &self.challenges {
            headers.append(WWW_AUTHENTICATE, challenge.clone());
        }
        if let Some(delay) = self.retry_after {
            // Rounded up: a client must not come back too early.
            let seconds = delay.as_secs().saturating_add(u64::from(delay.subsec_nanos() > 0));
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers
    }

    /// The metadata that the rejection carries in gRPC: the challenges, and
    /// `grpc-retry-pushback-ms`.
    #[must_use]
    pub fn metadata(&self) -> HeaderMap {
        let mut metadata = self.headers();
        if metadata.remove(RETRY_AFTER).is_some() {
            let milliseconds = self.retry_after.unwrap_or_default().as_millis();
            let pushback = u32::try_from(milliseconds).unwrap_or(u32::MAX);
            metadata.insert("grpc-retry-pushback-ms", HeaderValue::from(pushback));
        }
        metadata
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Rejection {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_scope_is_told_in_the_challenge_of_whoever_came_with_a_token() {
        let bearer = Challenge::new(Scheme::BEARER).param("realm", "orders");
        let rejection = Rejection::insufficient_scope(&["read", "write"], Some(&bearer));
        let challenge = r#"Bearer realm="orders", error="insufficient_scope", scope="read write""#;
        assert_eq!(
            (rejection.status(), rejection.challenges()),
            (StatusCode::FORBIDDEN, &[HeaderValue::from_static(challenge)][..])
        );
        assert_eq!(rejection.message(), "the scope is not sufficient; needed: read write");
        let basic = Challenge::new(Scheme::BASIC).param("realm", "orders");
        for other in [None, Some(&basic)] {
            assert!(Rejection::insufficient_scope(&["read"], other).challenges().is_empty());
        }
    }

    #[test]
    fn no_delay_is_too_long() {
        let rejection = Rejection::unavailable(Duration::MAX);
        assert_eq!(rejection.headers()["retry-after"], u64::MAX.to_string().as_str());
        assert_eq!(rejection.metadata()["grpc-retry-pushback-ms"], u32::MAX.to_string().as_str());
    }
}
