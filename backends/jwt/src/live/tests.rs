use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use portcullis_core::{ManualClock, async_trait};
use portcullis_mint::{Mint, jwks};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::*;

mod flight;
mod forged;
mod news;
mod outage;
mod rotation;
mod runtime;

const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// A provider that does what a test wants, and counts.
#[derive(Clone)]
struct Provider(Arc<State>);

struct State {
    answer: Mutex<Answer>,
    fetches: Mutex<Vec<Why>>,
    is_open: watch::Sender<bool>,
}

#[derive(Clone)]
enum Answer {
    Document(Vec<u8>, Option<Duration>),
    Failure(&'static str),
    Panic,
}

#[async_trait]
impl KeyOrigin for Provider {
    async fn fetch(&self, why: Why) -> Result<Fetched, FetchError> {
        // What it sends is what it had when it was asked.
        let answer = self.0.answer.lock().unwrap().clone();
        self.0.fetches.lock().unwrap().push(why);
        self.0.is_open.subscribe().wait_for(|is_open| *is_open).await.unwrap();
        match answer {
            Answer::Document(document, max_age) => Ok(Fetched { document, max_age }),
            Answer::Failure(reason) => Err(FetchError::new(reason)),
            Answer::Panic => panic!("the origin panics, as the test wants"),
        }
    }
}

impl Provider {
    fn new(mints: &[&Mint]) -> Self {
        let answer = Mutex::new(Answer::Document(document(mints), None));
        Self(Arc::new(State { answer, fetches: Mutex::default(), is_open: watch::Sender::new(true) }))
    }

    fn answers(&self, answer: Answer) {
        *self.0.answer.lock().unwrap() = answer;
    }

    fn has(&self, mints: &[&Mint]) {
        self.answers(Answer::Document(document(mints), None));
    }

    /// From now on fetches wait until it opens.
    fn close(&self) {
        self.0.is_open.send_replace(false);
    }

    fn open(&self) {
        self.0.is_open.send_replace(true);
    }

    fn fetches(&self) -> Vec<Why> {
        self.0.fetches.lock().unwrap().clone()
    }

    fn count(&self) -> usize {
        self.fetches().len()
    }

    /// Its keys, kept with the default times on a clock of the test's.
    fn live(&self) -> (LiveKeys, ManualClock) {
        self.kept(Freshness::default())
    }

    fn kept(&self, freshness: Freshness) -> (LiveKeys, ManualClock) {
        let hand = ManualClock::new();
        (LiveKeys::new("corp", self.clone(), freshness, Clock::from(&hand)), hand)
    }
}

/// One that is quick to make, for tests that verify nothing.
fn mint(kid: &str) -> Mint {
    Mint::new("EdDSA", kid)
}

fn document(mints: &[&Mint]) -> Vec<u8> {
    jwks(mints).to_string().into_bytes()
}

/// Waits for what other tasks are about to do.
async fn until(condition: impl Fn() -> bool) {
    for _ in 0..30_000 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("it did not happen");
}

/// Lets the other tasks go as far as they can.
async fn settle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

/// Moves the test's clock and tokio's paused one together.
async fn pass(hand: &ManualClock, time: Duration) {
    let step = SECOND / 2;
    let mut left = time;
    while !left.is_zero() {
        let now = step.min(left);
        hand.advance(now);
        tokio::time::sleep(now).await;
        left -= now;
    }
    settle().await;
}

fn ask(live: &LiveKeys, kid: &str, seen: &Arc<KeySet>) -> JoinHandle<Result<Arc<KeySet>, AfterUnknown>> {
    let (live, kid, seen) = (live.clone(), kid.to_owned(), Arc::clone(seen));
    tokio::spawn(async move { live.keys_after_unknown(Some(&kid), &seen).await })
}

/// Polls once: ready or not, it does not wait.
async fn at_once<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    std::future::poll_fn(|context| match future.as_mut().poll(context) {
        std::task::Poll::Ready(value) => std::task::Poll::Ready(value),
        std::task::Poll::Pending => panic!("it waits"),
    })
    .await
}
