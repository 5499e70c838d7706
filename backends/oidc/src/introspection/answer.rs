//! What the issuer says about a token.

use std::time::SystemTime;

use portcullis_core::Principal;
use portcullis_jwt::{Claims, Json, Rules};

use super::Unanswered;
use crate::mapping::Mapping;

/// What an answer must say.
#[derive(Debug)]
pub(crate) struct Expected {
    pub(crate) rules: Rules,
    pub(crate) require_issuer: bool,
    pub(crate) require_audience: bool,
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
        // Tokens of other kinds are active too.
        let kind = self.rules.check_kind_of_claims(&claims);
        let times = kind.and_then(|()| self.rules.check_times(&claims, now));
        let times = times.map_err(|fault| Unanswered::Refused(fault.reason().to_owned()))?;
        mapping.principal(&claims, times).map_err(Unanswered::Refused)
    }

    /// Who issued it, for whom, and that it is a bearer token.
    fn check_owner(&self, claims: &Claims<'_>) -> Result<(), &'static str> {
        match claims.get("iss") {
            Some(_) if claims.issuer().is_ok_and(|issuer| issuer == self.rules.issuer) => {}
            Some(_) => return Err("the answer is about a token of another issuer"),
            None if self.require_issuer => return Err("the answer names no issuer, and `require_issuer` is on"),
            None => {}
        }
        match claims.get("aud") {
            Some(_) if claims.audiences().is_ok_and(|audiences| audiences.contains_any(&self.rules.audiences)) => {}
            Some(_) => return Err("the answer is about a token for another audience"),
            None if self.require_audience => return Err("the answer names no audience, and `require_audience` is on"),
            None => {}
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
        Ok(())
    }
}

#[cfg(test)]
mod tests;
