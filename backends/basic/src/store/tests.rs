use std::fs;
use std::io::Write;

use tempfile::TempDir;

use super::*;
use crate::hash::tests::{ARGON2ID, ARGON2ID_OTHER, BCRYPT};

/// A store that has read this users file, and that nobody else tells of changes.
fn store(users: &str) -> (Store, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    write(&directory, users);
    let config = BasicConfig { users_file: Some("users.htpasswd".into()), ..BasicConfig::default() };
    let store = Store::new(config, directory.path());
    store.read().unwrap();
    (store, directory)
}

fn write(directory: &TempDir, users: &str) {
    fs::write(directory.path().join("users.htpasswd"), users).unwrap();
}

/// What is logged meanwhile.
fn log_of(work: impl FnOnce()) -> String {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    tracing::subscriber::with_default(subscriber, work);
    String::from_utf8(log.0.lock().unwrap().clone()).unwrap()
}

#[test]
fn a_file_that_cannot_be_read_changes_nothing_and_is_logged_without_hashes() {
    let (store, directory) = store(&format!("alice:{ARGON2ID}\n"));
    let epoch = store.epoch();
    let log = log_of(|| {
        write(&directory, &format!("alice:{ARGON2ID_OTHER}\nbob:{}\n", BCRYPT.replace("2b", "2a")));
        assert!(!store.read_again());
        fs::remove_file(directory.path().join("users.htpasswd")).unwrap();
        assert!(!store.read_again());
    });
    assert_eq!(store.epoch(), epoch);
    assert!(store.snapshot().vouches("alice", epoch));
    assert!(log.contains("ERROR") && log.contains("users.htpasswd:2: the user bob has a bcrypt hash"), "{log}");
    assert!(log.contains("users.htpasswd: ") && log.matches("ERROR").count() == 2, "{log}");
    assert!(!log.contains("abcdef") && !log.contains("MDEy"), "{log}");
}

#[test]
fn each_error_is_logged_once_until_reading_succeeds() {
    let users = format!("alice:{ARGON2ID}\n");
    let (store, directory) = store(&users);
    let log = log_of(|| {
        for _ in 0..2 {
            for bad in ["one", "\ntwo", "one", "\ntwo"] {
                write(&directory, bad);
                assert!(!store.read_again());
            }
            write(&directory, &users);
            assert!(store.read_again());
        }
    });
    assert_eq!(log.matches("ERROR").count(), 4, "{log}");
    assert_eq!(log.matches("INFO").count(), 2, "{log}");
}

#[test]
fn a_file_that_is_emptied_and_then_written_in_place_locks_nobody_out() {
    let users = format!("alice:{ARGON2ID}\nbob:{ARGON2ID}\n");
    let (store, directory) = store(&users);
    let epoch = store.epoch();
    // Each time it is the first of its kind again, also after an error.
    for between in ["", "# soon\n", "alice"] {
        write(&directory, "");
        assert!(!store.read_again());
        assert!(store.snapshot().vouches("alice", epoch));
        write(&directory, "alice");
        assert!(!store.read_again());
        write(&directory, between);
        assert!(!store.read_again());
        write(&directory, &users);
        assert!(store.read_again());
        assert!(store.snapshot().vouches("alice", epoch) && store.epoch() == epoch);
    }
}

#[test]
fn a_file_that_is_still_empty_when_looked_at_again_is_honoured() {
    let (store, directory) = store(&format!("alice:{ARGON2ID}\n"));
    write(&directory, "# closed\n");
    assert!(!store.read_again());
    assert_eq!(store.snapshot().users(), 1);
    assert!(store.read_again());
    assert_eq!(store.snapshot().users(), 0);
    // There is nothing to lose any more.
    assert!(store.read_again());
}

/// What was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
