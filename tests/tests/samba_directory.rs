//! The program, with the directory of an Active Directory domain behind it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use portcullis_testbed::{Alteration, Program, Samba, Tickets, basic};
use serde_json::{Value, json};

const USERS: &str = "[directory.users]\nbase = \"DC=ad,DC=example,DC=test\"\nfilter = \"(userPrincipalName={name})\"\n";
const BY_SID: &str = "[directory.users]\nbase = \"DC=ad,DC=example,DC=test\"\nfilter = \"(objectSid={claim.sid})\"\n";
/// Not those that every domain has, which are in `CN=Builtin`.
const GROUPS: &str = "[directory.groups]\nbase = \"CN=Users,DC=ad,DC=example,DC=test\"\n";

/// Serves tickets whose PAC says the name, and the SIDs, with these tables of the directory.
fn serve(samba: &Samba, tables: &str) -> Program {
    let backend = samba.backend().replacen("\n", "\ndirectory = \"corp\"\n", 1);
    let pac = format!("[backend.pac]\ndomains = [\"{}\"]\n", samba.domain_sid());
    samba.serve(&format!("{backend}{pac}{}{tables}", samba.directory()))
}

/// The groups of somebody that have names, or the status.
fn groups(program: &Program, tickets: &Tickets) -> Value {
    let answer = program.negotiate(&tickets.initiator().token());
    if answer.status != 200 {
        return json!(answer.status);
    }
    let who = answer.json();
    let mut names: Vec<_> = who["groups"].as_array().unwrap().iter().map(|group| group.as_str().unwrap()).collect();
    names.retain(|name| !name.starts_with("S-1-"));
    names.sort_unstable();
    json!(names)
}

/// The same as soon as the directory answers again: an outage is remembered for a moment.
fn soon(program: &Program, tickets: &Tickets) -> Value {
    let began = Instant::now();
    loop {
        let groups = groups(program, tickets);
        if groups != 503 || began.elapsed() > Duration::from_secs(30) {
            return groups;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Whether a ticket's own groups are SIDs still.
fn has_sids(program: &Program, tickets: &Tickets) -> bool {
    program.negotiate(&tickets.initiator().token()).json()["groups"].to_string().contains("S-1-")
}

const DIRECT: [&str; 3] = ["mail-list", "ops", "universal"];
const SECURITY: [&str; 4] = ["local", "ops", "staff", "universal"];

#[test]
fn nested_groups_are_found_in_every_way_that_the_server_knows() {
    let samba = Samba::start();
    let alice = samba.tickets("alice");
    let primary: Vec<_> = ["Domain Users"].into_iter().chain(SECURITY).collect();
    for (keys, expected) in [
        ("find = \"member\"\n", DIRECT.to_vec()),
        ("find = \"member_of\"\n", DIRECT.to_vec()),
        ("find = \"member\"\ndepth = 8\n", vec!["local", "mail-list", "ops", "staff", "universal"]),
        ("find = \"member_of\"\ndepth = 8\n", vec!["local", "mail-list", "ops", "staff", "universal"]),
        ("find = \"in_chain\"\n", SECURITY.to_vec()),
        ("find = \"token_groups\"\n", primary.clone()),
        ("find = \"sid\"\n", primary),
    ] {
        let program = serve(&samba, &format!("{BY_SID}{GROUPS}{keys}"));
        assert_eq!(groups(&program, &alice), json!(expected), "{keys}");
        assert_eq!(has_sids(&program, &alice), !keys.contains("sid"), "{keys}");
    }
    let everywhere = format!("{BY_SID}{GROUPS}find = \"token_groups\"\n").replace("CN=Users,", "");
    assert!(groups(&serve(&samba, &everywhere), &alice).as_array().unwrap().contains(&json!("Users")));
}

#[test]
fn three_hundred_groups_are_all_there() {
    let samba = Samba::start();
    let dave = samba.tickets("dave");
    for find in ["member", "member_of", "in_chain", "token_groups", "sid"] {
        let program = serve(&samba, &format!("{BY_SID}{GROUPS}find = \"{find}\"\n"));
        let names = groups(&program, &dave);
        let teams = names.as_array().unwrap().iter().filter(|name| name.as_str().unwrap().starts_with("team-"));
        assert_eq!(teams.count(), 300, "{find}");
    }
}

fn change(samba: &Samba, name: &str, attribute: &str, value: &str) {
    let dn = Samba::dn(name);
    let ldif = format!("dn: {dn}\nchangetype: modify\nreplace: {attribute}\n{attribute}: {value}\n");
    samba.admin().change(&ldif).unwrap();
}

fn disable(samba: &Samba, name: &str) {
    change(samba, name, "userAccountControl", "514");
}

#[test]
fn who_is_disabled_after_the_ticket_was_issued_does_not_get_in() {
    let samba = Samba::start();
    let program = serve(&samba, BY_SID);
    let (alice, bob) = (samba.tickets("alice"), samba.tickets("bob"));
    for tickets in [&alice, &bob] {
        tickets.fetch("HTTP/localhost");
    }
    disable(&samba, "alice");
    change(&samba, "bob", "accountExpires", "132000000000000000");
    for tickets in [&alice, &bob] {
        assert_eq!(groups(&program, tickets), 401);
    }
    assert_eq!(groups(&program, &samba.tickets("dave")), json!([]));
}

#[test]
fn a_ticket_without_a_pac_has_the_groups_of_the_directory_where_its_name_is_enough() {
    let samba = Samba::start();
    change(&samba, "alice", "userPrincipalName", "alice@AD.EXAMPLE.TEST");
    let unasked = samba.tickets_with("alice", "alice-password", &["--no-request-pac"]);
    let by_name = serve(&samba, &format!("{USERS}{GROUPS}find = \"in_chain\"\n"));
    assert_eq!(groups(&by_name, &unasked), json!(SECURITY));
    let by_sid = format!("{BY_SID}{{}}{GROUPS}find = \"in_chain\"\n");
    assert_eq!(groups(&serve(&samba, &by_sid.replace("{}", "")), &unasked), 401, "it has no SID to look for");
    assert_eq!(groups(&serve(&samba, &by_sid.replace("{}", "unknown = \"accept\"\n")), &unasked), json!([]));
}

#[test]
fn a_pac_that_was_altered_lets_nobody_in_whatever_the_directory_says() {
    let samba = Samba::start();
    let (alice, bob) = (samba.tickets("alice"), samba.tickets("bob"));
    let rid = |name: &str| samba.sid(name).rsplit('-').next().unwrap().parse().unwrap();
    let (ops, admins) = (rid("ops"), rid("Domain Admins"));
    let of_bob = samba.pac(&bob).unwrap();
    let known: Vec<_> = ["Domain Users"].into_iter().chain(SECURITY).collect();
    for users in ["", BY_SID, &format!("{BY_SID}unknown = \"accept\"\n")] {
        let program = serve(&samba, &format!("{users}{GROUPS}find = \"sid\"\n"));
        let altered = |alteration: Alteration| groups(&program, &samba.altered(&alice, &alteration));
        assert_eq!(altered(Alteration::default()), json!(known), "sealed anew, and nothing else");
        for alteration in [
            Alteration::default().rid(ops, admins),
            Alteration::default().unsigned(),
            Alteration::default().garbage(),
            Alteration::default().pac(&of_bob),
        ] {
            assert_eq!(altered(alteration.clone()), 401, "{alteration:?} with {users}");
        }
    }
}

#[test]
fn who_is_disabled_does_not_get_in_with_a_ticket_without_a_pac_either() {
    let samba = Samba::start();
    let (alice, unasked) =
        (samba.tickets("alice"), samba.tickets_with("alice", "alice-password", &["--no-request-pac"]));
    for tickets in [&alice, &unasked] {
        tickets.fetch("HTTP/localhost");
    }
    let [refusing, accepting] =
        ["", "unknown = \"accept\"\n"].map(|unknown| serve(&samba, &format!("{BY_SID}{unknown}")));
    assert_eq!(groups(&refusing, &alice), json!([]), "with a PAC, and not disabled yet");
    disable(&samba, "alice");
    // A program that has not seen alice before.
    let refusing_too = serve(&samba, BY_SID);
    for program in [&refusing, &refusing_too] {
        assert_eq!(groups(program, &unasked), 401);
    }
    assert_eq!(groups(&refusing_too, &alice), 401);
    assert_eq!(groups(&accepting, &unasked), json!([]), "nobody can say who that is, and the file lets such in");
}

#[test]
fn who_is_locked_out_for_wrong_passwords_gets_in_with_a_ticket() {
    let samba = Samba::start();
    let erin = samba.tickets("erin");
    erin.fetch("HTTP/localhost");
    for _ in 0..3 {
        assert!(samba.client("erin@ad.example.test", "wrong").bind().is_err());
    }
    let computed = "msDS-User-Account-Control-Computed";
    let locked = samba.admin().read(&Samba::dn("erin"), &[computed]).unwrap();
    assert_eq!(locked.values(computed), ["16"], "the server has locked the account");
    assert_eq!(groups(&serve(&samba, BY_SID), &erin), json!([]));
}

#[test]
fn a_domain_controller_that_is_away_is_an_outage() {
    let mut samba = Samba::start();
    let (alice, bob) = (samba.tickets("alice"), samba.tickets("bob"));
    for tickets in [&alice, &bob] {
        tickets.fetch("HTTP/localhost");
    }
    let program = serve(&samba, &format!("{BY_SID}{GROUPS}find = \"token_groups\"\n"));
    let known = groups(&program, &alice);
    samba.stop();
    assert_eq!((groups(&program, &alice), groups(&program, &bob)), (known, json!(503)));
    samba.start_again();
    assert_eq!(soon(&program, &bob), json!(["Domain Users"]));
}

#[test]
fn passwords_are_verified_by_the_domain_controller() {
    let samba = Samba::start();
    let users = "[directory.users]\nbase = \"DC=ad,DC=example,DC=test\"\nfilter = \"(sAMAccountName={name})\"\n";
    let backend = "[[backend]]\nkind = \"ldap\"\ndirectory = \"corp\"\n";
    let tables = format!("{users}{GROUPS}find = \"token_groups\"\n");
    let program = samba.serve(&format!("{backend}{}{tables}", samba.directory()));
    let log_in = |name: &str, password: &str| program.authorized(&basic(name, password));
    for (typed, name) in [("alice", "alice"), ("ALICE", "alice"), ("ohara", "ohara"), ("j\u{fc}rgen", "j\u{fc}rgen")] {
        let answer = log_in(typed, &format!("{name}-password"));
        assert_eq!((answer.status, &answer.json()["name"]), (200, &json!(name)), "{typed}");
        assert_eq!(answer.json()["groups"].to_string().contains("\"ops\""), name != "j\u{fc}rgen");
    }
    for (name, password) in
        [("carol", "carol-password"), ("bob", "wrong-password"), ("bob", ""), ("nobody", "no-such-user")]
    {
        assert_eq!(log_in(name, password).status, 401, "{name}");
    }
    for _ in 0..3 {
        assert!(samba.client("erin@ad.example.test", "wrong").bind().is_err());
    }
    assert_eq!(log_in("erin", "erin-password").status, 401, "locked out");
}
