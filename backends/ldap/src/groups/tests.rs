use std::time::Duration;

use portcullis_core::{Clock, ManualClock};

use super::*;
use crate::checked;
use crate::config::DirectoryConfig;
use crate::plan::Plan;
use crate::responder::{Reply, Request, Responder, done, entry, found};
use crate::server::Server;

const ALICE: &str = "uid=alice,dc=test";
const BASE: &str = "ou=groups,dc=test";

fn plan(groups: &str, clock: &Clock) -> Plan {
    let section = format!("users = {{ dn = 'uid={{name}},dc=test' }}\n[groups]\n{groups}");
    let config: DirectoryConfig = toml::from_str(&section).unwrap();
    checked::plan(&config, clock).unwrap()
}

struct Fixture {
    responder: Responder,
    connection: Connection,
    plan: Plan,
    hand: ManualClock,
}

impl Fixture {
    async fn new(groups: &str, reply: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let (responder, hand) = (Responder::start(reply).await, ManualClock::new());
        let server = Server::parse(&responder.url(), false).unwrap();
        let connection = Connection::open(&server, None, later()).await.unwrap();
        Self { responder, connection, plan: plan(groups, &Clock::from(&hand)), hand }
    }

    async fn of(&mut self, account: &Entry) -> Result<String, Failure> {
        let alice = Principal::builder("alice").build();
        let groups = self.plan.groups().unwrap().of(account, &alice, &mut self.connection, later()).await;
        groups.map(sorted)
    }

    async fn named(&mut self, groups: &[&str]) -> Result<String, Failure> {
        let alice = Principal::builder("alice").groups(groups).build();
        self.plan.groups().unwrap().named(&alice, &mut self.connection, later()).await.map(sorted)
    }

    fn searches(&self) -> usize {
        self.responder.asked().len()
    }
}

fn later() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

fn sorted(mut names: Vec<Box<str>>) -> String {
    names.sort_unstable();
    names.join(" ")
}

fn alice() -> Entry {
    Entry::of(ALICE, &[])
}

/// Alice is in g0, g0 in g1, and so on to g4, which is in g0 again.
fn circle(request: &Request) -> Reply {
    let member_of = |number: usize| format!("cn=G{},{BASE}", (number + 4) % 5);
    let is_found = |number: &usize| {
        request.asks_for(member_of(*number).as_bytes()) || (*number == 0 && request.asks_for(ALICE.as_bytes()))
    };
    let groups =
        (0..5).filter(is_found).map(|number| entry(&format!("cn=G{number},{BASE}"), &[("cn", &format!("g{number}"))]));
    found(&groups.collect::<Vec<_>>())
}

#[tokio::test]
async fn nested_groups_are_found_as_deep_as_the_file_says_and_circles_end() {
    for (depth, names, searches) in
        [(0, "g0", 1), (1, "g0 g1", 2), (3, "g0 g1 g2 g3", 4), (4, "g0 g1 g2 g3 g4", 5), (32, "g0 g1 g2 g3 g4", 6)]
    {
        let mut fixture = Fixture::new(&format!("base = '{BASE}'\ndepth = {depth}"), circle).await;
        assert_eq!(fixture.of(&alice()).await.as_deref(), Ok(names), "{depth}");
        assert_eq!(fixture.searches(), searches, "{depth}");
    }
}

#[tokio::test]
async fn many_groups_are_asked_for_in_few_questions() {
    let many: Vec<Vec<u8>> =
        (0..120).map(|number| entry(&format!("cn=g{number},{BASE}"), &[("cn", &format!("g{number}"))])).collect();
    let reply = move |request: &Request| if request.asks_for(ALICE.as_bytes()) { found(&many) } else { found(&[]) };
    let mut fixture = Fixture::new(&format!("base = '{BASE}'\ndepth = 5"), reply).await;
    assert_eq!(fixture.of(&alice()).await.unwrap().split(' ').count(), 120);
    assert_eq!(fixture.searches(), 1 + 120_usize.div_ceil(AT_ONCE));
}

#[tokio::test]
async fn more_groups_than_there_may_be_are_no_part_of_them() {
    for (max, depth, is_enough) in [(5, 32, true), (4, 32, false), (4, 3, true)] {
        let mut fixture = Fixture::new(&format!("base = '{BASE}'\ndepth = {depth}\nmax = {max}"), circle).await;
        let expected = if is_enough { None } else { Some(Failure::TooMany) };
        assert_eq!(fixture.of(&alice()).await.err(), expected, "{max} {depth}");
    }
}

#[tokio::test]
async fn member_of_names_groups_without_a_question_if_their_names_show_it() {
    let account = Entry::of(
        ALICE,
        &[(
            "memberOf",
            &[
                b"CN=Ops\\, EU,OU=groups,DC=test",
                b"cn=dev,ou=groups,dc=test",
                b"cn=dev,ou=groups,dc=TEST",
                b"cn=x,ou=elsewhere,dc=test",
            ],
        )],
    );
    let mut fixture = Fixture::new(&format!("find = 'member_of'\nbase = '{BASE}'"), circle).await;
    assert_eq!(fixture.of(&account).await.as_deref(), Ok("Ops, EU dev"));
    assert_eq!(fixture.searches(), 0);
    let mut fixture = Fixture::new("find = 'member_of'", circle).await;
    assert_eq!(fixture.of(&account).await.as_deref(), Ok("Ops, EU dev x"));
}

#[tokio::test]
async fn member_of_reads_other_names_and_finds_nested_groups() {
    let account = Entry::of(ALICE, &[("memberOf", &[b"cn=G0,ou=groups,dc=test", b"cn=gone,ou=groups,dc=test"])]);
    let reply = |request: &Request| match request {
        Request::Search { base, .. } if base.starts_with("cn=G0") => found(&[entry(base, &[("mail", "g0@x")])]),
        Request::Search { base, .. } if base != BASE => Reply::Messages(vec![done(32)]),
        _ => circle(request),
    };
    let mut fixture = Fixture::new(&format!("find = 'member_of'\nbase = '{BASE}'\nname = 'mail'"), reply).await;
    assert_eq!(fixture.of(&account).await.as_deref(), Ok("g0@x"));
    let mut fixture = Fixture::new(&format!("find = 'member_of'\nbase = '{BASE}'\ndepth = 2"), reply).await;
    assert_eq!(fixture.of(&account).await.as_deref(), Ok("G0 g1 g2 gone"));
}

#[tokio::test]
async fn a_part_of_member_of_and_malformed_names_are_no_answer() {
    for (attribute, value) in
        [("memberOf;range=0-1499", &b"cn=a,dc=test"[..]), ("memberOf", b"ops"), ("memberOf", b"cn=\xff,dc=test")]
    {
        let mut fixture = Fixture::new("find = 'member_of'", circle).await;
        assert!(fixture.of(&Entry::of(ALICE, &[(attribute, &[value])])).await.is_err(), "{attribute}");
    }
}

#[tokio::test]
async fn token_groups_are_never_none() {
    for attributes in [&[][..], &[("tokenGroups", "S-1-5-7")]] {
        let attributes = attributes.to_vec();
        let mut fixture =
            Fixture::new("find = 'token_groups'\nname = 'objectSid'", move |_| found(&[entry(ALICE, &attributes)]))
                .await;
        assert!(fixture.of(&alice()).await.is_err());
    }
}

/// `S-1-5-7` is in the directory, and nothing else.
fn anonymous(request: &Request) -> Reply {
    const SID: &str = "\u{1}\u{1}\0\0\0\0\0\u{5}\u{7}\0\0\0";
    if request.asks_for(SID.as_bytes()) {
        found(&[entry("cn=a,dc=test", &[("cn", "anonymous"), ("objectSid", SID)])])
    } else {
        found(&[])
    }
}

#[tokio::test]
async fn sids_get_names_once_and_what_has_none_stays() {
    let mut fixture = Fixture::new(&format!("find = 'sid'\nbase = '{BASE}'"), anonymous).await;
    for _ in 0..3 {
        assert_eq!(
            fixture.named(&["S-1-5-7", "S-1-5-8", "ops", "s-1-5-7"]).await.as_deref(),
            Ok("S-1-5-8 anonymous ops s-1-5-7")
        );
        assert_eq!(fixture.searches(), 1);
    }
    fixture.hand.advance(Duration::from_secs(300));
    assert_eq!(fixture.named(&["S-1-5-7"]).await.as_deref(), Ok("anonymous"));
    assert_eq!(fixture.searches(), 2);
    assert_eq!(fixture.named(&["ops"]).await.as_deref(), Ok("ops"));
    assert_eq!(fixture.searches(), 2);
}

#[tokio::test]
async fn names_of_sids_are_forgotten_and_what_is_under_way_then_is_not_remembered() {
    let mut fixture = Fixture::new(&format!("find = 'sid'\nbase = '{BASE}'"), anonymous).await;
    assert_eq!(fixture.named(&["S-1-5-7"]).await.as_deref(), Ok("anonymous"));
    let sids = &fixture.plan.groups().unwrap().sids;
    let (sid, before) = (Sid::parse("S-1-5-7").unwrap(), sids.generation());
    sids.forget_all();
    sids.remember(&sid, Some("old".into()), before);
    assert_eq!(fixture.named(&["S-1-5-7"]).await.as_deref(), Ok("anonymous"));
    assert_eq!(fixture.searches(), 2);
}

#[tokio::test]
async fn a_sid_with_two_names_has_none() {
    const SID: &str = "\u{1}\u{1}\0\0\0\0\0\u{5}\u{7}\0\0\0";
    let with = |name: &'static str| entry("cn=a,dc=test", &[("cn", name), ("objectSid", SID)]);
    // The second one stands for that of another domain, and is called by its SID.
    for (names, expected) in
        [(["a", "b"], "S-1-5-7"), (["a", "a"], "a"), (["S-1-5-7", "a"], "a"), (["a", "S-1-5-7"], "a")]
    {
        let reply = move |_: &Request| found(&names.map(with));
        let mut fixture = Fixture::new(&format!("find = 'sid'\nbase = '{BASE}'"), reply).await;
        assert_eq!(fixture.named(&["S-1-5-7"]).await.as_deref(), Ok(expected), "{names:?}");
    }
}

#[tokio::test]
async fn far_more_entries_than_sids_are_a_fault_of_the_directory_and_not_of_the_account() {
    let many: Vec<Vec<u8>> = (0..=4 * AT_ONCE).map(|number| entry(&format!("cn={number}"), &[])).collect();
    for (count, is_fault) in [(4 * AT_ONCE, false), (4 * AT_ONCE + 1, true)] {
        let some = many[..count].to_vec();
        let mut fixture = Fixture::new(&format!("find = 'sid'\nbase = '{BASE}'"), move |_| found(&some)).await;
        let named = fixture.named(&["S-1-5-7"]).await;
        assert_eq!(matches!(named, Err(Failure::Wrong(_))), is_fault, "{named:?}");
        assert_eq!(named.is_ok(), !is_fault);
    }
}

#[tokio::test]
async fn no_name_of_a_group_passes_for_a_sid() {
    const SID: &str = "\u{1}\u{1}\0\0\0\0\0\u{5}\u{7}\0\0\0";
    let administrators = &[("cn", "S-1-5-32-544"), ("objectSid", SID)];
    let reply = |_: &Request| found(&[entry("cn=S-1-5-32-544,ou=groups,dc=test", administrators)]);
    let mut fixture = Fixture::new(&format!("find = 'sid'\nbase = '{BASE}'"), reply).await;
    assert_eq!(fixture.named(&["S-1-5-7"]).await.as_deref(), Ok("S-1-5-7"));
    let mut fixture = Fixture::new(&format!("base = '{BASE}'"), reply).await;
    assert_eq!(fixture.of(&alice()).await.as_deref(), Ok(""));
    let account = Entry::of(ALICE, &[("memberOf", &[b"cn=S-1-5-32-544,ou=groups,dc=test"])]);
    let mut fixture = Fixture::new(&format!("find = 'member_of'\nbase = '{BASE}'"), reply).await;
    assert_eq!(fixture.of(&account).await.as_deref(), Ok(""));
    let mut fixture = Fixture::new(&format!("base = '{BASE}'\nname = 'objectSid'"), reply).await;
    assert_eq!(fixture.of(&alice()).await.as_deref(), Ok("S-1-5-7"));
}

#[tokio::test]
async fn a_directory_that_fails_names_nothing() {
    let mut fixture =
        Fixture::new(&format!("find = 'sid'\nbase = '{BASE}'"), |_| Reply::Messages(vec![done(52)])).await;
    assert!(matches!(fixture.named(&["S-1-5-7"]).await, Err(Failure::Away(_))));
}
