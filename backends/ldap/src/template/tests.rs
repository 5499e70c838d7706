use proptest::prelude::*;

use super::*;

/// Filters as they are written, with every kind of comparison.
const FILTERS: [&str; 8] = [
    "(uid={name})",
    "(&(objectClass=person)(|(uid={name})(mail={claim.email})))",
    "(!(uid={name}))",
    "(cn=a{name}b)",
    "(cn={name}*)",
    "(cn=*{name}*{realm})",
    "(member:1.2.840.113556.1.4.1941:={dn})",
    "(&(uid>={name})(krbPrincipalName={name}@{realm})(member={dn}))",
];

fn caller(value: &str) -> Principal {
    Principal::builder(value).issuer(value).claim("email", value).build()
}

#[test]
fn values_are_put_where_their_names_are() {
    let template = Template::filter("(&(uid={name})(o={claim.tenant.id})(r={realm})(m={dn}))").unwrap();
    let alice = Principal::builder("alice").issuer("EXAMPLE.TEST").claim("tenant.id", "a*").build();
    let filter = template.with(&alice, Some("cn=x,dc=y")).unwrap();
    assert_eq!(filter, r"(&(uid=alice)(o=a\2a)(r=EXAMPLE.TEST)(m=cn\3dx\2cdc\3dy))");
    let name = Template::name("uid={name},ou=people,dc=test").unwrap();
    assert_eq!(name.with(&caller("a,ou=b"), None).unwrap(), r"uid=a\2cou\3db,ou=people,dc=test");
}

#[test]
fn a_value_that_is_missing_or_none_is_never_an_empty_one() {
    let template = Template::filter("(&(uid={name})(mail={claim.email}))").unwrap();
    let with = |builder: portcullis_core::PrincipalBuilder| template.with(&builder.build(), None);
    assert!(with(Principal::builder("alice").claim("email", "a@x")).is_some());
    assert!(with(Principal::builder("alice")).is_none());
    assert!(with(Principal::builder("alice").claim("email", 5)).is_none());
    assert!(with(Principal::builder("alice").claim("email", "")).is_none());
    assert!(with(Principal::builder("alice").claim("email", "a\0b")).is_none());
    assert!(with(Principal::builder("").claim("email", "a@x")).is_none());
    assert!(with(Principal::builder("a".repeat(1024)).claim("email", "a@x")).is_some());
    assert!(with(Principal::builder("a".repeat(1025)).claim("email", "a@x")).is_none());
    assert!(Template::filter("(o={realm})").unwrap().with(&caller("x"), None).is_some());
    assert!(Template::filter("(o={realm})").unwrap().with(&Principal::builder("x").build(), None).is_none());
    assert!(Template::filter("(o={dn})").unwrap().with(&caller("x"), None).is_none());
}

#[test]
fn what_is_no_filter_is_an_error_of_the_file() {
    for text in [
        "",
        "uid={name}",
        "(uid={name}",
        "(uid={name}))",
        "(uid={nam})",
        "(uid={name)",
        "(uid=name})",
        "(uid={{name}})",
        "(&(uid={name})",
        "(uid={claim.})",
        "(uid={})",
    ] {
        assert!(Template::filter(text).is_err(), "{text:?}");
    }
}

#[test]
fn a_placeholder_is_a_value_and_nothing_else() {
    for text in [
        "({name}=x)",
        "(u{name}=x)",
        "{name}",
        "(&{name})",
        "(uid{name})",
        r"(uid=\{name})",
        r"(uid=\2{name})",
        "(member:{name}:=x)",
        "(uid;{name}=x)",
        "({name})",
    ] {
        assert!(Template::filter(text).is_err(), "{text:?}");
    }
    for text in [
        "{name}=x,dc=test",
        "uid=x,{name}",
        "uid={name},",
        r"uid=\{name},dc=test",
        "uid{name}=x",
        "{name}",
        "uid=#{name}",
    ] {
        assert!(Template::name(text).is_err(), "{text:?}");
    }
}

#[test]
fn the_attribute_that_is_the_name_is_found() {
    for (text, attributes) in [
        ("(uid={name})", vec!["uid"]),
        ("(&(objectClass=person)(sAMAccountName={name}))", vec!["sAMAccountName"]),
        ("(|(uid={name})(UID={name}))", vec!["uid"]),
        ("(|(uid={name})(mail={name}))", vec!["mail", "uid"]),
        ("(userPrincipalName={name}@example.test)", vec![]),
        ("(objectSid={claim.sid})", vec![]),
    ] {
        let mut found = Template::filter(text).unwrap().attributes_of_name();
        found.iter_mut().for_each(|attribute| {
            if attribute == "UID" {
                attribute.make_ascii_lowercase()
            }
        });
        assert_eq!(found, attributes, "{text}");
    }
    assert_eq!(Template::name("uid={name},ou=people,dc=test").unwrap().attributes_of_name(), ["uid"]);
}

proptest! {
    /// The parser of the client, which is what the server gets to see.
    #[test]
    fn no_value_changes_the_shape_of_a_filter(value in prop_oneof![any::<String>(), "[*()\\\\&|!=<>~:,0-9a-f]{1,20}"]) {
        for text in FILTERS {
            let template = Template::filter(text).unwrap();
            let Some(filter) = template.render(|_| Some(value.as_bytes())) else { panic!("{text}") };
            let plain = Shape::of(&template.render(|_| Some(b"x")).unwrap()).unwrap();
            if value.is_empty() {
                // Never asked: `with` has no empty values.
                continue;
            }
            let shape = Shape::of(&filter).unwrap();
            prop_assert!(shape.is_like(&plain), "{} {:?}", text, value);
            let wanted: Vec<_> = plain.values().into_iter().map(|sample| match sample.as_slice() {
                b"x" => value.clone().into_bytes(),
                b"axb" => format!("a{value}b").into_bytes(),
                b"x@x" => format!("{value}@{value}").into_bytes(),
                _ => sample,
            }).collect();
            prop_assert_eq!(shape.values(), wanted);
        }
    }

    #[test]
    fn no_value_changes_the_shape_of_a_name(value in prop_oneof!["[^\\p{Cc}]{1,40}", "[ ,+=\\\\\"#<>;a]{1,20}"]) {
        let template = Template::name("uid={name}+o={realm},ou=people,dc=test").unwrap();
        let name = Dn::parse(&template.with(&caller(&value), None).unwrap()).unwrap();
        prop_assert_eq!(name.levels().len(), 3);
        prop_assert_eq!(name.own("uid"), Some(value.as_bytes()));
        prop_assert_eq!(name.own("o"), Some(value.as_bytes()));
        prop_assert_eq!(&name.levels()[2][0].1, b"test");
    }

    #[test]
    fn any_text_is_a_template_or_an_error(text in "[(){}&|!=*\\\\:a-c ,]{0,20}(\\{name\\})?[(){}&|!=*\\\\:a-c ,]{0,10}", value in any::<String>()) {
        let caller = caller(&value);
        if let Ok(template) = Template::filter(&text)
            && let Some(filter) = template.with(&caller, Some("cn=x"))
        {
            let plain = template.render(|_| Some(b"x")).unwrap();
            prop_assert!(Shape::of(&filter).unwrap().is_like(&Shape::of(&plain).unwrap()), "{} {}", text, filter);
        }
        if let Ok(template) = Template::name(&text)
            && let Some(name) = template.with(&caller, None)
        {
            prop_assert!(Dn::parse(&name).is_some(), "{} {}", text, name);
        }
    }
}
