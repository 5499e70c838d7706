use std::fs;

use super::*;
use crate::keytab::tests::written;

fn keys(service: &str, entries: &[(&str, u32, u16)]) -> (tempfile::TempDir, Result<Keys, String>) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("keytab");
    fs::write(&path, written(entries)).unwrap();
    let keys = Keys::new(&"corp".into(), path, Service::parse(service).unwrap());
    (directory, keys)
}

#[test]
fn the_principals_and_realms_are_those_of_the_service() {
    let entries = [("HTTP/a@R", 1, 18), ("HTTP/a@R", 2, 18), ("HTTP/b@S", 1, 18), ("host/a@T", 1, 18)];
    let (_directory, keys) = keys("HTTP", &entries);
    let keys = keys.unwrap_or_else(|problem| panic!("{problem}"));
    assert_eq!(Vec::from_iter(keys.principals()), ["HTTP/a@R", "HTTP/b@S"]);
    assert_eq!(Vec::from_iter(keys.realms()), ["R", "S"]);
}

#[test]
fn a_keytab_without_a_key_of_the_service_says_whose_it_has() {
    let (_directory, none) = keys("airflow", &[("HTTP/a@R", 1, 18), ("HTTP/a@R", 2, 18), ("host/a@R", 1, 18)]);
    let problem = none.err().unwrap();
    assert_eq!(problem, "there is no key of airflow/* in it, but keys of HTTP/a@R, host/a@R");
    let (_directory, empty) = keys("HTTP", &[]);
    assert!(empty.err().unwrap().contains("no keys at all"));
}

#[test]
fn a_ticket_is_told_from_the_keys_by_service_version_and_enctype() {
    let (_directory, keys) = keys("HTTP", &[("HTTP/a@R", 2, 18), ("HTTP/a@R", 3, 18), ("host/a@R", 1, 18)]);
    let keys = keys.unwrap_or_else(|problem| panic!("{problem}"));
    for (service, kvno, enctype, fit) in [
        ("HTTP/a@R", Some(3), 18, Fit::Known),
        ("HTTP/a@R", Some(2), 18, Fit::Known),
        ("HTTP/a@R", None, 18, Fit::Known),
        ("HTTP/a@R", Some(0), 18, Fit::Known),
        ("HTTP/a@R", Some(3), 23, Fit::OtherEnctype),
        ("HTTP/a@R", Some(4), 18, Fit::NewerKey { newest: 3 }),
        ("HTTP/a@R", Some(1), 18, Fit::OlderKey { newest: 3 }),
        ("HTTP/b@R", Some(3), 18, Fit::OtherService),
        ("host/a@R", Some(1), 18, Fit::OtherService),
    ] {
        let ticket = TicketHint { service: service.to_owned(), kvno, enctype, tag: [0; 16] };
        assert_eq!(keys.fit(&ticket), fit, "{service} {kvno:?} {enctype}");
    }
}

#[test]
fn a_keytab_that_everybody_can_read_is_warned_about() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_directory, keys) = keys("HTTP", &[("HTTP/a@R", 2, 18)]);
    let keys = keys.unwrap_or_else(|problem| panic!("{problem}"));
    fs::set_permissions(keys.path(), fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(keys.warnings(), [""; 0]);
    fs::set_permissions(keys.path(), fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(keys.warnings().len(), 1);
}
