//! Who somebody is, here, who is somebody in a realm.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use portcullis_testbed::{Forgery, Program, Realm, Site, Tickets};
use serde_json::{Value, json};

/// The name and the issuer, or the status.
fn who(program: &Program, tickets: &Tickets) -> Value {
    let answer = program.negotiate(&tickets.initiator().token());
    if answer.status == 200 { json!([answer.json()["name"], answer.json()["issuer"]]) } else { json!(answer.status) }
}

#[test]
fn the_name_is_what_the_mapping_makes_of_the_principal() {
    let realm = Realm::start("EXAMPLE.TEST");
    let keytab = realm.keytab("http.keytab", &["HTTP/localhost"]);
    let [alice, admin, robot] = [&["alice"][..], &["bob", "admin"], &["host", "a.example.test"]]
        .map(|parts| realm.forge(&keytab, &Forgery::default().of(parts)));
    let names = |config: &str| [&alice, &admin, &robot].map(|tickets| who(&realm.serve(config), tickets));
    let known = |name: &str| json!([name, "EXAMPLE.TEST"]);

    let principals = ["alice@EXAMPLE.TEST", "bob/admin@EXAMPLE.TEST", "host/a.example.test@EXAMPLE.TEST"];
    assert_eq!(names(""), principals.map(known));
    assert_eq!(names("name_mapping = \"principal\"\n"), principals.map(known));
    assert_eq!(names("name_mapping = \"strip_realm\"\n"), ["alice", "bob/admin", "host/a.example.test"].map(known));
    assert_eq!(
        names("name_mapping = \"strip_realm\"\nusername_suffix = \"@corp\"\n"),
        ["alice@corp", "bob/admin@corp", "host/a.example.test@corp"].map(known)
    );
    let rules = "name_mapping = [ { realm = \"EXAMPLE.TEST\", principal = \"*/admin\", name = \"{1}/adm\" }, \
                 { realm = \"EXAMPLE.TEST\", principal = \"*\", name = \"{1}\" }, \
                 { realm = \"OTHER.TEST\", principal = \"*/*\", name = \"{1}@other\" } ]\n";
    let rules = format!("realms = [\"EXAMPLE.TEST\", \"OTHER.TEST\"]\n{rules}");
    assert_eq!(names(&rules), [known("alice"), known("bob/adm"), json!(401)]);
}

#[test]
fn local_is_what_krb5_conf_says() {
    let realm = Realm::start("EXAMPLE.TEST");
    let keytab = realm.keytab("http.keytab", &["HTTP/localhost"]);
    let text = std::fs::read_to_string(realm.config()).unwrap();
    let rules = "    auth_to_local = RULE:[2:$1-of-$2](.*-of-admin)s/-of-admin/.adm/\n    auth_to_local = DEFAULT\n";
    let config = realm.path("local.conf");
    std::fs::write(&config, text.replacen("EXAMPLE.TEST = {\n", &format!("EXAMPLE.TEST = {{\n{rules}"), 1)).unwrap();
    let site = Site::new(&format!("{}name_mapping = \"local\"\n", realm.backend()));
    let program = realm.serve_site(&site, |command| {
        command.env("KRB5_CONFIG", config);
    });
    let of = |parts: &[&str]| who(&program, &realm.forge(&keytab, &Forgery::default().of(parts)));
    assert_eq!(of(&["alice"]), json!(["alice", "EXAMPLE.TEST"]));
    assert_eq!(of(&["bob", "admin"]), json!(["bob.adm", "EXAMPLE.TEST"]));
    assert_eq!(of(&["host", "a.example.test"]), json!(401), "whom it does not map is nobody");
}

#[test]
fn members_of_another_realm_get_in_only_if_the_file_lists_it() {
    let realm = Realm::start("EXAMPLE.TEST");
    let partner = Realm::start("PARTNER.TEST");
    realm.trust(&partner);
    let (alice, bob) = (realm.tickets("alice"), partner.tickets("bob"));
    let default = realm.serve("");
    assert_eq!(
        (who(&default, &alice), who(&default, &bob)),
        (json!(["alice@EXAMPLE.TEST", "EXAMPLE.TEST"]), json!(401))
    );
    default.wait_for("PARTNER.TEST");
    let both = realm.serve("realms = [\"EXAMPLE.TEST\", \"PARTNER.TEST\"]\n");
    assert_eq!(who(&both, &alice), json!(["alice@EXAMPLE.TEST", "EXAMPLE.TEST"]));
    assert_eq!(who(&both, &bob), json!(["bob@PARTNER.TEST", "PARTNER.TEST"]));
    let theirs = realm.serve("realms = [\"PARTNER.TEST\"]\nname_mapping = \"strip_realm\"\n");
    assert_eq!((who(&theirs, &alice), who(&theirs, &bob)), (json!(401), json!(["bob", "PARTNER.TEST"])));
    let rules = "realms = [\"EXAMPLE.TEST\", \"PARTNER.TEST\"]\nname_mapping = [ \
                 { realm = \"EXAMPLE.TEST\", principal = \"*\", name = \"{1}\" }, \
                 { realm = \"PARTNER.TEST\", principal = \"*\", name = \"{1}@partner\" } ]\n";
    let rules = realm.serve(rules);
    // alice of the partner's realm is not alice of ours.
    assert_eq!(who(&rules, &alice), json!(["alice", "EXAMPLE.TEST"]));
    assert_eq!(who(&rules, &partner.tickets("alice")), json!(["alice@partner", "PARTNER.TEST"]));
}

#[test]
fn a_mapping_that_would_make_two_people_one_is_an_error_of_the_file() {
    let realm = Realm::start("EXAMPLE.TEST");
    for mapping in ["strip_realm", "local"] {
        let config = format!("realms = [\"EXAMPLE.TEST\", \"PARTNER.TEST\"]\nname_mapping = \"{mapping}\"\n");
        let site = Site::new(&(realm.backend() + &config));
        let output = site.check();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && said.contains("name_mapping"), "{said}");
    }
}

#[test]
fn no_name_in_a_ticket_passes_for_another() {
    let realm = Realm::start("EXAMPLE.TEST");
    let keytab = realm.keytab("http.keytab", &["HTTP/localhost"]);
    let rules = "name_mapping = [ { realm = \"EXAMPLE.TEST\", principal = \"*\", name = \"{1}\" } ]\n";
    let stripped = "name_mapping = \"strip_realm\"\n";
    let programs = ["", rules, stripped].map(|mapping| (mapping, realm.serve(mapping)));
    let taken = [json!("alice"), json!("alice@EXAMPLE.TEST"), json!("root/admin"), json!("root")];
    let strange: [(&[&str], &str); 16] = [
        (&["alice@EXAMPLE.TEST"], "EXAMPLE.TEST"),
        (&["alice@EXAMPLE.TEST"], "EVIL.TEST"),
        (&["alice"], "EVIL.TEST"),
        (&["alice"], "example.test"),
        (&["alice"], "EXAMPLE.TEST."),
        (&["alice"], "EVIL.TEST@EXAMPLE.TEST"),
        (&["alice"], "EXAMPLE.TEST\0"),
        (&["alice\0"], "EXAMPLE.TEST"),
        (&["alice\n"], "EXAMPLE.TEST"),
        (&["alice\\"], "EXAMPLE.TEST"),
        (&["root/admin"], "EXAMPLE.TEST"),
        (&["", "alice"], "EXAMPLE.TEST"),
        (&["alice", ""], "EXAMPLE.TEST"),
        (&[""], "EXAMPLE.TEST"),
        (&["al\u{200b}ice"], "EXAMPLE.TEST"),
        (&["\u{e4}lice"], "EXAMPLE.TEST"),
    ];
    // They do let somebody in.
    for (_, program) in &programs {
        assert_eq!(program.negotiate(&realm.tickets("bob").initiator().token()).status, 200);
    }
    for (parts, from) in strange {
        let tickets = realm.forge(&keytab, &Forgery::default().of(parts).from_realm(from));
        let mut alice = tickets.initiator();
        for (mapping, program) in &programs {
            let answer = program.negotiate(&alice.token());
            assert!([200, 401].contains(&answer.status), "{parts:?} of {from:?}: {answer:?}");
            if answer.status == 200 {
                let name = &answer.json()["name"];
                assert!(!taken.contains(name), "{parts:?} of {from:?} is {name} by {mapping}");
            }
        }
    }
}
