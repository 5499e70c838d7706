//! Telling access tokens from the other tokens that the same provider signs with the same keys
//! (RFC 8725, section 3.12).

use super::Rules;
use crate::token_type::subtype;
use crate::{Fault, Json, Token};

/// The claim of `events` that makes a logout token (OpenID Connect Back-Channel Logout 1.0, section 2.4).
const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// What only ID tokens have (OpenID Connect Core 1.0, sections 2 and 3.3.2.11; `s_hash` is FAPI's).
const OF_ID_TOKENS: [&str; 4] = ["at_hash", "c_hash", "nonce", "s_hash"];

/// Where providers write what kind a token is: Keycloak, which gives all of them the header typ JWT; Cognito.
const KINDS: [&str; 2] = ["typ", "token_use"];

impl Rules {
    pub(super) fn check_kind(&self, token: &Token<'_>) -> Result<(), Fault> {
        const LOGOUT: Fault = Fault::refused("a logout token");
        let (claims, typ) = (token.claims(), token.header().typ());
        if typ.is_some_and(|typ| subtype(typ).eq_ignore_ascii_case("logout+jwt")) {
            return Err(LOGOUT);
        }
        if !self.token_types.iter().any(|accepted| accepted.covers(typ)) {
            return Err(Fault::refused("the type in the header is not accepted"));
        }
        let kinds = KINDS.map(|name| claims.get(name).and_then(Json::as_str));
        let says = |kind: &str| kinds.into_iter().flatten().any(|said| said.eq_ignore_ascii_case(kind));
        if claims.get("events").is_some_and(|events| events.get(LOGOUT_EVENT).is_some()) || says("Logout") {
            return Err(LOGOUT);
        }
        if says("Refresh") || says("Offline") {
            return Err(Fault::refused("a refresh token"));
        }
        let id_token = says("ID") || OF_ID_TOKENS.iter().any(|name| claims.get(name).is_some());
        if id_token && !self.accept_id_tokens {
            return Err(Fault::refused("an ID token"));
        }
        Ok(())
    }
}
