use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use portcullis_core::Standing;
use tokio::sync::Notify;

use super::*;

/// Flights that all ask the same, and are held until they are let go.
#[derive(Clone, Default)]
struct Fixture {
    flights: Arc<Flights>,
    asked: Arc<AtomicUsize>,
    go: Arc<Notify>,
    remembered: Arc<Mutex<Option<Landed>>>,
}

impl Fixture {
    fn recall(&self) -> Option<Landed> {
        self.remembered.lock().unwrap().clone()
    }

    async fn fly(self) -> Landed {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.go.notified().await;
        let landed = Ok(Standing::Barred("disabled".into()));
        *self.remembered.lock().unwrap() = Some(landed.clone());
        landed
    }

    async fn ask(self) -> Landed {
        let fixture = self.clone();
        let answer = self.flights.answer("key".to_owned(), |_| self.recall(), |_| fixture.fly());
        tokio::time::timeout(Duration::from_secs(5), answer).await.expect("it was asked once more")
    }

    async fn until_asked(&self) {
        while self.asked.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn two_hundred_who_ask_at_once_are_one_question() {
    let fixture = Fixture::default();
    let all: Vec<_> = (0..200).map(|_| tokio::spawn(fixture.clone().ask())).collect();
    fixture.until_asked().await;
    // Only those that have begun to wait count.
    tokio::time::sleep(Duration::from_millis(20)).await;
    fixture.go.notify_one();
    for one in all {
        assert!(matches!(one.await.unwrap(), Ok(Standing::Barred(_))));
    }
    assert_eq!(fixture.asked.load(Ordering::SeqCst), 1);
    assert!(fixture.flights.0.lock().unwrap().is_empty());
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
    assert!(second.await.unwrap().is_ok());
    assert_eq!(fixture.asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_flight_that_breaks_off_strands_nobody() {
    let fixture = Fixture::default();
    let broken = fixture.flights.answer("key".to_owned(), |_| None, |_| async { panic!("the flight breaks off") });
    assert_eq!(broken.await.unwrap_err().reason, "the lookup broke off");
    fixture.go.notify_one();
    assert!(fixture.ask().await.is_ok());
}

#[tokio::test]
async fn whoever_does_not_wait_has_it_asked_once_too() {
    let fixture = Fixture::default();
    for _ in 0..10 {
        let flying = fixture.clone();
        fixture.flights.start("key".to_owned(), |_| fixture.recall(), |_| flying.fly());
    }
    fixture.until_asked().await;
    fixture.go.notify_one();
    while fixture.recall().is_none() {
        tokio::task::yield_now().await;
    }
    assert_eq!(fixture.asked.load(Ordering::SeqCst), 1);
}
