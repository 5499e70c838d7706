//! What the tests of Active Directory stand on works, with the clients of MIT and OpenLDAP, and Samba's own decoder.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use portcullis_testbed::{Alteration, Apache, Samba, Tickets};
use serde_json::json;

/// The part of a security identifier that the domain has given.
fn rid(samba: &Samba, name: &str) -> u32 {
    samba.sid(name).rsplit('-').next().unwrap().parse().unwrap()
}

fn sorted(mut values: Vec<String>) -> Vec<String> {
    values.sort();
    values
}

#[test]
fn the_directory_answers_over_tls_and_by_start_tls_and_not_in_plain_text() {
    let samba = Samba::start();
    for reader in [samba.reader(), samba.reader().start_tls(&samba.url())] {
        let me = reader.read("", &["tokenGroups"]).unwrap();
        assert_eq!(text(me.bytes("tokenGroups")[0]), samba.sid("reader"));
    }
    let plain = samba.reader().at(&samba.url()).bind().unwrap_err();
    assert!(plain.contains("Strong(er) authentication required (8)"), "{plain}");
    std::fs::write(samba.path("other.pem"), portcullis_testbed::Authority::default().pem()).unwrap();
    assert!(samba.reader().trusting(&samba.path("other.pem")).bind().is_err());
}

#[test]
fn groups_are_direct_by_member_of_and_all_by_token_groups_and_in_chain() {
    let samba = Samba::start();
    let reader = samba.reader();
    let alice = reader.read(&Samba::dn("alice"), &["memberOf", "tokenGroups", "objectSid"]).unwrap();
    assert_eq!(sorted(alice.values("memberOf")), sorted(["ops", "universal", "mail-list"].map(Samba::dn).to_vec()));
    let sids: Vec<_> = alice.bytes("tokenGroups").into_iter().map(text).collect();
    for group in ["ops", "staff", "local", "universal", "Domain Users"] {
        assert!(sids.contains(&samba.sid(group).to_owned()), "{group}: {sids:?}");
    }
    assert!(!sids.contains(&samba.sid("mail-list").to_owned()), "a distribution list");
    assert_eq!(text(alice.bytes("objectSid")[0]), samba.sid("alice"));
    let by_sid = reader.read(&format!("<SID={}>", samba.sid("alice")), &["sAMAccountName"]).unwrap();
    assert_eq!(by_sid.values("sAMAccountName"), ["alice"]);

    let in_chain = format!("(member:1.2.840.113556.1.4.1941:={})", Samba::dn("alice"));
    let found = reader.search(Samba::SUFFIX, &in_chain, &["cn"]).unwrap();
    let names = sorted(found.iter().flat_map(|group| group.values("cn")).collect());
    assert_eq!(names, ["local", "mail-list", "ops", "staff", "universal"]);

    let dave = reader.read(&Samba::dn("dave"), &["memberOf", "tokenGroups"]).unwrap();
    assert_eq!(dave.values("memberOf").len(), 300);
    assert!(dave.bytes("tokenGroups").len() > 300);
    let strange = reader.search(Samba::SUFFIX, "(sAMAccountName=ohara)", &["cn", "memberOf"]).unwrap();
    assert_eq!(strange[0].values("cn"), ["Sean (ops) *, \"O'Hara\" \\#1"]);
    assert_eq!(strange[0].values("memberOf"), [Samba::dn("ops")]);
}

/// MS-DTYP, section 2.4.2.2.
fn text(sid: &[u8]) -> String {
    let numbers = sid[8..].chunks(4).map(|number| u32::from_le_bytes(number.try_into().unwrap()).to_string());
    format!("S-{}-{}-{}", sid[0], sid[7], numbers.collect::<Vec<_>>().join("-"))
}

#[test]
fn who_is_disabled_or_locked_gets_no_ticket_and_cannot_bind() {
    let samba = Samba::start();
    let carol = samba.try_tickets("carol", "carol-password", &[]).unwrap_err();
    assert!(carol.contains("credentials have been revoked"), "{carol}");
    assert!(samba.client("carol@ad.example.test", "carol-password").bind().is_err());
    let shown = samba.reader().read(&Samba::dn("carol"), &["userAccountControl"]).unwrap();
    assert_eq!(shown.values("userAccountControl"), ["514"]);

    let erin = |password| samba.client("erin@ad.example.test", password).bind();
    assert!(erin("erin-password").is_ok());
    for _ in 0..3 {
        assert!(erin("wrong").is_err());
    }
    assert!(erin("erin-password").is_err(), "three wrong passwords");
    let computed = "msDS-User-Account-Control-Computed";
    let shown = samba.reader().read(&Samba::dn("erin"), &[computed]).unwrap();
    assert_eq!(shown.values(computed), ["16"]);
}

#[test]
fn a_ticket_says_the_groups_of_its_bearer_and_no_distribution_list() {
    let samba = Samba::start();
    let pac = Samba::decoded(&samba.pac(&samba.tickets("alice")).unwrap());
    assert_eq!((&pac["account"], &pac["rid"]), (&json!("alice"), &json!(rid(&samba, "alice"))));
    assert_eq!(pac["domain_sid"], samba.domain_sid());
    let groups = ["Domain Users", "ops", "staff", "local", "universal"].map(|group| json!(rid(&samba, group)));
    assert_eq!((&pac["groups"], &pac["resource"]), (&json!(groups), &json!([])), "another server has local ones there");
    let dave = samba.tickets("dave");
    let pac = Samba::decoded(&samba.pac(&dave).unwrap());
    assert_eq!(pac["groups"].as_array().unwrap().len(), 301);
    assert!(dave.initiator().token().bytes.len() > 3_000);
}

#[test]
fn a_name_comes_as_it_was_typed_and_the_pac_knows_better() {
    let samba = Samba::start();
    let apache = Apache::start(&samba.config(), &samba.path("http.keytab"));
    let alice = samba.tickets_with("ALICE", "alice-password", &[]);
    assert_eq!(alice.curl(&[&apache.url()]).field("x-user"), Some("ALICE@AD.EXAMPLE.TEST"));
    assert_eq!(Samba::decoded(&samba.pac(&alice).unwrap())["account"], "alice");
}

#[test]
fn a_ticket_can_be_without_a_pac() {
    let samba = Samba::start();
    let alice = samba.tickets("alice");
    let unasked = samba.tickets_with("alice", "alice-password", &["--no-request-pac"]);
    assert_eq!(samba.pac(&unasked), None);
    assert!(samba.pac(&alice).is_some());
    assert_eq!(samba.pac_for(&alice, "HTTP/nopac.ad.example.test", "nopac.keytab"), None, "the service wants none");
    let stripped = samba.altered(&alice, &Alteration::default().stripped());
    assert_eq!(samba.pac(&stripped), None);
    let apache = Apache::start(&samba.config(), &samba.path("http.keytab"));
    for tickets in [unasked, stripped] {
        assert_eq!(tickets.curl(&[&apache.url()]).field("x-user"), Some("alice@AD.EXAMPLE.TEST"));
    }
}

#[test]
fn altered_pacs_are_what_they_were_made_to_be() {
    let samba = Samba::start();
    let alice = samba.tickets("alice");
    let pac = samba.pac(&alice).unwrap();
    let altered = |alteration: &Alteration| samba.pac(&samba.altered(&alice, alteration)).unwrap();
    let (ops, admins) = (rid(&samba, "ops"), rid(&samba, "Domain Admins"));
    let unchanged = altered(&Alteration::default());
    assert_eq!(Samba::decoded(&unchanged), Samba::decoded(&pac));
    // What nobody has changed, and is signed anew, has the checksum that the KDC has made.
    assert_eq!(altered(&Alteration::default().signed()), unchanged);

    let forged = Alteration::default().rid(ops, admins);
    let (tampered, signed) = (altered(&forged), altered(&forged.clone().signed()));
    for pac in [&tampered, &signed] {
        let groups = &Samba::decoded(pac)["groups"];
        assert!(groups.as_array().unwrap().contains(&json!(admins)), "{groups}");
    }
    assert_ne!(tampered, signed, "one has a checksum that is right");
    let buffers = |pac: &[u8]| Samba::decoded(pac)["buffers"].as_array().unwrap().clone();
    assert!(
        buffers(&pac).contains(&json!(6)) && !buffers(&altered(&Alteration::default().unsigned())).contains(&json!(6))
    );
    assert!(altered(&Alteration::default().garbage()).iter().all(|byte| *byte == 0xff));
}

#[test]
fn a_service_accepts_an_altered_ticket_though_not_one_of_garbage() {
    let samba = Samba::start();
    let apache = Apache::start(&samba.config(), &samba.path("http.keytab"));
    let alice = samba.tickets("alice");
    let get = |tickets: Tickets| tickets.curl(&[&apache.url()]).status;
    assert_eq!(get(samba.altered(&alice, &Alteration::default())), 200);
    assert_eq!(get(samba.altered(&alice, &Alteration::default().garbage())), 401);
    assert_eq!(get(samba.altered(&alice, &Alteration::default().unsigned())), 200, "who reads no PAC does not mind");
}

#[test]
fn it_stops_and_hangs_and_comes_back_with_what_it_had() {
    let mut samba = Samba::start();
    let alice = samba.tickets("alice");
    let urls = [samba.url(), samba.tls_url()];
    samba
        .admin()
        .change(&format!("dn: {}\nchangetype: modify\nreplace: mail\nmail: a@b.test\n", Samba::dn("bob")))
        .unwrap();
    samba.stop();
    assert!(samba.reader().bind().is_err());
    assert!(samba.try_tickets("alice", "alice-password", &[]).is_err());
    samba.start_again();
    assert_eq!([samba.url(), samba.tls_url()], urls);
    assert_eq!(samba.reader().read(&Samba::dn("bob"), &["mail"]).unwrap().values("mail"), ["a@b.test"]);
    alice.fetch("HTTP/localhost");

    samba.pause();
    let reader = samba.reader();
    let asking = std::thread::spawn(move || reader.bind());
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert!(!asking.is_finished(), "nobody answers");
    samba.resume();
    assert!(asking.join().unwrap().is_ok());
}
