use proptest::prelude::*;

use super::*;

fn problem_of(text: &str) -> String {
    match Node::parse(&Source::of("f.yaml", text)) {
        Ok(_) => panic!("{text:?} is YAML"),
        Err(failure) => failure.to_string(),
    }
}

#[test]
fn what_is_wrong_is_told_with_its_place_and_without_its_text() {
    for (text, place) in [
        ("a: 1\nb: [hunter2", "f.yaml:"),
        ("a:\n  password: *hunter2\n", "f.yaml:2:13: "),
        ("a: 1\na: hunter2\n", "f.yaml:2:1: the key `a` is there twice"),
        ("a: hunter2\n---\nb: hunter2\n", "f.yaml:"),
        ("a: \"hunter2", "f.yaml:"),
        ("password: %hunter2", "f.yaml:"),
        ("- hunter2\nb: @hunter2", "f.yaml:"),
    ] {
        let problem = problem_of(text);
        assert!(problem.starts_with(place) && !problem.contains("hunter2"), "{text:?}: {problem}");
    }
    assert!(problem_of(&("[".repeat(100) + &"]".repeat(100))).contains("too deeply"));
}

#[test]
fn a_value_is_found_whatever_its_case_and_has_its_path() {
    let source =
        Source::of("f.yaml", "Auth:\n  basicAUTH:\n    Users: { alice: { password: 7 }, on: { password: y } }\n");
    let node = Node::parse(&source).unwrap();
    let users = node.root(&source).at("auth.basicAuth.users").unwrap().unwrap();
    assert_eq!(users.path(), "Auth.basicAUTH.Users");
    let alice = users.member("ALICE").unwrap().unwrap();
    let problem = alice.text_of("password").unwrap_err().to_string();
    assert_eq!(
        problem,
        "f.yaml:3:33: Auth.basicAUTH.Users.alice.password: a number or a truth value, where a text belongs; write it in quotes"
    );
    assert_eq!(users.member("on").unwrap().unwrap().text_of("password").unwrap(), Some("y"));
    assert_eq!(users.strangers(&["Alice"]).unwrap(), ["`Auth.basicAUTH.Users.on`"]);
}

#[test]
fn names_that_differ_in_case_alone_are_one() {
    let source = Source::of("f.yaml", "users:\n  alice: 1\n  Alice: 2\n");
    let node = Node::parse(&source).unwrap();
    let users = node.root(&source).at("users").unwrap().unwrap();
    let problem = users.members().map(|_| ()).unwrap_err().to_string();
    assert!(problem.starts_with("f.yaml:3:10: users.Alice: "), "{problem}");
}

#[test]
fn what_says_nothing_is_not_there() {
    let source = Source::of("f.yaml", "a:\nb: \"\"\nc: ~\nd: [x]\ne: 'true'\n");
    let node = Node::parse(&source).unwrap();
    let root = node.root(&source);
    assert!(root.member("a").unwrap().is_none() && root.member("z").unwrap().is_none());
    assert_eq!((root.text_of("b").unwrap(), root.text_of("c").unwrap()), (None, None));
    assert_eq!((root.texts_of("d").unwrap(), root.texts_of("a").unwrap()), (vec!["x"], vec![]));
    assert_eq!((root.flag_of("e").unwrap(), root.flag_of("a").unwrap()), (Some(true), None));
    assert!(root.flag_of("d").is_err() && root.text_of("d").is_err());
}

#[test]
fn what_repeats_itself_without_end_is_refused() {
    let mut text = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (name, before) in "bcdefghijkl".chars().zip("abcdefghijk".chars()) {
        text += &format!("{name}: &{name} [{}]\n", vec![format!("*{before}"); 9].join(", "));
    }
    let _ = problem_of(&text);
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        let source = Source::of("f.yaml", &text);
        if let Ok(node) = Node::parse(&source) {
            let _ = node.root(&source).at("a.b");
        }
    }
}
