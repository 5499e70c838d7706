use super::*;

fn entry(user: Option<&str>, group: Option<&str>, account: &str) -> ActAs {
    let mut entry = ActAs::new("corp", account);
    (entry.user, entry.group) = (user.map(str::to_owned), group.map(str::to_owned));
    entry
}

fn everyone(backend: &str, account: &str) -> ActAs {
    let mut entry = ActAs::new(backend, account);
    entry.everyone = true;
    entry
}

fn principal(backend: &str, name: &str, groups: &[&str]) -> Principal {
    Principal::builder(name).backend(backend).groups(groups).build()
}

fn accounts(entries: Vec<ActAs>) -> Accounts {
    Accounts::new(&entries, "kubernetes").map_err(|invalid| invalid.to_string()).unwrap()
}

/// Who this principal is to the cluster.
fn acts_as<'a>(accounts: &'a Accounts, principal: &Principal) -> Option<&'a str> {
    accounts.account(principal).map(|account| account.user.as_str())
}

fn invalid(entries: Vec<ActAs>) -> String {
    Accounts::new(&entries, "kubernetes").err().expect("it is invalid").to_string()
}

#[test]
fn the_first_entry_that_fits_counts_and_all_its_keys_must() {
    let accounts = accounts(vec![
        entry(Some("alice"), Some("ops"), "both"),
        entry(Some("alice"), None, "alice"),
        entry(None, Some("ops"), "ops"),
        everyone("anonymous", "server"),
    ]);
    assert_eq!(acts_as(&accounts, &principal("corp", "alice", &["dev", "ops"])), Some("both"));
    assert_eq!(acts_as(&accounts, &principal("corp", "alice", &["dev"])), Some("alice"));
    assert_eq!(acts_as(&accounts, &principal("corp", "bob", &["ops"])), Some("ops"));
    assert_eq!(acts_as(&accounts, &principal("corp", "bob", &["dev"])), None);
    assert_eq!(acts_as(&accounts, &principal("corp", "ops", &["alice"])), None);
    // Alice of one backend is not alice of another.
    assert_eq!(acts_as(&accounts, &principal("basic", "alice", &["ops"])), None);
    assert_eq!(acts_as(&accounts, &principal("", "alice", &["ops"])), None);
    let anonymous = Principal::builder("anonymous").backend("anonymous").anonymous().build();
    assert_eq!(acts_as(&accounts, &anonymous), Some("server"));
}

#[test]
fn an_account_has_the_groups_that_the_cluster_would_give_it() {
    let mut of_argo = entry(Some("alice"), None, "system:serviceaccount:argo:alice");
    of_argo.as_groups = vec!["operators".to_owned(), "system:authenticated".to_owned(), "operators".to_owned()];
    for (entry, expected) in [
        (of_argo, &["operators", "system:authenticated", "system:serviceaccounts", "system:serviceaccounts:argo"][..]),
        (entry(Some("alice"), None, "alice@example.test"), &["system:authenticated"]),
        (entry(Some("alice"), None, "system:anonymous"), &["system:unauthenticated"]),
    ] {
        let accounts = accounts(vec![entry]);
        assert_eq!(accounts.account(&principal("corp", "alice", &["dev"])).unwrap().groups, expected);
    }
}

#[test]
fn an_entry_that_cannot_mean_what_it_says_is_refused_by_its_key() {
    let with_group = |group: &str| {
        let mut entry = entry(Some("alice"), None, "alice");
        entry.as_groups = vec!["fine".to_owned(), group.to_owned()];
        entry
    };
    let both = ActAs { everyone: true, ..entry(Some("alice"), None, "alice") };
    for (bad, key) in [
        (entry(None, None, "alice"), "act_as[0]: it does not say which callers"),
        (both, "act_as[0].everyone: "),
        (entry(Some(""), None, "alice"), "act_as[0].user: "),
        (entry(None, Some("a\nb"), "alice"), "act_as[0].group: "),
        (entry(Some("alice"), None, ""), "act_as[0].as: "),
        (entry(Some("alice"), None, "system:serviceaccount:argo"), "act_as[0].as: this is no service account"),
        (entry(Some("alice"), None, "system:serviceaccount:argo:a:b"), "act_as[0].as: this is no service account"),
        (with_group(""), "act_as[0].as_groups[1]: "),
        (everyone("", "alice"), "act_as[0].backend: "),
        (everyone("kubernetes", "alice"), "act_as[0].backend: the cluster is asked about this backend's own"),
    ] {
        let invalid = invalid(vec![bad]);
        assert!(invalid.starts_with(key), "{invalid}");
    }
}

#[test]
fn an_entry_that_is_never_reached_is_refused() {
    for (first, second) in [
        (everyone("corp", "a"), entry(Some("alice"), None, "b")),
        (entry(Some("alice"), None, "a"), entry(Some("alice"), Some("ops"), "b")),
        (entry(None, Some("ops"), "a"), entry(None, Some("ops"), "b")),
    ] {
        let swapped = [second.clone(), first.clone()];
        assert!(invalid(vec![first, second]).starts_with("act_as[1]: act_as[0] takes all of its callers"));
        let is_the_same = swapped[0].group == swapped[1].group && swapped[0].user == swapped[1].user;
        assert_eq!(Accounts::new(&swapped, "kubernetes").is_ok(), !is_the_same);
    }
    accounts(vec![everyone("corp", "a"), everyone("basic", "a")]);
}
