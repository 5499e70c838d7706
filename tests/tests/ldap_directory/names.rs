//! Names that would be something else if they could.

use portcullis_testbed::Entries;
use serde_json::json;

use crate::scene::{ACCEPT, GROUPS, Scene, USERS, by_dn};

#[test]
fn a_hostile_name_is_a_name_and_nothing_else() {
    // A `memberUid` is ASCII, and the server compares nothing else with it.
    let comparable = || Entries::HOSTILE.iter().enumerate().filter(|(_, name)| name.is_ascii());
    let entries = Entries::hostile().and(&Entries::company());
    let entries = comparable().fold(entries, |all, (at, name)| all.posix_group(&format!("posix-{at}"), &[name]));
    let scene = Scene::new(&entries);
    let by_dn = format!("{}{GROUPS}", by_dn());
    let posix = format!("{USERS}{GROUPS}filter = \"(memberUid={{name}})\"\n");
    let by_member_of = format!("{USERS}{GROUPS}find = \"member_of\"\n");
    for tables in [format!("{USERS}{GROUPS}"), by_dn, by_member_of] {
        let program = scene.serve(&tables);
        for (at, name) in Entries::HOSTILE.iter().enumerate() {
            assert_eq!(scene.groups(&program, name), json!([format!("of-{at}")]), "{name:?} with {tables}");
        }
        let mut all = Entries::HOSTILE;
        all.sort_unstable();
        assert_eq!(scene.groups(&program, "frank"), json!(all), "{tables}");
    }
    let program = scene.serve(&posix);
    for (at, name) in Entries::HOSTILE.iter().enumerate() {
        let expected = if name.is_ascii() { json!([format!("posix-{at}")]) } else { json!([]) };
        assert_eq!(scene.groups(&program, name), expected, "{name:?}");
    }
    // As the server's own parser read them: one comparison, without a wildcard. Those by name alone.
    let searches = scene.slapd.searches();
    let filters: Vec<_> = searches.iter().filter_map(|search| search.split_once("filter=\"")).collect();
    for attribute in ["uid", "memberUid"] {
        let by_name: Vec<_> =
            filters.iter().filter(|(_, filter)| filter.starts_with(&format!("({attribute}="))).collect();
        let count = if attribute == "uid" { Entries::HOSTILE.len() } else { comparable().count() };
        assert!(by_name.len() >= count, "{attribute}: {filters:?}");
        for (_, filter) in by_name {
            let value = filter.strip_prefix(&format!("({attribute}=")).and_then(|rest| rest.strip_suffix(")\""));
            assert!(value.is_some_and(|value| !value.contains(['(', ')', '*'])), "{filter}");
        }
    }
}

#[test]
fn names_that_are_not_there_are_nobody_however_they_look() {
    let scene = Scene::new(&Entries::company());
    let names = [
        "*",
        "al*",
        "alice)(uid=*",
        "alice,ou=people",
        "alice+cn=alice",
        "\\61lice",
        "#616c696365",
        "alice\\",
        "\"alice\"",
    ];
    for users in [USERS, &by_dn()] {
        for (unknown, expected) in [("", json!(401)), (ACCEPT, json!([]))] {
            let program = scene.serve(&format!("{users}{unknown}{GROUPS}"));
            for name in names {
                assert_eq!(scene.groups(&program, name), expected, "{name:?} with {users}{unknown}");
            }
        }
    }
}

/// To the server, all of these are alice: it ignores case, width, and spaces around (RFC 4518).
#[test]
fn a_name_that_is_spelled_otherwise_than_the_accounts_is_refused_but_for_case() {
    let scene = Scene::new(&Entries::company());
    for users in [USERS, &by_dn()] {
        for unknown in ["", ACCEPT] {
            let program = scene.serve(&format!("{users}{unknown}{GROUPS}"));
            for name in ["alice", "ALICE", "Alice"] {
                assert_eq!(scene.groups(&program, name), json!(["ops"]), "{name:?} with {users}{unknown}");
            }
            let before = scene.slapd.searches().len();
            for name in ["alice ", " alice", "\u{ff41}\u{ff4c}\u{ff49}\u{ff43}\u{ff45}"] {
                assert_eq!(scene.groups(&program, name), 401, "{name:?} with {users}{unknown}");
            }
            assert_eq!(scene.slapd.searches().len() - before, 3, "it was looked for");
        }
    }
    let alike = ["alice ", "\u{ff41}\u{ff4c}\u{ff49}\u{ff43}\u{ff45}"];
    for name in alike {
        let found = scene.slapd.reader().search("dc=example,dc=test", &format!("(uid={name})"), &["uid"]).unwrap();
        assert_eq!(found[0].values("uid"), ["alice"], "{name:?}");
    }
}
