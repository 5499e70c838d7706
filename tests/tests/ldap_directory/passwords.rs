//! The directory as who verifies passwords.

use portcullis_testbed::{Entries, Slapd, basic, password_of, user_dn};
use serde_json::json;

use crate::scene::{GROUPS, PASSWORDS, USERS};

#[test]
fn passwords_are_verified_by_the_directory_itself() {
    let slapd = Slapd::start(&Entries::company().and(&Entries::barred()).and(&Entries::hostile()));
    let program = slapd.site(&format!("{PASSWORDS}{}{USERS}{GROUPS}", slapd.directory())).serve_here();
    let log_in = |name: &str, password: &str| program.authorized(&basic(name, password));
    let alice = log_in("alice", &password_of("alice"));
    assert_eq!((alice.status, &alice.json()["name"], &alice.json()["groups"]), (200, &json!("alice"), &json!(["ops"])));
    let upper = log_in("ALICE", &password_of("alice"));
    assert_eq!((upper.status, &upper.json()["name"]), (200, &json!("alice")), "as it is written there");
    assert_eq!(slapd.binds().last(), Some(&user_dn("alice")));
    for (name, password) in
        [("alice", "wrong"), ("nobody", "no-such-user"), ("*", "password-of-all"), ("alice", "bob-password")]
    {
        assert_eq!(log_in(name, password).status, 401, "{name}");
    }
    for name in ["locked", "disabled", "locked-out", "expired", "inactive"] {
        assert_eq!(log_in(name, &password_of(name)).status, 401, "{name}");
    }
    let before = slapd.binds();
    for name in ["alice", "nobody"] {
        assert_eq!(log_in(name, "").status, 401, "anybody may bind without a password");
    }
    assert_eq!(slapd.binds(), before);
    for name in Entries::HOSTILE.iter().filter(|name| !name.contains(':')) {
        assert_eq!(log_in(name, &password_of(name)).status, 200, "{name:?}");
        assert_eq!(log_in(name, "another-password").status, 401, "{name:?}");
    }
}

#[test]
fn whoever_is_refused_gets_the_same_answer() {
    let slapd = Slapd::start(&Entries::company().and(&Entries::barred()));
    let program = slapd.site(&format!("{PASSWORDS}{}{USERS}{GROUPS}", slapd.directory())).serve_here();
    let log_in = |name: &str, password: &str| program.authorized(&basic(name, password));
    let wrong = log_in("alice", "wrong-password").without_date();
    assert_eq!(wrong.status, 401);
    assert!(!wrong.body.is_empty() && wrong.field("www-authenticate").is_some(), "{wrong:?}");
    for name in ["nobody", "locked", "disabled", "locked-out", "expired", "inactive", "*", "a,b"] {
        for password in ["wrong-password", &password_of(name)] {
            let binds = slapd.binds().len();
            assert_eq!(log_in(name, password).without_date(), wrong, "{name}");
            assert_eq!(slapd.binds().len() - binds, 1, "{name}: the same work");
        }
    }
    assert_eq!(log_in("enabled", "wrong-password").without_date(), wrong);
    assert_eq!(log_in("alice", "").without_date(), wrong, "nobody is told why");
}

#[test]
fn nobody_logs_in_as_the_reader_or_locks_it() {
    let entries = Entries::company().set(&format!("cn=policy,{}", Slapd::SUFFIX), "pwdMaxFailure", "3");
    let slapd = Slapd::start(&entries);
    let users = format!("[directory.users]\nbase = \"{}\"\nfilter = \"(cn={{name}})\"\n", Slapd::SUFFIX);
    let program = slapd.site(&format!("{PASSWORDS}{}{users}{GROUPS}", slapd.directory())).serve_here();
    let log_in = |name: &str, password: &str| program.authorized(&basic(name, password)).status;
    for password in ["first-guess", "second-guess", "third-guess", "fourth-guess", Slapd::READER_PASSWORD] {
        assert_eq!(log_in("reader", password), 401, "{password}");
        assert_ne!(slapd.binds().last().unwrap(), Slapd::READER, "{password}");
    }
    assert!(slapd.reader().whoami().is_ok(), "it is not locked");
    assert_eq!(log_in("alice", &password_of("alice")), 200);
}
