//! The scopes of the token.

use std::sync::Arc;

use portcullis_core::{Clock, PrincipalBuilder};
use portcullis_jwt::{ClaimPath, Claims};

use super::seldom::Seldom;
use super::words::words;
use crate::config::OidcConfig;

#[derive(Debug)]
pub(super) struct Scopes {
    path: Option<ClaimPath>,
    left_out: Seldom,
}

impl Scopes {
    pub(super) fn new(config: &OidcConfig, backend: &Arc<str>, clock: &Clock) -> Self {
        Self { path: config.scopes_claim.clone(), left_out: Seldom::new(backend, clock) }
    }

    pub(super) fn add_to(&self, principal: PrincipalBuilder, claims: &Claims<'_>) -> PrincipalBuilder {
        let claim = match &self.path {
            Some(path) => claims.at(path),
            // RFC 8693, section 4.2, has the one; some providers had the other before.
            None => claims.get("scope").or_else(|| claims.get("scp")),
        };
        let Some(claim) = claim else { return principal };
        let mut scopes = words(claim, b" ");
        let principal = principal.scopes(&mut scopes);
        if scopes.left_out {
            self.left_out.warn("the scopes claim of a token holds something that is no scope: it was left out");
        }
        principal
    }
}
