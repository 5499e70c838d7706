use std::time::Duration;

use portcullis_core::Clock;

use super::*;
use crate::checked;
use crate::config::DirectoryConfig;

fn plan(section: &str) -> Plan {
    let config: DirectoryConfig = toml::from_str(section).unwrap();
    assert_eq!(config.ttl, Duration::from_secs(300));
    checked::plan(&config, &Clock::default()).unwrap()
}

fn key(plan: &Plan, caller: &Principal) -> String {
    match plan.question(caller) {
        Question::Key(key) => key,
        other => format!("{other:?}"),
    }
}

const BY_NAME: &str = "users = { base = 'dc=test', filter = '(uid={name})' }\n";

#[test]
fn callers_of_whom_the_same_is_asked_have_one_key() {
    let plan = plan(BY_NAME);
    let alice = |realm: &str| Principal::builder("alice").issuer(realm).group(realm).build();
    assert_eq!(key(&plan, &alice("A")), key(&plan, &alice("B")));
    assert_ne!(key(&plan, &alice("A")), key(&plan, &Principal::builder("Alice").build()));
    assert_eq!(plan.question(&Principal::builder("").build()), Question::Lacks(&Slot::Name));
}

#[test]
fn what_only_groups_depend_on_is_in_the_key_too() {
    let plan =
        plan(&format!("{BY_NAME}groups = {{ base = 'dc=test', filter = '(&(member={{dn}})(o={{claim.tenant}}))' }}"));
    let of = |tenant: &str| key(&plan, &Principal::builder("alice").claim("tenant", tenant).build());
    assert_ne!(of("a"), of("b"));
    let tenant = Slot::Claim("tenant".to_owned());
    assert_eq!(plan.question(&Principal::builder("alice").build()), Question::Lacks(&tenant));
    assert_eq!(plan.question(&Principal::builder("alice").claim("tenant", "").build()), Question::Lacks(&tenant));
    assert_eq!(plan.question(&Principal::builder("alice").claim("tenant", 1).build()), Question::Lacks(&tenant));
}

#[test]
fn values_are_not_mixed_up() {
    let plan = plan("users = { base = 'dc=test', filter = '(&(uid={name})(o={realm}))' }");
    let key = |name: &str, realm: &str| key(&plan, &Principal::builder(name).issuer(realm).build());
    assert_ne!(key("a", "1:bc"), key("a1:b", "c"));
    assert_ne!(key("ab", "c"), key("a", "bc"));
}

#[test]
fn sids_are_what_is_asked_where_they_get_names() {
    let plan = plan("groups = { find = 'sid', base = 'dc=test' }");
    let alice = |groups: &[&str]| Principal::builder("alice").groups(groups).build();
    let key = |groups: &[&str]| key(&plan, &alice(groups));
    assert_eq!(key(&["S-1-5-7", "ops"]), key(&["ops", "S-1-5-7"]));
    assert_ne!(key(&["S-1-5-7", "ops"]), key(&["S-1-5-7"]));
    assert_ne!(key(&["S-1-5-7", "a", "bc"]), key(&["S-1-5-7", "ab", "c"]));
    assert_eq!(plan.question(&alice(&["ops"])), Question::Nothing);
    assert_eq!(plan.question(&alice(&[])), Question::Nothing);
}

#[test]
fn a_thousand_sids_are_a_short_key() {
    let plan = plan(&format!("{BY_NAME}groups = {{ find = 'sid', base = 'dc=test' }}"));
    let sids: Vec<String> = (0..1000).map(|number| format!("S-1-5-21-1-2-3-{number}")).collect();
    let sids: Vec<&str> = sids.iter().map(String::as_str).collect();
    assert!(key(&plan, &Principal::builder("alice").groups(&sids).build()).len() < 100);
}

#[test]
fn a_name_that_is_compared_with_the_account_s_is_in_the_key_whatever_it_is_found_by() {
    let by_claim =
        |more: &str| plan(&format!("users = {{ base = 'dc=test', filter = '(objectSid={{claim.sid}})'{more} }}"));
    let of = |plan: &Plan, name: &str| key(plan, &Principal::builder(name).claim("sid", "S-1-5-7").build());
    let plan = by_claim("");
    assert_eq!(of(&plan, "alice"), of(&plan, "bob"));
    let plan = by_claim(", name = 'uid'");
    assert_ne!(of(&plan, "alice"), of(&plan, "bob"));
}
