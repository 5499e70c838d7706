//! Many who ask the same at once.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use tokio::runtime::{Builder, Runtime};

use super::*;

type Looking = Pin<Box<dyn Future<Output = Result<Standing, Unavailable>> + Send>>;

fn look_up_alice(directory: &Arc<LdapDirectory>) -> Looking {
    let directory = Arc::clone(directory);
    Box::pin(async move { directory.look_up(&Principal::builder("alice").build()).await })
}

/// What is there without waiting.
fn at_once(looking: &mut Looking) -> Option<Result<Standing, Unavailable>> {
    match looking.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => Some(answer),
        Poll::Pending => None,
    }
}

#[tokio::test]
async fn two_hundred_requests_at_once_are_one_lookup() {
    let fixture = Fixture::new("", crew).await;
    let ask = || {
        let directory = Arc::clone(&fixture.directory);
        tokio::spawn(async move { directory.look_up(&Principal::builder("alice").build()).await })
    };
    let all: Vec<_> = (0..200).map(|_| ask()).collect();
    for one in all {
        let Ok(Standing::Member(membership)) = one.await.unwrap() else { panic!("alice is in a group") };
        assert_eq!(membership.groups.join(" "), "ops");
        assert_eq!(membership.lifetime, Some(Duration::from_secs(300)));
    }
    assert_eq!(fixture.searches(), 2);
    fixture.hand.advance(Duration::from_secs(300));
    assert_eq!(fixture.look_up("alice").await, "ops");
    assert_eq!(fixture.searches(), 4);
}

#[tokio::test]
async fn two_hundred_who_wait_for_a_silent_server_do_not_wait_one_after_the_other() {
    let fixture = Fixture::new("timeout = '200ms'", |_| Reply::Silence).await;
    let before = std::time::Instant::now();
    let ask = || {
        let directory = Arc::clone(&fixture.directory);
        tokio::spawn(async move { directory.look_up(&Principal::builder("alice").build()).await })
    };
    let all: Vec<_> = (0..200).map(|_| ask()).collect();
    for one in all {
        assert!(one.await.unwrap().is_err());
    }
    assert!(fixture.look_up("alice").await.starts_with("unavailable"));
    assert_eq!(fixture.searches(), 1);
    assert!(before.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn two_hundred_for_whom_an_older_answer_serves_do_not_wait_and_have_it_asked_once() {
    let is_away = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&is_away);
    let reply = move |request: &Request| if asked.load(Ordering::SeqCst) { Reply::Silence } else { crew(request) };
    let fixture = Fixture::new("ttl = '1m'\ntimeout = '200ms'\nstale_if_unavailable = '1h'", reply).await;
    assert_eq!(fixture.look_up("alice").await, "ops");
    is_away.store(true, Ordering::SeqCst);
    fixture.hand.advance(Duration::from_secs(61));
    assert_eq!(fixture.look_up("alice").await, "ops", "somebody finds out");
    is_away.store(false, Ordering::SeqCst);
    let searches = fixture.searches();
    fixture.hand.advance(Duration::from_secs(2));
    for _ in 0..200 {
        let answer = at_once(&mut look_up_alice(&fixture.directory)).expect("nobody waits");
        assert!(matches!(answer, Ok(Standing::Member(membership)) if *membership.groups == ["ops".into()]));
    }
    assert_eq!(fixture.searches(), searches, "nothing has run meanwhile");
    while fixture.searches() < searches + 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(fixture.look_up("alice").await, "ops");
    assert_eq!(fixture.searches(), searches + 2, "one lookup, and what it found is remembered");
}

#[test]
fn a_lookup_that_breaks_off_is_an_outage_for_all_who_wait() {
    let runtime = || Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let [serving, asking, waiting]: [Runtime; 3] = std::array::from_fn(|_| runtime());
    let fixture = serving.block_on(Fixture::new("timeout = '30s'", |_| Reply::Silence));
    asking.spawn(look_up_alice(&fixture.directory));
    while fixture.searches() == 0 {
        std::thread::yield_now();
    }
    let mut follower = look_up_alice(&fixture.directory);
    assert!(at_once(&mut follower).is_none());
    asking.shutdown_background();
    let answer = waiting.block_on(async { tokio::time::timeout(Duration::from_secs(20), follower).await.unwrap() });
    assert_eq!(answer.unwrap_err().reason, "the lookup broke off");
    assert_eq!(fixture.searches(), 1);
}
