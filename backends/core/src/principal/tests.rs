use super::Principal;

fn groups(principal: &Principal) -> Vec<&str> {
    principal.groups().collect()
}

#[test]
fn texts_come_back_in_whatever_order_they_were_added() {
    let principal = Principal::builder("alice")
        .scope("read")
        .group("ops")
        .token_id("7f")
        .scopes(["write".to_owned(), String::new()])
        .groups(["", "stäff"])
        .build();
    assert_eq!((principal.name(), principal.token_id()), ("alice", Some("7f")));
    assert_eq!(groups(&principal), ["ops", "", "stäff"]);
    assert_eq!(principal.scopes().collect::<Vec<_>>(), ["read", "write", ""]);
    assert_eq!((principal.groups().len(), principal.scopes().len()), (3, 3));
    assert!(principal.in_group("stäff") && !principal.in_group("st") && !principal.in_group("read"));
    assert!(principal.has_scope("read") && !principal.has_scope("ops"));
}

#[test]
fn many_long_texts_are_kept() {
    let many: Vec<String> = (0..500).map(|number| format!("{number}-{}", "x".repeat(number))).collect();
    let principal = Principal::builder("n".repeat(1024)).groups(&many).scopes(&many).build();
    assert_eq!(principal.name(), "n".repeat(1024));
    assert!(principal.groups().eq(&many) && principal.scopes().eq(&many));
}

#[test]
fn groups_that_are_not_kept_are_gone_and_only_of_that_principal() {
    let before = Principal::builder("alice").groups(["a", "b", "c", "d", "e", "f"]).scope("b").token_id("7f").build();
    let after = before.clone().retain_groups(|group| group != "b" && group != "f");
    assert_eq!(groups(&after), ["a", "c", "d", "e"]);
    assert_eq!((after.name(), after.token_id(), after.has_scope("b")), ("alice", Some("7f"), true));
    assert_eq!(groups(&before).len(), 6);
    assert!(!format!("{after:?}").contains("\"b\""), "{after:?}");
}

#[test]
fn what_is_built_from_a_copy_of_a_builder_has_its_own_texts() {
    let builder = Principal::builder("alice").group("ops");
    let (one, other) = (builder.clone().group("dev").build(), builder.scope("read").token_id("7f").build());
    assert_eq!((groups(&one), one.token_id()), (vec!["ops", "dev"], None));
    assert_eq!((groups(&other), other.token_id()), (vec!["ops"], Some("7f")));
}

#[test]
fn a_builder_shows_in_debug_what_a_principal_shows() {
    let builder = Principal::builder("alice").group("ops").token_id("secret-id").claim("pin", "1234");
    let shown = format!("{builder:?}");
    assert!(shown.contains("alice") && shown.contains("ops"), "{shown}");
    assert!(!shown.contains("secret-id") && !shown.contains("1234"), "{shown}");
}

#[test]
fn a_group_and_a_scope_count_once_however_often_a_token_names_them() {
    for more in [0, 20_000] {
        let many = |first: &str| -> Vec<String> {
            let others = (0..more).map(|number| (number % 10).to_string());
            [first, "b", first, "b"].map(str::to_owned).into_iter().chain(others).collect()
        };
        let principal = Principal::builder("alice").groups(many("a")).scopes(many("c")).build();
        let expected = if more == 0 { 2 } else { 12 };
        assert_eq!((principal.groups().len(), principal.scopes().len()), (expected, expected));
        assert_eq!(principal.groups().take(2).collect::<Vec<_>>(), ["a", "b"]);
        assert!(principal.has_scope("c") && principal.has_scope("b"));
    }
}

#[test]
fn groups_are_added_each_once_and_nothing_else_changes() {
    let alice = Principal::builder("alice").backend("corp").group("ops").scope("read").build();
    alice.memo(|| 7_u8).unwrap();
    let more = alice.clone().with_groups(["dev", "ops", "dev"]);
    assert_eq!(more.groups().collect::<Vec<_>>(), ["ops", "dev"]);
    assert_eq!((more.name(), more.scopes().collect::<Vec<_>>()), ("alice", vec!["read"]));
    assert_eq!(more.memo(|| 8_u8), Some(&8), "what was found out holds no longer");
    assert_eq!(alice.groups().collect::<Vec<_>>(), ["ops"]);
}
