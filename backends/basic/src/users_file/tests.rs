use proptest::prelude::*;

use super::*;
use crate::hash::tests::{ARGON2ID, ARGON2ID_OTHER, BCRYPT};

#[test]
fn comments_blank_lines_crlf_and_a_byte_order_mark_do_not_count() {
    let text = format!("\u{feff}# users\r\n\r\nalice:{ARGON2ID}\r\n  # indented\n\nb\u{f6}b: \nx:{BCRYPT}  ");
    assert_eq!(UsersFile::parse(text.as_bytes()).unwrap_err().line(), 6);
    let text = text.replace("b\u{f6}b: ", &format!("b\u{f6}b:{ARGON2ID_OTHER}"));
    let file = UsersFile::parse(text.as_bytes()).unwrap();
    assert_eq!(file.names().collect::<Vec<_>>(), ["alice", "b\u{f6}b", "x"]);
    assert_eq!(file.users[2].1, Hash::parse(BCRYPT).unwrap());
}

#[test]
fn the_example_of_the_readme_is_a_users_file() {
    let readme = include_str!("../../README.md");
    let (_, example) = readme.split_once("```text\n").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    assert_eq!(UsersFile::parse(example.as_bytes()).unwrap().names().collect::<Vec<_>>(), ["alice", "bob"]);
}

#[test]
fn an_empty_file_has_nobody() {
    assert_eq!(UsersFile::parse(b"").unwrap().names().len(), 0);
    assert_eq!(UsersFile::parse(b"\n# nobody yet\n").unwrap().names().len(), 0);
}

#[test]
fn a_refused_hash_is_told_with_line_name_and_remedy() {
    let text = format!("alice:{ARGON2ID}\n\nbob:$apr1$r31.....$HqJZimcKQFAMYayBlzkrA/\n");
    let error = UsersFile::parse(text.as_bytes()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "3: the user bob has an Apache MD5 hash ($apr1$), which is not accepted; make a new hash with `portcullis \
         hash-password bob`"
    );
}

#[test]
fn a_name_that_comes_twice_is_told_with_both_lines() {
    let text = format!("alice:{ARGON2ID}\nbob:{BCRYPT}\nalice:{BCRYPT}\n");
    assert_eq!(UsersFile::parse(text.as_bytes()).unwrap_err().to_string(), "3: the user alice is already on line 1");
}

#[test]
fn lines_that_are_no_users_are_refused() {
    for line in ["alice", ":x", "al\tice:x", " alice:x", "alice :x", "alice:x:y", "\u{85}a:x", "alice:", "alice"] {
        let text = format!("# first\n{}", line.replace('x', ARGON2ID));
        assert_eq!(UsersFile::parse(text.as_bytes()).unwrap_err().line(), 2, "{line:?}");
    }
    assert_eq!(UsersFile::parse(b"\n\n\xff:x\n").unwrap_err().to_string(), "3: the line is not UTF-8");
}

proptest! {
    #[test]
    fn any_bytes_are_a_file_or_an_error_with_a_line_of_it(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let lines = bytes.split(|byte| *byte == b'\n').count();
        match UsersFile::parse(&bytes) {
            Ok(file) => prop_assert!(file.names().len() <= lines),
            Err(error) => prop_assert!((1..=lines).contains(&error.line())),
        }
    }

    /// Closer to a file than arbitrary bytes are, so that the hash parsers are reached.
    #[test]
    fn a_damaged_file_never_panics_and_its_error_shows_no_salt(
        at in 0..ARGON2ID.len(),
        with in "[$a-z0-9=,\u{e9}:/+.]{0,3}",
        bcrypt in any::<bool>(),
    ) {
        let hash = if bcrypt { BCRYPT } else { ARGON2ID };
        let at = at.min(hash.len() - 1);
        let text = format!("alice:{}{with}{}", &hash[..at], &hash[at + 1..]);
        if let Err(error) = UsersFile::parse(text.as_bytes()) {
            let error = error.to_string();
            prop_assert!(!error.contains("MDEyMzQ") && !error.contains("2Ek5z") && !error.contains("abcdefgh"), "{}", error);
        }
    }

    #[test]
    fn names_come_back_as_they_were_written(
        names in prop::collection::btree_set("[a-z\u{e4}\u{4e2d}._@-]([a-z ]{0,8}[a-z])?", 0..8),
    ) {
        let text: String = names.iter().map(|name| format!("{name}:{ARGON2ID}\n")).collect();
        let file = UsersFile::parse(text.as_bytes()).unwrap();
        prop_assert_eq!(file.names().map(str::to_owned).collect::<std::collections::BTreeSet<_>>(), names);
    }
}
