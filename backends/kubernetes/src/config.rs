//! The keys of a `kind = "kubernetes"` section.

use std::path::PathBuf;
use std::time::Duration;

use portcullis_core::config::duration;
use serde::Deserialize;

use crate::access_review::AccessReviewConfig;

/// The section of one cluster.
///
/// None of the keys is needed: in a pod, the cluster that the pod runs in is asked.
///
/// ```
/// let mut config = portcullis_kubernetes::KubernetesConfig::default();
/// config.audiences = vec!["orders-api".to_owned()];
/// config.kubeconfig = Some("/etc/portcullis/cluster-b.yaml".into());
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct KubernetesConfig {
    /// The kubeconfig that says where the API server is and who we are to it: by `token`, `tokenFile` or client
    /// certificate, not by a plugin. A relative path starts at the config file's directory. It is read at the start; a
    /// `tokenFile` in it is read again and again. Default: the pod's own
    /// cluster, account and token. Example: `"/etc/portcullis/cluster-b.yaml"`.
    pub kubeconfig: Option<PathBuf>,
    /// The context of the kubeconfig. Default: its `current-context`. Example: `"production"`.
    pub context: Option<String>,
    /// Whom a token must be for: the API server is asked for one of these, and its answer must name one of
    /// them. Default: the API server's own audience, so that whoever receives such a token can use it against the cluster
    /// too. Example: `["orders-api"]`.
    pub audiences: Vec<String>,
    /// What is checked of a JWT before the API server is asked: `"jwks-then-review"`, its signature, issuer and times,
    /// with the cluster's keys, or `"review"`, its form and times alone. Default: `"jwks-then-review"`. Example: `"review"`.
    pub verify: Verify,
    /// The issuers of the cluster's service-account tokens: a token's `iss` must be one of them. Those of Secret tokens,
    /// `kubernetes/serviceaccount`, come on top. Default: what the API server says in `/.well-known/openid-configuration`,
    /// or, with `verify = "review"`, any. Example: `["https://kubernetes.default.svc"]`.
    pub issuers: Vec<String>,
    /// Whether tokens that are no JWT are shown to this cluster: those of webhook authenticators, static ones. One
    /// entry at most is the default. Default: `false`. Example: `true`.
    pub default: bool,
    /// How long an answer is remembered, and so how long a revoked token goes on working here, at most; the API
    /// server remembers for some 10 s too. `0s` to `5m`. Default: `"10s"`. Example: `"30s"`.
    #[serde(deserialize_with = "duration::deserialize")]
    pub ttl: Duration,
    /// What the name begins with, before `system:serviceaccount:…`. Default: nothing. Example: `"cluster-b:"`.
    pub username_prefix: String,
    /// What each group begins with. Default: nothing. Example: `"cluster-b:"`.
    pub groups_prefix: String,
    /// Whether a client may present a whole kubeconfig, in base64, instead of a token: the bearer token of its
    /// current context counts, and nothing else of it. Default: `false`. Example: `true`.
    pub accept_kubeconfig: bool,
    /// How many reviews are asked of the API server at once; eight times as many more wait. 1 to 1024. Default: 16.
    /// Example: `64`.
    pub max_concurrent: usize,
    /// The same for tokens that are no JWT, which nothing can be told of before the API server is asked, and for those
    /// in kubeconfigs, where one token can be presented in any number of ways. 1 to 1024. Default: 4. Example: `16`.
    pub opaque_max_concurrent: usize,
    /// How long one review may take, with waiting and asking again; `100ms` to `30s`, and never longer than the file's
    /// `cache.timeout`. Default: `"5s"`. Example: `"2s"`.
    #[serde(deserialize_with = "duration::deserialize")]
    pub timeout: Duration,
    /// How often the cluster's keys are fetched; `1s` to `1d`. Default: `"5m"`. Example: `"1h"`.
    #[serde(deserialize_with = "duration::deserialize")]
    pub refresh: Duration,
    /// How long keys serve after they were last fetched, while the API server is away; at least `refresh`, at most `7d`.
    /// Default: `"1h"`. Example: `"6h"`.
    #[serde(deserialize_with = "duration::deserialize")]
    pub stale_keys: Duration,
    /// How long after a fetch for an unknown key there is no other one for that reason; `1s` to `5m`. Default: `"10s"`.
    /// Example: `"30s"`.
    #[serde(deserialize_with = "duration::deserialize")]
    pub cool_down: Duration,
    /// What clients are told they need a token for; printable ASCII. Default: `"portcullis"`. Example: `"orders"`.
    pub realm: String,
    /// Has the cluster decide who may do what, by SubjectAccessReview. Default: it is not asked. Example:
    /// `{ allow_ttl = "10s" }`.
    pub access_review: Option<AccessReviewConfig>,
}

/// What is checked of a token before the API server is asked about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Verify {
    /// Signature, issuer and times: a forged or expired token never reaches the API server.
    #[default]
    JwksThenReview,
    /// Form and times alone: for clusters that do not show their keys.
    Review,
}

impl Default for KubernetesConfig {
    fn default() -> Self {
        Self {
            kubeconfig: None,
            context: None,
            audiences: Vec::new(),
            verify: Verify::default(),
            issuers: Vec::new(),
            default: false,
            ttl: Duration::from_secs(10),
            username_prefix: String::new(),
            groups_prefix: String::new(),
            accept_kubeconfig: false,
            max_concurrent: 16,
            opaque_max_concurrent: 4,
            timeout: Duration::from_secs(5),
            refresh: Duration::from_secs(5 * 60),
            stale_keys: Duration::from_secs(60 * 60),
            cool_down: Duration::from_secs(10),
            realm: "portcullis".to_owned(),
            access_review: None,
        }
    }
}
