//! Telling access tokens from the other tokens that the same provider signs with the same keys
//! (RFC 8725, section 3.12).

use super::Rules;
use crate::token_type::subtype;
use crate::{Claims, Fault, Json, Token};

/// The claim of `events` that makes a logout token (OpenID Connect Back-Channel Logout 1.0, section 2.4).
const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// What only ID tokens have (OpenID Connect Core 1.0, sections 2 and 3.3.2.11; `s_hash` is FAPI's).
const OF_ID_TOKENS: [&str; 4] = ["at_hash", "c_hash", "nonce", "s_hash"];

/// Where providers write what kind a token is: Keycloak, which gives all of them the header typ JWT; Cognito; Simple JWT.
const KINDS: [&str; 3] = ["typ", "token_use", "token_type"];

/// What they write there, without regard to case.
const LOGOUT: [&str; 2] = ["Logout", "logout_token"];
const REFRESH: [&str; 3] = ["Refresh", "refresh_token", "Offline"];
const ID: [&str; 2] = ["ID", "id_token"];

const LOGOUT_TOKEN: Fault = Fault::refused("a logout token");

impl Rules {
    pub(super) fn check_kind(&self, token: &Token<'_>) -> Result<(), Fault> {
        let typ = token.header().typ();
        if typ.is_some_and(|typ| subtype(typ).eq_ignore_ascii_case("logout+jwt")) {
            return Err(LOGOUT_TOKEN);
        }
        if !self.token_types.iter().any(|accepted| accepted.covers(typ)) {
            return Err(Fault::refused("the type in the header is not accepted"));
        }
        self.check_kind_of_claims(token.claims())
    }

    /// Whether claims are those of an access token, as far as they tell. [`check`](Self::check) asks this too; this
    /// alone is for claims that the issuer answered with (RFC 7662).
    ///
    /// # Errors
    /// A [`Fault`] of the kind `Refused` for the claims of a logout or refresh token; for those of an ID token unless
    /// [`accept_id_tokens`](Self::accept_id_tokens); and for those bound by `cnf` to a key.
    pub fn check_kind_of_claims(&self, claims: &Claims<'_>) -> Result<(), Fault> {
        let kinds = KINDS.map(|name| claims.get(name).and_then(Json::as_str));
        let says = |names: &[&str]| {
            kinds.into_iter().flatten().any(|said| names.iter().any(|name| said.eq_ignore_ascii_case(name)))
        };
        if claims.get("events").is_some_and(|events| events.get(LOGOUT_EVENT).is_some()) || says(&LOGOUT) {
            return Err(LOGOUT_TOKEN);
        }
        if says(&REFRESH) {
            return Err(Fault::refused("a refresh token"));
        }
        let id_token = says(&ID) || OF_ID_TOKENS.iter().any(|name| claims.get(name).is_some());
        if id_token && !self.accept_id_tokens {
            return Err(Fault::refused("an ID token"));
        }
        if claims.get("cnf").is_some() {
            return Err(Fault::refused("bound by cnf to a key that is not checked here"));
        }
        Ok(())
    }
}
