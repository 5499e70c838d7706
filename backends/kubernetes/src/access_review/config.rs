//! The keys of `access_review`.

use std::time::Duration;

use portcullis_core::config::duration;
use serde::Deserialize;

/// What the cluster is asked about who may do what, and how long its answers are remembered.
///
/// ```
/// # use std::time::Duration;
/// # use portcullis_kubernetes::{AccessReviewConfig, ActAs};
/// let mut config = AccessReviewConfig::default();
/// config.allow_ttl = Duration::from_secs(30);
/// let mut alice = ActAs::new("corp", "system:serviceaccount:argo:alice");
/// alice.user = Some("alice".to_owned());
/// config.act_as.push(alice);
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct AccessReviewConfig {
    /// How long it is remembered that something is allowed, counted from when the cluster was asked: so long a
    /// RoleBinding goes on counting after it was deleted. At most `5m`; `"0s"` is not at all. Default: `"10s"`.
    /// Example: `"30s"`.
    #[serde(deserialize_with = "duration::deserialize")]
    pub allow_ttl: Duration,
    /// How long it is remembered that something is not allowed, counted from when the cluster was asked. At most `5m`;
    /// `"0s"` is not at all. Default: `"5s"`. Example: `"1s"`.
    #[serde(deserialize_with = "duration::deserialize")]
    pub deny_ttl: Duration,
    /// How many decisions are remembered, 1 to 1000000. Default: `10000`. Example: `50_000`.
    pub capacity: usize,
    /// How many questions are under way at a time, 1 to 1024; eight times as many more wait, and beyond that the answer
    /// is 503 with `Retry-After`. Default: `16`. Example: `64`.
    pub max_concurrent: usize,
    /// How long one question may take, with all that it waits for and repeats; `100ms` to `30s`. Default: `"5s"`.
    /// Example: `"2s"`.
    #[serde(deserialize_with = "duration::deserialize")]
    pub timeout: Duration,
    /// Callers of other backends about whom the cluster is asked too, and as whom; the first entry that fits counts.
    /// About all others it is not asked. Default: none. Example: `[{ backend = "corp", group = "ops", as =
    /// "system:serviceaccount:argo:operator" }]`.
    pub act_as: Vec<ActAs>,
}

/// Some callers of another backend, and who they are to the cluster.
///
/// At least one of [`user`](Self::user), [`group`](Self::group) and [`everyone`](Self::everyone) says which callers. Nothing of
/// theirs is told to the cluster, neither name nor groups, only what stands here.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ActAs {
    /// The `name` of the backend that vouches for the callers: any but this one. Required. Example: `"corp"`.
    pub backend: String,
    /// The caller's name. With `group`, both must fit. Default: any. Example: `"alice"`.
    #[serde(default)]
    pub user: Option<String>,
    /// A group that the caller is in. Default: any. Example: `"ops"`.
    #[serde(default)]
    pub group: Option<String>,
    /// Whether all callers of that backend are meant; then without `user` and `group`. It may be the one of anonymous
    /// callers. Default: `false`. Example: `true`.
    #[serde(default)]
    pub everyone: bool,
    /// Who they are to the cluster: a user or a service account. Every user is in the group `system:authenticated`, and
    /// a service account also in `system:serviceaccounts` and `system:serviceaccounts:NAMESPACE`; `system:anonymous` is in
    /// `system:unauthenticated` instead. Required. Example: `"system:serviceaccount:argo:alice"`.
    #[serde(rename = "as")]
    pub account: String,
    /// Further groups that they are in to the cluster. Default: none. Example: `["argo-operators"]`.
    #[serde(default)]
    pub as_groups: Vec<String>,
}

impl Default for AccessReviewConfig {
    fn default() -> Self {
        Self {
            allow_ttl: Duration::from_secs(10),
            deny_ttl: Duration::from_secs(5),
            capacity: 10_000,
            max_concurrent: 16,
            timeout: Duration::from_secs(5),
            act_as: Vec::new(),
        }
    }
}

impl ActAs {
    /// Callers of this backend act as this user of the cluster; which callers is still to be said.
    #[must_use]
    pub fn new(backend: impl Into<String>, account: impl Into<String>) -> Self {
        Self {
            backend: backend.into(),
            user: None,
            group: None,
            everyone: false,
            account: account.into(),
            as_groups: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<AccessReviewConfig, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn the_defaults_are_as_documented() {
        let config = parse("").unwrap();
        let seconds = Duration::from_secs;
        assert_eq!((config.allow_ttl, config.deny_ttl, config.timeout), (seconds(10), seconds(5), seconds(5)));
        assert_eq!((config.capacity, config.max_concurrent, config.act_as.len()), (10_000, 16, 0));
    }

    #[test]
    fn every_key_is_read() {
        let config = parse(
            r#"
            allow_ttl = "30s"
            deny_ttl = "1s"
            capacity = 50_000
            max_concurrent = 64
            timeout = "2s"
            act_as = [
                { backend = "corp", user = "alice", group = "ops", as = "alice", as_groups = ["argo-operators"] },
                { backend = "anonymous", everyone = true, as = "system:anonymous" },
            ]
            "#,
        )
        .unwrap();
        let seconds = Duration::from_secs;
        assert_eq!((config.allow_ttl, config.deny_ttl, config.timeout), (seconds(30), seconds(1), seconds(2)));
        assert_eq!((config.capacity, config.max_concurrent), (50_000, 64));
        let [alice, anybody] = &config.act_as[..] else { panic!("two entries") };
        assert_eq!(
            (alice.backend.as_str(), alice.user.as_deref(), alice.group.as_deref()),
            ("corp", Some("alice"), Some("ops"))
        );
        assert_eq!(
            (alice.account.as_str(), &alice.as_groups[..], alice.everyone),
            ("alice", &["argo-operators".to_owned()][..], false)
        );
        assert_eq!(
            (anybody.account.as_str(), anybody.everyone, anybody.as_groups.len()),
            ("system:anonymous", true, 0)
        );
    }

    #[test]
    fn unknown_and_missing_keys_are_errors() {
        assert!(parse("allow = '1s'").unwrap_err().contains("unknown field `allow`"));
        assert!(
            parse("act_as = [{ backend = 'a', as = 'b', users = 'c' }]").unwrap_err().contains("unknown field `users`")
        );
        assert!(parse("act_as = [{ backend = 'a', user = 'c' }]").unwrap_err().contains("missing field `as`"));
        assert!(parse("act_as = [{ as = 'a', user = 'c' }]").unwrap_err().contains("missing field `backend`"));
    }
}
