//! What the tests of Kerberos stand on works, with Apache as the service.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::PathBuf;

use portcullis_testbed::{Answer, Apache, Forgery, Realm, Socket, Token, Wish, negotiate};

/// A realm, the keytab of its service, and an Apache that has it.
fn site() -> (Realm, PathBuf, Apache) {
    let realm = Realm::start("EXAMPLE.TEST");
    let keytab = realm.keytab("http.keytab", &["HTTP/localhost"]);
    let apache = Apache::start(&realm.config(), &keytab);
    (realm, keytab, apache)
}

fn send(apache: &Apache, authorization: &str) -> Answer {
    Socket::connect(apache.address()).get(&[format!("Authorization: {authorization}").as_bytes()])
}

fn present(apache: &Apache, token: &Token) -> Answer {
    send(apache, &token.authorization())
}

fn assert_is(answer: &Answer, user: &str) {
    assert_eq!((answer.status, answer.field("x-user")), (200, Some(user)), "{answer:?}");
}

#[test]
fn curl_gets_in_over_http1_and_http2_and_not_without_a_ticket() {
    let (realm, _, apache) = site();
    let alice = realm.tickets("alice");
    for http in ["--http1.1", "--http2-prior-knowledge"] {
        assert_is(&alice.curl(&[http, &apache.url()]), "alice@EXAMPLE.TEST");
    }
    let refused = portcullis_testbed::curl(&[&apache.url()]);
    assert_eq!((refused.status, refused.field("www-authenticate")), (401, Some("Negotiate")));
    let no_name = format!("http://{}/", apache.address());
    assert_eq!(alice.curl(&[&no_name]).status, 401, "there is no ticket for an IP address");
}

#[test]
fn requests_kerberos_gets_in_where_the_service_proves_who_it_is() {
    let (realm, _, apache) = site();
    let outcome = realm.tickets("alice").python("requests_kerberos_get.py", &[&apache.url()]);
    assert_eq!(outcome["status"], 200, "{outcome}");
}

#[test]
fn an_initiator_tells_a_true_answer_from_a_false_one() {
    let (realm, _, apache) = site();
    let mut alice = realm.tickets("alice").initiator();
    let tokens = alice.tokens(4, &Wish::default());
    let replies: Vec<_> = tokens
        .iter()
        .map(|token| {
            let answer = present(&apache, token);
            assert_is(&answer, "alice@EXAMPLE.TEST");
            answer.field("www-authenticate").unwrap().to_owned()
        })
        .collect();
    assert_eq!(alice.proved(&tokens[0], Some(&replies[0])), Ok(()));
    assert!(alice.proved(&tokens[1], Some(&replies[2])).is_err(), "an answer to another");
    let last = replies[2].len() - 8;
    let changed = if replies[2].as_bytes()[last] == b'A' { "B" } else { "A" };
    let mut corrupt = replies[2].clone();
    corrupt.replace_range(last..=last, changed);
    assert!(alice.proved(&tokens[2], Some(&corrupt)).is_err(), "an answer that was changed");
    assert!(alice.proved(&tokens[3], None).is_err(), "no answer");
    let one_sided = alice.token_as(&Wish::default().one_sided());
    assert_is(&present(&apache, &one_sided), "alice@EXAMPLE.TEST");
}

#[test]
fn tokens_of_raw_kerberos_and_for_somebody_else_are_what_they_say() {
    let (realm, _, apache) = site();
    realm.ensure("HTTP/other.example.test");
    let mut alice = realm.tickets("alice").initiator();
    let raw = alice.token_as(&Wish::default().raw());
    let mechanism = |token: &Token| token.bytes[4..15].to_vec();
    assert_eq!(mechanism(&raw), b"\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02");
    assert!(mechanism(&alice.token()).starts_with(b"\x06\x06\x2b\x06\x01\x05\x05\x02"));
    assert_is(&present(&apache, &raw), "alice@EXAMPLE.TEST");
    let other = alice.token_as(&Wish::default().service("HTTP@other.example.test"));
    assert_eq!(present(&apache, &other).status, 401);
    let token = alice.token();
    assert_is(&present(&apache, &token), "alice@EXAMPLE.TEST");
    assert_eq!(present(&apache, &token).status, 401, "a replay");
}

#[test]
fn a_browser_gets_in_where_it_may_show_a_ticket() {
    let (realm, _, apache) = site();
    let alice = realm.tickets("alice");
    let visit = alice.chromium(&apache.url(), "localhost");
    assert_eq!((visit.status, visit.body.as_str()), (200, "a page\n"));
    assert_eq!(alice.chromium(&apache.url(), "elsewhere").status, 401);
}

#[test]
fn tickets_outlive_the_kdc() {
    let (mut realm, _, apache) = site();
    let (alice, bob) = (realm.tickets("alice"), realm.tickets("bob"));
    alice.fetch("HTTP/localhost");
    realm.stop();
    assert_is(&alice.curl(&[&apache.url()]), "alice@EXAMPLE.TEST");
    assert_eq!(bob.curl(&[&apache.url()]).status, 401, "the KDC is away indeed");
}

#[test]
fn keys_are_rotated_with_and_without_the_old_ones() {
    let realm = Realm::start("EXAMPLE.TEST");
    let keytab = realm.keytab("http.keytab", &["HTTP/localhost"]);
    let status = |keytab: &PathBuf, token: &Token| present(&Apache::start(&realm.config(), keytab), token).status;
    let mut before = realm.tickets("alice").initiator();
    let old = before.tokens(3, &Wish::default());
    realm.new_keys("HTTP/localhost");
    let new = realm.tickets("alice").initiator().tokens(3, &Wish::default());
    assert_eq!((status(&keytab, &old[0]), status(&keytab, &new[0])), (200, 401), "unknown to the keytab");
    realm.rotate("HTTP/localhost", &keytab);
    let newest = realm.tickets("alice").initiator().token();
    assert_eq!((status(&keytab, &old[1]), status(&keytab, &newest)), (200, 200), "both");
    let keytab = realm.keytab("http.keytab", &["HTTP/localhost"]);
    assert_eq!((status(&keytab, &old[2]), status(&keytab, &newest)), (401, 200), "only the new");
}

#[test]
fn a_clock_that_is_wrong_is_seen() {
    let (realm, _, apache) = site();
    let alice = realm.tickets("alice");
    alice.fetch("HTTP/localhost");
    assert_is(&alice.clone().with_clock("+2m").curl(&[&apache.url()]), "alice@EXAMPLE.TEST");
    assert_eq!(alice.with_clock("+10m").curl(&[&apache.url()]).status, 401);
    apache.wait_for("Clock skew too great");

    let strict = Apache::start(&realm.config_with("strict.conf", "  clockskew = 30\n"), &realm.path("http.keytab"));
    let late = realm.tickets("alice");
    late.fetch("HTTP/localhost");
    assert_eq!(late.with_clock("+2m").curl(&[&strict.url()]).status, 401, "as its file says");
}

#[test]
fn an_encryption_type_that_is_not_permitted_is_refused() {
    let realm = Realm::start("EXAMPLE.TEST");
    realm.add_service("HTTP/localhost", "aes256-cts");
    let keytab = realm.keytab("http.keytab", &["HTTP/localhost"]);
    let config = realm.config_with("acceptor.conf", "  permitted_enctypes = aes128-cts\n");
    let mut alice = realm.tickets("alice").initiator();
    assert_eq!(present(&Apache::start(&realm.config(), &keytab), &alice.token()).status, 200);
    let apache = Apache::start(&config, &keytab);
    assert_eq!(present(&apache, &alice.token()).status, 401);
    // As if the key were wrong, though it is not.
    apache.wait_for("found in keytab but cannot decrypt ticket");
}

#[test]
fn members_of_a_realm_that_is_trusted_get_in() {
    let (realm, _, apache) = site();
    let partner = Realm::start("PARTNER.TEST");
    realm.trust(&partner);
    assert_is(&partner.tickets("bob").curl(&[&apache.url()]), "bob@PARTNER.TEST");
    let stranger = Realm::start("STRANGER.TEST");
    assert_eq!(stranger.tickets("bob").curl(&[&apache.url()]).status, 401);
}

#[test]
fn forged_tickets_are_like_real_ones_but_for_what_they_say() {
    let (realm, keytab, apache) = site();
    let curl = |forgery: Forgery| realm.forge(&keytab, &forgery).curl(&[&apache.url()]);
    let forgery = Forgery::default;
    assert_is(&curl(forgery()), "alice@EXAMPLE.TEST");
    assert_is(&curl(forgery().of(&["alice", "admin"])), "alice/admin@EXAMPLE.TEST");
    assert_is(&curl(forgery().from_realm("ELSEWHERE.TEST")), "alice@ELSEWHERE.TEST");
    assert_is(&curl(forgery().between(-600, -200)), "alice@EXAMPLE.TEST");
    for (refused, said) in [
        (forgery().between(-3600, -600), "Ticket expired"),
        (forgery().between(600, 3600), "Ticket not yet valid"),
        (forgery().flags(Forgery::INVALID), "Ticket has invalid flag set"),
        (forgery().from_realm("ELSEWHERE.TEST").by_way_of("EVIL.TEST"), "Illegal cross-realm ticket"),
    ] {
        assert_eq!(curl(refused.clone()).status, 401, "{refused:?}");
        apache.wait_for(said);
    }
}

#[test]
fn a_token_can_be_very_large() {
    let (realm, keytab, apache) = site();
    let token = realm.forge(&keytab, &Forgery::default().padded(60 * 1024)).initiator().token();
    assert!((60 * 1024..64 * 1024).contains(&token.bytes.len()), "{}", token.bytes.len());
    assert_is(&present(&apache, &token), "alice@EXAMPLE.TEST");
    assert_eq!(send(&apache, &negotiate(&token.bytes[..token.bytes.len() / 2])).status, 401);
}
