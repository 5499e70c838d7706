//! Whose groups are found how.

use portcullis_testbed::Entries;
use serde_json::json;

use crate::scene::{ACCEPT, GROUPS, Scene, USERS, by_dn};

#[test]
fn groups_are_found_by_member_and_by_member_of_at_every_depth() {
    let scene = Scene::new(&Entries::company());
    for find in ["member", "member_of"] {
        for (depth, alice) in [(0, vec!["ops"]), (1, vec!["ops", "staff"]), (5, vec!["everyone", "ops", "staff"])] {
            let program = scene.serve(&format!("{USERS}{GROUPS}find = \"{find}\"\ndepth = {depth}\n"));
            assert_eq!(scene.groups(&program, "alice"), json!(alice), "{find} {depth}");
            assert_eq!(scene.groups(&program, "carol"), json!([]));
            assert_eq!(scene.groups(&program, "nobody"), 401, "who is not there does not get in");
        }
    }
    let printers = format!("{USERS}{GROUPS}filter = \"(&(objectClass=posixGroup)(memberUid={{name}}))\"\n");
    assert_eq!(scene.groups(&scene.serve(&printers), "bob"), json!(["printers"]));
    let by_dn = format!("{}{GROUPS}", by_dn());
    assert_eq!(scene.groups(&scene.serve(&by_dn), "alice"), json!(["ops"]));
}

#[test]
fn who_is_not_there_gets_in_with_the_groups_of_the_token_where_the_file_says_so_and_not_by_default() {
    let scene = Scene::new(&Entries::company());
    for users in [USERS, &by_dn()] {
        for groups in [GROUPS, ""] {
            let answers = ["", "unknown = \"refuse\"\n", ACCEPT].map(|unknown| {
                let program = scene.serve(&format!("{users}{unknown}{groups}"));
                assert_ne!(scene.groups(&program, "alice"), 401);
                scene.groups(&program, "nobody")
            });
            assert_eq!(answers, [json!(401), json!(401), json!([])], "{users}{groups}");
        }
    }
}

#[test]
fn groups_that_contain_each_other_do_no_harm() {
    let scene = Scene::new(&Entries::cycle());
    for find in ["member", "member_of"] {
        let program = scene.serve(&format!("{USERS}{GROUPS}find = \"{find}\"\ndepth = 32\n"));
        let began = scene.slapd.searches().len();
        assert_eq!(scene.groups(&program, "dave"), json!(["ring-1", "ring-2", "ring-3"]), "{find}");
        assert!(scene.slapd.searches().len() - began < 10, "{:?}", scene.slapd.searches());
    }
}

#[test]
fn five_thousand_groups_are_all_there_or_nobody_gets_in() {
    let scene = Scene::new(&Entries::many(5_000).and(&Entries::company()));
    for find in ["member", "member_of"] {
        let keys = format!("{USERS}{GROUPS}find = \"{find}\"\n");
        let program = scene.serve(&format!("{keys}max = 5000\n"));
        assert_eq!(scene.groups(&program, "erin").as_array().unwrap().len(), 5_000, "{find}");
        for max in ["", "max = 4999\n"] {
            let program = scene.serve(&format!("{keys}{max}"));
            assert_eq!(scene.groups(&program, "erin"), 401, "{find}");
            assert_eq!(scene.groups(&program, "alice"), json!(["ops"]), "{find}");
        }
    }
}

#[test]
fn who_may_not_get_in_does_not_and_a_lock_for_wrong_passwords_is_for_passwords_alone() {
    let scene = Scene::new(&Entries::barred());
    for tables in [format!("{USERS}{GROUPS}"), USERS.to_owned()] {
        let program = scene.serve(&tables);
        for name in ["locked", "disabled", "expired", "inactive"] {
            assert_eq!(scene.groups(&program, name), 401, "{name}");
        }
        let groups = if tables.contains("groups]") { json!(["former"]) } else { json!([]) };
        for name in ["enabled", "locked-out"] {
            assert_eq!(scene.groups(&program, name), groups, "{name}");
        }
    }
}
