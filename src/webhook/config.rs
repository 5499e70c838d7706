//! `[[webhook]]`, as it stands in the file.

use std::path::PathBuf;
use std::time::Duration;

use portcullis_core::Secret;
use portcullis_core::config::duration;
use serde::Deserialize;

const MIB: usize = 1024 * 1024;

/// `[[webhook]]`: for which requests a signature is a credential, and whose.
///
/// It names a `path`, and its clients: with `[[webhook.client]]`, `clients_dir`, `clients_file`, or several of these.
///
/// ```toml
/// [[webhook]]
/// path = "/api/v1/events/{namespace}/{discriminator}"
///
/// [[webhook.client]]
/// name = "github.com"
/// type = "github"
/// secrets = [{ env = "GITHUB_WEBHOOK_SECRET" }]
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct WebhookConfig {
    /// The path it is for, as in [`[[route]]`](crate::route::RouteConfig::path). Required.
    ///
    /// ```toml
    /// path = "/api/v1/events/argo/{discriminator}"
    /// ```
    pub path: Option<String>,

    /// The methods it is for, of `POST`, `PUT` and `PATCH`: others have no body that could be signed. Default `["POST"]`.
    ///
    /// ```toml
    /// methods = ["POST", "PUT"]
    /// ```
    pub methods: Vec<String>,

    /// The host it is for, as in [`[[route]]`](crate::route::RouteConfig::host). Default: all hosts.
    ///
    /// ```toml
    /// host = "hooks.example.test"
    /// ```
    pub host: Option<String>,

    /// What the [backend](crate::Principal::backend) of its callers is called, in bindings too: visible ASCII, at most 64
    /// characters, and no `[[backend]]` or other `[[webhook]]` of the same name. Default `"webhook"`.
    ///
    /// ```toml
    /// name = "webhook-argo"
    /// ```
    pub name: String,

    /// How long a body may be, in bytes: 1 to 67108864 (64 MiB). A longer one is answered 413. Default 2097152 (2 MiB).
    ///
    /// ```toml
    /// max_body = 10_000_000
    /// ```
    pub max_body: usize,

    /// How many bytes of bodies are kept at once, from when they come until the service has taken them: `max_body` to
    /// 4294967296 (4 GiB). Where there is no room for another one, the body that has been coming for the longest without having
    /// ended is given up, and its request answered 503; if there is none such, the new one is. Default 67108864 (64 MiB), or
    /// `max_body` if that is more.
    ///
    /// ```toml
    /// max_buffered = 16_777_216
    /// ```
    pub max_buffered: Option<usize>,

    /// How long a body may take to come: 100 milliseconds to 5 minutes. After that the answer is 408. Default `"30s"`.
    ///
    /// ```toml
    /// timeout = "10s"
    /// ```
    #[serde(deserialize_with = "duration::deserialize")]
    pub timeout: Duration,

    /// How long a delivery is remembered, so that it is not accepted once more: up to 24 hours. `"0s"` remembers
    /// none. What is remembered, and of whom, is told in the [module](crate::webhook#deliveries-that-come-twice). Default `"5m"`.
    ///
    /// ```toml
    /// replay_window = "1h"
    /// ```
    #[serde(deserialize_with = "duration::deserialize")]
    pub replay_window: Duration,

    /// Whether the same delivery is accepted once at each path of this `[[webhook]]`, rather than once. For senders that have two
    /// hooks with one secret, and send the same bytes to two paths. Where `path` has a capture, whoever has overheard a delivery
    /// can then send it to as many paths as they like, and fill the memory of its client; a secret and a `[[webhook]]` of its own
    /// for each hook is better. Default `false`.
    ///
    /// ```toml
    /// replay_per_path = true
    /// ```
    pub replay_per_path: bool,

    /// A directory with a file for each client, as Kubernetes mounts a Secret in the format of Argo's
    /// `argo-workflows-webhook-clients`: the file's name is the client's, and it is YAML with `type` and `secret`
    /// ([what is refused](crate::webhook#the-clients-of-an-argo-server)). Names that begin with a dot are left out. A relative path starts at the config file's directory. Default: none.
    ///
    /// ```toml
    /// clients_dir = "/etc/portcullis/webhook-clients"
    /// ```
    pub clients_dir: Option<PathBuf>,

    /// The manifest of such a Secret, YAML or JSON, with `data` or `stringData`. Default: none.
    ///
    /// ```toml
    /// clients_file = "webhook-clients.yaml"
    /// ```
    pub clients_file: Option<PathBuf>,

    /// Clients that stand in the file itself. Default: none.
    pub client: Vec<ClientConfig>,
}

/// `[[webhook.client]]`: a sender, and how it signs.
///
/// ```toml
/// [[webhook.client]]
/// name = "slack"
/// type = "hmac"
/// secrets = [{ file = "slack.secret" }]
/// header = "X-Slack-Signature"
/// prefix = "v0="
/// signed = "v0:{timestamp}:{body}"
/// timestamp = { header = "X-Slack-Request-Timestamp" }
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ClientConfig {
    /// The [name](crate::Principal::name) of the principal. It does not begin with `system:`, and no other client of the
    /// same `[[webhook]]` has it. Required.
    ///
    /// ```toml
    /// name = "github.com"
    /// ```
    pub name: String,

    /// Who the sender is, and so how it signs. Required.
    ///
    /// ```toml
    /// type = "github"
    /// ```
    #[serde(rename = "type")]
    pub kind: ClientType,

    /// The secrets that it may sign with, so that there can be a new one beside the old one. None is empty, and none is
    /// that of another client that signs alike; better, of no other client at all. Required.
    ///
    /// ```toml
    /// secrets = [{ env = "GITHUB_WEBHOOK_SECRET" }, { file = "github-old.secret" }]
    /// ```
    pub secrets: Vec<Secret>,

    /// The groups of the principal. None is empty or begins with `system:`. Default: none.
    ///
    /// ```toml
    /// groups = ["webhooks"]
    /// ```
    #[serde(default)]
    pub groups: Vec<String>,

    /// The field that carries the signature, and nothing else: none of ordinary credentials, and neither `Host`, `Content-Length`,
    /// `Content-Type` nor `Transfer-Encoding`. Only for the type `hmac`, and required there.
    ///
    /// ```toml
    /// header = "X-Signature"
    /// ```
    #[serde(default)]
    pub header: Option<String>,

    /// What stands before the signature in its field. Only for the type `hmac`. Default: nothing.
    ///
    /// ```toml
    /// prefix = "sha256="
    /// ```
    #[serde(default)]
    pub prefix: Option<String>,

    /// How the signature is written. Only for the type `hmac`. Default `"hex"`.
    ///
    /// ```toml
    /// encoding = "base64"
    /// ```
    #[serde(default)]
    pub encoding: Option<Encoding>,

    /// What is signed: a text with `{body}` in it and, beside `timestamp`, `{timestamp}`, each once. Between the two stands
    /// something that is no digit, so that it is certain where the time ends. Only for the type `hmac`. Default `"{body}"`; beside
    /// `timestamp`, `"{timestamp}.{body}"`.
    ///
    /// ```toml
    /// signed = "v0:{timestamp}:{body}"
    /// ```
    #[serde(default)]
    pub signed: Option<String>,

    /// Where the sender says when it signed. Only for the type `hmac`. Default: it does not.
    ///
    /// ```toml
    /// timestamp = { header = "X-Slack-Request-Timestamp", tolerance = "5m" }
    /// ```
    #[serde(default)]
    pub timestamp: Option<TimestampConfig>,
}

/// The sender of a webhook, as `type` of a [`[[webhook.client]]`](ClientConfig) has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ClientType {
    /// `"github"`: `X-Hub-Signature-256` is `sha256=` and the HMAC-SHA256 of the body in hex.
    Github,
    /// `"gitlab"`: `X-Gitlab-Token` is the secret.
    Gitlab,
    /// `"bitbucket"`: `X-Hook-UUID` is the secret. For hooks of Bitbucket Cloud without a secret of their own: the UUID is an identifier
    /// that others may know.
    Bitbucket,
    /// `"bitbucketserver"`: `X-Hub-Signature` is `sha256=` and the HMAC-SHA256 of the body in hex. For hooks of Bitbucket Cloud with a
    /// secret, too.
    Bitbucketserver,
    /// `"hmac"`: [one HMAC-SHA256](crate::webhook#senders-that-are-not-known-by-name) in a field of your choice.
    Hmac,
}

/// How a signature is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Encoding {
    /// `"hex"`, in upper or lower case.
    #[default]
    Hex,
    /// `"base64"`: the standard alphabet, with padding ([RFC 4648, section 4](https://www.rfc-editor.org/rfc/rfc4648#section-4)).
    Base64,
}

/// `timestamp` of a [`[[webhook.client]]`](ClientConfig).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TimestampConfig {
    /// The field with the time, in whole seconds since 1970 as a decimal number. Required.
    ///
    /// ```toml
    /// timestamp.header = "X-Slack-Request-Timestamp"
    /// ```
    pub header: String,

    /// How far that may be from our own time, in the past and in the future: 1 second to 1 hour. Default `"5m"`.
    ///
    /// ```toml
    /// timestamp.tolerance = "1m"
    /// ```
    #[serde(default = "five_minutes", deserialize_with = "duration::deserialize")]
    pub tolerance: Duration,
}

impl Default for WebhookConfig {
    fn default() -> Self {
        Self {
            path: None,
            methods: vec!["POST".to_owned()],
            host: None,
            name: "webhook".to_owned(),
            max_body: 2 * MIB,
            max_buffered: None,
            timeout: Duration::from_secs(30),
            replay_window: five_minutes(),
            replay_per_path: false,
            clients_dir: None,
            clients_file: None,
            client: Vec::new(),
        }
    }
}

impl WebhookConfig {
    /// How many bytes of bodies are kept at once.
    pub(crate) fn room(&self) -> usize {
        self.max_buffered.unwrap_or(self.max_body.max(64 * MIB))
    }
}

fn five_minutes() -> Duration {
    Duration::from_secs(5 * 60)
}
