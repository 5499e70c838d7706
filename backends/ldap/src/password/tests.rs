use std::path::Path;

use portcullis_core::{Clock, Source};

use super::*;
use crate::responder::{Reply, Request, Responder, bound, done, entry, found};

/// Alice's password is "right"; mallory is disabled; the others are not there.
fn crew(request: &Request) -> Reply {
    match request {
        Request::Bind { dn, password } if dn == "uid=alice,dc=test" && password == "right" => bound(0),
        Request::Bind { .. } => bound(49),
        Request::Search { base, .. } if base.eq_ignore_ascii_case("uid=alice,dc=test") => {
            found(&[entry("uid=alice,dc=test", &[("uid", "alice")])])
        }
        Request::Search { base, .. } if base == "uid=mallory,dc=test" => {
            found(&[entry("uid=mallory,dc=test", &[("uid", "mallory"), ("userAccountControl", "514")])])
        }
        _ => Reply::Messages(vec![done(32)]),
    }
}

fn directory(url: &str, users: &str, more: &str) -> Arc<LdapDirectory> {
    let section = format!("urls = ['{url}']\n{more}\nusers = {{ {users} }}");
    Arc::new(LdapDirectory::new(toml::from_str(&section).unwrap(), "corp", Path::new(""), Clock::default()).unwrap())
}

const USERS: &str = "dn = 'uid={name},dc=test'";

async fn ldap(reply: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> (Responder, Ldap) {
    let responder = Responder::start(reply).await;
    let ldap = Ldap::new(LdapConfig::default(), directory(&responder.url(), USERS, "timeout = '500ms'")).unwrap();
    (responder, ldap)
}

async fn verdict(ldap: &Ldap, token: &str) -> Verdict {
    let field = format!("Basic {token}").parse().unwrap();
    let credential = Credential::parse(field, Source::Header, &[Scheme::BASIC]).unwrap();
    let request = http::Request::new(());
    ldap.authenticate(&credential, Head::from(&request)).await
}

/// `alice:right` and so on, in base64.
const ALICE_RIGHT: &str = "YWxpY2U6cmlnaHQ=";
const UPPER_ALICE_RIGHT: &str = "QUxJQ0U6cmlnaHQ=";
const ALICE_WRONG: &str = "YWxpY2U6d3Jvbmc=";
const ALICE_EMPTY: &str = "YWxpY2U6";
const NOBODY_RIGHT: &str = "bm9ib2R5OnJpZ2h0";
const MALLORY_RIGHT: &str = "bWFsbG9yeTpyaWdodA==";

fn binds(responder: &Responder) -> Vec<String> {
    let binds = responder.asked().into_iter().filter_map(|request| match request {
        Request::Bind { dn, .. } => Some(dn),
        _ => None,
    });
    binds.collect()
}

#[tokio::test]
async fn two_spellings_are_one_principal() {
    let (_, ldap) = ldap(crew).await;
    for token in [ALICE_RIGHT, UPPER_ALICE_RIGHT] {
        let Verdict::Accepted(accepted) = verdict(&ldap, token).await else { panic!("{token}") };
        assert_eq!(accepted.principal.name(), "alice");
        assert_eq!(accepted.lifetime, Some(Duration::from_secs(300)));
    }
}

#[tokio::test]
async fn a_wrong_password_is_refused_for_a_moment_and_no_longer() {
    let (_, ldap) = ldap(crew).await;
    let Verdict::Refused(refusal) = verdict(&ldap, ALICE_WRONG).await else { panic!() };
    assert_eq!((refusal.reason.as_ref(), refusal.lasting, refusal.lifetime), ("wrong password", true, Some(REFUSED)));
}

#[tokio::test]
async fn an_empty_password_is_refused_before_anybody_is_asked() {
    let (responder, ldap) = ldap(|_| bound(0)).await;
    assert!(matches!(verdict(&ldap, ALICE_EMPTY).await, Verdict::Refused(_)));
    assert_eq!((responder.asked(), responder.connections()), (vec![], 0));
}

#[tokio::test]
async fn who_is_not_there_or_disabled_costs_what_a_wrong_password_costs() {
    let mut asked = Vec::new();
    for token in [ALICE_WRONG, NOBODY_RIGHT, MALLORY_RIGHT] {
        let (responder, ldap) = ldap(crew).await;
        let Verdict::Refused(refusal) = verdict(&ldap, token).await else { panic!("{token}") };
        assert_eq!((refusal.lasting, refusal.lifetime, refusal.challenge.is_none()), (true, Some(REFUSED), true));
        asked.push((responder.asked().len(), responder.connections(), binds(&responder)));
    }
    assert_eq!([asked[0].0, asked[1].0, asked[2].0], [2, 2, 2]);
    assert_eq!([asked[0].1, asked[1].1, asked[2].1], [2, 2, 2]);
    for (.., binds) in &asked[1..] {
        assert!(binds[0].starts_with("uid=nobody-") && binds[0].ends_with(",dc=test"), "{binds:?}");
    }
}

/// Even if the server takes any password for the entry that is not there.
#[tokio::test]
async fn nobody_gets_in_as_nobody() {
    let (_, ldap) =
        ldap(|request| if matches!(request, Request::Bind { .. }) { bound(0) } else { crew(request) }).await;
    for token in [NOBODY_RIGHT, MALLORY_RIGHT] {
        assert!(matches!(verdict(&ldap, token).await, Verdict::Refused(_)), "{token}");
    }
}

#[tokio::test]
async fn passwords_are_shown_on_connections_that_nothing_else_is_asked_on() {
    let (responder, ldap) = ldap(crew).await;
    for _ in 0..5 {
        assert!(matches!(verdict(&ldap, ALICE_RIGHT).await, Verdict::Accepted(_)));
    }
    // One for searches and one for binds, each kept.
    assert_eq!((responder.connections(), responder.asked().len()), (2, 10));
}

#[tokio::test]
async fn a_server_that_cannot_tell_is_unavailable() {
    for reply in [(|_: &Request| Reply::Silence) as fn(&Request) -> Reply, |_| Reply::Close, |_| bound(51)] {
        let (_, ldap) =
            ldap(move |request| if matches!(request, Request::Bind { .. }) { reply(request) } else { crew(request) })
                .await;
        for token in [ALICE_RIGHT, NOBODY_RIGHT] {
            assert!(matches!(verdict(&ldap, token).await, Verdict::Unavailable(_)), "{token}");
        }
    }
    let (_, ldap) = ldap(|_| Reply::Close).await;
    assert!(matches!(verdict(&ldap, ALICE_RIGHT).await, Verdict::Unavailable(_)));
}

#[test]
fn a_directory_that_cannot_verify_passwords_is_an_error_of_the_file() {
    let key = |url: &str, users: &str, more: &str| {
        Ldap::new(LdapConfig::default(), directory(url, users, more)).err().map(|invalid| invalid.to_string())
    };
    assert_eq!(key("ldaps://dc", USERS, ""), None);
    assert_eq!(key("ldap://dc", USERS, "start_tls = true"), None);
    assert!(key("ldap://dc", USERS, "plain_text = true").unwrap().contains("in plain text"));
    assert!(key("ldaps://dc", "dn = 'uid={name},o={realm}'", "").unwrap().contains("the only placeholder"));
    for (filter, is_enough) in
        [("(member={dn})", true), ("(memberUid={name})", true), ("(&(member={dn})(o={realm}))", false)]
    {
        let groups = format!("groups = {{ base = 'dc=test', filter = '{filter}' }}");
        let problem = key("ldaps://dc", USERS, &groups);
        assert_eq!(problem.is_none(), is_enough, "{filter}: {problem:?}");
    }
    assert!(
        key("ldaps://dc", "base = 'dc=test', filter = '(|(uid={name})(mail={name}))'", "")
            .unwrap()
            .contains("users.name")
    );
    assert_eq!(key("ldaps://dc", "base = 'dc=test', filter = '(|(uid={name})(mail={name}))', name = 'uid'", ""), None);
    let config: LdapConfig = toml::from_str("realm = 'caf\u{e9}'").unwrap();
    assert_eq!(Ldap::new(config, directory("ldaps://dc", USERS, "")).unwrap_err().key(), "realm");
}

#[test]
fn two_that_verify_passwords_claim_the_same() {
    let claims = |users: &str, realm: &str| {
        let config = toml::from_str(&format!("realm = '{realm}'")).unwrap();
        Ldap::new(config, directory("ldaps://dc", users, "")).unwrap().sole_claims()
    };
    assert_eq!(claims(USERS, "a").len(), 1);
    assert_eq!(claims(USERS, "a"), claims("dn = 'cn={name},dc=other'", "b"));
}

#[test]
fn a_name_that_groups_are_not_found_by_is_warned_of() {
    let warnings =
        |users: &str| Ldap::new(LdapConfig::default(), directory("ldaps://dc", users, "")).unwrap().warnings().len();
    assert_eq!(warnings(USERS), 0);
    assert_eq!(warnings("base = 'dc=test', filter = '(mail={name})', name = 'uid'"), 1);
    assert_eq!(warnings("base = 'dc=test', filter = '(|(mail={name})(uid={name}))', name = 'uid'"), 0);
}

#[tokio::test]
async fn guesses_at_the_readers_password_are_never_shown_as_the_reader() {
    for reader in ["uid=alice,dc=test", "UID = Alice, DC=test"] {
        let responder = Responder::start(|request| match request {
            Request::Bind { password, .. } if password == "secret" => bound(0),
            request => crew(request),
        })
        .await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        std::fs::write(&file, "secret").unwrap();
        let more = format!("bind_dn = '{reader}'\nbind_password = {{ file = '{}' }}", file.display());
        let ldap = Ldap::new(LdapConfig::default(), directory(&responder.url(), USERS, &more)).unwrap();
        for token in [ALICE_WRONG, ALICE_RIGHT] {
            let Verdict::Refused(refusal) = verdict(&ldap, token).await else { panic!("{token}") };
            assert_eq!((refusal.lasting, refusal.lifetime, refusal.challenge.is_none()), (true, Some(REFUSED), true));
        }
        let binds = binds(&responder);
        assert_eq!(binds[0], reader, "as itself");
        assert!(binds[1..].iter().all(|dn| dn.starts_with("uid=nobody-")), "{binds:?}");
        assert_eq!(binds.len(), 3, "the server is asked as for anybody else");
    }
}

#[tokio::test]
async fn those_who_guess_take_no_places_of_those_who_were_verified() {
    // The account of whoever guesses is looked for in vain.
    let responder = Responder::start(|request| match request {
        Request::Search { base, .. } if base.starts_with("uid=nobody") => Reply::Silence,
        request => crew(request),
    })
    .await;
    let directory = directory(&responder.url(), USERS, "connections = 1\ntimeout = '20s'");
    let ldap = Arc::new(Ldap::new(LdapConfig::default(), Arc::clone(&directory)).unwrap());
    let guesses: Vec<_> = (0..10)
        .map(|_| {
            let ldap = Arc::clone(&ldap);
            tokio::spawn(async move { verdict(&ldap, NOBODY_RIGHT).await })
        })
        .collect();
    while responder.asked().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let alice = Principal::builder("alice").build();
    let asked = tokio::time::timeout(Duration::from_secs(10), portcullis_core::Directory::look_up(&*directory, &alice));
    assert!(matches!(asked.await, Ok(Ok(portcullis_core::Standing::Member(_)))));
    guesses.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test]
async fn a_wrong_password_is_shown_to_one_server() {
    let silent = |request: &Request| match request {
        Request::Bind { .. } => Reply::Silence,
        request => crew(request),
    };
    let (one, other) = (Responder::start(silent).await, Responder::start(silent).await);
    let section = format!("urls = ['{}', '{}']\ntimeout = '500ms'\nusers = {{ {USERS} }}", one.url(), other.url());
    let directory =
        LdapDirectory::new(toml::from_str(&section).unwrap(), "corp", Path::new(""), Clock::default()).unwrap();
    let ldap = Ldap::new(LdapConfig::default(), Arc::new(directory)).unwrap();
    assert!(matches!(verdict(&ldap, ALICE_WRONG).await, Verdict::Unavailable(_)));
    assert_eq!(binds(&one).len() + binds(&other).len(), 1);
}
