use super::*;
use crate::webhook::clients::{Client, Given};
use crate::webhook::config::{ClientConfig, ClientType, TimestampConfig};
use crate::webhook::form::Form;
use http::HeaderValue;
use proptest::prelude::*;
use std::time::Duration;

/// <https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation>
const GITHUB_SECRET: &str = "It's a Secret to Everybody";
const GITHUB_BODY: &str = "Hello, World!";
const GITHUB_SIGNATURE: &str = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

/// <https://docs.slack.dev/authentication/verifying-requests-from-slack>
const SLACK_SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";
const SLACK_TIME: u64 = 1_531_420_618;
const SLACK_BODY: &str = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
const SLACK_SIGNATURE: &str = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";

fn client(name: &str, form: Form, secrets: &[&str]) -> Client {
    let given = |secret: &&str| Given { key: String::new(), secret: (*secret).to_owned().into() };
    let secrets = secrets.iter().map(given).collect();
    Client { name: name.to_owned(), form, groups: Vec::new(), secrets, key: name.to_owned(), file: String::new() }
}

fn known(name: &str, kind: ClientType, secrets: &[&str]) -> Client {
    client(name, Form::of_known(kind).unwrap(), secrets)
}

fn slack() -> Form {
    let timestamp =
        TimestampConfig { header: "X-Slack-Request-Timestamp".to_owned(), tolerance: Duration::from_secs(300) };
    Form::of(&ClientConfig {
        name: "slack".to_owned(),
        kind: ClientType::Hmac,
        secrets: Vec::new(),
        groups: Vec::new(),
        header: Some("X-Slack-Signature".to_owned()),
        prefix: Some("v0=".to_owned()),
        encoding: None,
        signed: Some("v0:{timestamp}:{body}".to_owned()),
        timestamp: Some(timestamp),
    })
    .unwrap()
}

fn signed(secret: &str, body: &[u8]) -> String {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), body);
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={hex}")
}

fn headers(fields: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        headers.append(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    headers
}

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

/// Who sent this; `-` without any field.
fn whose(clients: &[Client], fields: &[(&'static str, &str)], body: &str, now: u64) -> Result<String, &'static str> {
    let clients = Arc::new(Clients::new(clients, &"webhook".into()).unwrap());
    let mut proofs = match Presented::of(&clients, &headers(fields), at(now)) {
        Presented::Nothing => return Ok("-".to_owned()),
        Presented::Bad(reason) => return Err(reason),
        Presented::Proofs(proofs) => proofs,
    };
    proofs.update(body.as_bytes());
    proofs.end().map(|verified| verified.principal.name().to_owned())
}

#[test]
fn githubs_published_example_is_githubs() {
    let clients = [known("github.com", ClientType::Github, &[GITHUB_SECRET])];
    let whose = |fields: &[(&'static str, &str)], body: &str| whose(&clients, fields, body, 0);
    assert_eq!(whose(&[("x-hub-signature-256", GITHUB_SIGNATURE)], GITHUB_BODY), Ok("github.com".to_owned()));
    let nobodys = Err("no client has signed this body");
    assert_eq!(whose(&[("x-hub-signature-256", GITHUB_SIGNATURE)], "Hello, World?"), nobodys);
    assert_eq!(whose(&[("x-hub-signature-256", GITHUB_SIGNATURE)], ""), nobodys);
    let other = GITHUB_SIGNATURE.replace("757107", "757108");
    assert_eq!(whose(&[("x-hub-signature-256", &other)], GITHUB_BODY), nobodys);
    assert_eq!(whose(&[], GITHUB_BODY), Ok("-".to_owned()));
    assert_eq!(whose(&[("x-hub-signature", GITHUB_SIGNATURE)], GITHUB_BODY), Ok("-".to_owned()));
}

#[test]
fn slacks_published_example_is_slacks_while_its_time_is_near() {
    let clients = [client("slack", slack(), &[SLACK_SECRET])];
    let (time, late) = (SLACK_TIME.to_string(), (SLACK_TIME + 1).to_string());
    let fields = [("x-slack-signature", SLACK_SIGNATURE), ("x-slack-request-timestamp", &*time)];
    for now in [SLACK_TIME - 300, SLACK_TIME, SLACK_TIME + 300] {
        assert_eq!(whose(&clients, &fields, SLACK_BODY, now), Ok("slack".to_owned()));
    }
    assert_eq!(whose(&clients, &fields, SLACK_BODY, SLACK_TIME + 301), Err("the signature is too old"));
    assert_eq!(whose(&clients, &fields, SLACK_BODY, SLACK_TIME - 301), Err("the signature is from the future"));
    assert_eq!(whose(&clients, &fields[..1], SLACK_BODY, SLACK_TIME), Err("the time of the signature is missing"));
    let moved = [fields[0], ("x-slack-request-timestamp", &*late)];
    assert_eq!(whose(&clients, &moved, SLACK_BODY, SLACK_TIME), Err("no client has signed this body"));
}

#[test]
fn each_of_several_secrets_and_clients_counts() {
    let clients = [
        known("a", ClientType::Github, &["new", "old"]),
        known("b", ClientType::Github, &["other"]),
        known("c", ClientType::Bitbucketserver, &["server"]),
        known("d", ClientType::Gitlab, &["token"]),
    ];
    for (secret, name) in [("new", "a"), ("old", "a"), ("other", "b")] {
        let field = ("x-hub-signature-256", &*signed(secret, b"x"));
        assert_eq!(whose(&clients, &[field], "x", 0), Ok(name.to_owned()));
    }
    assert_eq!(whose(&clients, &[("x-hub-signature", &signed("server", b"x"))], "x", 0), Ok("c".to_owned()));
    assert_eq!(whose(&clients, &[("x-gitlab-token", "token")], "x", 0), Ok("d".to_owned()));
    // The secret of a client counts in its own field alone.
    let nobodys = Err("no client has signed this body");
    assert_eq!(whose(&clients, &[("x-hub-signature", &signed("new", b"x"))], "x", 0), nobodys);
    assert_eq!(whose(&clients, &[("x-hub-signature-256", &signed("server", b"x"))], "x", 0), nobodys);
    assert_eq!(whose(&clients, &[("x-gitlab-token", "new")], "x", 0), Err("no client has this token"));
}

#[test]
fn what_is_no_signature_is_refused_before_the_body_is_there() {
    let clients = [known("a", ClientType::Github, &["a"]), known("b", ClientType::Gitlab, &["b"])];
    let good = signed("a", b"x");
    let cut = &good[..good.len() - 1];
    for value in ["", "sha256=", "sha1=0123", cut, &good.replace("sha256=", ""), &format!("{good}, {good}")] {
        assert_eq!(whose(&clients, &[("x-hub-signature-256", value)], "x", 0), Err("malformed signature"), "{value}");
    }
    let twice = [("x-hub-signature-256", &*good), ("x-hub-signature-256", &*good)];
    assert_eq!(whose(&clients, &twice, "x", 0), Err("two signatures in one field name"));
    let twice = [("x-gitlab-token", "b"), ("x-gitlab-token", "b")];
    assert_eq!(whose(&clients, &twice, "x", 0), Err("two signatures in one field name"));
    for token in ["", "B", "bb"] {
        assert_eq!(whose(&clients, &[("x-gitlab-token", token)], "x", 0), Err("no client has this token"), "{token}");
    }
}

/// GitHub sends an old signature too, and Bitbucket its UUID with every delivery.
#[test]
fn one_proof_is_enough_and_two_clients_are_too_many() {
    let clients = [known("github", ClientType::Github, &["a"]), known("server", ClientType::Bitbucketserver, &["b"])];
    let (github, server) = (signed("a", b"x"), signed("b", b"x"));
    let old = ("x-hub-signature", "sha1=0123456789abcdef0123456789abcdef01234567");
    assert_eq!(whose(&clients, &[("x-hub-signature-256", &github), old], "x", 0), Ok("github".to_owned()));
    let both = [("x-hub-signature-256", &*github), ("x-hub-signature", &*server)];
    assert_eq!(whose(&clients, &both, "x", 0), Err("signatures of two clients"));
    assert_eq!(whose(&clients, &both, "y", 0), Err("no client has signed this body"));
}

#[test]
fn a_delivery_that_is_remembered_is_known_by_its_signature() {
    let delivery = |clients: &[Client], fields: &[(&'static str, &str)], now| {
        let clients = Arc::new(Clients::new(clients, &"webhook".into()).unwrap());
        let Presented::Proofs(mut proofs) = Presented::of(&clients, &headers(fields), at(now)) else {
            panic!("proofs")
        };
        proofs.update(if now == 0 { b"x" } else { SLACK_BODY.as_bytes() });
        proofs.end().unwrap().delivery
    };
    let github = [known("a", ClientType::Github, &["a"])];
    let signature = signed("a", b"x");
    let mark = delivery(&github, &[("x-hub-signature-256", &signature)], 0).unwrap();
    assert_eq!((mark.signature[0], mark.until), (u8::from_str_radix(&signature[7..9], 16).unwrap(), None));
    // In another spelling it is the same.
    let upper = signature.to_uppercase().replace("SHA256", "sha256");
    assert_eq!(delivery(&github, &[("x-hub-signature-256", &upper)], 0), Some(mark));
    let time = SLACK_TIME.to_string();
    let fields = [("x-slack-signature", SLACK_SIGNATURE), ("x-slack-request-timestamp", &*time)];
    let mark = delivery(&[client("slack", slack(), &[SLACK_SECRET])], &fields, SLACK_TIME).unwrap();
    assert_eq!(mark.until, Some(at(SLACK_TIME + 300)));
    assert_eq!(delivery(&[known("d", ClientType::Gitlab, &["t"])], &[("x-gitlab-token", "t")], 0), None);
}

proptest! {
    #[test]
    fn a_body_in_any_pieces_has_its_one_signature(
        pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..6),
        secret in "[ -~]{1,100}",
        flip in any::<usize>(),
    ) {
        let clients = Arc::new(Clients::new(&[known("a", ClientType::Github, &[&secret])], &"webhook".into()).unwrap());
        let mut body = pieces.concat();
        let headers = headers(&[("x-hub-signature-256", &signed(&secret, &body))]);
        let ends = |pieces: &[&[u8]]| {
            let Presented::Proofs(mut proofs) = Presented::of(&clients, &headers, at(0)) else { panic!("proofs") };
            pieces.iter().for_each(|piece| proofs.update(piece));
            proofs.end().is_ok()
        };
        let pieces: Vec<_> = pieces.iter().map(Vec::as_slice).collect();
        prop_assert!(ends(&pieces));
        if !body.is_empty() {
            let at = flip % body.len();
            body[at] ^= 1;
            prop_assert!(!ends(&[&body]));
        }
    }
}
