//! What of a section cannot be used, as far as that shows without files.

use std::ops::RangeInclusive;
use std::time::Duration;

use portcullis_core::Invalid;
use portcullis_core::config::{duration, number};

use crate::config::{KubernetesConfig, Verify};

const TIMEOUTS: RangeInclusive<Duration> = Duration::from_millis(100)..=Duration::from_secs(30);
const REFRESHES: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(24 * 60 * 60);
const COOL_DOWNS: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(5 * 60);
const MAX_STALE_KEYS: Duration = Duration::from_secs(7 * 24 * 60 * 60);
const MAX_TTL: Duration = Duration::from_secs(5 * 60);
const MAX_CONCURRENT: usize = 1024;

pub(crate) fn check(config: &KubernetesConfig) -> Result<(), Invalid> {
    if config.context.is_some() && config.kubeconfig.is_none() {
        let expected = "`kubeconfig`, the file that the context is in, or no such key";
        return Err(Invalid::new("context", "there is no `kubeconfig`").expected(expected));
    }
    check_names("audiences", &config.audiences)?;
    check_names("issuers", &config.issuers)?;
    duration::bounded("ttl", config.ttl, Duration::ZERO..=MAX_TTL)?;
    number::bounded("max_concurrent", config.max_concurrent, 1..=MAX_CONCURRENT)?;
    number::bounded("opaque_max_concurrent", config.opaque_max_concurrent, 1..=MAX_CONCURRENT)?;
    duration::bounded("timeout", config.timeout, TIMEOUTS)?;
    duration::bounded("refresh", config.refresh, REFRESHES)?;
    duration::bounded("stale_keys", config.stale_keys, config.refresh..=MAX_STALE_KEYS).map_err(|invalid| {
        let bounds = invalid.expectation().unwrap_or_default();
        let expected = format!("{bounds}, and never less than `refresh`");
        invalid.expected(expected)
    })?;
    duration::bounded("cool_down", config.cool_down, COOL_DOWNS)?;
    if !config.realm.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Err(Invalid::new("realm", "clients disagree about anything else").expected("printable ASCII"));
    }
    Ok(())
}

fn check_names(key: &str, names: &[String]) -> Result<(), Invalid> {
    for (index, name) in names.iter().enumerate() {
        let invalid = |problem| Invalid::new(format!("{key}[{index}]"), problem);
        if name.is_empty() {
            return Err(invalid("an empty string").expected("a name, or no such element"));
        }
        if names[..index].contains(name) {
            return Err(invalid("it is in the list already").expected("each name once"));
        }
    }
    Ok(())
}

/// What an administrator should know about a section.
pub(crate) fn warnings(config: &KubernetesConfig) -> Vec<String> {
    let mut warnings = Vec::new();
    let mut warn = |is_so: bool, sentence: &str| {
        if is_so {
            warnings.push(sentence.to_owned());
        }
    };
    warn(
        config.audiences.is_empty(),
        "without `audiences`, tokens for the API server itself are taken: whoever receives one, as this service does, can \
         use it against the cluster",
    );
    warn(
        config.verify == Verify::Review && config.issuers.is_empty(),
        "`verify = \"review\"` without `issuers` shows the API server every JWT that no backend before it takes",
    );
    warn(
        config.default,
        "`default` has the API server asked about any token that is no JWT: guesses reach it, a few at once",
    );
    let act_as = config.access_review.iter().flat_map(|review| &review.act_as);
    warn(
        act_as.flat_map(|act_as| &act_as.as_groups).any(|group| group == "system:masters"),
        "`act_as` makes somebody a member of system:masters, whom the cluster allows everything",
    );
    warnings
}

#[cfg(test)]
mod tests;
