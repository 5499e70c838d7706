//! What an administrator is told about an entry.

use portcullis_core::OPAQUE_TOKENS;
use portcullis_jwt::{ClaimPath, LiveKeys};

use crate::config::OidcConfig;

/// Two entries may share an issuer if their audiences differ: a token shows both. Whose an opaque
/// token is does not show, and to ask one issuer after the other would hand it to strangers.
pub(super) fn sole_claims(config: &OidcConfig) -> Vec<String> {
    let tokens = config.audiences.iter().map(|audience| format!("tokens of {} for {audience}", config.issuer));
    let opaque = config.introspection.is_some().then(|| OPAQUE_TOKENS.to_owned());
    tokens.chain(opaque).collect()
}

pub(super) fn describe(config: &OidcConfig) -> String {
    let mut text = format!("bearer tokens of {} for {}", config.issuer, config.audiences.join(", "));
    if config.introspection.is_some() {
        text.push_str(", JWT and opaque");
    }
    text.push_str(&format!(" (names from {}", config.username_claim));
    match &config.groups_claim {
        Some(claim) => text.push_str(&format!(", groups from {claim})")),
        None => text.push_str(", no groups)"),
    }
    text
}

pub(super) fn warnings(config: &OidcConfig, keys: &LiveKeys) -> Vec<String> {
    let mut warnings = Vec::new();
    let mut warn = |is_so: bool, sentence: &str| {
        if is_so {
            warnings.push(sentence.to_owned());
        }
    };
    let is_email = config.username_claim == ClaimPath::of("email");
    warn(
        config.allow_unverified_email && is_email,
        "`allow_unverified_email` lets callers choose their name, if the issuer lets them choose their address",
    );
    warn(config.accept_id_tokens, "`accept_id_tokens` takes tokens that every client of the issuer gets to see");
    let any_audience = config.introspection.as_ref().is_some_and(|introspection| !introspection.require_audience);
    warn(any_audience, "without `introspection.require_audience`, opaque tokens for other services may get in");
    let keys = keys.status();
    if let Some(error) = &keys.last_error {
        warnings.push(format!("the keys could not be fetched: {error}"));
    }
    let unusable = keys.keys.iter().flat_map(|keys| keys.unusable());
    warnings.extend(unusable.map(|key| format!("a key of the issuer cannot be used: {key}")));
    warnings
}
