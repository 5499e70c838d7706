//! What a token must say to be accepted.

mod kinds;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::{Algorithm, Claims, Fault, FaultKind, NumericDate, Token, TokenType};

/// What is checked of a token besides its signature.
///
/// | what | rule |
/// |---|---|
/// | `iss` | exactly one string, [`issuer`](Self::issuer) byte for byte |
/// | `aud` | a string, or an array of strings, among them one of [`audiences`](Self::audiences) |
/// | `exp` | required; a number; not passed by more than the leeway |
/// | `nbf`, `iat` | if present, numbers that do not lie ahead by more than the leeway |
/// | `typ` of the header | one of [`token_types`](Self::token_types); never that of a logout token |
/// | `at_hash`, `c_hash`, `s_hash`, `nonce`, `typ` `ID` | an ID token: refused unless [`accept_id_tokens`](Self::accept_id_tokens) |
/// | `events` with the back-channel logout, `typ`, `token_use` or `token_type` of a logout or refresh token | refused |
/// | `cnf` | refused: the token is bound to a key whose possession cannot be checked here |
///
/// ```
/// use std::time::Duration;
/// use portcullis_jwt::Rules;
///
/// let mut rules = Rules::new("https://id.example.test", ["orders-api"]);
/// rules.leeway = Duration::from_secs(5);
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Rules {
    /// The issuer whose tokens are accepted.
    pub issuer: String,
    /// The audiences of which a token must name at least one. With none, no token is accepted.
    pub audiences: Vec<String>,
    /// The algorithms to pass to [`Token::verify`]. Default: [`Algorithm::DEFAULT`].
    pub algorithms: Vec<Algorithm>,
    /// The types of token that are accepted. Default: [`TokenType::DEFAULT`].
    pub token_types: Vec<TokenType>,
    /// How far the issuer's clock may be from ours. Default: 30 s.
    pub leeway: Duration,
    /// How long after `iat` a token is accepted, however late its `exp` is; `iat` is then required. Default: no bound.
    pub max_age: Option<Duration>,
    /// Whether ID tokens are taken as well. They tell a client who logged in, and are not made to be shown to a service.
    /// Default: false.
    pub accept_id_tokens: bool,
}

/// The life of an accepted token, as it says itself: the leeway is not added.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Times {
    /// `exp`; if there is a [`max_age`](Rules::max_age), not later than `iat` and that. A token that
    /// [`check`](Rules::check) accepts has it.
    pub expires_at: Option<SystemTime>,
    /// `iat`.
    pub issued_at: Option<SystemTime>,
}

impl Rules {
    /// The rules for the tokens of this issuer, for these audiences, with the defaults.
    pub fn new<A: Into<String>>(issuer: impl Into<String>, audiences: impl IntoIterator<Item = A>) -> Self {
        Self {
            issuer: issuer.into(),
            audiences: audiences.into_iter().map(Into::into).collect(),
            algorithms: Algorithm::DEFAULT.to_vec(),
            token_types: TokenType::DEFAULT.to_vec(),
            leeway: Duration::from_secs(30),
            max_age: None,
            accept_id_tokens: false,
        }
    }

    /// Whether the token keeps the rules at this time. Its signature is not checked here: [`Token::verify`] is.
    ///
    /// # Errors
    /// The first rule that is broken, in this order: `iss`, `aud`, the kind of token, `cnf`, the times.
    pub fn check(&self, token: &Token<'_>, now: SystemTime) -> Result<Times, Fault> {
        let claims = token.claims();
        self.check_addressed(claims)?;
        self.check_kind(token)?;
        if claims.expires_at()?.is_none() {
            return Err(Fault::refused("exp is missing"));
        }
        self.check_times(claims, now)
    }

    /// Whether claims are of our issuer and for one of our audiences. [`check`](Self::check) asks this too; this alone
    /// is for routing a token that nothing has been verified of.
    ///
    /// # Errors
    /// A [`Fault`] of the kind `OtherIssuer` or `OtherAudience`; `Malformed` if `iss` is not one string, or `aud` neither
    /// a string nor an array of strings.
    pub fn check_addressed(&self, claims: &Claims<'_>) -> Result<(), Fault> {
        if claims.issuer()? != self.issuer {
            return Err(Fault::new(FaultKind::OtherIssuer, "the token is of another issuer"));
        }
        if !claims.audiences()?.contains_any(&self.audiences) {
            return Err(Fault::new(FaultKind::OtherAudience, "the token is for another audience"));
        }
        Ok(())
    }

    /// Whether claims count at this time, by those of `exp`, `nbf` and `iat` that are there. This alone is for claims
    /// that the issuer answered with (RFC 7662), where each of them may be missing.
    ///
    /// # Errors
    /// A [`Fault`] of the kind `Expired` or `NotYetValid`; `Malformed` if one of them is no number; `Refused` if `iat` is
    /// missing and there is a [`max_age`](Self::max_age).
    pub fn check_times(&self, claims: &Claims<'_>, now: SystemTime) -> Result<Times, Fault> {
        let (expires, not_before, issued) = (claims.expires_at()?, claims.not_before()?, claims.issued_at()?);
        let now = now
            .duration_since(UNIX_EPOCH)
            .map_err(|_| Fault::refused("the clock of this host is before 1970").passing())?;

        let early = now.saturating_add(self.leeway);
        if not_before.is_some_and(|date| date.since_1970() > early) {
            return Err(Fault::new(FaultKind::NotYetValid, "nbf lies in the future"));
        }
        if issued.is_some_and(|date| date.since_1970() > early) {
            return Err(Fault::new(FaultKind::NotYetValid, "iat lies in the future"));
        }
        // RFC 7519, section 4.1.4: "on or after" the date it must not be accepted.
        let over = |end: Duration| now >= end.saturating_add(self.leeway);
        let mut end = expires.map(NumericDate::since_1970);
        if end.is_some_and(over) {
            return Err(Fault::new(FaultKind::Expired, "expired"));
        }
        if let Some(max_age) = self.max_age {
            let issued = issued.ok_or(Fault::refused("iat is missing, and there is a max_age"))?;
            let end_of_age = issued.since_1970().saturating_add(max_age);
            if over(end_of_age) {
                return Err(Fault::new(FaultKind::Expired, "older than max_age"));
            }
            end = Some(end.map_or(end_of_age, |end| end.min(end_of_age)));
        }
        // `None` is an age that no `SystemTime` holds.
        let expires_at = end.and_then(|end| UNIX_EPOCH.checked_add(end));
        Ok(Times { expires_at, issued_at: issued.map(NumericDate::to_system_time) })
    }
}

#[cfg(test)]
mod tests;
