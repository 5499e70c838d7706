//! Groups that a domain controller has written into tickets.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use portcullis_testbed::{Alteration, Program, Realm, Samba, Tickets};
use serde_json::{Value, json};

/// The section for tickets of this domain, whose groups count, and these keys of `[backend.pac]`.
fn config(samba: &Samba, more: &str) -> String {
    format!("{}[backend.pac]\ndomains = [\"{}\"]\n{more}", samba.backend(), samba.domain_sid())
}

/// The name and the groups of somebody, or the status.
fn who(program: &Program, tickets: &Tickets) -> Value {
    who_presents(program, &tickets.initiator().token().authorization())
}

/// The same of whoever presents this.
fn who_presents(program: &Program, authorization: &str) -> Value {
    let answer = program.authorized(authorization);
    if answer.status != 200 {
        return json!(answer.status);
    }
    let who = answer.json();
    let mut groups: Vec<_> = who["groups"].as_array().unwrap().iter().map(Value::to_string).collect();
    groups.sort();
    json!([who["name"], groups.join(" ").replace('"', "")])
}

/// What [`who`] says of one with these groups.
fn is(samba: &Samba, name: &str, groups: &[&str]) -> Value {
    let mut sids: Vec<_> = groups.iter().map(|group| samba.sid(group)).collect();
    sids.sort_unstable();
    json!([format!("{name}@{}", Samba::REALM), sids.join(" ")])
}

/// What the PAC of alice lists.
const GROUPS_OF_ALICE: [&str; 5] = ["Domain Users", "ops", "staff", "local", "universal"];

#[test]
fn groups_are_those_of_the_ticket_and_only_where_the_file_asks_for_them() {
    let samba = Samba::start();
    let (alice, bob) = (samba.tickets("alice"), samba.tickets("bob"));
    let program = samba.serve(&config(&samba, ""));
    assert_eq!(who(&program, &alice), is(&samba, "alice", &GROUPS_OF_ALICE));
    assert_eq!(who(&program, &bob), is(&samba, "bob", &["Domain Users"]));
    assert_eq!(who(&samba.serve(&samba.backend()), &alice), is(&samba, "alice", &[]));
}

#[test]
fn a_table_gives_names_to_some_of_them() {
    let samba = Samba::start();
    let names = format!("names = {{ \"{}\" = \"operators\" }}\n", samba.sid("ops"));
    let answer = samba.serve(&config(&samba, &names)).negotiate(&samba.tickets("alice").initiator().token()).json();
    let groups = answer["groups"].as_array().unwrap();
    assert!(groups.contains(&json!("operators")) && groups.contains(&json!(samba.sid("staff"))), "{answer}");
    assert!(!groups.contains(&json!(samba.sid("ops"))), "{answer}");
}

#[test]
fn an_account_of_another_domain_does_not_get_in() {
    let samba = Samba::start();
    let config = format!("{}[backend.pac]\ndomains = [\"S-1-5-21-1-2-3\"]\n", samba.backend());
    assert_eq!(who(&samba.serve(&config), &samba.tickets("alice")), 401);
}

#[test]
fn a_name_is_that_of_the_account_however_it_was_typed() {
    let samba = Samba::start();
    let program = samba.serve(&config(&samba, ""));
    let alice = is(&samba, "alice", &GROUPS_OF_ALICE);
    for typed in ["alice", "ALICE", "Alice"] {
        assert_eq!(who(&program, &samba.tickets_with(typed, "alice-password", &[])), alice, "{typed}");
    }
    let enterprise = samba.tickets_with("alice@ad.example.test", "alice-password", &["-E"]);
    assert_eq!(who(&program, &enterprise), alice);
    assert_eq!(who(&program, &samba.tickets("j\u{fc}rgen")), is(&samba, "j\u{fc}rgen", &["Domain Users"]));
}

#[test]
fn three_hundred_groups_are_all_there() {
    let samba = Samba::start();
    let answer = samba.serve(&config(&samba, "")).negotiate(&samba.tickets("dave").initiator().token());
    assert_eq!((answer.status, answer.json()["groups"].as_array().unwrap().len()), (200, 301));
}

#[test]
fn without_a_pac_there_are_no_groups_and_nobody_gets_in_where_one_is_required() {
    let samba = Samba::start();
    let programs = ["", "required = true\n"].map(|more| samba.serve(&config(&samba, more)));
    let answers = |tickets: &Tickets| programs.each_ref().map(|program| who(program, tickets));
    let alice = samba.tickets("alice");
    for tickets in [
        samba.tickets_with("alice", "alice-password", &["--no-request-pac"]),
        samba.altered(&alice, &Alteration::default().stripped()),
    ] {
        assert_eq!(answers(&tickets), [is(&samba, "alice", &[]), json!(401)]);
    }
    let known = is(&samba, "alice", &GROUPS_OF_ALICE);
    assert_eq!(answers(&alice), [known.clone(), known]);
}

#[test]
fn a_pac_that_was_altered_lets_nobody_in() {
    let samba = Samba::start();
    let program = samba.serve(&config(&samba, ""));
    let alice = samba.tickets("alice");
    let rid = |name: &str| samba.sid(name).rsplit('-').next().unwrap().parse().unwrap();
    let (ops, admins) = (rid("ops"), rid("Domain Admins"));
    let altered = |alteration: Alteration| who(&program, &samba.altered(&alice, &alteration));
    assert_eq!(altered(Alteration::default()), is(&samba, "alice", &GROUPS_OF_ALICE), "sealed anew, and nothing else");
    assert_eq!(altered(Alteration::default().rid(ops, admins)), 401, "a checksum that is wrong");
    assert_eq!(altered(Alteration::default().unsigned()), 401, "none");
    assert_eq!(altered(Alteration::default().rid(ops, admins).unsigned()), 401);
    assert_eq!(altered(Alteration::default().garbage()), 401);
    // Whoever has the keys of the service can say what he likes.
    let forged = is(&samba, "alice", &["Domain Users", "Domain Admins", "staff", "local", "universal"]);
    assert_eq!(altered(Alteration::default().rid(ops, admins).signed()), forged);
}

#[test]
fn a_pac_of_somebody_else_lets_nobody_in_though_it_is_signed() {
    let samba = Samba::start();
    let (alice, bob) = (samba.tickets("alice"), samba.tickets("bob"));
    let (of_alice, of_bob) = (samba.pac(&alice).unwrap(), samba.pac(&bob).unwrap());
    for more in ["", "required = true\n"] {
        let program = samba.serve(&config(&samba, more));
        let with =
            |tickets: &Tickets, pac: &[u8]| who(&program, &samba.altered(tickets, &Alteration::default().pac(pac)));
        assert_eq!(with(&alice, &of_alice), is(&samba, "alice", &GROUPS_OF_ALICE));
        assert_eq!(with(&bob, &of_bob), is(&samba, "bob", &["Domain Users"]));
        assert_eq!(with(&alice, &of_bob), 401);
        assert_eq!(with(&bob, &of_alice), 401);
    }
}

#[test]
fn a_pac_that_the_client_says_itself_counts_for_nothing_though_it_is_signed() {
    let samba = Samba::start();
    let programs = ["", "required = true\n"].map(|more| samba.serve(&config(&samba, more)));
    let alice = samba.tickets("alice");
    let rid = |name: &str| samba.sid(name).rsplit('-').next().unwrap().parse().unwrap();
    let forged = Alteration::default().rid(rid("ops"), rid("Domain Admins"));
    let pac = |alteration| samba.pac(&samba.altered(&alice, &alteration)).unwrap();
    let said = [None, Some(pac(Alteration::default())), Some(pac(forged.clone().signed())), Some(pac(forged))];
    let known = is(&samba, "alice", &GROUPS_OF_ALICE);
    for (tickets, expected) in [
        (samba.altered(&alice, &Alteration::default()), [known.clone(), known]),
        (samba.altered(&alice, &Alteration::default().stripped()), [is(&samba, "alice", &[]), json!(401)]),
    ] {
        for said in &said {
            let who =
                programs.each_ref().map(|program| who_presents(program, &samba.saying(&tickets, said.as_deref())));
            assert_eq!(who, expected);
        }
    }
}

#[test]
fn a_pac_that_makes_no_sense_lets_nobody_in_though_it_is_signed() {
    let samba = Samba::start();
    let program = samba.serve(&config(&samba, ""));
    let alice = samba.tickets("alice");
    let pac = samba.pac(&alice).unwrap();
    let size = u32::from_le_bytes(pac[12..16].try_into().unwrap()) as usize;
    let start = usize::try_from(u64::from_le_bytes(pac[16..24].try_into().unwrap())).unwrap();
    assert_eq!(pac[8..12], [1, 0, 0, 0], "KERB_VALIDATION_INFO comes first");
    let info = &pac[start..start + size];
    let signed = |info: &[u8]| who(&program, &samba.altered(&alice, &Alteration::default().logon_info(info).signed()));
    assert_eq!(signed(info), is(&samba, "alice", &GROUPS_OF_ALICE), "as it was");
    for cut in [0, 8, 20, 100, 236, size - 8] {
        assert_eq!(signed(&info[..cut]), 401, "the first {cut} bytes");
    }
    assert_eq!(signed(&[info, &[0; 64]].concat()), 401, "and more behind");
    // The number of groups, in both places where it stands, is another one.
    let count = 5_u32.to_le_bytes();
    let at: Vec<_> = (0..size - 4).step_by(4).filter(|at| info[*at..at + 4] == count).collect();
    assert!(!at.is_empty());
    for number in [6_u32, 1 << 20, u32::MAX] {
        let mut info = info.to_vec();
        for at in &at {
            info[*at..at + 4].copy_from_slice(&number.to_le_bytes());
        }
        assert_eq!(signed(&info), 401, "{number} groups");
    }
}

#[test]
fn tickets_of_another_kind_of_kdc_have_no_groups() {
    let realm = Realm::start("EXAMPLE.TEST");
    let program = realm.serve("[backend.pac]\ndomains = [\"S-1-5-21-1-2-3\"]\n");
    assert_eq!(who(&program, &realm.tickets("alice")), json!(["alice@EXAMPLE.TEST", ""]));
}
