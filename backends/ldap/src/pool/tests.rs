use std::io::Write as _;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::idle::{MAX_AGE, MAX_IDLE};
use super::*;
use crate::connection::{Query, Scope};
use crate::responder::{Reply, Request, Responder, bound, bound_as, done, entry, found};

mod failover;

/// A search for one entry.
struct Search;

impl Task for Search {
    type Answer = usize;

    async fn ask(&self, connection: &mut Connection, until: Instant) -> Result<usize, Failure> {
        let query =
            Query { base: "dc=test", scope: Scope::Subtree, filter: "(uid=alice)", attributes: &["cn"], most: 1 };
        Ok(connection.search(&query, until).await?.len())
    }
}

fn one() -> Reply {
    found(&[entry("uid=alice,dc=test", &[])])
}

fn answer(request: &Request) -> Reply {
    if matches!(request, Request::Bind { .. }) { bound(0) } else { one() }
}

fn pool(urls: &[String], reader: Option<Reader>, places: usize) -> Pool {
    let servers = urls.iter().map(|url| Server::parse(url, false).unwrap()).collect();
    Pool::new(Arc::new(Servers::new(servers)), None, reader, places)
}

fn reader(folder: &std::path::Path) -> Reader {
    write(folder, "secret");
    Reader { dn: "cn=reader".to_owned(), password: Secret::File("password".into()), folder: folder.to_owned() }
}

fn write(folder: &std::path::Path, password: &str) {
    std::fs::File::create(folder.join("password")).unwrap().write_all(password.as_bytes()).unwrap();
}

fn later() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

fn binds(responder: &Responder) -> Vec<String> {
    let binds = responder.asked().into_iter().filter_map(|request| match request {
        Request::Bind { password, .. } => Some(password),
        _ => None,
    });
    binds.collect()
}

/// A reply that is given once, again whenever the switch is set; and one that is given otherwise.
fn once(
    first: Reply,
    then: impl Fn() -> Reply + Send + Sync + 'static,
) -> (impl Fn(&Request) -> Reply + Send + Sync + 'static, Arc<AtomicBool>) {
    let is_first = Arc::new(AtomicBool::new(true));
    let switch = Arc::clone(&is_first);
    let reply = move |_: &Request| if is_first.swap(false, Ordering::SeqCst) { first.clone() } else { then() };
    (reply, switch)
}

async fn after(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

#[tokio::test]
async fn a_connection_is_bound_once_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let responder = Responder::start(answer).await;
    let pool = pool(&[responder.url()], Some(reader(folder.path())), 4);
    for _ in 0..10 {
        assert_eq!(pool.run(&Search, later()).await, Ok(1));
    }
    assert_eq!((responder.connections(), binds(&responder)), (1, vec!["secret".to_owned()]));
}

#[tokio::test]
async fn one_that_the_server_has_closed_is_replaced_without_a_word() {
    let closes = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&closes);
    let responder =
        Responder::start(move |_| if asked.swap(false, Ordering::SeqCst) { Reply::Close } else { one() }).await;
    let pool = pool(&[responder.url()], None, 4);
    assert_eq!(pool.run(&Search, later()).await, Ok(1));
    closes.store(true, Ordering::SeqCst);
    assert_eq!(pool.run(&Search, later()).await, Ok(1));
    assert_eq!(responder.connections(), 2);
}

#[tokio::test]
async fn one_that_was_idle_for_long_is_not_trusted() {
    let responder = Responder::start(answer).await;
    let pool = pool(&[responder.url()], None, 4);
    assert_eq!(pool.run(&Search, later()).await, Ok(1));
    after(MAX_IDLE).await;
    assert_eq!(pool.run(&Search, later()).await, Ok(1));
    assert_eq!(responder.connections(), 2);
}

#[tokio::test]
async fn one_that_is_old_is_not_used_however_busy_it_was() {
    let responder = Responder::start(answer).await;
    let pool = pool(&[responder.url()], None, 4);
    let pause = MAX_IDLE - Duration::from_secs(10);
    let turns = MAX_AGE.as_secs() / pause.as_secs();
    for turn in 0..=turns {
        assert_eq!(pool.run(&Search, later()).await, Ok(1));
        assert_eq!(responder.connections(), if turn < turns { 1 } else { 2 }, "{turn}");
        after(pause).await;
    }
}

#[tokio::test]
async fn the_next_server_is_asked_if_one_is_away_busy_or_silent() {
    let busy = |_: &Request| Reply::Messages(vec![done(51)]);
    for (name, reply) in [
        ("silent", (|_: &Request| Reply::Silence) as fn(&Request) -> Reply),
        ("closed", |_| Reply::Close),
        ("busy", busy),
    ] {
        let (bad, good) = (Responder::start(reply).await, Responder::start(answer).await);
        let pool = pool(&[bad.url(), good.url()], None, 4);
        assert_eq!(pool.run(&Search, Instant::now() + Duration::from_secs(2)).await, Ok(1), "{name}");
        let asked = bad.asked().len();
        assert_eq!(pool.run(&Search, later()).await, Ok(1), "{name}");
        assert_eq!((bad.asked().len(), good.connections()), (asked, 1), "{name}: left alone afterwards");
    }
}

#[tokio::test]
async fn the_only_server_is_tried_each_time_and_so_found_when_it_is_back() {
    let is_back = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&is_back);
    let responder = Responder::start(move |_| if asked.load(Ordering::SeqCst) { one() } else { Reply::Close }).await;
    let pool = pool(&[responder.url()], None, 1);
    for _ in 0..2 {
        assert!(matches!(pool.run(&Search, later()).await, Err(Failure::Away(_))));
    }
    is_back.store(true, Ordering::SeqCst);
    assert_eq!(pool.run(&Search, later()).await, Ok(1));
}

async fn refusing() -> Responder {
    Responder::start(|request| match request {
        Request::Bind { password, .. } if password == "right" => bound(0),
        Request::Bind { .. } => bound(49),
        _ => one(),
    })
    .await
}

#[tokio::test]
async fn a_reader_that_is_refused_does_not_try_until_it_is_locked() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (refusing().await, refusing().await);
    let pool = pool(&[one.url(), other.url()], Some(reader(folder.path())), 4);
    for _ in 0..10 {
        assert!(
            matches!(pool.run(&Search, later()).await, Err(Failure::Wrong(reason)) if reason.contains("invalidCredentials"))
        );
    }
    assert_eq!((binds(&one), binds(&other)), (vec!["secret".to_owned()], vec!["secret".to_owned()]));
    after(Duration::from_secs(50)).await;
    assert!(pool.run(&Search, later()).await.is_err());
    assert_eq!(binds(&one).len(), 1);
    after(Duration::from_secs(10)).await;
    assert!(pool.run(&Search, later()).await.is_err());
    assert_eq!(binds(&one), ["secret", "secret"]);
    // The file is replaced, and its new password tried at once.
    write(folder.path(), "right");
    assert_eq!(pool.run(&Search, later()).await, Ok(1));
    assert_eq!(binds(&one), ["secret", "secret", "right"]);
}

#[tokio::test]
async fn a_server_that_says_nothing_of_the_reader_is_asked_again_soon() {
    let folder = tempfile::tempdir().unwrap();
    let responder = Responder::start(|_| bound(80)).await;
    let pool = pool(&[responder.url()], Some(reader(folder.path())), 4);
    for asked in [1, 1, 2] {
        assert!(matches!(pool.run(&Search, later()).await, Err(Failure::Wrong(_))));
        assert_eq!(binds(&responder).len(), asked);
        after(Duration::from_millis(2500)).await;
    }
}

#[tokio::test]
async fn a_wrong_password_of_the_reader_is_shown_once_however_many_ask() {
    let folder = tempfile::tempdir().unwrap();
    let responder = refusing().await;
    let pool = pool(&[responder.url()], Some(reader(folder.path())), 16);
    let all = (0..16).map(|_| pool.run(&Search, later()));
    for one in futures_util::future::join_all(all).await {
        assert!(matches!(one, Err(Failure::Wrong(reason)) if reason.contains("invalidCredentials")));
    }
    assert_eq!(binds(&responder), ["secret"]);
}

#[tokio::test]
async fn who_waits_to_be_bound_in_vain_asks_another_server_and_blames_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (Responder::start(answer).await, Responder::start(answer).await);
    let pool = pool(&[one.url(), other.url()], Some(reader(folder.path())), 4);
    let somebody = pool.servers.alone(0).await;
    assert_eq!(pool.run(&Search, Instant::now() + Duration::from_secs(2)).await, Ok(1));
    assert_eq!((binds(&one).len(), binds(&other).len()), (0, 1));
    drop(somebody);
    assert_eq!(pool.servers.order(), [1, 0], "it is not left alone");
}

#[tokio::test]
async fn a_reader_that_one_server_refuses_asks_another_which_then_is_the_first() {
    for code in [32, 49, 53, 80] {
        let folder = tempfile::tempdir().unwrap();
        let bad = Responder::start(move |request| match request {
            Request::Bind { .. } => bound(code),
            _ => one(),
        })
        .await;
        let good = Responder::start(answer).await;
        let pool = pool(&[bad.url(), good.url()], Some(reader(folder.path())), 4);
        for _ in 0..5 {
            assert_eq!(pool.run(&Search, later()).await, Ok(1), "{code}");
        }
        assert_eq!((bad.connections(), good.connections()), (1, 1), "{code}");
    }
}

#[tokio::test]
async fn there_are_no_more_connections_than_places_and_the_wait_for_one_ends() {
    let responder = Responder::start(|_| Reply::Silence).await;
    let pool = Arc::new(pool(&[responder.url()], None, 2));
    let until = Instant::now() + Duration::from_millis(300);
    let all: Vec<_> = (0..20)
        .map(|_| {
            let pool = Arc::clone(&pool);
            tokio::spawn(async move { pool.run(&Search, until).await })
        })
        .collect();
    for one in all {
        assert!(matches!(one.await.unwrap(), Err(Failure::Away(_) | Failure::TimedOut)));
    }
    assert!(responder.connections() <= 2);
    assert_eq!(pool.waiting.load(Ordering::Relaxed), 0);
}

#[tokio::test(start_paused = true)]
async fn a_place_is_waited_for_only_as_long_as_there_is_time_for_a_question_behind_it() {
    let pool = pool(&["ldap://127.0.0.1:1".to_owned(), "ldap://127.0.0.1:2".to_owned()], None, 1);
    let _place = pool.places.acquire().await.unwrap();
    let begun = Instant::now();
    let failure = pool.run(&Search, begun + Duration::from_secs(4)).await.unwrap_err();
    assert_eq!(failure, Failure::away("no connection became free in time"));
    assert_eq!(begun.elapsed().as_secs(), 2);
    assert_eq!(pool.servers.order(), [0, 1], "it is no fault of theirs");
    drop(failure);
    assert_eq!(pool.waiting.load(Ordering::Relaxed), 0);
}

#[test]
fn only_so_many_wait() {
    let waiting = AtomicUsize::new(0);
    let places: Vec<_> = (0..MAX_WAITING).map(|_| Waiting::enter(&waiting).unwrap()).collect();
    assert!(Waiting::enter(&waiting).is_none());
    drop(places);
    assert!(Waiting::enter(&waiting).is_some());
}
