//! The keys of `introspection`.

use std::time::Duration;

use portcullis_core::Secret;
use portcullis_core::config::duration;
use serde::Deserialize;

/// Where to ask about opaque tokens ([RFC 7662](https://www.rfc-editor.org/rfc/rfc7662)), and as whom.
///
/// ```
/// # use portcullis_core::Secret;
/// # use portcullis_oidc::IntrospectionConfig;
/// let secret = Secret::Env("ORDERS_SECRET".to_owned());
/// let config = IntrospectionConfig::new("https://id.example.test/introspect", "orders", secret);
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct IntrospectionConfig {
    /// The issuer's introspection endpoint. `https`, or `http` to this machine. Required. Example:
    /// `"https://id.example.test/introspect"`.
    pub url: String,
    /// The name that the issuer knows this service by. Required. Example: `"orders"`.
    pub client_id: String,
    /// The secret that goes with it, read at the start. Required. Example: `{ env = "ORDERS_SECRET" }`.
    pub client_secret: Secret,
    /// How long an answer is remembered, and never past the token's `exp`; at most `5m`. Default:
    /// `"30s"`. Example: `"10s"`.
    #[serde(default = "default_ttl", deserialize_with = "duration::deserialize")]
    pub ttl: Duration,
    /// How many questions are under way at a time, 1 to 1024. One more waits for a moment, and is
    /// then answered 503 with `Retry-After`. Default: `16`. Example: `64`.
    #[serde(default = "default_max_concurrent")]
    pub max_concurrent: usize,
    /// How long one question may take; `100ms` to `15s`. Default: the `timeout` of the entry. Example:
    /// `"2s"`.
    #[serde(default, deserialize_with = "duration::optional")]
    pub timeout: Option<Duration>,
    /// Whether an answer without `iss` is refused. One with another `iss` always is. Default: `false`.
    /// Example: `true`.
    #[serde(default)]
    pub require_issuer: bool,
    /// Whether an answer without `aud` is refused. One with another `aud` always is. Without it, whoever
    /// holds any token of the issuer for any service may come with it. Default: `true`. Example: `false`.
    #[serde(default = "default_require_audience")]
    pub require_audience: bool,
}

impl IntrospectionConfig {
    /// Asks at this URL, as this client; all else as by default.
    #[must_use]
    pub fn new(url: impl Into<String>, client_id: impl Into<String>, client_secret: Secret) -> Self {
        Self {
            url: url.into(),
            client_id: client_id.into(),
            client_secret,
            ttl: default_ttl(),
            max_concurrent: default_max_concurrent(),
            timeout: None,
            require_issuer: false,
            require_audience: default_require_audience(),
        }
    }
}

fn default_ttl() -> Duration {
    Duration::from_secs(30)
}

fn default_require_audience() -> bool {
    true
}

fn default_max_concurrent() -> usize {
    16
}
