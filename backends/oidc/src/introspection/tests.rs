use base64::engine::general_purpose::URL_SAFE_NO_PAD;

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
fn what_others_would_read_as_a_jwt_is_not_asked_about() {
    for header in ["{\"alg\":\"RS256\"}", "\n{\"alg\":\"RS256\"}", " \t{}", "{not json"] {
        let strict = URL_SAFE_NO_PAD.encode(header);
        let standard = STANDARD.encode(format!("{header}\u{7e}\u{7f}\u{3e}"));
        for header in [&strict, &format!("{strict}="), &standard] {
            assert!(is_like_a_jwt(&format!("{header}.e30.c2ln")), "{header}");
            assert!(is_like_a_jwt(&format!("{header}.a.b.c.d")), "{header}");
            assert!(!is_like_a_jwt(&format!("{header}.e30")), "{header}");
        }
    }
    // `{"` with bits left over.
    assert!(is_like_a_jwt("eyJ.e30.c2ln") && is_like_a_jwt("eyK.e30.c2ln"));
    for opaque in ["", "abc", "a.b.c", "v2.local.xyz", "v4.public.eyJ", "..", "ghp_abc.def.ghi"] {
        assert!(!is_like_a_jwt(opaque), "{opaque}");
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
