use std::io::Write;
use std::sync::Mutex;
use std::time::Instant;

use super::*;

fn rename_over(directory: &TempDir, users: &str) {
    let new = directory.path().join("new");
    fs::write(&new, users).unwrap();
    fs::rename(new, directory.path().join("users.htpasswd")).unwrap();
}

async fn until(condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(30), "it did not happen");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_renamed_file_is_in_force_at_once_and_costs_no_hash() {
    let (basic, directory) = basic(&format!("alice:{ARGON2ID}\nbob:{ARGON2ID}\ncarol:{ARGON2ID}\n"));
    let principal = |name: &str| Principal::builder(name).build();
    let before = basic.epoch();
    for name in ["alice", "bob", "carol"] {
        assert!(basic.still_vouches(&principal(name), before));
    }
    // Bob has a new password, Carol is gone, Dave is new.
    rename_over(&directory, &format!("alice:{ARGON2ID}\nbob:{ARGON2ID_OTHER}\ndave:{ARGON2ID}\n"));
    until(|| basic.epoch() > before).await;
    assert!(basic.still_vouches(&principal("alice"), before));
    for name in ["bob", "carol", "dave", "zoe"] {
        assert!(!basic.still_vouches(&principal(name), before), "{name}");
    }
    assert!(basic.still_vouches(&principal("bob"), basic.epoch()));
    assert_eq!(basic.hashes(), Hashes::default());
    assert!(accepted(&basic, "dave", "correct horse").await);
    assert!(is_lasting_refusal(&login(&basic, "bob", "correct horse").await));
    assert!(is_lasting_not_mine(&login(&basic, "carol", "correct horse").await));
}

#[tokio::test]
async fn a_hash_in_a_file_of_its_own_and_the_groups_file_are_read_again() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("bob.hash"), ARGON2ID).unwrap();
    fs::write(directory.path().join("groups"), "").unwrap();
    let hash = UserHash::Elsewhere(portcullis_core::Secret::File("bob.hash".into()));
    let users = [("bob".to_owned(), hash)].into();
    let config = BasicConfig { users, groups_file: Some("groups".into()), ..BasicConfig::default() };
    let basic = Basic::new(config, directory.path()).unwrap();
    let first = basic.epoch();
    fs::write(directory.path().join("groups"), "ops: bob").unwrap();
    until(|| basic.epoch() > first).await;
    let second = basic.epoch();
    fs::write(directory.path().join("bob.hash"), BCRYPT).unwrap();
    until(|| basic.epoch() > second).await;
    let Verdict::Accepted(bob) = login(&basic, "bob", "correct horse").await else { panic!() };
    assert!(bob.principal.in_group("ops"));
    assert_eq!(basic.hashes(), Hashes { argon2id: 0, bcrypt: 1 });
}

#[tokio::test]
async fn a_file_that_cannot_be_read_changes_nothing_and_is_logged_without_hashes() {
    let (basic, directory) = basic(&format!("alice:{ARGON2ID}\n"));
    let epoch = basic.epoch();
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    tracing::subscriber::with_default(subscriber, || {
        rename_over(&directory, &format!("alice:{ARGON2ID_OTHER}\nbob:{}\n", BCRYPT.replace("2b", "2a")));
        basic.store.read_again();
        fs::remove_file(directory.path().join("users.htpasswd")).unwrap();
        basic.store.read_again();
    });
    assert_eq!(basic.epoch(), epoch);
    assert!(basic.still_vouches(&Principal::builder("alice").build(), epoch));
    assert!(accepted(&basic, "alice", "correct horse").await);
    let log = log.text();
    assert!(log.contains("ERROR") && log.contains("users.htpasswd:2: the user bob has a bcrypt hash"), "{log}");
    assert!(log.contains("users.htpasswd: ") && log.matches("ERROR").count() == 2, "{log}");
    assert!(!log.contains("abcdef") && !log.contains("MDEy"), "{log}");
}

#[tokio::test]
async fn a_file_without_users_is_honoured_and_nobody_gets_in() {
    let (basic, directory) = basic(&format!("alice:{ARGON2ID}\n"));
    let epoch = basic.epoch();
    rename_over(&directory, "# closed\n");
    until(|| basic.epoch() > epoch).await;
    assert!(!basic.still_vouches(&Principal::builder("alice").build(), epoch));
    assert!(is_lasting_not_mine(&login(&basic, "alice", "correct horse").await));
}

#[tokio::test]
async fn who_changes_while_the_password_is_verified_is_not_accepted() {
    let directory = tempfile::tempdir().unwrap();
    rename_over(&directory, &format!("alice:{ARGON2ID}\nbob:{ARGON2ID}\n"));
    let config = BasicConfig { max_concurrent: Some(1), ..users_file() };
    let basic = Arc::new(Basic::new(config, directory.path()).unwrap());
    let (end, busy) = occupy(&basic).await;
    let [alice, bob] = ["alice", "bob"].map(|name| {
        let basic = Arc::clone(&basic);
        tokio::spawn(async move { login(&basic, name, "correct horse").await })
    });
    // Both have looked up their hash and wait for their turn.
    until(|| basic.hashing.waiting() == 2).await;
    rename_over(&directory, &format!("bob:{ARGON2ID}\n"));
    basic.store.read_again();
    drop(end);
    busy.await.unwrap();
    assert!(matches!(alice.await.unwrap(), Verdict::Refused(refusal) if !refusal.lasting));
    assert!(matches!(bob.await.unwrap(), Verdict::Accepted(_)));
}

/// What was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
