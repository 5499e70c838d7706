use std::time::{Duration, SystemTime, UNIX_EPOCH};

use portcullis_mint::base64url;
use serde_json::{Value, json};

use super::{Rules, Times};
use crate::{Fault, FaultKind, Scratch, Token, TokenType};

const ISSUER: &str = "https://id.example.test";
const NOW: u64 = 1_700_000_000;

fn rules() -> Rules {
    Rules::new(ISSUER, ["orders-api", "stock-api"])
}

fn good() -> Value {
    json!({ "iss": ISSUER, "aud": "orders-api", "sub": "alice", "exp": NOW + 300, "iat": NOW - 10, "nbf": NOW - 10 })
}

/// The good claims with these instead; `null` takes one away.
fn with(changes: Value) -> Value {
    let mut claims = good();
    for (name, value) in changes.as_object().expect("an object") {
        match value {
            Value::Null => drop(claims.as_object_mut().expect("an object").remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    claims
}

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

fn check_with(rules: &Rules, header: Value, claims: &Value, now: SystemTime) -> Result<Times, Fault> {
    let text = format!("{}.{}.", base64url(header.to_string()), base64url(claims.to_string()));
    let mut scratch = Scratch::new();
    let token = Token::parse(&text, &mut scratch).expect("a token");
    rules.check(&token, now)
}

fn check(rules: &Rules, claims: &Value) -> Result<Times, Fault> {
    check_with(rules, json!({ "alg": "RS256", "typ": "at+jwt" }), claims, at(NOW))
}

fn kind(changes: Value) -> FaultKind {
    check(&rules(), &with(changes)).expect_err("a fault").kind()
}

#[test]
fn a_good_token_lives_as_long_as_it_says() {
    assert_eq!(check(&rules(), &good()), Ok(Times { expires_at: Some(at(NOW + 300)), issued_at: Some(at(NOW - 10)) }));
    let times = check(&rules(), &with(json!({ "iat": null, "nbf": null })));
    assert_eq!(times, Ok(Times { expires_at: Some(at(NOW + 300)), issued_at: None }));
}

#[test]
fn the_issuer_is_compared_byte_for_byte() {
    for iss in [
        "https://id.example.test/",
        "https://ID.example.test",
        "http://id.example.test",
        "",
        "https://id.example.test\u{0}",
    ] {
        assert_eq!(kind(json!({ "iss": iss })), FaultKind::OtherIssuer, "{iss:?}");
    }
    assert_eq!(kind(json!({ "iss": null })), FaultKind::Malformed);
    assert_eq!(kind(json!({ "iss": [ISSUER] })), FaultKind::Malformed);
}

#[test]
fn one_of_our_audiences_must_be_named() {
    for aud in [json!("stock-api"), json!(["x", "stock-api"]), json!(["orders-api", "stock-api"])] {
        assert!(check(&rules(), &with(json!({ "aud": aud }))).is_ok(), "{aud}");
    }
    for aud in [json!("x"), json!(["x", "y"]), json!("orders-api stock-api"), json!(["Orders-Api"])] {
        assert_eq!(kind(json!({ "aud": aud })), FaultKind::OtherAudience, "{aud}");
    }
    assert_eq!(kind(json!({ "aud": ["orders-api", 1] })), FaultKind::Malformed);
    assert_eq!(kind(json!({ "aud": null })), FaultKind::Malformed);
    let nobody = Rules::new(ISSUER, [""; 0]);
    assert_eq!(check(&nobody, &good()).unwrap_err().kind(), FaultKind::OtherAudience);
}

#[test]
fn exp_ends_a_token_to_the_second_after_the_leeway() {
    let expired =
        |exp: Value| check(&rules(), &with(json!({ "exp": exp }))).map_err(|fault| (fault.kind(), fault.lasting()));
    assert!(expired(json!(NOW - 29)).is_ok());
    assert_eq!(expired(json!(NOW - 30)), Err((FaultKind::Expired, true)));
    assert!(expired(json!(NOW as f64 - 29.5)).is_ok());
    for exp in [json!(0), json!(-1), json!(-1e300), json!(1), json!(i64::MIN)] {
        assert_eq!(expired(exp.clone()), Err((FaultKind::Expired, true)), "{exp}");
    }
    for exp in [json!(u64::MAX), json!(1e300), json!(253_402_300_800_u64)] {
        assert_eq!(expired(exp.clone()).map(|times| times.expires_at), Ok(Some(at(253_402_300_799))), "{exp}");
    }
    assert_eq!(kind(json!({ "exp": null })), FaultKind::Refused);
    assert_eq!(kind(json!({ "exp": (NOW + 300).to_string() })), FaultKind::Malformed);
}

#[test]
fn nbf_and_iat_may_lie_ahead_by_the_leeway() {
    for name in ["nbf", "iat"] {
        assert!(check(&rules(), &with(json!({ name: NOW + 30 }))).is_ok(), "{name}");
        for ahead in [json!(NOW + 31), json!(NOW as f64 + 30.5), json!(u64::MAX), json!(1e300)] {
            let fault = check(&rules(), &with(json!({ name: ahead }))).unwrap_err();
            assert_eq!((fault.kind(), fault.lasting()), (FaultKind::NotYetValid, false), "{name} {ahead}");
        }
        assert_eq!(kind(json!({ name: "soon" })), FaultKind::Malformed);
        assert!(check(&rules(), &with(json!({ name: -5 }))).is_ok());
    }
}

#[test]
fn without_leeway_nothing_is_forgiven() {
    let mut rules = rules();
    rules.leeway = Duration::ZERO;
    assert!(check(&rules, &with(json!({ "exp": NOW + 1, "nbf": NOW, "iat": NOW }))).is_ok());
    assert_eq!(check(&rules, &with(json!({ "exp": NOW }))).unwrap_err().kind(), FaultKind::Expired);
    assert_eq!(check(&rules, &with(json!({ "nbf": NOW + 1 }))).unwrap_err().kind(), FaultKind::NotYetValid);
}

#[test]
fn max_age_bounds_a_token_by_its_iat() {
    let mut rules = rules();
    rules.max_age = Some(Duration::from_secs(60));
    let aged = |iat: Value| check(&rules, &with(json!({ "iat": iat })));
    assert_eq!(aged(json!(NOW - 10)).map(|times| times.expires_at), Ok(Some(at(NOW + 50))));
    assert!(aged(json!(NOW - 89)).is_ok());
    let fault = aged(json!(NOW - 90)).unwrap_err();
    assert_eq!((fault.kind(), fault.lasting()), (FaultKind::Expired, true));
    assert_eq!(aged(json!(null)).unwrap_err().kind(), FaultKind::Refused);
    // An earlier `exp` still counts.
    let short = check(&rules, &with(json!({ "exp": NOW + 5 }))).unwrap();
    assert_eq!(short.expires_at, Some(at(NOW + 5)));
}

#[test]
fn no_setting_overflows() {
    let mut rules = rules();
    rules.leeway = Duration::MAX;
    rules.max_age = Some(Duration::MAX);
    assert!(check(&rules, &with(json!({ "exp": u64::MAX, "iat": u64::MAX }))).is_ok());
    let far = UNIX_EPOCH + Duration::from_secs(1 << 40);
    assert!(check_with(&rules, json!({ "alg": "RS256" }), &good(), far).is_ok());
}

#[test]
fn a_clock_before_1970_accepts_nothing() {
    let before = UNIX_EPOCH - Duration::from_secs(1);
    let fault = check_with(&rules(), json!({ "alg": "RS256" }), &good(), before).unwrap_err();
    assert_eq!((fault.kind(), fault.lasting()), (FaultKind::Refused, false));
}

#[test]
fn the_type_in_the_header_must_be_accepted() {
    let typed = |rules: &Rules, header: Value| {
        check_with(rules, header, &good(), at(NOW)).map(drop).map_err(|fault| fault.kind())
    };
    for header in [
        json!({ "alg": "RS256" }),
        json!({ "alg": "RS256", "typ": "jwt" }),
        json!({ "alg": "RS256", "typ": "application/AT+JWT" }),
    ] {
        assert_eq!(typed(&rules(), header.clone()), Ok(()), "{header}");
    }
    for typ in [
        "dpop+jwt",
        "secevent+jwt",
        "oauth-authz-req+jwt",
        "token-introspection+jwt",
        "kb+jwt",
        "entity-statement+jwt",
        "JWE",
        "",
        "absent",
    ] {
        assert_eq!(typed(&rules(), json!({ "alg": "RS256", "typ": typ })), Err(FaultKind::Refused), "{typ}");
    }
    let mut strict = rules();
    strict.token_types = vec![TokenType::AccessToken];
    assert_eq!(typed(&strict, json!({ "alg": "RS256", "typ": "at+jwt" })), Ok(()));
    assert_eq!(typed(&strict, json!({ "alg": "RS256", "typ": "JWT" })), Err(FaultKind::Refused));
    assert_eq!(typed(&strict, json!({ "alg": "RS256" })), Err(FaultKind::Refused));
}

#[test]
fn id_tokens_are_refused_unless_they_are_accepted() {
    let mut accepting = rules();
    accepting.accept_id_tokens = true;
    for mark in [
        json!({ "at_hash": "x" }),
        json!({ "c_hash": "x" }),
        json!({ "nonce": "x" }),
        json!({ "nonce": 1 }),
        json!({ "typ": "ID" }),
        json!({ "typ": "id" }),
    ] {
        assert_eq!(check(&rules(), &with(mark.clone())).unwrap_err().reason(), "an ID token", "{mark}");
        assert!(check(&accepting, &with(mark.clone())).is_ok(), "{mark}");
    }
    for other in [json!({ "typ": "Bearer" }), json!({ "typ": 1 }), json!({ "auth_time": NOW })] {
        assert!(check(&rules(), &with(other.clone())).is_ok(), "{other}");
    }
}

#[test]
fn logout_and_refresh_tokens_are_always_refused() {
    let mut lax = rules();
    lax.accept_id_tokens = true;
    lax.token_types.push("logout+jwt".parse().unwrap());
    let event = json!({ "events": { "http://schemas.openid.net/event/backchannel-logout": {} } });
    for (mark, reason) in [
        (event, "a logout token"),
        (json!({ "typ": "Logout" }), "a logout token"),
        (json!({ "typ": "Refresh" }), "a refresh token"),
        (json!({ "typ": "Offline" }), "a refresh token"),
    ] {
        assert_eq!(check(&lax, &with(mark.clone())).unwrap_err().reason(), reason, "{mark}");
    }
    for typ in ["logout+jwt", "Logout+JWT", "application/logout+jwt"] {
        let fault = check_with(&lax, json!({ "alg": "RS256", "typ": typ }), &good(), at(NOW)).unwrap_err();
        assert_eq!(fault.reason(), "a logout token", "{typ}");
    }
    assert!(check(&rules(), &with(json!({ "events": ["party"] }))).is_ok());
}

#[test]
fn a_token_bound_to_a_key_is_refused() {
    for cnf in [json!({ "jkt": "x" }), json!({ "x5t#S256": "x" }), json!({}), json!("x"), json!(false)] {
        assert_eq!(kind(json!({ "cnf": cnf })), FaultKind::Refused);
    }
}

#[test]
fn refresh_and_logout_tokens_are_refused_however_they_say_what_they_are() {
    for name in ["typ", "token_use", "token_type"] {
        for kind in ["Refresh", "refresh_token", "offline", "Logout", "LOGOUT_TOKEN", "id_token"] {
            assert_eq!(kind_of(json!({ name: kind })), Some(FaultKind::Refused), "{name} {kind}");
        }
        for kind in ["Bearer", "access", "access_token"] {
            assert_eq!(kind_of(json!({ name: kind })), None, "{name} {kind}");
        }
    }
}

fn kind_of(changes: Value) -> Option<FaultKind> {
    check(&rules(), &with(changes)).err().map(|fault| fault.kind())
}
