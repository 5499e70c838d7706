//! What the tests of directories stand on works, with OpenLDAP's own commands as the client.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use portcullis_testbed::{Authority, Entries, LdapClient, Slapd, group_dn, password_of, user_dn};

/// The names of the groups that this finds.
fn names(slapd: &Slapd, filter: &str) -> Vec<String> {
    let found = slapd.reader().search(Slapd::SUFFIX, filter, &["cn"]).unwrap();
    let mut names: Vec<_> = found.iter().flat_map(|entry| entry.values("cn")).collect();
    names.sort();
    names
}

#[test]
fn the_reader_gets_in_over_tls_and_by_start_tls_and_not_in_plain_text() {
    let slapd = Slapd::start(&Entries::company());
    let me = Ok(format!("dn:{}", Slapd::READER));
    assert_eq!(slapd.reader().whoami(), me);
    assert_eq!(slapd.reader().start_tls(&slapd.url()).whoami(), me);
    let plain = slapd.reader().at(&slapd.url()).whoami().unwrap_err();
    assert!(plain.contains("Confidentiality required (13)"), "{plain}");
    let wrong = slapd.client(Slapd::READER, "wrong").whoami().unwrap_err();
    assert!(wrong.contains("Invalid credentials (49)"), "{wrong}");
    let nobody = LdapClient::new(&slapd.tls_url()).trusting(&slapd.ca_file());
    assert!(nobody.search(Slapd::SUFFIX, "(objectClass=*)", &[]).is_err(), "nobody reads anything");
}

#[test]
fn its_certificate_is_of_its_own_authority_and_for_its_names() {
    let slapd = Slapd::start(&Entries::default());
    std::fs::write(slapd.path("other.pem"), Authority::default().pem()).unwrap();
    for client in [slapd.reader(), slapd.reader().start_tls(&slapd.url())] {
        assert!(client.whoami().is_ok());
        assert!(client.trusting(&slapd.path("other.pem")).whoami().is_err(), "of another authority");
    }
    let elsewhere = Slapd::builder().names(&["ldap.example.test"]).start(&Entries::default());
    assert!(elsewhere.reader().whoami().is_err(), "for another name");
}

#[test]
fn groups_are_found_by_member_and_by_member_of_and_in_cycles() {
    let slapd = Slapd::start(&Entries::company().and(&Entries::cycle()));
    let of = |dn: &str| names(&slapd, &format!("(member={dn})"));
    let member_of = |dn: &str| {
        let mut groups = slapd.reader().read(dn, &["memberOf"]).unwrap().values("memberOf");
        groups.sort();
        groups
    };
    assert_eq!(of(&user_dn("alice")), ["ops"]);
    assert_eq!(of(&group_dn("ops")), ["staff"]);
    assert_eq!(of(&user_dn("carol")), [""; 0]);
    assert_eq!(names(&slapd, "(memberUid=bob)"), ["printers"]);
    assert_eq!(member_of(&user_dn("alice")), [group_dn("ops")], "direct ones alone");
    assert_eq!(member_of(&group_dn("ops")), [group_dn("staff")]);
    for (member, groups) in [(user_dn("dave"), vec!["ring-1"]), (group_dn("ring-1"), vec!["ring-2"])] {
        assert_eq!((of(&member), member_of(&member)), (vec![groups[0].to_owned()], vec![group_dn(groups[0])]));
    }
    assert_eq!(of(&group_dn("ring-2")), ["ring-2", "ring-3"]);
    assert_eq!(member_of(&group_dn("ring-3")), [group_dn("ring-1")]);

    slapd.load(&Entries::default().join("ops", &user_dn("carol")).leave("ops", &user_dn("alice")));
    assert_eq!((member_of(&user_dn("carol")), member_of(&user_dn("alice"))), (vec![group_dn("ops")], vec![]));
}

#[test]
fn thousands_of_groups_come_page_by_page() {
    let slapd = Slapd::start(&Entries::many(5_000));
    let filter = format!("(member={})", user_dn("erin"));
    assert_eq!(names(&slapd, &filter).len(), 5_000);
    assert_eq!(slapd.searches().len(), 10, "500 at a time");
    let at_once = slapd.reader().search_as(&[], Slapd::SUFFIX, &filter, &["cn"]).unwrap_err();
    assert!(at_once.contains("Size limit exceeded (4)"), "{at_once}");
    let erin = slapd.reader().read(&user_dn("erin"), &["memberOf"]).unwrap();
    assert_eq!(erin.values("memberOf").len(), 5_000);
}

#[test]
fn hostile_names_are_there_as_they_are() {
    let slapd = Slapd::start(&Entries::hostile());
    for (at, name) in Entries::HOSTILE.iter().enumerate() {
        let entry = slapd.reader().read(&user_dn(name), &["uid"]).unwrap();
        assert_eq!(entry.values("uid"), [*name]);
        assert_eq!(slapd.client(&user_dn(name), &password_of(name)).whoami().unwrap(), format!("dn:{}", entry.dn));
        // The server wrote down what it took this for.
        let found =
            slapd.reader().search(Slapd::SUFFIX, &format!("(member={})", in_filter(&entry.dn)), &["cn"]).unwrap();
        assert_eq!(found[0].values("cn"), [format!("of-{at}")], "{}", entry.dn);
    }
    let frank = names(&slapd, &format!("(member={})", user_dn("frank")));
    assert!(Entries::HOSTILE.iter().all(|name| frank.contains(&(*name).to_owned())), "{frank:?}");
}

/// RFC 4515, section 3.
fn in_filter(value: &str) -> String {
    value.replace('\\', "\\5c").replace('*', "\\2a").replace('(', "\\28").replace(')', "\\29")
}

#[test]
fn a_locked_account_cannot_bind_and_shows_why() {
    let slapd = Slapd::start(&Entries::barred());
    let whoami = |name: &str| slapd.client(&user_dn(name), &password_of(name)).whoami();
    assert!(whoami("enabled").is_ok());
    assert!(whoami("locked").unwrap_err().contains("Invalid credentials (49)"));
    let shown =
        |name: &str, attribute: &str| slapd.reader().read(&user_dn(name), &["*", "+"]).unwrap().values(attribute);
    assert_eq!(shown("locked", "pwdAccountLockedTime"), ["000001010000Z"]);
    assert_eq!(shown("disabled", "userAccountControl"), ["514"]);
    assert_eq!(shown("inactive", "nsAccountLock"), ["true"]);
    assert_eq!(shown("locked", "userPassword"), [""; 0], "the reader reads no passwords");
}

#[test]
fn what_it_was_asked_is_counted() {
    let slapd = Slapd::start(&Entries::company());
    let (searches, binds, connections) = (slapd.searches().len(), slapd.binds().len(), slapd.connections());
    for _ in 0..7 {
        names(&slapd, "(uid=bob)");
    }
    slapd.client(&user_dn("bob"), "wrong").whoami().unwrap_err();
    assert_eq!(slapd.searches().len() - searches, 7);
    assert_eq!(slapd.searches()[searches], "\"dc=example,dc=test\" scope=2 deref=0 filter=\"(uid=bob)\"");
    assert_eq!(slapd.binds()[binds..], [&[Slapd::READER; 7][..], &[&*user_dn("bob")]].concat());
    assert_eq!(slapd.connections() - connections, 8);
}

#[test]
fn it_stops_and_hangs_and_comes_back_with_what_it_had() {
    let mut slapd = Slapd::start(&Entries::company());
    let urls = [slapd.url(), slapd.tls_url()];
    slapd.stop();
    assert!(std::net::TcpStream::connect(slapd.tls_address()).is_err(), "nobody listens");
    assert!(slapd.reader().whoami().unwrap_err().contains("Can't contact LDAP server"));
    slapd.start_again();
    assert_eq!([slapd.url(), slapd.tls_url()], urls);
    assert_eq!(names(&slapd, "(member=*)"), ["everyone", "ops", "staff"]);

    slapd.pause();
    let reader = slapd.reader();
    let asking = std::thread::spawn(move || reader.whoami());
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert!(!asking.is_finished(), "nobody answers");
    slapd.resume();
    assert!(asking.join().unwrap().is_ok());
}
