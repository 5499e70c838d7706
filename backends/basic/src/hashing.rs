//! Where hashes are computed: few at a time, off the async threads, behind a bounded queue.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use portcullis_core::{ExposeSecret as _, SecretString};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::hash::{Cost, Hash, Match, NotComputed};

/// How many hashes have been computed since the backend was made, for tests and metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hashes {
    /// Argon2id hashes.
    pub argon2id: u64,
    /// bcrypt hashes.
    pub bcrypt: u64,
}

/// Why there is no answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Busy {
    /// As many as may wait are waiting.
    QueueFull,
    /// The work panicked, or the runtime is shutting down.
    Lost,
    /// There was no memory for the hash.
    NotComputed,
}

pub(crate) struct Hashing {
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
    queue: usize,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    argon2id: AtomicU64,
    bcrypt: AtomicU64,
}

impl Hashing {
    /// At most `places` hashes at a time, and at most `queue` that wait for one.
    pub(crate) fn new(places: usize, queue: usize) -> Self {
        Self { places: Arc::new(Semaphore::new(places)), waiting: AtomicUsize::new(0), queue, counts: Arc::default() }
    }

    pub(crate) fn hashes(&self) -> Hashes {
        Hashes {
            argon2id: self.counts.argon2id.load(Ordering::Relaxed),
            bcrypt: self.counts.bcrypt.load(Ordering::Relaxed),
        }
    }

    pub(crate) async fn verify(&self, hash: Arc<Hash>, password: SecretString) -> Result<Match, Busy> {
        let counts = Arc::clone(&self.counts);
        let work = move || {
            let count = match hash.cost() {
                Cost::Argon2id { .. } => &counts.argon2id,
                Cost::Bcrypt { .. } => &counts.bcrypt,
            };
            count.fetch_add(1, Ordering::Relaxed);
            hash.verify(password.expose_secret().as_bytes())
        };
        self.run(work).await?.map_err(|NotComputed| Busy::NotComputed)
    }

    pub(crate) async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Busy> {
        let place = self.place().await?;
        let work = move || {
            let done = work();
            // The place belongs to the work and not to whoever waits for it: a client that goes
            // away does not make room for one more hash than is allowed.
            drop(place);
            done
        };
        tokio::task::spawn_blocking(work).await.map_err(|_| Busy::Lost)
    }

    #[cfg(test)]
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    async fn place(&self) -> Result<OwnedSemaphorePermit, Busy> {
        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            return Ok(place);
        }
        let _waiting = Waiting::enter(self).ok_or(Busy::QueueFull)?;
        Arc::clone(&self.places).acquire_owned().await.map_err(|_| Busy::Lost)
    }
}

/// One that waits for a place.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn enter(hashing: &'a Hashing) -> Option<Self> {
        let one_more = |waiting| if waiting < hashing.queue { Some(waiting + 1) } else { None };
        hashing.waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).ok()?;
        Some(Self(&hashing.waiting))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};
    use std::time::Duration;

    use super::*;

    /// Work that has begun, and that ends when the sender goes.
    async fn begin(hashing: &Arc<Hashing>) -> (Sender<()>, tokio::task::JoinHandle<Result<(), Busy>>) {
        let (end, ended) = channel::<()>();
        let (begun, begins) = tokio::sync::oneshot::channel();
        let work = move || {
            begun.send(()).unwrap();
            ended.recv().unwrap_or_default();
        };
        let hashing = Arc::clone(hashing);
        let task = tokio::spawn(async move { hashing.run(work).await });
        begins.await.unwrap();
        (end, task)
    }

    async fn until(condition: impl Fn() -> bool) {
        tokio::time::timeout(Duration::from_secs(20), async {
            while !condition() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        })
        .await
        .unwrap();
    }

    #[tokio::test]
    async fn when_places_and_queue_are_full_the_next_is_turned_away() {
        let hashing = Arc::new(Hashing::new(2, 1));
        let (end_one, one) = begin(&hashing).await;
        let (end_two, two) = begin(&hashing).await;
        let third = tokio::spawn({
            let hashing = Arc::clone(&hashing);
            async move { hashing.run(|| 3).await }
        });
        until(|| hashing.waiting() == 1).await;
        assert_eq!(hashing.run(|| 4).await, Err(Busy::QueueFull));
        drop(end_one);
        assert_eq!(one.await.unwrap(), Ok(()));
        assert_eq!(third.await.unwrap(), Ok(3));
        assert_eq!(hashing.run(|| 5).await, Ok(5));
        drop(end_two);
        assert_eq!(two.await.unwrap(), Ok(()));
        assert_eq!(hashing.places.available_permits(), 2);
    }

    #[tokio::test]
    async fn a_caller_that_goes_away_does_not_free_the_place_of_work_that_still_runs() {
        let hashing = Arc::new(Hashing::new(1, 0));
        let (end, task) = begin(&hashing).await;
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
        assert_eq!(hashing.run(|| ()).await, Err(Busy::QueueFull));
        drop(end);
        until(|| hashing.places.available_permits() == 1).await;
        assert_eq!(hashing.run(|| ()).await, Ok(()));
    }

    #[tokio::test]
    async fn a_caller_that_goes_away_while_it_waits_frees_its_place_in_the_queue() {
        let hashing = Arc::new(Hashing::new(1, 1));
        let (end, task) = begin(&hashing).await;
        let waiting = tokio::spawn({
            let hashing = Arc::clone(&hashing);
            async move { hashing.run(|| ()).await }
        });
        until(|| hashing.waiting() == 1).await;
        waiting.abort();
        assert!(waiting.await.unwrap_err().is_cancelled());
        assert_eq!(hashing.waiting(), 0);
        drop(end);
        assert_eq!(task.await.unwrap(), Ok(()));
    }

    #[tokio::test]
    async fn work_that_panics_frees_its_place() {
        let hashing = Hashing::new(1, 0);
        assert_eq!(hashing.run(|| panic!("on purpose")).await, Err::<(), _>(Busy::Lost));
        assert_eq!(hashing.run(|| ()).await, Ok(()));
    }
}
