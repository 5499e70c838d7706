use std::time::{Duration, UNIX_EPOCH};

use portcullis_core::Clock;
use serde_json::{Value, json};

use super::*;
use crate::config::OidcConfig;

const NOW: u64 = 1_800_000_000;

fn expected() -> Expected {
    let rules = Rules::new("https://id.example.test", ["orders", "bills"]);
    Expected { rules, require_issuer: false, require_audience: false }
}

fn read(expected: &Expected, answer: &[u8]) -> Result<Principal, Unanswered> {
    let config = OidcConfig { issuer: expected.rules.issuer.clone(), ..OidcConfig::default() };
    let mapping = Mapping::new(&config, &"corp".into(), &Clock::default());
    expected.principal(answer, &mapping, UNIX_EPOCH + Duration::from_secs(NOW))
}

/// An active token of alice, with these further members.
fn with(expected: &Expected, extra: &Value) -> Result<Principal, Unanswered> {
    let mut answer = json!({ "active": true, "sub": "alice", "token_type": "Bearer" });
    answer.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    read(expected, answer.to_string().as_bytes())
}

fn is_refused(result: &Result<Principal, Unanswered>) -> bool {
    matches!(result, Err(Unanswered::Refused(_)))
}

#[test]
fn only_the_boolean_true_is_active() {
    assert_eq!(with(&expected(), &json!({})).unwrap().name(), "alice");
    assert!(is_refused(&with(&expected(), &json!({ "active": false }))));
    for other in [json!("true"), json!(1), json!(null), json!([true])] {
        let result = with(&expected(), &json!({ "active": other }));
        assert!(matches!(result, Err(Unanswered::Away { .. })), "{other}");
    }
}

#[test]
fn what_is_no_strict_object_is_an_outage() {
    for answer in [
        &b""[..],
        b"<html></html>",
        b"[]",
        b"true",
        b"\xff",
        br#"{"sub":"alice"}"#,
        br#"{"active":false,"active":true,"sub":"alice"}"#,
        br#"{"active":true,"sub":"alice"} x"#,
    ] {
        assert!(matches!(read(&expected(), answer), Err(Unanswered::Away { .. })), "{answer:?}");
    }
}

#[test]
fn issuer_and_audience_are_checked_when_present_and_asked_for_by_the_switches() {
    let lax = expected();
    let strict = Expected { require_issuer: true, require_audience: true, ..expected() };
    let (issuer, other) = ("https://id.example.test", "https://id.example.test/");
    for (extra, lax_takes, strict_takes) in [
        (json!({}), true, false),
        (json!({ "iss": issuer }), true, false),
        (json!({ "aud": "orders" }), true, false),
        (json!({ "iss": issuer, "aud": "orders" }), true, true),
        (json!({ "iss": issuer, "aud": ["x", "bills"] }), true, true),
        (json!({ "iss": other, "aud": "orders" }), false, false),
        (json!({ "iss": [issuer], "aud": "orders" }), false, false),
        (json!({ "iss": null, "aud": "orders" }), false, false),
        (json!({ "iss": issuer, "aud": "x" }), false, false),
        (json!({ "iss": issuer, "aud": [] }), false, false),
        (json!({ "iss": issuer, "aud": null }), false, false),
        (json!({ "iss": issuer, "aud": { "orders": 1 } }), false, false),
    ] {
        for (expected, takes) in [(&lax, lax_takes), (&strict, strict_takes)] {
            let result = with(expected, &extra);
            assert!(if takes { result.is_ok() } else { is_refused(&result) }, "{extra}");
        }
    }
}

#[test]
fn a_token_bound_to_a_key_or_of_another_kind_is_refused() {
    for extra in [
        json!({ "cnf": { "jkt": "x" } }),
        json!({ "cnf": null }),
        json!({ "token_type": "DPoP" }),
        json!({ "token_type": 1 }),
        json!({ "typ": "Refresh" }),
        json!({ "typ": "Offline" }),
        json!({ "token_use": "id" }),
        json!({ "token_use": "refresh_token" }),
    ] {
        assert!(is_refused(&with(&expected(), &extra)), "{extra}");
    }
    for extra in [json!({ "token_type": "bearer" }), json!({ "token_type": "Bearer", "typ": "Bearer" })] {
        assert!(with(&expected(), &extra).is_ok(), "{extra}");
    }
}

/// So does `oidc-provider` answer about refresh tokens, and about them alone.
#[test]
fn an_answer_that_tells_neither_whom_it_is_for_nor_of_what_kind_is_refused() {
    assert!(is_refused(&read(&expected(), br#"{"active":true,"sub":"alice"}"#)));
    assert!(read(&expected(), br#"{"active":true,"sub":"alice","aud":"orders"}"#).is_ok());
}

#[test]
fn times_count_with_the_leeway() {
    for (extra, is_good) in [
        (json!({ "exp": NOW - 29 }), true),
        (json!({ "exp": NOW - 30 }), false),
        (json!({ "exp": "tomorrow" }), false),
        (json!({ "exp": null }), false),
        (json!({ "exp": 1e300 }), true),
        (json!({ "nbf": NOW + 30 }), true),
        (json!({ "nbf": NOW + 31 }), false),
        (json!({ "nbf": "x" }), false),
        (json!({ "iat": NOW + 30 }), true),
        (json!({ "iat": NOW + 31 }), false),
    ] {
        let result = with(&expected(), &extra);
        assert!(if is_good { result.is_ok() } else { is_refused(&result) }, "{extra}");
    }
    let principal = with(&expected(), &json!({ "exp": NOW + 60, "iat": NOW - 1 })).unwrap();
    assert_eq!(principal.expires_at(), Some(UNIX_EPOCH + Duration::from_secs(NOW + 60)));
    assert_eq!(principal.issued_at(), Some(UNIX_EPOCH + Duration::from_secs(NOW - 1)));
}

#[test]
fn max_age_ends_a_token_early() {
    let mut aged = expected();
    aged.rules.max_age = Some(Duration::from_secs(100));
    assert!(is_refused(&with(&aged, &json!({ "exp": NOW + 60 }))), "no iat");
    assert!(is_refused(&with(&aged, &json!({ "iat": NOW - 130 }))));
    let principal = with(&aged, &json!({ "iat": NOW - 90, "exp": NOW + 60 })).unwrap();
    assert_eq!(principal.expires_at(), Some(UNIX_EPOCH + Duration::from_secs(NOW + 10)));
}

#[test]
fn the_mapping_is_that_of_tokens() {
    let result = read(&expected(), br#"{"active":true,"token_type":"Bearer","username":"alice"}"#);
    assert_eq!(result.unwrap_err(), Unanswered::Refused("there is no claim sub for the user name".to_owned()));
}
