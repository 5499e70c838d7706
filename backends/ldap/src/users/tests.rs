use super::*;

fn users() -> Users {
    let filter = Template::filter("(|(uid={name})(mail={name})(krbPrincipalName={name}@{realm}))").unwrap();
    Users {
        names: filter.attributes_with_name(),
        others: filter.others_compared(),
        place: Place::Below { base: "dc=test".to_owned(), filter },
        name: Some("uid".to_owned()),
        unknown: Unknown::Refuse,
        lockout: None,
    }
}

#[test]
fn an_account_is_called_what_the_caller_is_but_for_the_case_of_ascii_letters() {
    let is_called = |entry: &Entry, name: &str| users().is_called(entry, &Principal::builder(name).issuer("A").build());
    let alice = Entry::of("cn=x,dc=test", &[("UID", &[b"al", b"alice"]), ("mail", &[b"alice@example.test"])]);
    for name in ["alice", "ALICE", "al", "Alice@example.test"] {
        assert!(is_called(&alice, name), "{name:?}");
    }
    for name in ["alice ", " alice", "al ice", "\u{ff41}lice", "alic", "x", ""] {
        assert!(!is_called(&alice, name), "{name:?}");
    }
    let umlaut = Entry::of("uid=\u{e4},dc=test", &[]);
    assert!(is_called(&umlaut, "\u{e4}") && !is_called(&umlaut, "\u{c4}"));
    assert!(!is_called(&Entry::of("cn=alice,dc=test", &[]), "alice"));
}

fn by(filter: &str) -> Users {
    let filter = Template::filter(filter).unwrap();
    Users {
        names: filter.attributes_with_name(),
        others: filter.others_compared(),
        place: Place::Below { base: "dc=test".to_owned(), filter },
        name: None,
        ..users()
    }
}

fn of(name: &str, realm: &str, email: &str) -> Principal {
    Principal::builder(name).issuer(realm).claim("email", email).build()
}

#[test]
fn an_account_has_the_claim_that_it_is_found_by_but_for_the_case_of_ascii_letters() {
    let users = by("(|(mail={claim.email})(mailAlternate={claim.email}))");
    assert_eq!(users.compared().collect::<Vec<_>>(), ["mail", "mailAlternate"]);
    let alice = Entry::of("cn=x,dc=test", &[("MAIL", &[b"alice@example.test"]), ("mailAlternate", &[b"al@x"])]);
    for email in ["alice@example.test", "ALICE@example.test", "al@x"] {
        assert!(users.is_called(&alice, &of("whoever", "A", email)), "{email:?}");
    }
    for email in ["alice@example.test ", "\u{ff41}lice@example.test", "\u{e1}lice@example.test", "bob@example.test"] {
        assert!(!users.is_called(&alice, &of("whoever", "A", email)), "{email:?}");
    }
    assert!(!users.is_called(&alice, &Principal::builder("whoever").build()), "without the claim");
}

#[test]
fn each_of_several_placeholders_must_have_its_value() {
    let users = by("(&(uid={name})(o={realm})(|(mail={claim.email})(uid={claim.email})))");
    let alice = Entry::of("uid=alice,dc=test", &[("o", &[b"Example"]), ("mail", &[b"a@x"])]);
    assert!(users.is_called(&alice, &of("alice", "EXAMPLE", "a@x")));
    assert!(users.is_called(&alice, &of("alice", "EXAMPLE", "Alice")));
    for caller in [of("alice ", "EXAMPLE", "a@x"), of("alice", "EXAMPLE ", "a@x"), of("alice", "EXAMPLE", "a@x ")] {
        assert!(!users.is_called(&alice, &caller), "{caller:?}");
    }
}

#[test]
fn what_is_not_compared_for_equality_or_has_another_form_on_the_entry_is_left_to_the_server() {
    let sid: &[u8] = &[1, 1, 0, 0, 0, 0, 0, 5, 7, 0, 0, 0];
    let alice = Entry::of("cn=x,dc=test", &[("objectSid", &[sid])]);
    for filter in [
        "(objectSid={claim.email})",
        "(OBJECTGUID={claim.email})",
        "(!(mail={claim.email}))",
        "(mail={claim.email}*)",
        "(mail=x{claim.email})",
        "(&(objectSid={claim.email})(!(o={realm})))",
        "(|(objectSid={claim.email})(sIDHistory={claim.email}))",
        "(|(employeeNumber={claim.email})(objectGUID={claim.email}))",
    ] {
        let users = by(filter);
        assert_eq!(users.compared().count(), 0, "{filter}");
        assert!(users.is_called(&alice, &of("whoever", "A", "S-1-5-7")), "{filter}");
    }
}

#[test]
fn what_stands_above_an_entry_is_looked_for_there() {
    let name = Template::name("uid={name},ou=people,o={realm},dc=test").unwrap();
    let users =
        Users { names: name.attributes_with_name(), others: name.others_compared(), place: Place::At(name), ..users() };
    let alice = Entry::of("uid=alice,ou=people,O=Example,dc=test", &[("o", &[b"OTHER"])]);
    assert!(users.is_called(&alice, &of("alice", "EXAMPLE", "")));
    for realm in ["EXAMPLE ", "OTHER", "\u{ff25}xample"] {
        assert!(!users.is_called(&alice, &of("alice", realm, "")), "{realm}");
    }
}

#[test]
fn what_is_around_the_name_in_a_filter_is_around_it_in_the_account_too() {
    let alice = Entry::of("cn=x,dc=test", &[("krbPrincipalName", &[b"alice@EXAMPLE.TEST"])]);
    let is_called =
        |name: &str, realm: &str| users().is_called(&alice, &Principal::builder(name).issuer(realm).build());
    assert!(is_called("alice", "EXAMPLE.TEST"));
    for (name, realm) in [("\u{e1}lice", "EXAMPLE.TEST"), ("alice ", "EXAMPLE.TEST"), ("alice", "OTHER.TEST")] {
        assert!(!is_called(name, realm), "{name:?} {realm}");
    }
    assert!(!users().is_called(&alice, &Principal::builder("alice").build()), "without a realm");
}

#[test]
fn an_account_is_called_what_the_directory_calls_it() {
    assert_eq!(users().name_of(&Entry::of("cn=x,dc=test", &[("UID", &[b"alice"])])).as_deref(), Some("alice"));
    assert_eq!(users().name_of(&Entry::of("cn=x,dc=test", &[("uid", &[b"al\0ice"])])), None);
    assert_eq!(users().name_of(&Entry::of("cn=x,dc=test", &[("uid", &[b"\xff"])])), None);
    assert_eq!(users().name_of(&Entry::of("cn=x,dc=test", &[("uid", &[b""])])), None);
    assert_eq!(users().name_of(&Entry::of("cn=x,dc=test", &[])), None);
}

#[test]
fn of_several_names_only_the_one_in_the_entry_s_name_counts() {
    let values: &[&[u8]] = &[b"admin", b"alice"];
    assert_eq!(users().name_of(&Entry::of("uid=Alice,dc=test", &[("uid", values)])).as_deref(), Some("Alice"));
    assert_eq!(users().name_of(&Entry::of("cn=alice,dc=test", &[("uid", values)])), None);
}

#[test]
fn nobody_is_a_name_like_those_of_others() {
    assert_eq!(users().nobody(10), "cn=nobody-000000000000000a,dc=test");
    let users = Users { place: Place::At(Template::name("uid={name},dc=test").unwrap()), ..users() };
    assert_eq!(users.nobody(10), "uid=nobody-000000000000000a,dc=test");
}
