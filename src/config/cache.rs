//! `[cache]`

use std::time::Duration;

use portcullis_core::Invalid;
use serde::Deserialize;

use super::settings::Settings;
use super::{duration, number};

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// `[cache]`: what the layer remembers, for how long, and how much it verifies at once.
///
/// Durations are strings: a number with its unit (`ms`, `s`, `m`, `h`), or several: `"1m 30s"`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct CacheSettings {
    /// How many identities are remembered: 1 to 10000000. Default 100000.
    ///
    /// ```toml
    /// capacity = 100_000
    /// ```
    pub capacity: usize,

    /// How long an identity is remembered at most: up to 24 hours. The backend and the
    /// credential's own expiry shorten it. `"0s"` remembers none. Default `"5m"`.
    ///
    /// ```toml
    /// ttl = "5m"
    /// ```
    #[serde(deserialize_with = "duration::deserialize")]
    pub ttl: Duration,

    /// How many refused credentials are remembered: 1 to 10000000. They have a room of their own,
    /// so that guessing pushes no identity out. Default 10000.
    ///
    /// ```toml
    /// refusal_capacity = 10_000
    /// ```
    pub refusal_capacity: usize,

    /// How long a refusal that follows from the credential alone is remembered: up to 60 seconds.
    /// `"0s"` remembers none. Default `"5s"`.
    ///
    /// ```toml
    /// refusal_ttl = "5s"
    /// ```
    #[serde(deserialize_with = "duration::deserialize")]
    pub refusal_ttl: Duration,

    /// How long a known identity goes on being served while its provider does not answer, counted
    /// from the last time that it did: 1 second to 24 hours. Never past the credential's own
    /// expiry, and never after a refusal or a revocation. Default: not at all, which is 503.
    ///
    /// ```toml
    /// stale_if_unavailable = "10m"
    /// ```
    #[serde(deserialize_with = "duration::optional")]
    pub stale_if_unavailable: Option<Duration>,

    /// How long one verification may take before the answer is 503: 100 milliseconds to 5 minutes.
    /// Default `"10s"`.
    ///
    /// ```toml
    /// timeout = "10s"
    /// ```
    #[serde(deserialize_with = "duration::deserialize")]
    pub timeout: Duration,

    /// How many verifications of each scheme may be under way at once: 1 to 100000. One more is
    /// answered 503, unless the identity is known and has a grace. Default 1024.
    ///
    /// ```toml
    /// max_in_flight = 1024
    /// ```
    pub max_in_flight: usize,

    /// How many revocations are kept: 1 to 1000000. One more is refused; none is forgotten for it.
    /// Default 10000.
    ///
    /// ```toml
    /// max_revocations = 10_000
    /// ```
    pub max_revocations: usize,
}

impl Default for CacheSettings {
    fn default() -> Self {
        Self {
            capacity: 100_000,
            ttl: 300 * SECOND,
            refusal_capacity: 10_000,
            refusal_ttl: 5 * SECOND,
            stale_if_unavailable: None,
            timeout: 10 * SECOND,
            max_in_flight: 1024,
            max_revocations: 10_000,
        }
    }
}

impl Settings for CacheSettings {
    const SECTION: &'static str = "cache";

    fn check(&self) -> Vec<Invalid> {
        let stale = self.stale_if_unavailable;
        [
            number::bounded("capacity", self.capacity, 1..=10_000_000),
            duration::bounded("ttl", self.ttl, Duration::ZERO..=DAY),
            number::bounded("refusal_capacity", self.refusal_capacity, 1..=10_000_000),
            duration::bounded("refusal_ttl", self.refusal_ttl, Duration::ZERO..=60 * SECOND),
            stale.map_or(Ok(()), |stale| duration::bounded("stale_if_unavailable", stale, SECOND..=DAY)),
            duration::bounded("timeout", self.timeout, SECOND / 10..=300 * SECOND),
            number::bounded("max_in_flight", self.max_in_flight, 1..=100_000),
            number::bounded("max_revocations", self.max_revocations, 1..=1_000_000),
        ]
        .into_iter()
        .filter_map(Result::err)
        .collect()
    }
}
