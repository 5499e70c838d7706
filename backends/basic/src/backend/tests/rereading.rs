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
async fn a_file_without_users_is_honoured_and_nobody_gets_in() {
    let (basic, directory) = basic(&format!("alice:{ARGON2ID}\n"));
    let epoch = basic.epoch();
    rename_over(&directory, "# closed\n");
    until(|| basic.epoch() > epoch).await;
    assert!(!basic.still_vouches(&Principal::builder("alice").build(), epoch));
    assert!(is_lasting_not_mine(&login(&basic, "alice", "correct horse").await));
}

/// A backend of these users that hashes one password at a time, and a file of groups.
fn one_at_a_time(users: &str) -> (Arc<Basic>, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    rename_over(&directory, users);
    fs::write(directory.path().join("groups"), "").unwrap();
    let config = BasicConfig { max_concurrent: Some(1), groups_file: Some("groups".into()), ..users_file() };
    (Arc::new(Basic::new(config, directory.path()).unwrap()), directory)
}

fn spawn_login(basic: &Arc<Basic>, user: &'static str, password: &'static str) -> tokio::task::JoinHandle<Verdict> {
    let basic = Arc::clone(basic);
    tokio::spawn(async move { login(&basic, user, password).await })
}

#[tokio::test]
async fn who_leaves_while_the_password_is_verified_is_not_accepted() {
    let (basic, directory) = one_at_a_time(&format!("alice:{ARGON2ID}\nbob:{ARGON2ID}\n"));
    let (end, busy) = occupy(&basic).await;
    let [alice, bob] = ["alice", "bob"].map(|name| spawn_login(&basic, name, "correct horse"));
    // Both have looked up their hash and wait for their turn.
    until(|| basic.hashing.waiting() == 2).await;
    rename_over(&directory, &format!("bob:{ARGON2ID}\n"));
    assert!(basic.store.read_again());
    drop(end);
    busy.await.unwrap();
    assert!(matches!(alice.await.unwrap(), Verdict::Refused(refusal) if !refusal.lasting));
    assert!(matches!(bob.await.unwrap(), Verdict::Accepted(_)));
}

#[tokio::test]
async fn whose_groups_change_while_the_password_is_verified_is_accepted_with_the_new_ones() {
    let (basic, directory) = one_at_a_time(&format!("alice:{ARGON2ID}\n"));
    let (end, busy) = occupy(&basic).await;
    let right = spawn_login(&basic, "alice", "correct horse");
    let wrong = spawn_login(&basic, "alice", "wrong");
    until(|| basic.hashing.waiting() == 2).await;
    fs::write(directory.path().join("groups"), "ops: alice\n").unwrap();
    assert!(basic.store.read_again());
    drop(end);
    busy.await.unwrap();
    let Verdict::Accepted(alice) = right.await.unwrap() else { panic!() };
    assert!(alice.principal.in_group("ops"));
    assert!(is_lasting_refusal(&wrong.await.unwrap()));
    assert_eq!(basic.hashes().argon2id, 2);
}

#[tokio::test]
async fn whose_hash_changes_while_the_password_is_verified_is_verified_against_the_new_one() {
    let (basic, directory) = one_at_a_time(&format!("alice:{ARGON2ID}\n"));
    let (end, busy) = occupy(&basic).await;
    let old = spawn_login(&basic, "alice", "correct horse");
    let new = spawn_login(&basic, "alice", "p\u{e4}ssw\u{f6}rd: with colon");
    until(|| basic.hashing.waiting() == 2).await;
    rename_over(&directory, &format!("alice:{ARGON2ID_OTHER}\n"));
    assert!(basic.store.read_again());
    drop(end);
    busy.await.unwrap();
    assert!(is_lasting_refusal(&old.await.unwrap()));
    assert!(matches!(new.await.unwrap(), Verdict::Accepted(_)));
    assert_eq!(basic.hashes().argon2id, 4);
}

#[tokio::test]
async fn a_hash_that_changes_twice_while_the_password_is_verified_is_an_outage() {
    let (basic, directory) = one_at_a_time(&format!("alice:{ARGON2ID}\n"));
    let (end, busy) = occupy(&basic).await;
    let alice = spawn_login(&basic, "alice", "correct horse");
    until(|| basic.hashing.waiting() == 1).await;
    // This takes the place between the first hash and the second.
    let between = tokio::spawn({
        let basic = Arc::clone(&basic);
        async move { occupy(&basic).await }
    });
    until(|| basic.hashing.waiting() == 2).await;
    rename_over(&directory, &format!("alice:{ARGON2ID_OTHER}\n"));
    assert!(basic.store.read_again());
    drop(end);
    busy.await.unwrap();
    let (end, busy) = between.await.unwrap();
    until(|| basic.hashing.waiting() == 1).await;
    rename_over(&directory, &format!("alice:{BCRYPT}\n"));
    assert!(basic.store.read_again());
    drop(end);
    busy.await.unwrap();
    let verdict = alice.await.unwrap();
    assert!(matches!(verdict, Verdict::Unavailable(unavailable) if unavailable.retry_after == Some(RETRY_AFTER)));
    assert_eq!(basic.hashes(), Hashes { argon2id: 2, bcrypt: 0 });
}

#[tokio::test]
async fn an_unknown_name_keeps_its_cost_over_a_restart_and_over_a_new_user() {
    let users = format!("alice:{ARGON2ID}\nbob:{BCRYPT}\n");
    let (first, directory) = basic(&users);
    let second = Basic::new(users_file(), directory.path()).unwrap();
    let points = |basic: &Basic| (0..50).map(|name| basic.points.of(&format!("user{name}"))).collect::<Vec<_>>();
    let before = points(&first);
    assert_eq!(points(&second), before);
    rename_over(&directory, &format!("{users}carol:{ARGON2ID_OTHER}\n"));
    assert!(first.store.read_again());
    assert_eq!(points(&first), before);
}
