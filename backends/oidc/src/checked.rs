//! What of a section cannot be used.

use std::ops::RangeInclusive;
use std::time::Duration;

use portcullis_core::Invalid;
use portcullis_core::config::{duration, number};

use crate::config::{IntrospectionConfig, OidcConfig};
use crate::endpoint::Endpoint;
use crate::issuer::Issuer;

const MAX_LEEWAY: Duration = Duration::from_secs(5 * 60);
const TIMEOUTS: RangeInclusive<Duration> = Duration::from_millis(100)..=Duration::from_secs(15);
const REFRESHES: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(24 * 60 * 60);
/// To a year of 365.25 days: longer than tokens should live.
const MAX_AGES: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(31_557_600);
const MAX_STALE_KEYS: Duration = Duration::from_secs(7 * 24 * 60 * 60);
const COOL_DOWNS: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(5 * 60);
const MAX_TTL: Duration = Duration::from_secs(5 * 60);
const MAX_CONCURRENT: usize = 1024;

/// The URLs of a section that has nothing wrong in it, as far as that shows without files.
#[derive(Debug)]
pub(crate) struct Urls {
    pub(crate) issuer: Issuer,
    pub(crate) jwks: Option<Endpoint>,
    pub(crate) introspection: Option<Endpoint>,
}

impl Urls {
    /// Whether TLS may be needed before anything is fetched.
    pub(crate) fn use_tls(&self) -> bool {
        let all = [Some(self.issuer.endpoint()), self.jwks.as_ref(), self.introspection.as_ref()];
        all.into_iter().flatten().any(Endpoint::is_https)
    }
}

pub(crate) fn check(config: &OidcConfig) -> Result<Urls, Invalid> {
    let issuer = match config.issuer.as_str() {
        "" => Err(Invalid::new("issuer", "this key is required")),
        text => Issuer::parse(text).map_err(|problem| Invalid::new("issuer", problem)),
    };
    let issuer =
        issuer.map_err(|invalid| invalid.expected("the provider's identifier: what its tokens have as `iss`"))?;
    check_lists(config)?;
    let stale_keys =
        duration::bounded("stale_keys", config.stale_keys, config.refresh..=MAX_STALE_KEYS).map_err(|invalid| {
            let bounds = invalid.expectation().unwrap_or_default();
            let expected = format!("{bounds}, and never less than `refresh`");
            invalid.expected(expected)
        });
    duration::bounded("leeway", config.leeway, Duration::ZERO..=MAX_LEEWAY)?;
    config.max_age.map_or(Ok(()), |max_age| duration::bounded("max_age", max_age, MAX_AGES))?;
    duration::bounded("timeout", config.timeout, TIMEOUTS)?;
    duration::bounded("refresh", config.refresh, REFRESHES)?;
    stale_keys?;
    duration::bounded("cool_down", config.cool_down, COOL_DOWNS)?;
    if !config.realm.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Err(Invalid::new("realm", "clients disagree about anything else").expected("printable ASCII"));
    }
    Ok(Urls {
        issuer,
        jwks: config.jwks_url.as_deref().map(|url| endpoint("jwks_url", url)).transpose()?,
        introspection: config.introspection.as_ref().map(check_introspection).transpose()?,
    })
}

fn check_lists(config: &OidcConfig) -> Result<(), Invalid> {
    for (key, is_empty, expected) in [
        ("audiences", config.audiences.is_empty(), "the names that this service is known to the provider by"),
        ("algorithms", config.algorithms.is_empty(), "at least one, or no such key"),
        ("token_types", config.token_types.is_empty(), "at least one, or no such key"),
    ] {
        if is_empty {
            return Err(Invalid::new(key, "no token would be accepted").expected(expected));
        }
    }
    for (index, audience) in config.audiences.iter().enumerate() {
        let invalid = |problem| Invalid::new(format!("audiences[{index}]"), problem);
        if audience.is_empty() {
            return Err(invalid("an empty string").expected("a name"));
        }
        if config.audiences[..index].contains(audience) {
            return Err(invalid("it is in the list already").expected("each name once"));
        }
    }
    Ok(())
}

fn check_introspection(config: &IntrospectionConfig) -> Result<Endpoint, Invalid> {
    let endpoint = endpoint("introspection.url", &config.url)?;
    if config.client_id.is_empty() {
        return Err(Invalid::new("introspection.client_id", "an empty string").expected("the client's name"));
    }
    duration::bounded("introspection.ttl", config.ttl, Duration::ZERO..=MAX_TTL)?;
    config.timeout.map_or(Ok(()), |timeout| duration::bounded("introspection.timeout", timeout, TIMEOUTS))?;
    number::bounded("introspection.max_concurrent", config.max_concurrent, 1..=MAX_CONCURRENT)?;
    Ok(endpoint)
}

fn endpoint(key: &str, url: &str) -> Result<Endpoint, Invalid> {
    Endpoint::parse(url).map_err(|problem| Invalid::new(key, problem).expected(Endpoint::EXPECTED))
}

#[cfg(test)]
mod tests;
