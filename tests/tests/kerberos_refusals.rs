//! Each kind of bad ticket has its own reason in the audit log, and a remedy in the log; the client sees
//! a 401.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use portcullis_testbed::{Answer, Forgery, Program, Realm, Site, Tickets, Token, Wish};

/// Presents a ticket in vain, and looks at what is written about it.
#[track_caller]
fn refused(program: &Program, tickets: &Tickets, reason: &str, remedy: &str) -> Answer {
    token_is_refused(program, &tickets.initiator().token(), reason, remedy)
}

/// How many audit events say so.
fn audited(program: &Program, reason: &str) -> usize {
    let log = program.log();
    let is_refusal = |line: &&str| line.contains("portcullis::audit") && line.contains("refused");
    log.lines().filter(is_refusal).filter(|line| line.contains(reason)).count()
}

/// Sends it, and has it refused: the client is told nothing, the audit the reason, and the log the remedy.
#[track_caller]
fn token_is_refused(program: &Program, token: &Token, reason: &str, remedy: &str) -> Answer {
    let before = audited(program, reason);
    let answer = program.negotiate(token);
    assert_eq!(answer.status, 401, "{answer:?}");
    let [challenge] = answer.fields_of("www-authenticate")[..] else { panic!("one challenge: {answer:?}") };
    assert!(challenge == "Negotiate" || challenge.starts_with("Negotiate "), "{challenge}");
    assert_eq!(answer.json(), serde_json::json!({ "code": 16, "message": "no valid credential was presented" }));
    let deadline = Instant::now() + Duration::from_secs(20);
    while audited(program, reason) == before {
        assert!(Instant::now() < deadline, "{reason:?} is no audit reason:\n{}", program.log());
        std::thread::sleep(Duration::from_millis(10));
    }
    let log = program.log();
    let says = |line: &str| line.split_once("remedy=").is_some_and(|(_, words)| words.contains(remedy));
    assert!(log.lines().any(|line| line.contains(reason) && says(line)), "{remedy:?} is no remedy:\n{log}");
    answer
}

fn realm() -> (Realm, Program) {
    let realm = Realm::start("EXAMPLE.TEST");
    let program = realm.serve("");
    (realm, program)
}

#[test]
fn a_clock_that_is_wrong() {
    let (realm, program) = realm();
    // One that is good for both clocks.
    let alice = realm.forge(&realm.path("http.keytab"), &Forgery::default().between(-7200, 7200));
    for offset in ["+10m", "-10m"] {
        let answer = refused(&program, &alice.clone().with_clock(offset), "clock skew", "time");
        let token = answer.field("www-authenticate").unwrap().strip_prefix("Negotiate ");
        assert!(token.is_some(), "the library has something to say to the client: {answer:?}");
    }
    let within = alice.with_clock("+2m");
    assert_eq!(program.negotiate(&within.initiator().token()).status, 200);
}

#[test]
fn a_client_gets_in_once_its_clock_is_right() {
    let (realm, program) = realm();
    let alice = realm.tickets("alice");
    alice.fetch("HTTP/localhost");
    assert_eq!(alice.clone().with_clock("+10m").curl(&[&program.on_localhost("/")]).status, 401);
    assert_eq!(alice.curl(&[&program.on_localhost("/")]).status, 200);
}

#[test]
fn a_ticket_that_has_expired() {
    let (realm, program) = realm();
    let keytab = realm.path("http.keytab");
    let expired = realm.forge(&keytab, &Forgery::default().between(-7200, -600));
    let _ = refused(&program, &expired, "expired", "new ticket");
    let just_now = realm.forge(&keytab, &Forgery::default().between(-7200, -60));
    assert_eq!(program.negotiate(&just_now.initiator().token()).status, 200, "within the clock skew");
}

#[test]
fn a_ticket_that_expires_under_way_is_refused_from_then_on() {
    let realm = Realm::start("EXAMPLE.TEST");
    let keytab = realm.keytab("http.keytab", &["HTTP/localhost"]);
    let config = realm.config_with("strict.conf", "  clockskew = 1\n");
    let site = Site::new(&realm.backend());
    let program = realm.serve_site(&site, |command| {
        command.env("KRB5_CONFIG", config);
    });
    let mut alice = realm.forge(&keytab, &Forgery::default().between(-60, 10)).initiator();
    assert_eq!(program.negotiate(&alice.token()).status, 200);
    let began = Instant::now();
    while program.negotiate(&alice.token()).status != 401 {
        assert!(began.elapsed().as_secs() < 60, "it never expires");
        std::thread::sleep(Duration::from_millis(200));
    }
    program.wait_for("expired");
}

#[test]
fn a_ticket_that_is_not_good_yet_or_not_valid() {
    let (realm, program) = realm();
    let keytab = realm.path("http.keytab");
    let early = realm.forge(&keytab, &Forgery::default().between(600, 7200));
    let _ = refused(&program, &early, "not valid yet", "clock");
    let invalid = realm.forge(&keytab, &Forgery::default().flags(Forgery::INVALID));
    let _ = refused(&program, &invalid, "invalid flag", "KRB5_TRACE");
}

#[test]
fn a_ticket_for_another_service() {
    let (realm, program) = realm();
    realm.ensure("HTTP/other.example.test");
    let token = realm.tickets("alice").initiator().token_as(&Wish::default().service("HTTP@other.example.test"));
    let _ = token_is_refused(&program, &token, "wrong service principal", "klist -k");
    assert!(program.log().contains("HTTP/other.example.test@EXAMPLE.TEST"), "it says for which");
}

#[test]
fn a_ticket_for_a_key_that_the_keytab_does_not_have_yet() {
    let (realm, program) = realm();
    realm.new_keys("HTTP/localhost");
    let _ = refused(&program, &realm.tickets("alice"), "unknown key version", "keytab is out of date");
}

#[test]
fn a_ticket_for_a_key_that_the_keytab_no_longer_has() {
    let realm = Realm::start("EXAMPLE.TEST");
    let keytab = realm.keytab("http.keytab", &["HTTP/localhost"]);
    let old = realm.forge(&keytab, &Forgery::default());
    realm.new_keys("HTTP/localhost");
    let _ = realm.keytab("http.keytab", &["HTTP/localhost"]);
    let _ = refused(&realm.serve(""), &old, "unknown key version", "removed too early");
}

#[test]
fn a_keytab_whose_key_is_another_though_it_has_the_number() {
    let (realm, program) = realm();
    // The principal was deleted, and made again: the numbers begin anew.
    let _ = realm.kadmin(&["delprinc", "-force", "HTTP/localhost"]);
    realm.ensure("HTTP/localhost");
    let _ = refused(&program, &realm.tickets("alice"), "wrong key", "permitted_enctypes");
}

#[test]
fn a_ticket_of_an_encryption_type_that_there_is_no_key_of() {
    let realm = Realm::start("EXAMPLE.TEST");
    realm.add_service("HTTP/localhost", "aes128-cts");
    let _ = realm.keytab("http.keytab", &["HTTP/localhost"]);
    let program = realm.serve("");
    assert_eq!(program.negotiate(&realm.tickets("alice").initiator().token()).status, 200);
    // The same number, with a key of another type.
    let _ = realm.kadmin(&["delprinc", "-force", "HTTP/localhost"]);
    realm.add_service("HTTP/localhost", "aes256-cts");
    let _ = refused(&program, &realm.tickets("alice"), "encryption type", "permitted_enctypes");
}

#[test]
fn a_ticket_of_an_encryption_type_that_is_not_permitted() {
    let realm = Realm::start("EXAMPLE.TEST");
    realm.add_service("HTTP/localhost", "aes256-cts");
    let config = realm.config_with("acceptor.conf", "  permitted_enctypes = aes128-cts\n");
    let site = Site::new(&realm.backend());
    let program = realm.serve_site(&site, |command| {
        command.env("KRB5_CONFIG", config);
    });
    let answer = program.negotiate(&realm.tickets("alice").initiator().token());
    assert_eq!(answer.status, 401);
    // The library says that the key is wrong. An administrator must be told what else it may be.
    program.wait_for("permitted_enctypes");
}

#[test]
fn a_token_that_came_before() {
    let (realm, program) = realm();
    let token = realm.tickets("alice").initiator().token();
    assert_eq!(program.negotiate(&token).status, 200);
    let _ = token_is_refused(&program, &token, "replay", "new token");
}

#[test]
fn whoever_is_anonymous() {
    let (realm, program) = realm();
    let keytab = realm.path("http.keytab");
    let anonymous = Forgery::default().of(&["WELLKNOWN", "ANONYMOUS"]);
    for forgery in [
        anonymous.clone().from_realm("WELLKNOWN:ANONYMOUS").flags(Forgery::ANONYMOUS),
        anonymous.clone().flags(Forgery::ANONYMOUS),
        anonymous,
    ] {
        let _ = refused(&program, &realm.forge(&keytab, &forgery), "the principal is anonymous", "to the KDC");
    }
}
