use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

use super::*;

/// Questions of which each is held until it is let go.
#[derive(Clone, Default)]
struct Fixture {
    flights: SingleFlight<&'static str, u8>,
    asked: Arc<AtomicUsize>,
    go: Arc<Notify>,
    remembered: Arc<Mutex<Option<u8>>>,
}

impl Fixture {
    fn join(&self, key: &'static str) -> Joined<u8> {
        let fixture = self.clone();
        let ask = || async move {
            fixture.asked.fetch_add(1, Ordering::SeqCst);
            fixture.go.notified().await;
            *fixture.remembered.lock().unwrap() = Some(7);
            7
        };
        self.flights.join(key, || *self.remembered.lock().unwrap(), ask)
    }

    fn under_way(&self) -> usize {
        self.flights.0.lock().unwrap().len()
    }

    async fn until_none_is_under_way(&self) {
        while self.under_way() > 0 {
            tokio::task::yield_now().await;
        }
    }

    async fn ask(self) -> Option<u8> {
        let answer = self.join("a").answer();
        tokio::time::timeout(Duration::from_secs(5), answer).await.expect("it was asked once more")
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    async fn until_asked(&self) {
        while self.asked() == 0 {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_who_ask_at_once_are_one_question() {
    let fixture = Fixture::default();
    let all: Vec<_> = (0..200).map(|_| tokio::spawn(fixture.clone().ask())).collect();
    fixture.until_asked().await;
    fixture.go.notify_one();
    for one in all {
        assert_eq!(one.await.unwrap(), Some(7));
    }
    assert_eq!(fixture.asked(), 1);
    fixture.until_none_is_under_way().await;
}

#[tokio::test]
async fn whoever_asks_first_and_goes_away_neither_cancels_nor_repeats_it() {
    let fixture = Fixture::default();
    let first = tokio::spawn(fixture.clone().ask());
    fixture.until_asked().await;
    let second = tokio::spawn(fixture.clone().ask());
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    fixture.go.notify_one();
    assert_eq!(second.await.unwrap(), Some(7));
    // It is remembered now, and found where it would have been asked again.
    assert!(matches!(fixture.join("a"), Joined::Known(7)));
    assert_eq!(fixture.asked(), 1);
}

#[tokio::test]
async fn if_all_go_away_it_is_asked_to_its_end() {
    let fixture = Fixture::default();
    drop(fixture.join("a"));
    fixture.go.notify_one();
    fixture.until_none_is_under_way().await;
    assert_eq!(*fixture.remembered.lock().unwrap(), Some(7));
}

#[tokio::test]
async fn other_questions_are_asked_beside_it() {
    let fixture = Fixture::default();
    let joined = ["a", "b", "a"].map(|key| fixture.join(key));
    assert!(matches!(joined, [Joined::Led(_), Joined::Led(_), Joined::Followed(_)]));
    assert_eq!(fixture.under_way(), 2);
}

#[tokio::test]
async fn a_question_that_breaks_off_strands_nobody() {
    let fixture = Fixture::default();
    let broken = fixture.flights.join("a", || None, || async { panic!("the question breaks off") });
    let follower = fixture.join("a");
    assert!(matches!(follower, Joined::Followed(_)));
    assert_eq!((broken.answer().await, follower.answer().await), (None, None));
    fixture.go.notify_one();
    assert_eq!(fixture.ask().await, Some(7));
}

#[tokio::test]
async fn a_question_that_cannot_be_put_strands_nobody() {
    let fixture = Fixture::default();
    let put = || fixture.flights.join("a", || None, || -> std::future::Ready<u8> { panic!("it cannot be put") });
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(put)).unwrap_err();
    assert!(matches!(fixture.join("a"), Joined::Led(_)));
}

#[tokio::test]
async fn what_may_not_be_asked_now_may_be_asked_later() {
    let fixture = Fixture::default();
    let try_join = |permit: Option<u8>| fixture.flights.try_join("a", || None, || permit, || async { 8 });
    assert!(try_join(None).is_none());
    assert_eq!(fixture.under_way(), 0);
    assert_eq!(try_join(Some(1)).unwrap().answer().await, Some(8));
}

#[tokio::test]
async fn a_permit_is_held_until_nobody_can_follow_any_more() {
    struct Permit(Fixture, watch::Sender<Option<usize>>);
    impl Drop for Permit {
        fn drop(&mut self) {
            self.1.send_replace(Some(self.0.under_way()));
        }
    }
    let fixture = Fixture::default();
    for breaks_off in [false, true] {
        let (sender, mut left) = watch::channel(None);
        let permit = Permit(fixture.clone(), sender);
        let ask = || async move { if breaks_off { panic!("the question breaks off") } else { 7 } };
        let joined = fixture.flights.try_join("a", || None, || Some(permit), ask).unwrap();
        assert_eq!(joined.answer().await.is_none(), breaks_off);
        assert_eq!(*left.wait_for(Option::is_some).await.unwrap(), Some(0));
    }
}

#[tokio::test]
async fn nothing_begins_or_ends_while_an_answer_is_looked_for() {
    let fixture = Fixture::default();
    let recall = || {
        assert!(fixture.flights.0.try_lock().is_err());
        Some(7)
    };
    assert!(matches!(fixture.flights.join("a", recall, || async { 8 }), Joined::Known(7)));
    assert_eq!(format!("{:?}", fixture.flights.join("a", || Some(7), || async { 8 })), "Known", "nothing secret");
}
