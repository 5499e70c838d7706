use super::*;
use crate::webhook::config::ClientType;

fn client(name: &str, kind: ClientType, secrets: &[&str]) -> Client {
    let key = format!("client[{name}]");
    let given = |(index, secret): (usize, &&str)| Given {
        key: format!("{key}.secrets[{index}]"),
        secret: (*secret).to_owned().into(),
    };
    Client {
        name: name.to_owned(),
        form: Form::of_known(kind).unwrap(),
        groups: vec![format!("of-{name}")],
        secrets: secrets.iter().enumerate().map(given).collect(),
        key,
        file: String::new(),
    }
}

fn put(clients: &[Client]) -> Result<Clients, Vec<String>> {
    let put = Clients::new(clients, &"webhook".into());
    put.map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

#[test]
fn each_client_is_a_principal_of_the_webhook() {
    let clients =
        put(&[client("a", ClientType::Github, &["1", "2"]), client("b", ClientType::Gitlab, &["3"])]).unwrap();
    let shown: Vec<_> = clients.principals.iter().map(|p| (p.backend(), p.name(), p.in_group("of-b"))).collect();
    assert_eq!(shown, [("webhook", "a", false), ("webhook", "b", true)]);
    assert!(clients.principals.iter().all(|principal| !principal.is_anonymous()));
    assert_eq!(clients.groups.iter().map(|group| group.keys.len()).collect::<Vec<_>>(), [2, 1]);
}

#[test]
fn a_secret_is_one_clients_alone_of_those_who_sign_alike() {
    let expected = "client[b].secrets[1]: the secret of client[a] too, which signs alike; expected a secret of its own for \
        each client that signs alike";
    const KINDS: [ClientType; 4] =
        [ClientType::Github, ClientType::Gitlab, ClientType::Bitbucketserver, ClientType::Bitbucket];
    for (kind, other) in KINDS.into_iter().flat_map(|kind| KINDS.map(|other| (kind, other))) {
        let found = put(&[client("a", kind, &["same"]), client("b", other, &["x", "same"])]);
        match kind == other {
            true => assert_eq!(found.unwrap_err(), [expected], "{kind:?}"),
            false => assert!(found.is_ok(), "{kind:?} {other:?}"),
        }
    }
    assert!(put(&[client("a", ClientType::Github, &["same", "same"])]).is_ok(), "both are its own");
}

/// An HMAC pads short keys with zeros, and digests long ones.
#[test]
fn secrets_that_are_one_key_to_an_hmac_are_the_same() {
    let long = "x".repeat(65);
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, long.as_bytes());
    let digest_is_text = String::from_utf8(digest.as_ref().to_vec());
    assert!(digest_is_text.is_err(), "so a file cannot hold it");
    let problems = put(&[client("a", ClientType::Github, &["k"]), client("b", ClientType::Github, &["k\0"])]);
    assert_eq!(problems.unwrap_err().len(), 1);
}

#[test]
fn names_are_told_apart() {
    let problems =
        put(&[client("a", ClientType::Github, &["1"]), client("a", ClientType::Gitlab, &["2"])]).unwrap_err();
    assert_eq!(problems, ["client[a]: client[a] has the same name; expected clients that are told apart"]);
}

#[test]
fn one_field_is_read_in_one_way() {
    let mut other = client("b", ClientType::Gitlab, &["2"]);
    other.form.header = http::HeaderName::from_static("x-hub-signature-256");
    let problems = put(&[client("a", ClientType::Github, &["1"]), other]).unwrap_err();
    assert!(problems[0].contains("another client has the same field, and signs in another way"), "{problems:?}");
}

#[test]
fn there_is_a_bound_to_what_is_tried() {
    let many = |count: usize| {
        let secrets: Vec<_> = (0..count).map(|index| index.to_string()).collect();
        let secrets: Vec<_> = secrets.iter().map(String::as_str).collect();
        put(&[client("a", ClientType::Github, &secrets[..1]), client("b", ClientType::Gitlab, &secrets[1..])])
    };
    assert!(many(64).is_ok());
    assert!(many(65).unwrap_err()[0].starts_with("65 secrets"));
}

#[test]
fn a_token_is_compared_whatever_its_length() {
    let clients = put(&[
        client("a", ClientType::Gitlab, &["token-a"]),
        client("b", ClientType::Gitlab, &["token-b", "token-b2"]),
    ])
    .unwrap();
    let with = |token: &str| clients.with_token(&clients.groups[0], token.as_bytes());
    assert_eq!((with("token-a"), with("token-b"), with("token-b2")), (vec![0], vec![1], vec![1]));
    for token in ["", "token-", "token-a ", "token-aa", "TOKEN-A", "token-b\0"] {
        assert!(with(token).is_empty(), "{token:?}");
    }
}

#[test]
fn what_they_were_is_told_without_their_secrets() {
    let one = |secret| put(&[client("a", ClientType::Github, &[secret])]).unwrap();
    assert!(one("hunter2").are(&one("hunter2")) && !one("hunter2").are(&one("hunter3")));
    assert!(!one("hunter2").are(&put(&[client("a", ClientType::Bitbucketserver, &["hunter2"])]).unwrap()));
    assert!(!format!("{:?}", one("hunter2")).contains("hunter2"));
}
