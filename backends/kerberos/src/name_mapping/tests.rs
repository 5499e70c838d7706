use proptest::prelude::*;

use super::*;

fn named(mapping: &NameMapping, principal: &str) -> Option<String> {
    let principal = PrincipalName::parse(principal.to_owned()).unwrap();
    mapping.name_of(&principal, None).ok()
}

#[test]
fn the_words_keep_strip_or_ask_krb5_conf() {
    let principal = PrincipalName::parse("alice/admin@EXAMPLE.TEST".to_owned()).unwrap();
    let name = |mapping: NameMapping, local: Option<&str>| mapping.name_of(&principal, local.map(str::to_owned));
    assert_eq!(name(NameMapping::Principal, None).unwrap(), "alice/admin@EXAMPLE.TEST");
    assert_eq!(name(NameMapping::StripRealm, None).unwrap(), "alice/admin");
    assert_eq!(name(NameMapping::Local, Some("al")).unwrap(), "al");
    assert!(name(NameMapping::Local, None).is_err());
}

#[test]
fn the_first_rule_that_fits_counts_and_no_rule_is_nobody() {
    let rules = NameMapping::Rules(vec![
        NameRule::new("A.TEST", "*/admin", "{1}/admin"),
        NameRule::new("A.TEST", "host/*.a.test", "machine/{1}.a"),
        NameRule::new("A.TEST", "*", "{1}"),
        NameRule::new("B.TEST", "*/*-adm", "{2}/{1}@b"),
        NameRule::new("B.TEST", "root", "nobody@b"),
    ]);
    assert!(rules.check().is_ok());
    for (principal, name) in [
        ("alice@A.TEST", Some("alice")),
        ("alice/admin@A.TEST", Some("alice/admin")),
        ("host/web.a.test@A.TEST", Some("machine/web.a")),
        ("host/web.b.test@A.TEST", None),
        ("/admin@A.TEST", None),
        ("alice/b/admin@A.TEST", None),
        ("smith/jo-adm@B.TEST", Some("jo/smith@b")),
        ("smith/-adm@B.TEST", None),
        ("root@B.TEST", Some("nobody@b")),
        ("alice@B.TEST", None),
        ("alice@a.test", None),
        ("alice@C.TEST", None),
        (r"alice\@A.TEST@A.TEST", None),
        (r"alice\/admin@A.TEST", None),
    ] {
        assert_eq!(named(&rules, principal).as_deref(), name, "{principal}");
    }
}

#[test]
fn a_name_that_could_look_like_another_one_is_not_stripped() {
    assert_eq!(named(&NameMapping::StripRealm, r"alice\@B@A"), None);
    assert_eq!(named(&NameMapping::StripRealm, "alice\u{7}@A"), None);
    assert_eq!(named(&NameMapping::Principal, r"alice\@B@A").as_deref(), Some(r"alice\@B@A"));
}

#[test]
fn rules_that_cannot_work_name_their_key() {
    for (rules, key) in [
        (vec![], "name_mapping"),
        (vec![NameRule::new("", "*", "{1}")], "name_mapping[0].realm"),
        (vec![NameRule::new("A", "*", "{1}"), NameRule::new("A", "", "x")], "name_mapping[1].principal"),
        (vec![NameRule::new("A", "a*b*", "x")], "name_mapping[0].principal"),
        (vec![NameRule::new("A", "*", "{2}")], "name_mapping[0].name"),
        (vec![NameRule::new("A", "*", "")], "name_mapping[0].name"),
        (vec![NameRule::new("A", "*", "{1")], "name_mapping[0].name"),
        (vec![NameRule::new("A", "*", "a}")], "name_mapping[0].name"),
        (vec![NameRule::new("A", "*", "{0}")], "name_mapping[0].name"),
        (vec![NameRule::new("A", "*", "{}")], "name_mapping[0].name"),
        (vec![NameRule::new("A", "*/*", "{1}{2}")], "name_mapping[0].name"),
        (vec![NameRule::new("A", "*/*", "{1}-{2}")], "name_mapping[0].name"),
    ] {
        assert_eq!(NameMapping::Rules(rules).check().unwrap_err().key(), key);
    }
}

#[test]
fn rules_that_could_give_one_name_to_two_principals_are_an_error() {
    for (one, other, clash) in [
        ("{1}", "partner-{1}", true),
        ("{1}", "{1}-admin", true),
        ("{1}", "root", true),
        ("a{1}", "{1}b", true),
        ("{1}x", "x{1}", true),
        ("{1}@a", "{1}@{2}", true),
        ("root", "root", true),
        ("{1}", "{1}@partner", false),
        ("{1}", "{1}/admin", false),
        ("{1}", "admin/{1}", false),
        ("a{1}", "b{1}", false),
        ("{1}a", "{1}b", false),
        ("root", "rooty", false),
        ("{1}@a", "{1}@b", false),
        ("{1}/{2}", "{1}", false),
    ] {
        assert_eq!((can_be_one(one, other), can_be_one(other, one)), (clash, clash), "{one} {other}");
        let rules = NameMapping::Rules(vec![NameRule::new("A", "*/*", one), NameRule::new("B", "*/*", other)]);
        assert_eq!(
            rules.check().err().map(|invalid| invalid.key().to_owned()),
            clash.then(|| "name_mapping[1].name".to_owned())
        );
    }
}

#[test]
fn a_rule_for_a_realm_of_which_nobody_gets_in_is_an_error() {
    let rules = NameMapping::Rules(vec![NameRule::new("A", "*", "{1}"), NameRule::new("B", "*", "{1}@b")]);
    let realms = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    assert!(rules.check_realms(&realms(&["A", "B", "C"])).is_ok());
    assert_eq!(rules.check_realms(&realms(&["A"])).unwrap_err().key(), "name_mapping[1].realm");
}

#[test]
fn the_file_has_a_word_or_a_list() {
    let read = serde_json::from_str::<NameMapping>;
    assert_eq!(read(r#""local""#).unwrap(), NameMapping::Local);
    assert_eq!(
        read(r#"[{ "realm": "A", "name": "{1}" }]"#).unwrap(),
        NameMapping::Rules(vec![NameRule::new("A", "*", "{1}")])
    );
    for text in [r#""full""#, "7", r#"[{ "realm": "A" }]"#, r#"[{ "realm": "A", "name": "x", "nme": "y" }]"#] {
        assert!(read(text).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn no_pattern_and_no_name_panics(pattern in "[a*/é]{0,6}", name in "[a/é]{1,8}", result in "[a{}0-9]{0,6}") {
        let rule = NameRule::new("R", &pattern, &result);
        let principal = PrincipalName::parse(format!("{name}@R")).unwrap();
        let applied = rule.apply(&principal);
        if NameMapping::Rules(vec![rule]).check().is_ok() && pattern == name {
            prop_assert!(applied.is_some());
        }
        prop_assert!(applied.is_none() || pattern.matches('/').count() == name.matches('/').count());
    }
}
