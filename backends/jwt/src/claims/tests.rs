use std::time::Duration;

use super::Claims;
use crate::FaultKind;

fn malformed<T: std::fmt::Debug>(result: Result<T, crate::Fault>) -> bool {
    result.is_err_and(|fault| fault.kind() == FaultKind::Malformed && fault.lasting())
}

#[test]
fn claims_are_an_object_without_a_name_twice() {
    for text in
        ["", "[]", "\"x\"", "null", "1", r#"{"iss":"a","iss":"b"}"#, r#"{"x":{"a":1,"a":2}}"#, r#"{"x":1e999}"#, "{}}"]
    {
        assert!(malformed(Claims::parse(text)), "{text}");
    }
    assert_eq!(Claims::parse("{}").unwrap().iter().count(), 0);
}

#[test]
fn the_issuer_is_one_string() {
    for text in
        ["{}", r#"{"iss":null}"#, r#"{"iss":1}"#, r#"{"iss":["a"]}"#, r#"{"iss":["a","b"]}"#, r#"{"iss":{"a":1}}"#]
    {
        assert!(malformed(Claims::parse(text).unwrap().issuer()), "{text}");
    }
    assert_eq!(
        Claims::parse(r#"{"iss":"https:\/\/id.example.test"}"#).unwrap().issuer(),
        Ok("https://id.example.test")
    );
}

#[test]
fn audiences_are_a_string_or_strings() {
    for text in [
        "{}",
        r#"{"aud":[]}"#,
        r#"{"aud":null}"#,
        r#"{"aud":7}"#,
        r#"{"aud":{"a":"b"}}"#,
        r#"{"aud":["a",1]}"#,
        r#"{"aud":[["a"]]}"#,
        r#"{"aud":["a",null]}"#,
        r#"{"aud":true}"#,
    ] {
        assert!(malformed(Claims::parse(text).unwrap().audiences()), "{text}");
    }
    let audiences =
        |text| Claims::parse(text).unwrap().audiences().unwrap().iter().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(audiences(r#"{"aud":"a b"}"#), ["a b"]);
    assert_eq!(audiences(r#"{"aud":["a","b"]}"#), ["a", "b"]);
}

#[test]
fn an_audience_is_compared_whole() {
    let claims = Claims::parse(r#"{"aud":["orders-api","account"]}"#).unwrap();
    let audiences = claims.audiences().unwrap();
    assert!(audiences.contains("orders-api") && audiences.contains("account"));
    for other in ["orders", "orders-api ", "Orders-API", "", "orders-api,account"] {
        assert!(!audiences.contains(other), "{other}");
    }
}

#[test]
fn dates_are_numbers() {
    for date in [r#""1700000000""#, "null", "[1700000000]", "true", "{}"] {
        let text = format!(r#"{{"exp":{date},"nbf":{date},"iat":{date}}}"#);
        let claims = Claims::parse(&text).unwrap();
        assert!(
            malformed(claims.expires_at()) && malformed(claims.not_before()) && malformed(claims.issued_at()),
            "{date}"
        );
    }
    let claims = Claims::parse(r#"{"exp":1700000000,"nbf":1.5,"iat":17e8}"#).unwrap();
    assert_eq!(claims.expires_at().unwrap().unwrap().since_1970(), Duration::from_secs(1_700_000_000));
    assert_eq!(claims.not_before().unwrap().unwrap().since_1970(), Duration::from_millis(1500));
    assert_eq!(claims.issued_at().unwrap().unwrap().since_1970(), Duration::from_secs(1_700_000_000));
}

#[test]
fn dates_may_be_missing() {
    let claims = Claims::parse("{}").unwrap();
    assert_eq!((claims.expires_at(), claims.not_before(), claims.issued_at()), (Ok(None), Ok(None), Ok(None)));
}

#[test]
fn the_id_is_a_string() {
    assert_eq!(Claims::parse(r#"{"jti":"a"}"#).unwrap().id(), Ok(Some("a")));
    assert_eq!(Claims::parse("{}").unwrap().id(), Ok(None));
    assert!(malformed(Claims::parse(r#"{"jti":1}"#).unwrap().id()));
}
