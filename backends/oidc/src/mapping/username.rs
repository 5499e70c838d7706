//! The caller's name.

use std::borrow::Cow;

use portcullis_jwt::{ClaimPath, Claims, Json};

use super::words::{prefixed, problem_with};
use crate::config::OidcConfig;

#[derive(Debug)]
pub(super) struct Username {
    path: ClaimPath,
    prefix: String,
    must_be_verified: bool,
}

impl Username {
    pub(super) fn new(config: &OidcConfig) -> Self {
        Self {
            path: config.username_claim.clone(),
            prefix: config.username_prefix.clone(),
            must_be_verified: !config.allow_unverified_email && config.username_claim == ClaimPath::of("email"),
        }
    }

    pub(super) fn of<'c>(&self, claims: &'c Claims<'_>) -> Result<Cow<'c, str>, String> {
        let name = match claims.at(&self.path) {
            Some(Json::String(name)) => name,
            Some(_) => return Err(format!("the claim {} is no string, and so no user name", self.path)),
            None => return Err(format!("there is no claim {} for the user name", self.path)),
        };
        if let Some(problem) = problem_with(name) {
            return Err(format!("the claim {}, for the user name, {problem}", self.path));
        }
        // The string "true" is not this: OpenID Connect Core, section 5.1, has a boolean.
        if self.must_be_verified && !matches!(claims.get("email_verified"), Some(Json::Bool(true))) {
            return Err("`email_verified` is not the boolean `true`: anybody can claim an address".to_owned());
        }
        Ok(prefixed(&self.prefix, name))
    }
}
