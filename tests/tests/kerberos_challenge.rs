//! What clients are told that present no token, or one that Kerberos has nothing to do with.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use portcullis_testbed::{Answer, Program, Realm, Site, Wish, negotiate};

/// `NEGOTIATE_MESSAGE` ([MS-NLMP], section 2.2.1.1).
const NTLM: &[u8] = b"NTLMSSP\0\x01\0\0\0\x97\x82\x08\xe2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x0a\0\xba\x47\0\0\0\x0f";
const NTLM_OID: &[u8] = b"\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a";
const KRB5_OID: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02";

/// An element of DER.
fn der(tag: u8, body: &[u8]) -> Vec<u8> {
    let length = u8::try_from(body.len()).expect("a short body");
    let length = if length < 128 { vec![length] } else { vec![0x81, length] };
    [&[tag], &length[..], body].concat()
}

/// A `NegTokenInit` (RFC 4178) of these mechanisms, with a token for the first of them.
fn offer(mechanisms: &[&[u8]], token: &[u8]) -> Vec<u8> {
    let list = der(0xa0, &der(0x30, &mechanisms.concat()));
    let init = der(0xa0, &der(0x30, &[list, der(0xa2, &der(0x04, token))].concat()));
    der(0x60, &[b"\x06\x06\x2b\x06\x01\x05\x05\x02", &init[..]].concat())
}

fn challenges(answer: &Answer) -> (u16, Vec<&str>) {
    (answer.status, answer.fields_of("www-authenticate"))
}

fn asked_anew(program: &Program, token: &[u8]) {
    assert_eq!(challenges(&program.authorized(&negotiate(token))), (401, vec!["Negotiate"]));
}

#[test]
fn no_token_and_one_for_another_mechanism_are_a_fresh_challenge() {
    let realm = Realm::start("EXAMPLE.TEST");
    let program = realm.serve("");
    assert_eq!(challenges(&portcullis_testbed::curl(&[&program.url("/")])), (401, vec!["Negotiate"]));
    for value in ["Negotiate", "Negotiate ", "negotiate"] {
        assert_eq!(challenges(&program.authorized(value)), (401, vec!["Negotiate"]), "{value:?}");
    }
    asked_anew(&program, b"");
    asked_anew(&program, &offer(&[NTLM_OID, KRB5_OID], NTLM));
    asked_anew(&program, &offer(&[b"\x06\x06\x2b\x06\x01\x05\x02\x05", KRB5_OID], b"x"));
    // A second leg, of an exchange that nobody here has begun.
    asked_anew(&program, &der(0xa1, &der(0x30, &der(0xa2, &der(0x04, b"x")))));
}

#[test]
fn ntlm_is_told_of_the_other_schemes_or_else_asked_anew() {
    let realm = Realm::start("EXAMPLE.TEST");
    let alone = realm.serve("");
    let beside = realm.serve(Site::BASIC);
    let basic = "Basic realm=\"portcullis\", charset=\"UTF-8\"";
    assert_eq!(challenges(&portcullis_testbed::curl(&[&beside.url("/")])), (401, vec!["Negotiate", basic]));
    for token in [NTLM.to_vec(), offer(&[NTLM_OID], NTLM)] {
        asked_anew(&alone, &token);
        assert_eq!(challenges(&beside.authorized(&negotiate(&token))), (401, vec![basic]));
    }
}

#[test]
fn a_token_that_is_refused_is_nobody_elses_and_never_anonymous() {
    let realm = Realm::start("EXAMPLE.TEST");
    let program = realm.serve(&format!("{}[[backend]]\nkind = \"anonymous\"\n", Site::BASIC));
    let anonymous = portcullis_testbed::curl(&[&program.url("/")]);
    assert_eq!(anonymous.json()["anonymous"], true);
    let mut token = realm.tickets("alice").initiator().token().bytes;
    *token.last_mut().unwrap() ^= 1;
    for token in [&token[..], b"", NTLM, b"garbage"] {
        assert_eq!(program.authorized(&negotiate(token)).status, 401);
    }
}

#[test]
fn raw_kerberos_is_taken_only_if_the_file_says_so() {
    let realm = Realm::start("EXAMPLE.TEST");
    let (strict, lax) = (realm.serve(""), realm.serve("raw_krb5 = true\n"));
    let mut alice = realm.tickets("alice").initiator();
    let raw = alice.token_as(&Wish::default().raw());
    assert_eq!(challenges(&strict.negotiate(&raw)), (401, vec!["Negotiate"]));
    let answer = lax.negotiate(&raw);
    assert_eq!((answer.status, &answer.json()["name"]), (200, &"alice@EXAMPLE.TEST".into()));
    assert_eq!(alice.proved(&raw, answer.field("www-authenticate")), Ok(()));
    assert_eq!(lax.negotiate(&alice.token()).status, 200, "SPNEGO too");
    // Asked for no proof, raw Kerberos has no token to answer with.
    let one_sided = lax.negotiate(&alice.token_as(&Wish::default().raw().one_sided()));
    assert_eq!(challenges(&one_sided), (200, vec![]));
}

#[test]
fn other_schemes_are_served_beside() {
    let realm = Realm::start("EXAMPLE.TEST");
    let program = realm.serve(Site::BASIC);
    let basic = portcullis_testbed::curl(&["-u", "alice:wonderland", &program.url("/")]).json();
    let ticket = program.negotiate(&realm.tickets("alice").initiator().token()).json();
    assert_eq!((&basic["backend"], &ticket["backend"]), (&"basic".into(), &"kerberos".into()));
    assert_eq!((&basic["name"], &ticket["name"]), (&"alice".into(), &"alice@EXAMPLE.TEST".into()));
}

#[test]
fn a_write_that_a_browser_was_made_to_send_is_refused() {
    let realm = Realm::start("EXAMPLE.TEST");
    let program = realm.serve("");
    let alice = realm.tickets("alice");
    let cross = ["-H", "Sec-Fetch-Site: cross-site", "-H", "Origin: https://evil.example.test"];
    let url = program.on_localhost("/");
    let post = |fields: &[&str]| alice.curl(&[fields, &["-X", "POST", &url]].concat()).status;
    assert_eq!((post(&cross), post(&[])), (403, 200));
}
