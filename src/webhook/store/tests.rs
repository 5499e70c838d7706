use super::*;
use crate::webhook::config::{ClientConfig, ClientType};
use portcullis_core::Rejection;
use std::fs;
use std::time::{Duration, Instant};

fn store(config: &WebhookConfig, directory: &Path) -> Arc<Store> {
    let origin = Origin::new(config, directory);
    let clients = origin.read().unwrap_or_else(|problems| panic!("{problems:?}"));
    Store::new(origin, Authorizers::new([], Rejection::unauthenticated(Vec::new())), clients)
}

fn names(store: &Store) -> Vec<String> {
    store.clients().principals.iter().map(|principal| principal.name().to_owned()).collect()
}

/// Whether the token is that of this client.
fn is_of(store: &Store, token: &str, name: &str) -> bool {
    let clients = store.clients();
    let found = clients.groups.iter().flat_map(|group| clients.with_token(group, token.as_bytes()));
    found.into_iter().any(|client| clients.principals[client].name() == name)
}

/// Until it is so. The watch looks at least every 5 s.
fn wait_until(is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(30), "it does not happen");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn replace(path: &Path, text: &str) {
    let new = path.with_file_name(".new");
    fs::write(&new, text).unwrap();
    fs::rename(new, path).unwrap();
}

fn gitlab(secret: &str) -> String {
    format!("type: gitlab\nsecret: {secret}\n")
}

#[test]
fn a_secret_that_changes_counts_and_so_does_a_client_that_comes_or_goes() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join("clients").join(name);
    fs::create_dir(at("")).unwrap();
    fs::write(at("one"), gitlab("a")).unwrap();
    let config = WebhookConfig { clients_dir: Some("clients".into()), ..WebhookConfig::default() };
    let store = store(&config, directory.path());
    assert!(is_of(&store, "a", "one"));
    replace(&at("one"), &gitlab("b"));
    wait_until(|| is_of(&store, "b", "one"));
    assert!(!is_of(&store, "a", "one"));
    replace(&at("two"), &gitlab("c"));
    wait_until(|| names(&store) == ["one", "two"]);
    // It came later, and is watched like the first.
    replace(&at("two"), &gitlab("d"));
    wait_until(|| is_of(&store, "d", "two"));
    fs::remove_file(at("one")).unwrap();
    wait_until(|| names(&store) == ["two"]);
    fs::remove_file(at("two")).unwrap();
    wait_until(|| names(&store).is_empty());
}

#[cfg(unix)]
#[test]
fn the_files_of_a_secret_are_swapped_as_kubernetes_does() {
    use std::os::unix::fs::symlink;

    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    let put = |version: &str, secret: &str| {
        fs::create_dir(at(version)).unwrap();
        fs::write(at(version).join("gitlab.com"), gitlab(secret)).unwrap();
    };
    put("..one", "a");
    symlink("..one", at("..data")).unwrap();
    symlink("..data/gitlab.com", at("gitlab.com")).unwrap();
    let config = WebhookConfig { clients_dir: Some("".into()), ..WebhookConfig::default() };
    let store = store(&config, directory.path());
    assert!(is_of(&store, "a", "gitlab.com") && names(&store).len() == 1);
    put("..two", "b");
    symlink("..two", at("..new")).unwrap();
    fs::rename(at("..new"), at("..data")).unwrap();
    wait_until(|| is_of(&store, "b", "gitlab.com"));
}

#[test]
fn what_cannot_be_read_leaves_those_that_were() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("secret");
    fs::write(&path, "a\n").unwrap();
    let client = ClientConfig {
        name: "one".to_owned(),
        kind: ClientType::Gitlab,
        secrets: vec![Secret::File("secret".into())],
        groups: vec!["hooks".to_owned()],
        header: None,
        prefix: None,
        encoding: None,
        signed: None,
        timestamp: None,
    };
    let config = WebhookConfig { client: vec![client], ..WebhookConfig::default() };
    let store = store(&config, directory.path());
    fs::write(&path, "").unwrap();
    assert!(!store.read_again());
    assert!(is_of(&store, "a", "one"));
    let told = store.watched.lock().unwrap().told.clone().unwrap();
    assert!(told.contains("client[0].secrets[0]") && told.contains("is empty"), "{told}");
    fs::write(&path, "b\n").unwrap();
    wait_until(|| is_of(&store, "b", "one"));
    assert!(store.watched.lock().unwrap().told.is_none());
}

#[test]
fn nothing_is_watched_any_more_when_nobody_needs_it() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("one"), gitlab("a")).unwrap();
    let config = WebhookConfig { clients_dir: Some("".into()), ..WebhookConfig::default() };
    let store = store(&config, directory.path());
    let gone = Arc::downgrade(&store);
    drop(store);
    assert!(gone.upgrade().is_none());
}
