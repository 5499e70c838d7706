//! From verified claims to a principal.

use std::sync::Arc;

use portcullis_core::{Clock, Principal};
use portcullis_jwt::{ClaimPath, Claims, Times};

use crate::config::OidcConfig;
use groups::Groups;
use required::Required;
use scopes::Scopes;
use username::Username;

mod groups;
mod required;
mod scopes;
mod seldom;
mod username;
mod words;

/// Bytes of the claims that one principal carries, as JSON.
const MAX_CARRIED: usize = 16 * 1024;

/// What an entry of the file makes of claims. What it knows to say about them never holds a part of
/// them.
#[derive(Debug)]
pub(crate) struct Mapping {
    issuer: Arc<str>,
    username: Username,
    groups: Option<Groups>,
    scopes: Scopes,
    required: Required,
    carried: Vec<(String, ClaimPath)>,
}

impl Mapping {
    /// What `config` says; `backend` is the entry's name, for the log.
    pub(crate) fn new(config: &OidcConfig, backend: &Arc<str>, clock: &Clock) -> Self {
        Self {
            issuer: Arc::from(config.issuer.as_str()),
            username: Username::new(config),
            groups: Groups::new(config, backend, clock),
            scopes: Scopes::new(config, backend, clock),
            required: Required::new(config),
            carried: config.claims.iter().map(|path| (path.to_string(), path.clone())).collect(),
        }
    }

    /// Who the claims say is calling. An error says which rule they break.
    pub(crate) fn principal(&self, claims: &Claims<'_>, times: Times) -> Result<Principal, String> {
        self.required.check(claims)?;
        let mut principal = Principal::builder(self.username.of(claims)?).issuer(Arc::clone(&self.issuer));
        if let Some(groups) = &self.groups {
            principal = groups.add_to(principal, claims);
        }
        principal = self.scopes.add_to(principal, claims);
        let mut room = MAX_CARRIED;
        for (name, path) in &self.carried {
            if let Some(claim) = claims.at(path) {
                let value = claim.to_value();
                room = room.checked_sub(value.to_string().len()).ok_or("the claims to carry are longer than 16 KiB")?;
                principal = principal.claim(name.as_str(), value);
            }
        }
        if let Some(id) = claims.id().map_err(|fault| fault.reason().to_owned())? {
            principal = principal.token_id(id);
        }
        if let Some(time) = times.issued_at {
            principal = principal.issued_at(time);
        }
        if let Some(time) = times.expires_at {
            principal = principal.expires_at(time);
        }
        Ok(principal.build())
    }
}

#[cfg(test)]
mod tests;
