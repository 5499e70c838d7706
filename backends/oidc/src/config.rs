//! The keys of a `kind = "oidc"` section.

use std::path::PathBuf;
use std::time::Duration;

use portcullis_core::config::duration;
use portcullis_jwt::{Algorithm, ClaimPath, TokenType};
use serde::Deserialize;

mod introspection;
mod required;

pub use introspection::IntrospectionConfig;
pub use required::{RequiredClaims, RequiredValue};

/// The section of one issuer of bearer tokens.
///
/// [`issuer`](Self::issuer) and [`audiences`](Self::audiences) are needed.
///
/// ```
/// let mut config = portcullis_oidc::OidcConfig::default();
/// config.issuer = "https://id.example.test/realms/corp".to_owned();
/// config.audiences = vec!["orders-api".to_owned()];
/// config.groups_claim = Some("realm_access.roles".parse().unwrap());
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct OidcConfig {
    /// The issuer's identifier: a token's `iss` must be exactly this, character by character. An
    /// `https` URL, or `http` to this machine, without query and fragment. Required. Example:
    /// `"https://id.example.test/realms/corp"`.
    pub issuer: String,
    /// Who a token must be for: one of these must be its `aud`, or in it. Required, and not empty.
    /// Example: `["orders-api"]`.
    pub audiences: Vec<String>,
    /// The signatures that are accepted, by their JOSE names. Default: `["RS256", "PS256", "ES256",
    /// "ES384", "EdDSA"]`. Example: `["ES256"]`.
    pub algorithms: Vec<Algorithm>,
    /// Where the keys are, instead of asking the issuer's metadata. `https`, or `http` to this
    /// machine. Default: what the metadata says. Example: `"https://id.example.test/keys"`.
    pub jwks_url: Option<String>,
    /// The claim with the caller's name, a path into nested claims: `user.name`; a segment with a dot
    /// is quoted: `'"https://example.test/user".name'`. Default: `"sub"`. Example:
    /// `"preferred_username"`.
    pub username_claim: ClaimPath,
    /// What the name begins with, before the claim. Default: nothing. Example: `"corp:"`.
    pub username_prefix: String,
    /// The claim with the caller's groups, a path: an array of strings, or one string that is split
    /// at spaces and commas. Default: none, and so no groups. Example: `"realm_access.roles"`.
    pub groups_claim: Option<ClaimPath>,
    /// What each group begins with, before the claim. Default: nothing. Example: `"corp:"`.
    pub groups_prefix: String,
    /// The claim with the token's scopes, a path: a string that is split at spaces, or an array of
    /// strings. Default: `scope`, and `scp` where there is no `scope`. Example: `"permissions"`.
    pub scopes_claim: Option<ClaimPath>,
    /// Claims that a token must have: a path, and a string, boolean or integer that the claim must
    /// be, or have among its elements; of a list of strings, one. Default: none. Example:
    /// `{ "tenant.id" = "acme", plan = ["gold", "silver"] }`.
    pub required_claims: RequiredClaims,
    /// Claims that the principal carries, under the path as it is written here. Default: none.
    /// Example: `["email", "tenant.id"]`.
    pub claims: Vec<ClaimPath>,
    /// How far the issuer's clock may be off; at most `5m`. Default: `"30s"`. Example: `"1m"`.
    #[serde(deserialize_with = "duration::deserialize")]
    pub leeway: Duration,
    /// The `typ` that a token may have in its header; `absent` is none. Default: `["at+jwt", "JWT",
    /// "absent"]`. Example: `["at+jwt"]`.
    pub token_types: Vec<TokenType>,
    /// How long after its `iat` a token is accepted, at most, whatever its `exp` says; one without
    /// `iat` is then refused. `1s` to `1year`. Default: no bound. Example: `"12h"`.
    #[serde(deserialize_with = "duration::optional")]
    pub max_age: Option<Duration>,
    /// Whether ID tokens are accepted, which are made for clients and not for services. Default:
    /// `false`. Example: `true`.
    pub accept_id_tokens: bool,
    /// Whether `username_claim = "email"` takes an address that the issuer has not verified. Default:
    /// `false`. Example: `true`.
    pub allow_unverified_email: bool,
    /// The certificate authorities of the issuer, in PEM, instead of the system's. A relative path
    /// starts at the config file's directory. It is read at the start. Default: the system's.
    /// Example: `"corp-ca.pem"`.
    pub ca_file: Option<PathBuf>,
    /// A bearer token that is presented when metadata and keys are fetched: clusters want it. It goes to
    /// the issuer's own host and to `jwks_url`, and not to another host that the metadata names: a
    /// cluster's often name its address, so write that into `jwks_url`. The file is read at each fetch. A relative path starts at the config file's directory. Default: none.
    /// Example: `"/var/run/secrets/kubernetes.io/serviceaccount/token"`.
    pub client_token_file: Option<PathBuf>,
    /// How long one fetch may take, from connecting to the last byte; `100ms` to `15s`. Default: `"5s"`.
    /// Example: `"2s"`.
    #[serde(deserialize_with = "duration::deserialize")]
    pub timeout: Duration,
    /// How often the keys are fetched; earlier if the issuer says so, and at most once a minute for
    /// that; `1s` to `1d`. Default: `"5m"`. Example: `"1h"`.
    #[serde(deserialize_with = "duration::deserialize")]
    pub refresh: Duration,
    /// How long keys serve after they were last fetched, while the issuer is away; at least `refresh`,
    /// at most `7d`. Default: `"1h"`. Example: `"6h"`.
    #[serde(deserialize_with = "duration::deserialize")]
    pub stale_keys: Duration,
    /// How long after a fetch for an unknown key there is no other one for that reason; `1s` to
    /// `5m`. Default: `"10s"`. Example: `"30s"`.
    #[serde(deserialize_with = "duration::deserialize")]
    pub cool_down: Duration,
    /// What clients are told they need a token for; printable ASCII. Default: `"portcullis"`.
    /// Example: `"orders"`.
    pub realm: String,
    /// Where to ask about opaque tokens. Default: nowhere, and such tokens are not this backend's.
    /// Example: `{ url = "https://id.example.test/introspect", client_id = "orders", client_secret = { env = "ORDERS_SECRET" } }`.
    pub introspection: Option<IntrospectionConfig>,
}

impl Default for OidcConfig {
    fn default() -> Self {
        Self {
            issuer: String::new(),
            audiences: Vec::new(),
            algorithms: Algorithm::DEFAULT.to_vec(),
            jwks_url: None,
            username_claim: ClaimPath::of("sub"),
            username_prefix: String::new(),
            groups_claim: None,
            groups_prefix: String::new(),
            scopes_claim: None,
            required_claims: RequiredClaims::default(),
            claims: Vec::new(),
            leeway: Duration::from_secs(30),
            token_types: TokenType::DEFAULT.to_vec(),
            max_age: None,
            accept_id_tokens: false,
            allow_unverified_email: false,
            ca_file: None,
            client_token_file: None,
            timeout: Duration::from_secs(5),
            refresh: Duration::from_secs(5 * 60),
            stale_keys: Duration::from_secs(60 * 60),
            cool_down: Duration::from_secs(10),
            realm: "portcullis".to_owned(),
            introspection: None,
        }
    }
}

#[cfg(test)]
mod tests;
