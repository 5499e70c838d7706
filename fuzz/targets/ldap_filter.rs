//! Any text as a template of a filter or a name, and any text as what somebody claims: the filter or name has the shape
//! that it has for everybody else.

#![no_main]

use libfuzzer_sys::fuzz_target;
use portcullis_core::Principal;
use portcullis_ldap::dn::Dn;
use portcullis_ldap::filter::Shape;
use portcullis_ldap::template::Template;

/// What a file may have, for values that no template of their own goes with.
const USUAL: [&str; 3] = [
    "(&(objectClass=person)(|(uid={name})(mail={claim.email}*)))",
    "(member:1.2.840.113556.1.4.1941:={dn})",
    "(!(o=a{realm}b))",
];

fuzz_target!(|input: &str| {
    let (template, value) = input.split_once('\n').unwrap_or(("", input));
    check_filter(template, value);
    USUAL.iter().for_each(|usual| check_filter(usual, value));
    check_name(template, value);
    check_name("uid={name}+o={realm},ou=people,dc=test", value);
});

fn caller(value: &str) -> Principal {
    Principal::builder(value).issuer(value).claim("email", value).build()
}

fn check_filter(template: &str, value: &str) {
    let Ok(template) = Template::filter(template) else { return };
    let Some(filter) = template.with(&caller(value), Some(value)) else { return };
    let plain = template.with(&caller("x"), Some("x")).and_then(|plain| Shape::of(&plain));
    // A placeholder for another claim is never filled.
    let Some(plain) = plain else { panic!("a filter for some and not for others") };
    let shape = Shape::of(&filter).expect("a filter for some is one for all");
    assert!(shape.is_like(&plain), "{filter}");
}

fn check_name(template: &str, value: &str) {
    let Ok(template) = Template::name(template) else { return };
    let Some(name) = template.with(&caller(value), None) else { return };
    let shape = |name: &str| -> Vec<Vec<String>> {
        let name = Dn::parse(name).expect("a name for some is one for all");
        name.levels().iter().map(|level| level.iter().map(|(attribute, _)| attribute.clone()).collect()).collect()
    };
    let plain = template.with(&caller("x"), None).expect("a name for some and not for others");
    assert_eq!(shape(&name), shape(&plain), "{name}");
}
