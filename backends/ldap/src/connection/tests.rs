use std::time::Duration;

use super::*;
use crate::entry::Entry;
use crate::responder::{Reply, Request, Responder, bound, done, element, entry, found, page_done};

const SOON: Duration = Duration::from_millis(300);

fn soon() -> Instant {
    Instant::now() + SOON
}

/// In a time that is not the point.
fn later() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

async fn connected(reply: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> (Responder, Connection) {
    let responder = Responder::start(reply).await;
    let server = Server::parse(&responder.url(), false).unwrap();
    let connection = Connection::open(&server, None, later()).await.unwrap();
    (responder, connection)
}

fn query(most: usize) -> Query<'static> {
    Query { base: "dc=test", scope: Scope::Subtree, filter: "(uid=alice)", attributes: &["cn"], most }
}

fn groups(range: std::ops::Range<usize>) -> Vec<Vec<u8>> {
    range.map(|number| entry(&format!("cn=g{number},dc=test"), &[("cn", "g")])).collect()
}

#[tokio::test]
async fn a_bind_tells_the_code_and_what_windows_says() {
    let (_, mut connection) = connected(|_| bound(49)).await;
    let outcome = connection.bind("cn=reader", &"secret".into(), later()).await.unwrap();
    assert_eq!((outcome.code, outcome.detail), (49, None));
    assert!(connection.is_usable());
    assert_eq!(
        detail("80090308: LdapErr: DSID-0C090569, comment: AcceptSecurityContext error, data 52e, v4563"),
        Some(0x52e)
    );
    assert_eq!(detail("Invalid data ones"), None);
}

#[tokio::test]
async fn no_bind_is_sent_without_a_name_or_a_password() {
    let (responder, mut connection) = connected(|_| bound(0)).await;
    for (dn, password) in [("cn=reader", ""), ("", "secret"), ("", "")] {
        assert!(matches!(connection.bind(dn, &password.into(), later()).await, Err(Failure::Wrong(_))));
    }
    assert_eq!(responder.asked(), []);
}

#[tokio::test]
async fn a_server_that_says_nothing_is_not_waited_for_and_not_asked_again() {
    let (_, mut connection) = connected(|_| Reply::Silence).await;
    assert_eq!(connection.search(&query(1), soon()).await.unwrap_err(), Failure::TimedOut);
    assert!(!connection.is_usable());
    let (_, mut connection) = connected(|_| Reply::Silence).await;
    assert_eq!(connection.bind("cn=reader", &"secret".into(), soon()).await.err(), Some(Failure::TimedOut));
    assert!(!connection.is_usable());
}

#[tokio::test]
async fn a_server_that_goes_on_and_on_is_cut_off_in_time() {
    // One page after the other, all empty: each answer comes soon.
    let (responder, mut connection) = connected(|_| Reply::Messages(vec![page_done(b"more")])).await;
    assert_eq!(connection.search(&query(100), soon()).await.unwrap_err(), Failure::TimedOut);
    assert!(responder.asked().len() > 1);
}

#[tokio::test]
async fn a_connection_that_ends_is_broken() {
    let (_, mut connection) = connected(|_| Reply::Close).await;
    for _ in 0..2 {
        assert!(matches!(connection.search(&query(1), later()).await, Err(Failure::Closed(_))));
        assert!(!connection.is_usable());
    }
    // In the middle of an answer.
    let (_, mut connection) = connected(|_| Reply::Bytes(b"\x30\x84\0\0\xff\xff\x02\x01\x01".to_vec())).await;
    assert!(connection.search(&query(1), soon()).await.is_err());
    assert!(!connection.is_usable());
}

#[tokio::test]
async fn malformed_answers_break_the_connection_and_nothing_else() {
    for answer in [
        // No LDAP; no message; a number that is none; nothing behind it; something that is no answer to a search.
        b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(),
        element(0x30, b""),
        element(0x30, &[element(0x04, b"1"), done(0)].concat()),
        element(0x30, &element(0x02, &[1])),
        element(0x30, &[element(0x02, &[1]), element(0x6b, b"")].concat()),
        // Results without a code, and with a text for one.
        element(0x30, &[element(0x02, &[1]), element(0x65, b"")].concat()),
        element(0x30, &[element(0x02, &[1]), element(0x65, &element(0x04, b"0"))].concat()),
        element(0x30, &[element(0x02, &[1]), element(0x61, b"")].concat()),
        // An entry without a name; a control that is none.
        element(0x30, &[element(0x02, &[1]), element(0x64, b"")].concat()),
        element(0x30, &[element(0x02, &[1]), done(0), element(0xa0, &element(0x04, b"x"))].concat()),
    ] {
        let bytes = answer.clone();
        let (_, mut connection) = connected(move |_| Reply::Bytes(bytes.clone())).await;
        let failure = connection.search(&query(1), soon()).await.unwrap_err();
        assert!(
            matches!(failure, Failure::Away(_) | Failure::Unanswered(_) | Failure::TimedOut),
            "{failure:?} {answer:?}"
        );
        assert!(!connection.is_usable(), "{answer:?}");
        let bytes = answer.clone();
        let (_, mut connection) = connected(move |_| Reply::Bytes(bytes.clone())).await;
        let bound = connection.bind("cn=reader", &"secret".into(), soon()).await;
        assert!(bound.is_err() || bound.is_ok_and(|bound| bound.code != 0), "{answer:?}");
    }
}

#[tokio::test]
async fn what_a_search_finds_comes_page_by_page() {
    let (responder, mut connection) = connected(|request| match request {
        Request::Search { cookie, .. } if cookie.is_empty() => {
            Reply::Messages([groups(0..3), vec![page_done(b"next")]].concat())
        }
        Request::Search { cookie, .. } if cookie == b"next" => {
            Reply::Messages([groups(3..5), vec![page_done(b"")]].concat())
        }
        _ => Reply::Close,
    })
    .await;
    let found = connection.search(&query(100), later()).await.unwrap();
    assert_eq!(
        found.iter().map(Entry::dn).collect::<Vec<_>>().join(" "),
        "cn=g0,dc=test cn=g1,dc=test cn=g2,dc=test cn=g3,dc=test cn=g4,dc=test"
    );
    assert_eq!(responder.asked().len(), 2);
    assert!(connection.is_usable());
}

#[tokio::test]
async fn more_than_was_asked_for_is_too_many_whatever_the_code() {
    for code in [0, 4] {
        let (_, mut connection) = connected(move |_| Reply::Messages([groups(0..2), vec![done(code)]].concat())).await;
        assert_eq!(connection.search(&query(1), later()).await.unwrap_err(), Failure::TooMany);
        let (_, mut connection) =
            connected(move |_| Reply::Messages([groups(0..101), vec![done(code)]].concat())).await;
        assert_eq!(connection.search(&query(100), later()).await.unwrap_err(), Failure::TooMany);
    }
}

#[tokio::test]
async fn references_to_other_servers_are_passed_over() {
    let reference = || element(0x73, &element(0x04, b"ldap://elsewhere.example.test/dc=test"));
    let (responder, mut connection) =
        connected(move |_| Reply::Messages(vec![reference(), entry("cn=a", &[]), reference(), done(0)])).await;
    assert_eq!(connection.search(&query(1), later()).await.unwrap().len(), 1);
    assert_eq!(responder.connections(), 1);
}

#[tokio::test]
async fn a_result_other_than_success_is_never_an_empty_answer() {
    for code in (1..=80).filter(|code| *code != 32) {
        let (_, mut connection) = connected(move |_| Reply::Messages(vec![done(code)])).await;
        let failure = connection.search(&query(100), later()).await.unwrap_err();
        // Only "busy" and "unavailable" are said of the server.
        assert_eq!(matches!(failure, Failure::Away(_)), code == 51 || code == 52, "{code}: {failure:?}");
        assert!(
            matches!(failure, Failure::Away(_) | Failure::Unanswered(_) | Failure::Wrong(_)),
            "{code}: {failure:?}"
        );
        assert!(connection.is_usable(), "{code}: it was a whole answer");
    }
    let (_, mut connection) = connected(|_| Reply::Messages(vec![done(32)])).await;
    assert_eq!(connection.search(&query(1), later()).await.unwrap_err(), Failure::NoSuchObject);
}

/// Entries are what users write in them: one that cannot be read must not look like a server that is away.
#[tokio::test]
async fn what_cannot_be_read_of_a_server_that_has_answered_says_nothing_of_the_server() {
    for (answer, said) in [
        (element(0x30, &[element(0x02, &[2]), element(0x64, b"")].concat()), "a malformed entry"),
        (element(0x30, &[element(0x02, &[2]), element(0x65, b"")].concat()), "a malformed answer"),
        (element(0x30, &[element(0x02, &[2]), element(0x6b, b"")].concat()), "a malformed answer"),
        (element(0x30, &element(0x02, &[2])), "a malformed answer"),
        (b"\x30\x84\x01\x00\x00\x01".to_vec(), "an answer of 16777217 bytes, which is too long"),
    ] {
        let (_, mut connection) = connected(move |request| match request {
            Request::Bind { .. } => bound(0),
            _ => Reply::Bytes(answer.clone()),
        })
        .await;
        connection.bind("cn=reader", &"secret".into(), later()).await.unwrap();
        assert_eq!(connection.search(&query(1), later()).await.unwrap_err(), Failure::unanswered(said));
        assert!(!connection.is_usable(), "{said}");
    }
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off() {
    let huge = || entry("cn=a,dc=test", &[("cn", &"x".repeat(1024 * 1024))]);
    let (_, mut connection) = connected(move |_| found(&vec![huge(); 20])).await;
    assert!(matches!(connection.search(&query(100), later()).await, Err(Failure::Unanswered(_))));
    assert!(!connection.is_usable());
}

#[tokio::test]
async fn a_question_that_is_given_up_leaves_no_answer_for_the_next_one() {
    let (_, mut connection) = connected(|_| Reply::Silence).await;
    let given_up = tokio::time::timeout(Duration::from_millis(50), connection.search(&query(1), later())).await;
    assert!(given_up.is_err());
    assert!(!connection.is_usable());
}
