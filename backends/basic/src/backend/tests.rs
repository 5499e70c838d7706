use std::fs;
use std::sync::mpsc::channel;

use base64::Engine as _;
use portcullis_core::Source;
use tempfile::TempDir;

use super::*;
use crate::config::UserHash;
use crate::hash::tests::{ARGON2ID, ARGON2ID_OTHER, BCRYPT};

mod rereading;

/// A directory with a file of these users, as one text, and a backend that read it.
fn basic(users: &str) -> (Basic, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("users.htpasswd"), users).unwrap();
    (Basic::new(users_file(), directory.path()).unwrap(), directory)
}

fn users_file() -> BasicConfig {
    BasicConfig { users_file: Some("users.htpasswd".into()), ..BasicConfig::default() }
}

fn invalid(config: BasicConfig, directory: &TempDir) -> Invalid {
    Basic::new(config, directory.path()).unwrap_err()
}

async fn present(basic: &Basic, token: &str) -> Verdict {
    let field = http::HeaderValue::from_str(&format!("Basic {token}")).unwrap();
    let credential = Credential::parse(field, Source::Header, basic.schemes()).unwrap();
    basic.authenticate(&credential, Head::from(&http::Request::new(()))).await
}

async fn login(basic: &Basic, user: &str, password: &str) -> Verdict {
    present(basic, &base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"))).await
}

async fn accepted(basic: &Basic, user: &str, password: &str) -> bool {
    matches!(login(basic, user, password).await, Verdict::Accepted(accepted) if accepted.principal.name() == user)
}

fn is_lasting_refusal(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Refused(refusal) if refusal.lasting)
}

fn is_lasting_not_mine(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::NotMine(not_mine) if not_mine.lasting)
}

#[tokio::test]
async fn the_right_password_is_accepted_with_the_users_groups() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("users.htpasswd"), format!("alice:{ARGON2ID}\nb\u{f6}b:{ARGON2ID_OTHER}\n"))
        .unwrap();
    fs::write(directory.path().join("groups"), "ops: alice\ndev: alice zoe\nops: b\u{f6}b\n").unwrap();
    let mut config = users_file();
    config.groups_file = Some("groups".into());
    config.groups.insert("night".to_owned(), vec!["alice".to_owned()]);
    config.users.insert("carol".to_owned(), UserHash::Here(BCRYPT.into()));
    let basic = Basic::new(config, directory.path()).unwrap();

    let Verdict::Accepted(alice) = login(&basic, "alice", "correct horse").await else { panic!() };
    assert_eq!(alice.principal.groups().collect::<Vec<_>>(), ["dev", "night", "ops"]);
    assert!(alice.reply.is_empty());
    assert!(accepted(&basic, "b\u{f6}b", "p\u{e4}ssw\u{f6}rd: with colon").await);
    assert!(accepted(&basic, "carol", "correct horse").await);
    assert_eq!(basic.hashes(), Hashes { argon2id: 2, bcrypt: 1 });
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_user_cost_one_hash_each_of_the_same_type() {
    for (hash, one, two) in [
        (ARGON2ID, Hashes { argon2id: 1, bcrypt: 0 }, Hashes { argon2id: 2, bcrypt: 0 }),
        (BCRYPT, Hashes { argon2id: 0, bcrypt: 1 }, Hashes { argon2id: 0, bcrypt: 2 }),
    ] {
        let (basic, _directory) = basic(&format!("alice:{hash}\n"));
        assert!(is_lasting_refusal(&login(&basic, "alice", "wrong").await));
        assert_eq!(basic.hashes(), one);
        // Even with the password of the user whose hash is computed instead.
        assert!(is_lasting_not_mine(&login(&basic, "Alice", "correct horse").await));
        assert_eq!(basic.hashes(), two);
    }
}

#[tokio::test]
async fn where_costs_differ_each_unknown_name_has_one_of_them_and_keeps_it() {
    let (basic, _directory) = basic(&format!("alice:{ARGON2ID}\nbob:{BCRYPT}\n"));
    let (mut argon2id, mut bcrypt) = (0, 0);
    for name in 0..24 {
        let before = basic.hashes();
        assert!(is_lasting_not_mine(&login(&basic, &format!("user{name}"), "x").await));
        let first = basic.hashes();
        assert!(is_lasting_not_mine(&login(&basic, &format!("user{name}"), "y").await));
        let second = basic.hashes();
        let (a, b) = (first.argon2id - before.argon2id, first.bcrypt - before.bcrypt);
        assert_eq!(a + b, 1, "one hash");
        assert_eq!((second.argon2id - first.argon2id, second.bcrypt - first.bcrypt), (a, b), "and the same again");
        argon2id += a;
        bcrypt += b;
    }
    // Not by chance: the points come from the hashes.
    assert!(argon2id > 0 && bcrypt > 0);
}

#[tokio::test]
async fn a_malformed_credential_is_refused_without_a_hash() {
    let (basic, _directory) = basic(&format!("alice:{ARGON2ID}\n"));
    for token in
        ["YWxpY2U6eA", "YWxpY2U6eB==", "YWxpY2U6eA== x", "YWxpY2U=", "OnNlY3JldA==", "YWxpY2U6AA==", "%%%%", "/////w=="]
    {
        assert!(is_lasting_refusal(&present(&basic, token).await), "{token}");
    }
    assert!(is_lasting_refusal(&login(&basic, "alice", &"x".repeat(1025)).await));
    assert!(is_lasting_refusal(&login(&basic, "nobody", &"x".repeat(1025)).await));
    assert_eq!(basic.hashes(), Hashes::default());
}

#[tokio::test]
async fn a_password_too_long_for_bcrypt_is_refused_at_the_same_cost() {
    let hash = bcrypt::hash([b'a'; 72], 10).unwrap();
    let (basic, _directory) = basic(&format!("alice:{hash}\n"));
    assert!(accepted(&basic, "alice", &"a".repeat(72)).await);
    let verdict = login(&basic, "alice", &"a".repeat(73)).await;
    assert!(matches!(&verdict, Verdict::Refused(refusal) if refusal.lasting && refusal.reason.contains("72 bytes")));
    assert_eq!(basic.hashes(), Hashes { argon2id: 0, bcrypt: 2 });
}

#[tokio::test]
async fn a_full_queue_is_an_outage_that_says_when_to_come_again() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("users.htpasswd"), format!("alice:{ARGON2ID}\n")).unwrap();
    let config = BasicConfig { max_concurrent: Some(1), queue: 0, ..users_file() };
    let basic = Arc::new(Basic::new(config, directory.path()).unwrap());
    let (end, busy) = occupy(&basic).await;
    for user in ["alice", "nobody"] {
        let verdict = login(&basic, user, "correct horse").await;
        assert!(matches!(verdict, Verdict::Unavailable(unavailable) if unavailable.retry_after == Some(RETRY_AFTER)));
    }
    drop(end);
    busy.await.unwrap();
    assert!(accepted(&basic, "alice", "correct horse").await);
    assert_eq!(basic.hashes().argon2id, 1);
}

/// Takes one place for hashing, until the sender goes.
async fn occupy(basic: &Arc<Basic>) -> (std::sync::mpsc::Sender<()>, tokio::task::JoinHandle<()>) {
    let (end, ended) = channel::<()>();
    let (begun, begins) = tokio::sync::oneshot::channel();
    let basic = Arc::clone(basic);
    let work = move || {
        begun.send(()).unwrap();
        ended.recv().unwrap_or_default();
    };
    let busy = tokio::spawn(async move { basic.hashing.run(work).await.unwrap() });
    begins.await.unwrap();
    (end, busy)
}

#[test]
fn the_challenge_names_realm_and_charset() {
    let directory = tempfile::tempdir().unwrap();
    let mut config = BasicConfig { realm: "the \"inner\" court".to_owned(), ..BasicConfig::default() };
    config.users.insert("alice".to_owned(), UserHash::Here(ARGON2ID.into()));
    let basic = Basic::new(config, directory.path()).unwrap();
    for occasion in [Occasion::Absent, Occasion::Refused] {
        let challenge = basic.challenge(occasion).unwrap().to_header_value();
        assert_eq!(challenge, r#"Basic realm="the \"inner\" court", charset="UTF-8""#);
    }
    assert_eq!(basic.describe(), "user names and passwords (1 user from the config file, 0 groups)");
}

#[test]
fn what_cannot_be_used_is_told_with_its_key() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(directory.path().join(name), text).unwrap();
    let told = |config| {
        let invalid = invalid(config, &directory);
        (invalid.key().to_owned(), invalid.problem().to_owned())
    };
    assert_eq!(told(BasicConfig::default()).0, "");
    let (key, problem) = told(users_file());
    assert!(key == "users_file" && problem.starts_with("users.htpasswd: "), "{problem}");
    write("users.htpasswd", "# nobody\n");
    assert_eq!(told(users_file()), ("users_file".into(), "users.htpasswd: there is no user in it".into()));
    write("users.htpasswd", &format!("alice:{ARGON2ID}\n\nbob:$1$x$y\n"));
    let (key, problem) = told(users_file());
    assert_eq!(key, "users_file");
    assert!(problem.starts_with("users.htpasswd:3: the user bob has an MD5 hash"), "{problem}");
    write("users.htpasswd", &format!("alice:{ARGON2ID}\n"));
    assert_eq!(told(BasicConfig { realm: "h\u{f6}f".to_owned(), ..users_file() }).0, "realm");
    assert_eq!(told(BasicConfig { realm: "a\nb".to_owned(), ..users_file() }).0, "realm");
    for places in [0, 1025, usize::MAX] {
        assert_eq!(told(BasicConfig { max_concurrent: Some(places), ..users_file() }).0, "max_concurrent");
    }
    write("groups", "ops alice\n");
    let config = BasicConfig { groups_file: Some("groups".into()), ..users_file() };
    assert_eq!(told(config), ("groups_file".into(), "groups:1: there is no colon after a group".into()));
}

#[test]
fn users_and_groups_in_the_config_file_are_told_with_their_key() {
    let directory = tempfile::tempdir().unwrap();
    let with = |name: &str, hash| BasicConfig { users: [(name.to_owned(), hash)].into(), ..BasicConfig::default() };
    let here = |text: &str| UserHash::Here(text.into());
    assert_eq!(invalid(with("bob", here("hunter2")), &directory).key(), "users.bob");
    let shown = invalid(with("bob", here("hunter2")), &directory).to_string();
    assert!(shown.contains("hash-password bob") && !shown.contains("hunter2"), "{shown}");
    assert_eq!(invalid(with("b:b", here(ARGON2ID)), &directory).key(), "users.b:b");
    let away = UserHash::Elsewhere(portcullis_core::Secret::File("bob.hash".into()));
    assert_eq!(invalid(with("bob", away.clone()), &directory).key(), "users.bob");
    fs::write(directory.path().join("bob.hash"), format!("{ARGON2ID}\n")).unwrap();
    assert!(Basic::new(with("bob", away), directory.path()).is_ok());

    fs::write(directory.path().join("users.htpasswd"), format!("bob:{ARGON2ID}\n")).unwrap();
    let twice = BasicConfig { users_file: users_file().users_file, ..with("bob", here(BCRYPT)) };
    assert_eq!(invalid(twice, &directory).problem(), "the user bob is in the users file too");
    let groups = BasicConfig { groups: [(String::new(), Vec::new())].into(), ..users_file() };
    assert_eq!(invalid(groups, &directory).key(), "groups.");
}

#[cfg(unix)]
#[test]
fn an_administrator_is_told_of_permissions_bcrypt_and_unknown_members() {
    use std::os::unix::fs::PermissionsExt as _;

    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str, mode| {
        fs::write(directory.path().join(name), text).unwrap();
        fs::set_permissions(directory.path().join(name), fs::Permissions::from_mode(mode)).unwrap();
    };
    let config = || BasicConfig { groups_file: Some("groups".into()), ..users_file() };
    write("users.htpasswd", &format!("alice:{ARGON2ID}\ncarol:{ARGON2ID}\n"), 0o640);
    write("groups", "ops: alice\ndev: carol", 0o644);
    let basic = Basic::new(config(), directory.path()).unwrap();
    assert_eq!(basic.warnings(), Vec::<String>::new());
    assert_eq!(basic.describe(), "user names and passwords (2 users from users.htpasswd, 2 groups)");

    write("users.htpasswd", &format!("alice:{ARGON2ID}\nbob:{BCRYPT}\n"), 0o664);
    write("groups", "ops: a b c d e f alice", 0o666);
    let warnings = Basic::new(config(), directory.path()).unwrap().warnings();
    let expected = [
        "users.htpasswd (mode 0664) can be read by everybody",
        "users.htpasswd (mode 0664) can be written by its group",
        "groups (mode 0666) can be written by everybody",
        "bcrypt",
        "the group ops has members who are no users: a, b, c, d, e and 1 more",
    ];
    assert_eq!(warnings.len(), expected.len(), "{warnings:#?}");
    for (warning, expected) in warnings.iter().zip(expected) {
        assert!(warning.starts_with(expected), "{warning}");
    }
    assert!(warnings[3].ends_with(": bob"), "{}", warnings[3]);
}

#[test]
fn the_debug_form_holds_neither_names_nor_hashes() {
    let (basic, _directory) = basic(&format!("alice:{ARGON2ID}\n"));
    assert_eq!(format!("{basic:?}"), "Basic { users: 1, .. }");
}
