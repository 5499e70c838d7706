use super::*;

#[test]
fn only_a_bearer_token_of_rfc_6750_is_asked_about() {
    for token in ["abc", "aB0-._~+/==", "v2.local.xyz", &"x".repeat(4096)] {
        assert!(is_opaque_token(token), "{token}");
    }
    for token in ["", "=", "a=b", "a b", "a\u{e9}", "a\"b", "a,b", "a&b=c", "a%20", "a\n", &"x".repeat(4097)] {
        assert!(!is_opaque_token(token), "{token}");
    }
}

#[test]
fn both_halves_of_the_login_are_form_encoded_first() {
    let value = client_secret_basic("or:ders", &"p\u{e4}ss w+rd/%".into()).unwrap();
    assert!(value.is_sensitive());
    let encoded = value.to_str().unwrap().strip_prefix("Basic ").unwrap();
    assert_eq!(STANDARD.decode(encoded).unwrap(), b"or%3Aders:p%C3%A4ss+w%2Brd%2F%25");
}

#[test]
fn retry_after_is_bounded() {
    for (value, seconds) in [("7", Some(7)), ("0", Some(1)), (" 99999999 ", Some(3600)), ("soon", None), ("-1", None)] {
        let headers = HeaderMap::from_iter([(RETRY_AFTER, value.trim_end().parse().unwrap())]);
        assert_eq!(retry_after(&headers), seconds.map(Duration::from_secs), "{value}");
    }
    assert_eq!(retry_after(&HeaderMap::new()), None);
}
