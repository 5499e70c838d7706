//! Opaque tokens: what the issuer says about them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use base64::{Engine as _, alphabet};
use portcullis_core::{Clock, ExposeSecret as _, Principal, SecretString};
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderValue, RETRY_AFTER};
use tokio::sync::Semaphore;
use url::form_urlencoded::byte_serialize;
use zeroize::Zeroizing;

use crate::endpoint::Endpoint;
use crate::http::Http;
use crate::mapping::Mapping;
use answer::Expected;

pub(crate) mod answer;

/// How many more than have a place may wait for one, at most.
pub(crate) const MAX_WAITING: usize = 128;
/// Bytes of an answer.
const MAX_ANSWER: usize = 256 * 1024;
/// Bytes of a token that is asked about.
const MAX_TOKEN: usize = 4 * 1024;
/// How long a question waits for its turn.
const MAX_WAIT: Duration = Duration::from_millis(500);
/// When to come again if there was none.
const BUSY_RETRY: Duration = Duration::from_secs(1);
/// The longest delay of a provider that is passed on.
const MAX_RETRY: Duration = Duration::from_secs(60 * 60);

/// Asks the issuer's introspection endpoint ([RFC 7662](https://www.rfc-editor.org/rfc/rfc7662)).
pub(crate) struct Introspection {
    pub(crate) http: Arc<Http>,
    pub(crate) endpoint: Endpoint,
    /// `client_secret_basic`.
    pub(crate) authorization: HeaderValue,
    pub(crate) timeout: Duration,
    pub(crate) ttl: Duration,
    pub(crate) places: Semaphore,
    /// Those who wait for a place, and those who have one.
    pub(crate) queue: Semaphore,
    pub(crate) expected: Expected,
    pub(crate) clock: Clock,
    pub(crate) troubles: Troubles,
}

/// Why there is no principal.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unanswered {
    /// The token is bad, as far as the issuer knows at the moment.
    Refused(String),
    /// The issuer could not be asked.
    Away { reason: String, retry_after: Option<Duration> },
}

impl Introspection {
    /// Who the issuer says presents this token.
    pub(crate) async fn ask(&self, token: &str, mapping: &Mapping) -> Result<Principal, Unanswered> {
        if !is_opaque_token(token) || is_like_a_jwt(token) {
            return Err(Unanswered::Refused("neither a JWT nor a bearer token of 4 KiB at most".to_owned()));
        }
        let away = |reason: String| Unanswered::Away { reason, retry_after: None };
        let busy = || {
            let reason = "too many introspections are under way".to_owned();
            Unanswered::Away { reason, retry_after: Some(BUSY_RETRY) }
        };
        // However many ask, the tokens that need no introspection find room to be verified.
        let _turn = self.queue.try_acquire().map_err(|_| busy())?;
        let Ok(Ok(_place)) = tokio::time::timeout(MAX_WAIT, self.places.acquire()).await else { return Err(busy()) };
        let form = [("token", token), ("token_type_hint", "access_token")];
        let asked = self.http.post(&self.endpoint, &self.authorization, &form, self.timeout, MAX_ANSWER).await;
        let answer = asked.map_err(|failure| away(format!("introspection at {}: {failure}", self.endpoint)))?;
        match answer.status {
            StatusCode::OK => {}
            // It is us whom it refuses. Had the caller a bad token, it would say so with 200. (400 is
            // what some answer to a token that they cannot read, beside what RFC 6749 has it for.)
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                let reason = format!(
                    "introspection at {}: answered {} to our own credentials; expected a client that may introspect",
                    self.endpoint,
                    answer.status.as_u16()
                );
                self.troubles.refused(&reason);
                return Err(away(reason));
            }
            status => {
                let reason = format!("introspection at {}: answered {}", self.endpoint, status.as_u16());
                return Err(Unanswered::Away { reason, retry_after: retry_after(&answer.headers) });
            }
        }
        self.troubles.over();
        let principal = self.expected.principal(&answer.body, mapping, self.clock.wall());
        principal.map_err(|unanswered| match unanswered {
            Unanswered::Away { reason, .. } => away(format!("introspection at {}: {reason}", self.endpoint)),
            refused => refused,
        })
    }
}

/// Tells an administrator, once, that the issuer does not take our credentials.
#[derive(Debug)]
pub(crate) struct Troubles {
    backend: Arc<str>,
    told: AtomicBool,
}

impl Troubles {
    pub(crate) fn new(backend: &Arc<str>) -> Self {
        Self { backend: Arc::clone(backend), told: AtomicBool::new(false) }
    }

    fn refused(&self, reason: &str) {
        if !self.told.swap(true, Ordering::Relaxed) {
            tracing::error!(target: "portcullis::oidc", backend = &*self.backend, "{reason}");
        }
    }

    fn over(&self) {
        self.told.store(false, Ordering::Relaxed);
    }

    /// Whether our credentials were refused when they were last presented.
    pub(crate) fn persist(&self) -> bool {
        self.told.load(Ordering::Relaxed)
    }
}

/// `client_secret_basic`: both halves are form-encoded before they are joined
/// ([RFC 6749, section 2.3.1](https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1)).
pub(crate) fn client_secret_basic(id: &str, secret: &SecretString) -> Option<HeaderValue> {
    let mut login: Zeroizing<String> = Zeroizing::new(byte_serialize(id.as_bytes()).collect());
    login.push(':');
    login.extend(byte_serialize(secret.expose_secret().as_bytes()));
    let value = Zeroizing::new(format!("Basic {}", STANDARD.encode(login.as_bytes())));
    let mut value = HeaderValue::from_str(&value).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Whether a token would be a JWT, signed or encrypted, to somebody who reads one less strictly: somebody
/// issued it, and it is not for whoever answers about opaque ones.
fn is_like_a_jwt(token: &str) -> bool {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &alphabet::URL_SAFE,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::RequireNone)
            .with_decode_allow_trailing_bits(true),
    );
    let mut segments = token.split('.');
    let header = segments.next().unwrap_or_default().trim_end_matches('=').replace('+', "-").replace('/', "_");
    let header = LENIENT.decode(header).unwrap_or_default();
    matches!(segments.count(), 2 | 4) && header.trim_ascii_start().starts_with(b"{")
}

/// `b64token` of [RFC 6750, section 2.1](https://www.rfc-editor.org/rfc/rfc6750#section-2.1).
fn is_opaque_token(token: &str) -> bool {
    let body = token.trim_end_matches('=');
    let is_char = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
    !body.is_empty() && token.len() <= MAX_TOKEN && body.bytes().all(is_char)
}

/// `Retry-After` in seconds, bounded; a date is not read.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).clamp(BUSY_RETRY, MAX_RETRY))
}

#[cfg(test)]
mod tests;
