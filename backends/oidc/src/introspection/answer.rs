//! What the issuer says about a token.

use std::time::{Duration, SystemTime};

use portcullis_core::Principal;
use portcullis_jwt::{Claims, Json, NumericDate};

use super::Unanswered;
use crate::mapping::{Mapping, Validity};

/// Kinds of tokens that are active too, and are for clients alone. RFC 7662 has no member for it;
/// these are what the providers have that tell.
const OTHER_KINDS: [&str; 7] = ["refresh", "offline", "id", "logout", "refresh_token", "id_token", "logout_token"];

/// What an answer must say.
#[derive(Debug)]
pub(crate) struct Expected {
    pub(crate) issuer: String,
    pub(crate) audiences: Vec<String>,
    pub(crate) require_issuer: bool,
    pub(crate) require_audience: bool,
    pub(crate) leeway: Duration,
    pub(crate) max_age: Option<Duration>,
}

impl Expected {
    /// Who presents the token that this answer is about.
    pub(crate) fn principal(&self, answer: &[u8], mapping: &Mapping, now: SystemTime) -> Result<Principal, Unanswered> {
        let no_answer = |reason: String| Unanswered::Away { reason, retry_after: None };
        let text = std::str::from_utf8(answer).map_err(|_| no_answer("the answer is not UTF-8".to_owned()))?;
        let claims = Claims::parse(text).map_err(|_| no_answer("the answer is no JSON object".to_owned()))?;
        match claims.get("active") {
            Some(Json::Bool(true)) => {}
            Some(Json::Bool(false)) => return Err(Unanswered::Refused("the issuer says it is not active".to_owned())),
            _ => return Err(no_answer("the answer has no boolean `active`".to_owned())),
        }
        self.check_owner(&claims).map_err(|reason| Unanswered::Refused(reason.to_owned()))?;
        let validity = self.check_times(&claims, now).map_err(|reason| Unanswered::Refused(reason.to_owned()))?;
        mapping.principal(&claims, validity).map_err(Unanswered::Refused)
    }

    /// Who issued it, for whom, and what it is.
    fn check_owner(&self, claims: &Claims<'_>) -> Result<(), &'static str> {
        match claims.get("iss") {
            Some(Json::String(issuer)) if **issuer == *self.issuer => {}
            Some(_) => return Err("the answer is about a token of another issuer"),
            None if self.require_issuer => return Err("the answer names no issuer, and `require_issuer` is on"),
            None => {}
        }
        let is_ours = |audience: &Json<'_>| {
            audience.as_str().is_some_and(|audience| self.audiences.iter().any(|ours| ours == audience))
        };
        match claims.get("aud") {
            Some(Json::Array(audiences)) if audiences.iter().any(is_ours) => {}
            Some(audience) if is_ours(audience) => {}
            Some(_) => return Err("the answer is about a token for another audience"),
            None if self.require_audience => return Err("the answer names no audience, and `require_audience` is on"),
            None => {}
        }
        if claims.get("cnf").is_some() {
            return Err("the token is bound to a key (`cnf`), which cannot be checked here");
        }
        match claims.get("token_type") {
            Some(Json::String(kind)) if kind.eq_ignore_ascii_case("Bearer") => {}
            Some(_) => return Err("the token is no bearer token"),
            None => {}
        }
        // Some providers tell of every token but refresh tokens what it is.
        if ["aud", "token_type", "typ", "token_use"].iter().all(|member| claims.get(member).is_none()) {
            return Err("the answer tells neither whom the token is for nor of what kind it is");
        }
        let kinds = [claims.get("typ"), claims.get("token_use")].into_iter().flatten().filter_map(Json::as_str);
        if kinds.into_iter().any(|kind| OTHER_KINDS.iter().any(|other| kind.eq_ignore_ascii_case(other))) {
            return Err("the token is a refresh, ID or logout token");
        }
        Ok(())
    }

    fn check_times(&self, claims: &Claims<'_>, now: SystemTime) -> Result<Validity, &'static str> {
        let time = |date: NumericDate| date.to_system_time();
        let expires_at = match claims.get("exp") {
            Some(_) => Some(claims.expires_at().map(time).map_err(|fault| fault.reason())?),
            None => None,
        };
        let not_before = claims.not_before().map_err(|fault| fault.reason())?.map(time);
        let issued_at = claims.issued_at().map_err(|fault| fault.reason())?.map(time);
        if expires_at.is_some_and(|time| time + self.leeway <= now) {
            return Err("the token has expired");
        }
        if not_before.into_iter().chain(issued_at).any(|time| now + self.leeway < time) {
            return Err("the token is not valid yet");
        }
        let end_of_age = match (self.max_age, issued_at) {
            (Some(_), None) => return Err("the answer has no `iat`, and `max_age` is set"),
            (age, issued_at) => age.zip(issued_at).and_then(|(age, issued_at)| issued_at.checked_add(age)),
        };
        if end_of_age.is_some_and(|time| time + self.leeway <= now) {
            return Err("the token is older than `max_age`");
        }
        Ok(Validity { issued_at, expires_at: expires_at.into_iter().chain(end_of_age).min() })
    }
}

#[cfg(test)]
mod tests;
