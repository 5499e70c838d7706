//! The caller's groups.

use std::sync::Arc;

use portcullis_core::{Clock, PrincipalBuilder};
use portcullis_jwt::{ClaimPath, Claims, Json};

use super::seldom::Seldom;
use super::words::{prefixed, words};
use crate::config::OidcConfig;

/// A missing group never grants anything, so what is no group is left out, and the caller is still let
/// in.
#[derive(Debug)]
pub(super) struct Groups {
    path: ClaimPath,
    prefix: String,
    left_out: Seldom,
    overage: Seldom,
}

impl Groups {
    pub(super) fn new(config: &OidcConfig, backend: &Arc<str>, clock: &Clock) -> Option<Self> {
        let seldom = || Seldom::new(backend, clock);
        config.groups_claim.as_ref().map(|path| Self {
            path: path.clone(),
            prefix: config.groups_prefix.clone(),
            left_out: seldom(),
            overage: seldom(),
        })
    }

    pub(super) fn add_to(&self, principal: PrincipalBuilder, claims: &Claims<'_>) -> PrincipalBuilder {
        if self.are_elsewhere(claims) {
            self.overage.warn("a token names another place for its groups (overage): they are taken for none");
            return principal;
        }
        let Some(claim) = claims.at(&self.path) else { return principal };
        let mut groups = words(claim, b" ,");
        let principal = principal.groups(groups.by_ref().map(|group| prefixed(&self.prefix, group)));
        if groups.left_out {
            self.left_out.warn("the groups claim of a token holds something that is no group: it was left out");
        }
        principal
    }

    /// Whether the claim is a "distributed" one ([OpenID Connect Core, section
    /// 5.6.2](https://openid.net/specs/openid-connect-core-1_0.html#AggregatedDistributedClaims)):
    /// the groups were too many for the token. Some may be in it nevertheless.
    fn are_elsewhere(&self, claims: &Claims<'_>) -> bool {
        let first = self.path.segments().first();
        let named = claims.get("_claim_names").zip(first).is_some_and(|(names, first)| names.get(first).is_some());
        named || matches!(claims.get("hasgroups"), Some(Json::Bool(true)))
    }
}
