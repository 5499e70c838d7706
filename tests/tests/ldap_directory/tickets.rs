//! Callers whom Kerberos has verified, and a directory that is not of the same make.

use portcullis_testbed::{Answer, Entries, Program, Realm, Site, Slapd, basic, password_of, user_dn};
use serde_json::json;

use crate::scene::{GROUPS, PASSWORDS, USERS};

/// Tickets of a realm of MIT Kerberos, and passwords, with OpenLDAP's accounts and groups.
fn site(realm: &Realm, slapd: &Slapd, more: &str) -> Site {
    let tickets = realm.backend() + "name_mapping = \"strip_realm\"\ndirectory = \"corp\"\n";
    slapd.site(&format!("{tickets}{more}{}{USERS}{GROUPS}depth = 5\n", slapd.directory()))
}

/// Somebody with a ticket.
fn with_ticket(realm: &Realm, program: &Program, name: &str) -> Answer {
    program.negotiate(&realm.tickets(name).initiator().token())
}

#[test]
fn somebody_with_a_ticket_of_a_realm_has_the_groups_of_the_directory() {
    let (realm, slapd) = (Realm::start("EXAMPLE.TEST"), Slapd::start(&Entries::company().and(&Entries::barred())));
    let site = site(&realm, &slapd, "");
    let program = realm.serve_site(&site, |_| {});
    for (name, groups) in [
        ("alice", json!(["everyone", "ops", "staff"])),
        ("bob", json!(["everyone", "staff"])),
        ("carol", json!([])),
        ("enabled", json!(["former"])),
    ] {
        let answer = with_ticket(&realm, &program, name);
        assert_eq!(answer.status, 200, "{name}: {answer:?}");
        let who = answer.json();
        let mut of: Vec<_> = who["groups"].as_array().unwrap().iter().map(|group| group.as_str().unwrap()).collect();
        of.sort_unstable();
        assert_eq!((&who["name"], json!(of)), (&json!(name), groups));
    }
    for name in ["nobody", "disabled", "expired", "inactive"] {
        assert_eq!(with_ticket(&realm, &program, name).status, 401, "{name}");
    }
}

#[test]
fn wrong_guesses_lock_a_password_and_not_who_has_a_ticket() {
    let entries = Entries::company().set(&format!("cn=policy,{}", Slapd::SUFFIX), "pwdMaxFailure", "3");
    let (realm, slapd) = (Realm::start("EXAMPLE.TEST"), Slapd::start(&entries));
    let site = site(&realm, &slapd, PASSWORDS);
    let program = realm.serve_site(&site, |_| {});
    let log_in = |password: &str| program.authorized(&basic("alice", password)).status;
    assert_eq!(log_in(&password_of("alice")), 200);
    for guess in ["first-guess", "second-guess", "third-guess"] {
        assert_eq!(log_in(guess), 401);
    }
    let locked = slapd.reader().read(&user_dn("alice"), &["pwdAccountLockedTime"]).unwrap();
    assert_eq!(locked.values("pwdAccountLockedTime").len(), 1, "the server has locked it");
    assert!(slapd.client(&user_dn("alice"), &password_of("alice")).whoami().is_err());
    // Not the site that knows the password already.
    drop(program);
    let program = realm.serve_site(&site, |_| {});
    assert_eq!(program.authorized(&basic("alice", &password_of("alice"))).status, 401);
    let answer = with_ticket(&realm, &program, "alice");
    assert_eq!((answer.status, &answer.json()["name"]), (200, &json!("alice")));
}
