//! One question to the cluster for all who ask the same meanwhile.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use portcullis_core::Unavailable;
use tokio::sync::watch;
use tracing::Instrument as _;

use super::answer::Answer;
use super::digest::Digest;

/// What a question comes to.
pub(super) type Landed = Result<Answer, Unavailable>;

/// The questions under way. Their number is bounded by the budget that they are asked within: one that finds no place in it
/// ends at once.
#[derive(Default)]
pub(super) struct Flights(Mutex<HashMap<Digest, Landing>>);

/// Where the answer will be.
type Landing = watch::Receiver<Option<Landed>>;

/// A question under way. Dropped without an answer, it tells those who wait that there is none.
struct Flight {
    flights: Arc<Flights>,
    digest: Digest,
    landing: watch::Sender<Option<Landed>>,
}

impl Flights {
    /// The answer to the question with this digest: the one that `recall` finds, or the one of whoever asks already, or
    /// what `ask` comes to. That runs in a task of its own, so whoever goes away neither cancels nor repeats it. It must
    /// see to it that `recall` finds the answer when it is done.
    pub(super) async fn answer<F>(
        self: &Arc<Self>,
        digest: Digest,
        recall: impl FnOnce() -> Option<Answer>,
        ask: impl FnOnce() -> F,
    ) -> Landed
    where
        F: Future<Output = Landed> + Send + 'static,
    {
        let mut landing = match self.join(digest, recall) {
            Joined::Follow(landing) => landing,
            Joined::Known(answer) => return Ok(answer),
            Joined::Lead(flight, landing) => {
                let asking = ask();
                let flying = async move {
                    let landed = asking.await;
                    flight.landing.send_replace(Some(landed));
                };
                tokio::spawn(flying.in_current_span());
                landing
            }
        };
        let landed = match landing.wait_for(Option::is_some).await {
            Ok(landed) => landed.clone(),
            Err(_) => None,
        };
        landed.unwrap_or_else(|| Err(Unavailable::new("the question broke off")))
    }

    fn join(self: &Arc<Self>, digest: Digest, recall: impl FnOnce() -> Option<Answer>) -> Joined {
        let mut under_way = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(landing) = under_way.get(&digest) {
            return Joined::Follow(landing.clone());
        }
        // An answer is remembered before its flight leaves the map. Looked for under the lock, it cannot be missed, so
        // nothing is asked twice.
        if let Some(answer) = recall() {
            return Joined::Known(answer);
        }
        let (sender, landing) = watch::channel(None);
        under_way.insert(digest, landing.clone());
        Joined::Lead(Flight { flights: Arc::clone(self), digest, landing: sender }, landing)
    }
}

enum Joined {
    Follow(Landing),
    Known(Answer),
    Lead(Flight, Landing),
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.flights.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.digest);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use k8s_openapi::api::authorization::v1::SubjectAccessReviewStatus;
    use portcullis_core::{Action, Principal};
    use tokio::sync::Notify;

    use super::*;
    use crate::access_review::digest::Digester;
    use crate::access_review::question::{Prefixes, Question};

    /// Flights that all ask the same, and are held until they are let go.
    #[derive(Clone)]
    struct Fixture {
        flights: Arc<Flights>,
        digest: Digest,
        asked: Arc<AtomicUsize>,
        go: Arc<Notify>,
        remembered: Arc<Mutex<Option<Answer>>>,
    }

    impl Fixture {
        fn new() -> Self {
            let alice = Principal::builder("alice").build();
            let question = Question::about_own(&alice, &Prefixes::default(), &Action::new("get", "pods")).unwrap();
            Self {
                flights: Arc::default(),
                digest: Digester::new().unwrap().digest(&question),
                asked: Arc::default(),
                go: Arc::default(),
                remembered: Arc::default(),
            }
        }

        async fn ask(self) -> Landed {
            let ask = || {
                let fixture = self.clone();
                async move {
                    fixture.asked.fetch_add(1, Ordering::SeqCst);
                    fixture.go.notified().await;
                    let status = SubjectAccessReviewStatus { allowed: true, ..Default::default() };
                    let answer = Answer::of(Some(status), "kubernetes")?;
                    *fixture.remembered.lock().unwrap() = Some(answer.clone());
                    Ok(answer)
                }
            };
            let landed = self.flights.answer(self.digest, || self.remembered.lock().unwrap().clone(), ask);
            tokio::time::timeout(Duration::from_secs(5), landed).await.expect("it was asked once more")
        }

        fn asked(&self) -> usize {
            self.asked.load(Ordering::SeqCst)
        }

        fn under_way(&self) -> usize {
            self.flights.0.lock().unwrap().len()
        }
    }

    #[tokio::test]
    async fn whoever_asks_first_and_goes_away_neither_cancels_nor_repeats_it() {
        let fixture = Fixture::new();
        let first = tokio::spawn(fixture.clone().ask());
        while fixture.asked() == 0 {
            tokio::task::yield_now().await;
        }
        let second = tokio::spawn(fixture.clone().ask());
        first.abort();
        assert!(first.await.unwrap_err().is_cancelled());
        fixture.go.notify_one();
        assert!(second.await.unwrap().unwrap().decision().is_allow());
        assert_eq!((fixture.asked(), fixture.under_way()), (1, 0));
        // It is remembered now, and found where it would have been asked for again.
        assert!(fixture.clone().ask().await.is_ok());
        assert_eq!(fixture.asked(), 1);
    }

    #[tokio::test]
    async fn if_all_go_away_it_is_remembered_nevertheless() {
        let fixture = Fixture::new();
        let alone = tokio::time::timeout(Duration::from_millis(10), fixture.clone().ask()).await;
        assert!(alone.is_err());
        fixture.go.notify_one();
        while fixture.under_way() > 0 {
            tokio::task::yield_now().await;
        }
        assert!(fixture.remembered.lock().unwrap().is_some());
    }

    #[tokio::test]
    async fn a_flight_that_breaks_off_strands_nobody() {
        let fixture = Fixture::new();
        let broken = fixture.flights.answer(fixture.digest, || None, || async { panic!("the flight breaks off") });
        assert_eq!(broken.await.unwrap_err().reason, "the question broke off");
        assert_eq!(fixture.under_way(), 0);
        fixture.go.notify_one();
        assert!(fixture.ask().await.is_ok());
    }
}
