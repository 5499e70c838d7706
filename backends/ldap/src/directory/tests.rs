use std::sync::atomic::{AtomicBool, Ordering};

use portcullis_core::ManualClock;

use super::*;
use crate::responder::{Reply, Request, Responder, done, entry, found};

mod forgetting;
mod waiting;

const ALICE: &str = "uid=alice,ou=people,dc=test";

/// Alice is in the group ops.
fn crew(request: &Request) -> Reply {
    match request {
        Request::Search { base, .. } if base == "ou=people,dc=test" => found(&[entry(ALICE, &[])]),
        Request::Search { base, .. } if base == "ou=groups,dc=test" => {
            found(&[entry("cn=ops,ou=groups,dc=test", &[("cn", "ops")])])
        }
        _ => Reply::Messages(vec![done(32)]),
    }
}

struct Fixture {
    responder: Responder,
    directory: Arc<LdapDirectory>,
    hand: ManualClock,
}

impl Fixture {
    async fn new(more: &str, reply: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let (responder, hand) = (Responder::start(reply).await, ManualClock::new());
        let section = format!(
            "urls = ['{}']\n{more}\nusers = {{ base = 'ou=people,dc=test', filter = '(uid={{name}})' }}\ngroups = {{ base = 'ou=groups,dc=test' }}",
            responder.url()
        );
        let directory =
            LdapDirectory::new(toml::from_str(&section).unwrap(), "corp", Path::new(""), Clock::from(&hand)).unwrap();
        Self { responder, directory: Arc::new(directory), hand }
    }

    async fn look_up(&self, name: &str) -> String {
        match self.directory.look_up(&Principal::builder(name).build()).await {
            Ok(Standing::Member(membership)) => membership.groups.join(" "),
            Ok(other) => format!("{other:?}"),
            Err(unavailable) => format!("unavailable: {}", unavailable.reason),
        }
    }

    fn searches(&self) -> usize {
        self.responder.asked().len()
    }
}

#[tokio::test]
async fn a_directory_that_is_away_is_never_one_without_groups() {
    let is_away = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&is_away);
    let reply = move |request: &Request| if asked.load(Ordering::SeqCst) { Reply::Close } else { crew(request) };
    let fixture = Fixture::new("ttl = '1m'\nstale_if_unavailable = '1m'", reply).await;
    assert_eq!(fixture.look_up("alice").await, "ops");
    is_away.store(true, Ordering::SeqCst);
    assert!(fixture.look_up("bob").await.starts_with("unavailable: directory corp: ldap://127.0.0.1:"));
    assert_eq!(fixture.directory.warnings().len(), 1);
    fixture.hand.advance(Duration::from_secs(61));
    assert_eq!(fixture.look_up("alice").await, "ops");
    fixture.hand.advance(Duration::from_secs(60));
    assert!(fixture.look_up("alice").await.starts_with("unavailable"));
    is_away.store(false, Ordering::SeqCst);
    fixture.hand.advance(Duration::from_secs(1));
    assert_eq!(fixture.look_up("alice").await, "ops");
    assert_eq!(fixture.directory.warnings(), [""; 0]);
}

#[tokio::test]
async fn who_is_not_there_or_has_no_name_is_refused() {
    let fixture = Fixture::new("", |_| found(&[])).await;
    assert_eq!(fixture.look_up("nobody").await, r#"Barred("not in the directory")"#);
    for name in ["", "al\0ice", &"x".repeat(1025)] {
        assert_eq!(fixture.look_up(name).await, r#"Barred("{name} is not known of the caller")"#);
    }
    let anonymous = Principal::builder("anonymous").anonymous().build();
    assert!(matches!(fixture.directory.look_up(&anonymous).await, Ok(Standing::Barred(_))));
    assert_eq!(fixture.searches(), 1);
}

#[tokio::test]
async fn an_older_answer_serves_while_nobody_answers_and_not_when_somebody_says_otherwise() {
    for (code, expected) in [(51, "ops"), (52, "ops"), (3, "unavailable"), (50, "unavailable"), (32, "unavailable")] {
        let said = Arc::new(std::sync::atomic::AtomicU8::new(0));
        let asked = Arc::clone(&said);
        let reply = move |request: &Request| match asked.load(Ordering::SeqCst) {
            0 => crew(request),
            code => Reply::Messages(vec![done(code)]),
        };
        let fixture = Fixture::new("ttl = '1m'\nstale_if_unavailable = '1h'", reply).await;
        assert_eq!(fixture.look_up("alice").await, "ops");
        said.store(code, Ordering::SeqCst);
        fixture.hand.advance(Duration::from_secs(61));
        assert!(fixture.look_up("alice").await.starts_with(expected), "{code}");
        // And what was dropped does not come again.
        said.store(51, Ordering::SeqCst);
        fixture.hand.advance(Duration::from_secs(2));
        assert!(fixture.look_up("alice").await.starts_with(expected), "{code}");
    }
}

#[tokio::test]
async fn a_name_that_the_server_does_not_understand_is_nobody_s() {
    for (code, expected) in [(34, "Barred(\"not in the directory\")"), (21, "Barred(\"not in the directory\")")] {
        let responder = Responder::start(move |_| Reply::Messages(vec![done(code)])).await;
        let new = |users: &str| {
            let section = format!("urls = ['{}']\nusers = {{ {users} }}", responder.url());
            LdapDirectory::new(toml::from_str(&section).unwrap(), "corp", Path::new(""), Clock::default()).unwrap()
        };
        let alice = Principal::builder("alice").build();
        assert_eq!(shown(new("dn = 'uid={name},dc=test'").look_up(&alice).await), expected);
        let below = new("base = 'dc=test', filter = '(uid={name})'").look_up(&alice).await;
        assert!(below.is_err(), "{code}: the base is from the file");
    }
}

/// With these keys of `[users]`, and these tables behind them.
fn directory(responder: &Responder, users: &str, tables: &str) -> LdapDirectory {
    let section = format!("urls = ['{}']\n[users]\nbase = 'ou=people,dc=test'\n{users}\n{tables}", responder.url());
    LdapDirectory::new(toml::from_str(&section).unwrap(), "corp", Path::new(""), Clock::default()).unwrap()
}

/// The groups and how long they count, or why there are none.
fn shown(answer: Result<Standing, Unavailable>) -> String {
    match answer.unwrap() {
        Standing::Member(membership) => format!("{:?} for {:?}", membership.groups, membership.lifetime.unwrap()),
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn who_is_not_there_gets_in_without_groups_only_if_the_file_says_so() {
    let responder = Responder::start(|_| found(&[])).await;
    let accepting = directory(&responder, "filter = '(mail={claim.email})'\nunknown = 'accept'", "");
    let nobody = Principal::builder("nobody").claim("email", "nobody@example.test").build();
    let said = shown(accepting.look_up(&nobody).await);
    assert!(said.starts_with("[] for 299.") || said == "[] for 300s", "{said}");
    let without = Principal::builder("nobody").build();
    assert_eq!(shown(accepting.look_up(&without).await), "[] for 300s");
    assert_eq!(responder.asked().len(), 1);
}

#[tokio::test]
async fn a_disabled_account_does_not_get_in_by_leaving_out_the_claim_that_it_is_found_by() {
    let responder = Responder::start(|_| found(&[entry("cn=a", &[("userAccountControl", "514")])])).await;
    let directory = directory(&responder, "filter = '(objectSid={claim.sid})'", "");
    let with = Principal::builder("alice").claim("sid", "S-1-5-21-1-2-3-4").build();
    assert!(shown(directory.look_up(&with).await).contains("disabled"));
    let without = Principal::builder("alice").build();
    assert_eq!(shown(directory.look_up(&without).await), r#"Barred("{claim.sid} is not known of the caller")"#);
}

#[tokio::test]
async fn a_value_that_only_groups_are_found_by_must_be_known_too() {
    let responder = Responder::start(crew).await;
    let groups = "[groups]\nbase = 'ou=groups,dc=test'\nfilter = '(&(member={dn})(o={realm}))'";
    let directory = directory(&responder, "filter = '(uid={name})'", groups);
    let alice = Principal::builder("alice").build();
    assert_eq!(shown(directory.look_up(&alice).await), r#"Barred("{realm} is not known of the caller")"#);
    let alice = Principal::builder("alice").issuer("EXAMPLE.TEST").build();
    assert!(shown(directory.look_up(&alice).await).starts_with("[\"ops\"] for "));
}

#[tokio::test]
async fn nobody_is_looked_up_where_only_sids_get_names() {
    let responder = Responder::start(|_| found(&[])).await;
    let section = format!("urls = ['{}']\ngroups = {{ find = 'sid', base = 'dc=test' }}", responder.url());
    let directory =
        LdapDirectory::new(toml::from_str(&section).unwrap(), "corp", Path::new(""), Clock::default()).unwrap();
    let alice = Principal::builder("alice").group("ops").build();
    let Ok(Standing::Member(membership)) = directory.look_up(&alice).await else { panic!() };
    assert!(membership.groups.is_empty() && !membership.replaces, "those of the backend stay");
    assert_eq!(membership.lifetime, Some(Duration::from_secs(300)));
    assert!(responder.asked().is_empty());
}

#[tokio::test]
async fn an_account_that_is_called_otherwise_is_not_the_caller_s() {
    let fixture = Fixture::new("", crew).await;
    for name in ["alice", "ALICE"] {
        assert_eq!(fixture.look_up(name).await, "ops", "{name:?}");
    }
    for name in ["alice ", "\u{ff41}lice", "bob"] {
        assert!(fixture.look_up(name).await.starts_with("Barred(\"an account is found that is not called"), "{name:?}");
    }
}

#[tokio::test]
async fn an_account_that_a_claim_finds_must_show_it() {
    for (attributes, expected) in [
        (&[("mail", "alice@example.test")][..], "[] for "),
        (&[("mail", "al\u{ef}ce@example.test")], "Barred(\"an account is found that is not called"),
        (&[], "Barred(\"an account is found that is not called"),
    ] {
        let attributes = attributes.to_vec();
        let responder = Responder::start(move |_| found(&[entry("cn=x,dc=test", &attributes)])).await;
        let directory = directory(&responder, "filter = '(mail={claim.email})'", "");
        let alice = Principal::builder("whoever").claim("email", "alice@example.test").build();
        let said = shown(directory.look_up(&alice).await);
        assert!(said.starts_with(expected), "{said}");
        assert!(responder.asked()[0].asks_for(b"mail"));
    }
}

#[tokio::test]
async fn an_account_may_be_called_by_any_attribute_that_it_is_found_by() {
    let alice = &[("uid", "alice"), ("mail", "alice@example.test")];
    let responder = Responder::start(|_| found(&[entry("cn=x,dc=test", alice)])).await;
    let directory = directory(&responder, "filter = '(|(uid={name})(mail={name}))'\nname = 'uid'", "");
    let looked_up = async |name: &str| shown(directory.look_up(&Principal::builder(name).build()).await);
    for name in ["alice", "Alice@Example.test"] {
        assert!(looked_up(name).await.starts_with("[] for "), "{name}");
    }
    assert!(looked_up("alice@example.test ").await.starts_with("Barred"));
    let asked = responder.asked();
    assert!(asked[0].asks_for(b"mail") && asked[0].asks_for(b"uid"), "{asked:?}");
}

#[tokio::test]
async fn who_guesses_at_passwords_does_not_lock_out_tickets_and_tokens() {
    let locked = &[("msDS-User-Account-Control-Computed", "16"), ("pwdAccountLockedTime", "20261121195900Z")];
    let responder = Responder::start(|_| found(&[entry("uid=alice,dc=test", locked)])).await;
    let directory = directory(&responder, "filter = '(uid={name})'\nlockout_duration = '365d'", "");
    assert!(shown(directory.look_up(&Principal::builder("alice").build()).await).starts_with("[] for "));
}

#[tokio::test]
async fn groups_elsewhere_than_below_the_base_do_not_count_where_their_names_are_sids_either() {
    const SIDS: [&str; 2] = ["\u{1}\u{1}\0\0\0\0\0\u{5}\u{7}\0\0\0", "\u{1}\u{1}\0\0\0\0\0\u{5}\u{6}\0\0\0"];
    for (sid, base, groups) in [
        (SIDS[0], "ou=apps,dc=test", "[\"S-1-5-7\"]"),
        (SIDS[1], "ou=apps,dc=test", "[]"),
        (SIDS[1], "", "[\"S-1-5-6\"]"),
    ] {
        let responder = Responder::start(move |request| match request {
            Request::Search { base, .. } if base == "ou=apps,dc=test" => {
                let is_there = request.asks_for(SIDS[0].as_bytes());
                found(&if is_there { vec![entry("cn=app,ou=apps,dc=test", &[("objectSid", SIDS[0])])] } else { vec![] })
            }
            _ => found(&[entry("uid=alice", &[("tokenGroups", sid)])]),
        })
        .await;
        let tables = format!("[groups]\nfind = 'token_groups'\nbase = '{base}'\nname = 'objectSid'");
        let directory = directory(&responder, "filter = '(uid={name})'", &tables);
        let said = shown(directory.look_up(&Principal::builder("alice").build()).await);
        assert!(said.starts_with(groups), "{said}");
    }
}

#[tokio::test]
async fn an_administrator_is_told_of_names_that_two_groups_can_have() {
    let responder = Responder::start(|_| found(&[])).await;
    for (groups, warnings) in [
        ("find = 'member_of'", 1),
        ("find = 'member_of'\nbase = 'dc=test'", 0),
        ("base = 'dc=test'", 0),
        ("find = 'in_chain'\nbase = 'dc=test'", 1),
        ("find = 'token_groups'\nbase = 'dc=test'\nname = 'CN'", 1),
        ("find = 'sid'\nbase = 'dc=test'\nname = 'sAMAccountName'", 0),
    ] {
        let directory = directory(&responder, "filter = '(uid={name})'", &format!("[groups]\n{groups}"));
        assert_eq!(directory.warnings().len(), warnings, "{groups}");
    }
}

#[tokio::test]
async fn who_may_be_one_of_several_or_is_disabled_is_barred() {
    let fixture = Fixture::new("", |_| found(&[entry("uid=a", &[]), entry("uid=b", &[])])).await;
    assert!(fixture.look_up("a").await.starts_with("Barred"));
    let fixture = Fixture::new("", |_| found(&[entry("uid=a", &[("nsAccountLock", "TRUE")])])).await;
    assert!(fixture.look_up("a").await.starts_with("Barred"));
    assert_eq!(fixture.searches(), 1, "nobody asks for the groups of such an account");
}

#[tokio::test]
async fn a_base_that_is_not_there_is_a_fault_of_the_file() {
    let fixture = Fixture::new("", |_| Reply::Messages(vec![done(32)])).await;
    assert!(fixture.look_up("alice").await.contains("users.base: there is no entry ou=people,dc=test"));
}

#[test]
fn an_administrator_is_told_what_is_asked_and_what_to_know() {
    let section = "urls = ['ldap://dc.example.test']\nplain_text = true\nttl = '2h'\nusers = { base = 'dc=test', filter = '(uid={name})' }\ngroups = { base = 'dc=test', depth = 3 }";
    let directory =
        LdapDirectory::new(toml::from_str(section).unwrap(), "corp", Path::new(""), Clock::default()).unwrap();
    assert_eq!(
        directory.describe(),
        "LDAP at ldap://dc.example.test: accounts by (uid={name}) below dc=test, groups by their members, nested 3 deep, below dc=test (names from cn)"
    );
    assert_eq!(directory.warnings().len(), 2);
    assert!(directory.warnings()[0].contains("plain text"));
}

#[test]
fn files_are_read_at_the_start() {
    let new = |more: &str| {
        let section = format!("urls = ['ldaps://dc.example.test']\n{more}\nusers = {{ dn = 'uid={{name}},dc=test' }}");
        LdapDirectory::new(toml::from_str(&section).unwrap(), "corp", Path::new("/nowhere"), Clock::default())
            .err()
            .map(|invalid| invalid.key().to_owned())
    };
    assert_eq!(new("ca_file = 'ca.pem'").as_deref(), Some("ca_file"));
    assert_eq!(new("bind_dn = 'cn=reader'\nbind_password = { file = 'password' }").as_deref(), Some("bind_password"));
}
