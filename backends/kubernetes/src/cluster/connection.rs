//! One request to the API server, and its answer.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use portcullis_core::Clock;
use tower::ServiceExt as _;

use super::access::Access;
use super::own_token::OwnToken;
use super::stack::Stack;

const AGENT: HeaderValue = HeaderValue::from_static(concat!("portcullis/", env!("CARGO_PKG_VERSION")));
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const KEYS_OR_JSON: HeaderValue = HeaderValue::from_static("application/jwk-set+json, application/json");

/// Characters of an error, as it is shown.
const MAX_WORDS: usize = 300;

/// The way to the API server.
pub(super) struct Connection {
    stack: Stack,
    token: Option<OwnToken>,
    clock: Clock,
}

/// An answer of any status.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Bytes,
    /// `Retry-After`, unbounded.
    pub(super) retry_after: Option<Duration>,
}

impl Connection {
    pub(super) fn new(access: Access, clock: Clock) -> Result<Self, String> {
        let Access { config, token, trust } = access;
        Ok(Self { stack: Stack::new(config, trust, clock.clone())?, token, clock })
    }

    /// Sends a request once, or twice if our own token has been replaced.
    ///
    /// # Errors
    /// There is no answer; the reason is for the log, and holds nothing that was sent.
    pub(super) async fn send(&self, method: Method, path: &'static str, body: Bytes) -> Result<Answer, String> {
        let authorization = match &self.token {
            Some(token) => Some(token.authorization(&self.clock).await),
            None => None,
        };
        let answer = self.send_as(authorization.clone(), method.clone(), path, body.clone()).await?;
        if answer.status != StatusCode::UNAUTHORIZED {
            return Ok(answer);
        }
        let (Some(token), Some(before)) = (&self.token, authorization) else { return Ok(answer) };
        match token.read_again(&self.clock).await {
            now if now == before => Ok(answer),
            now => self.send_as(Some(now), method, path, body).await,
        }
    }

    async fn send_as(
        &self,
        authorization: Option<HeaderValue>,
        method: Method,
        path: &'static str,
        body: Bytes,
    ) -> Result<Answer, String> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.uri_mut() = http::Uri::from_static(path);
        let headers = request.headers_mut();
        headers.insert(USER_AGENT, AGENT);
        if request.method() == Method::POST {
            request.headers_mut().extend([(CONTENT_TYPE, JSON), (ACCEPT, JSON)]);
        } else {
            request.headers_mut().insert(ACCEPT, KEYS_OR_JSON);
        }
        if let Some(authorization) = authorization {
            request.headers_mut().insert(AUTHORIZATION, authorization);
        }
        let response = self.stack.service().oneshot(request).await.map_err(|error| in_words(&*error))?;
        let (head, body) = response.into_parts();
        let body = body.collect().await.map_err(|error| in_words(&*error))?.to_bytes();
        Ok(Answer { status: head.status, body, retry_after: retry_after(&head.headers) })
    }
}

/// Seconds, or a date ([RFC 9110, section 10.2.3](https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3)).
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    match text.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => httpdate::parse_http_date(text).ok()?.duration_since(SystemTime::now()).ok(),
    }
}

/// An error with all that caused it: the outermost says next to nothing.
fn in_words(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = String::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let words = error.to_string();
        // Some repeat what caused them.
        if !text.contains(&words) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&words);
        }
        next = error.source();
    }
    text.chars().take(MAX_WORDS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date_that_has_not_passed() {
        let read = |text: &str| {
            let value = HeaderValue::from_str(text).unwrap();
            retry_after(&HeaderMap::from_iter([(RETRY_AFTER, value)]))
        };
        assert_eq!(read("7"), Some(Duration::from_secs(7)));
        let soon = read(&httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(60))).unwrap();
        assert!((58..=60).contains(&soon.as_secs()), "{soon:?}");
        for text in ["", "-1", "soon", "Thu, 01 Jan 1970 00:00:00 GMT", "99999999999999999999"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
