use proptest::prelude::*;

use super::*;
use crate::escape;

fn dn(text: &str) -> Dn {
    Dn::parse(text).unwrap_or_else(|| panic!("{text:?} is a name"))
}

#[test]
fn the_examples_of_rfc_4514_are_read() {
    let name = dn("UID=jsmith,DC=example,DC=net");
    assert_eq!((name.levels().len(), name.own("uid")), (3, Some(&b"jsmith"[..])));
    assert_eq!(dn("OU=Sales+CN=J.  Smith,DC=example").own("cn"), Some(&b"J.  Smith"[..]));
    assert_eq!(dn(r#"CN=James \"Jim\" Smith\, III,DC=net"#).own("cn"), Some(&br#"James "Jim" Smith, III"#[..]));
    assert_eq!(dn(r"CN=Before\0dAfter,DC=example").own("cn"), Some(&b"Before\rAfter"[..]));
    assert_eq!(dn("1.3.6.1.4.1.1466.0=#04024869").own("1.3.6.1.4.1.1466.0"), Some(&b"#\x04\x02Hi"[..]));
    assert_eq!(dn(r"CN=Lu\C4\8Di\C4\87").own("cn"), Some("Lučić".as_bytes()));
}

#[test]
fn spaces_count_inside_of_a_value_and_where_they_are_escaped() {
    assert_eq!(dn(r"cn = \ a b \  , dc=x").own("cn"), Some(&b" a b  "[..]));
    assert_eq!(dn(" cn=a ; dc = b ").levels().len(), 2);
    assert_eq!(dn("").levels().len(), 0);
}

#[test]
fn what_is_malformed_is_no_name() {
    for text in [
        "cn",
        "=a",
        "cn=a,",
        "cn=a,,dc=b",
        "c n=a",
        r"cn=\",
        r"cn=\4",
        r"cn=\zz",
        "cn=a\"b",
        "cn=a<b",
        "cn=#",
        "cn=#4",
        "1.=a",
        "1a=b",
        "-a=b",
    ] {
        assert!(Dn::parse(text).is_none(), "{text:?}");
    }
    assert!(Dn::parse(&format!("cn={}", "a".repeat(MAX))).is_none());
}

#[test]
fn spellings_of_one_name_have_one_key() {
    let one = dn("CN=Ops\\2c EU+ou=X,DC=Example,dc=test").key();
    assert_eq!(one, dn("OU=x + cn=ops\\, eu , dc=example,dc=TEST").key());
    assert_ne!(one, dn("cn=ops\\, eu,ou=x,dc=example,dc=test").key());
    assert_ne!(dn("cn=a,dc=bc").key(), dn("cn=ab,dc=c").key());
}

#[test]
fn what_is_below_an_entry_is_told_from_what_only_ends_alike() {
    let base = dn("ou=groups,dc=example,dc=test");
    assert!(dn("cn=a,OU=Groups,dc=example,dc=test").is_within(&base));
    assert!(base.is_within(&base));
    assert!(!dn("dc=example,dc=test").is_within(&base));
    assert!(!dn(r"cn=x\,ou\=groups,dc=example,dc=test").is_within(&base));
}

proptest! {
    #[test]
    fn no_text_panics(text in "([a-z0-9.]{0,3}[=+,;\\\\# \"<>é]{0,3}){0,8}", any in any::<String>()) {
        let _ = (Dn::parse(&text), Dn::parse(&any));
    }

    #[test]
    fn a_value_that_was_escaped_comes_back(value in any::<Vec<u8>>()) {
        let mut text = "cn=".to_owned();
        escape::append(&value, &mut text);
        text.push_str(",dc=test");
        let name = dn(&text);
        prop_assert_eq!(name.levels().len(), 2);
        prop_assert_eq!(name.own("cn"), Some(value.as_slice()));
    }
}
