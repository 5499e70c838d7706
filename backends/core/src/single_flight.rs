//! One question for all who ask the same meanwhile.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;
use tracing::Instrument as _;

/// The questions under way: whoever asks what somebody asks already waits for the same answer. Cheap to clone; clones are one.
///
/// A question runs in a task of its own, so whoever goes away neither cancels nor repeats it. The answer is not kept. Who wants
/// nothing to be asked twice remembers it elsewhere before the question ends, and looks for it in `recall`: that is called where no
/// question can begin or end meanwhile, so an answer that is remembered cannot be missed.
///
/// ```
/// use portcullis_core::single_flight::{Joined, SingleFlight};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let flights = SingleFlight::<&str, u64>::default();
/// let ask = || flights.join("the answer", || None, || async { 42 });
/// let (first, second) = (ask(), ask());
/// assert!(matches!((&first, &second), (Joined::Led(_), Joined::Followed(_))));
/// assert_eq!((first.answer().await, second.answer().await), (Some(42), Some(42)));
/// # }
/// ```
pub struct SingleFlight<K, T>(Arc<Mutex<HashMap<K, Landing<T>>>>);

/// What came of [joining](SingleFlight::join).
pub enum Joined<T> {
    /// The answer was there.
    Known(T),
    /// Somebody asks already.
    Followed(Landing<T>),
    /// Nobody did, and it is being asked now.
    Led(Landing<T>),
}

/// Where the answer will be. Dropped, it changes nothing for the others.
#[derive(Clone)]
pub struct Landing<T>(watch::Receiver<Option<T>>);

/// A question under way. Dropped without an answer, it tells those who wait that there is none.
struct Flight<K: Eq + Hash, T, P> {
    flights: SingleFlight<K, T>,
    key: K,
    landing: watch::Sender<Option<T>>,
    _permit: P,
}

impl<K, T> SingleFlight<K, T>
where
    K: Clone + Eq + Hash + Send + 'static,
    T: Clone + Send + Sync + 'static,
{
    /// Follows whoever asks the question `key` already, or takes the answer that `recall` finds, or else asks: the future that `ask`
    /// returns is spawned.
    ///
    /// While `recall` is called no other question can be joined or end. It must be short, and not use this `SingleFlight`.
    ///
    /// # Panics
    ///
    /// If there is something to ask, outside of a tokio runtime.
    pub fn join<F>(&self, key: K, recall: impl FnOnce() -> Option<T>, ask: impl FnOnce() -> F) -> Joined<T>
    where
        F: Future<Output = T> + Send + 'static,
    {
        let joined = self.try_join(key, recall, || Some(()), ask);
        joined.unwrap_or_else(|| unreachable!("it may always be asked"))
    }

    /// The same where not everything may be asked that nobody asks already: if `admit` gives no permit, this is `None`. The permit is
    /// dropped when nobody can follow the question any more. What holds for `recall` holds for `admit`.
    ///
    /// # Panics
    ///
    /// As [`join`](Self::join) does.
    pub fn try_join<P, F>(
        &self,
        key: K,
        recall: impl FnOnce() -> Option<T>,
        admit: impl FnOnce() -> Option<P>,
        ask: impl FnOnce() -> F,
    ) -> Option<Joined<T>>
    where
        P: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let mut under_way = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(landing) = under_way.get(&key) {
            return Some(Joined::Followed(landing.clone()));
        }
        // An answer is remembered before its question leaves the map: looked for under the lock, it cannot be missed.
        if let Some(answer) = recall() {
            return Some(Joined::Known(answer));
        }
        let permit = admit()?;
        let (sender, receiver) = watch::channel(None);
        under_way.insert(key.clone(), Landing(receiver.clone()));
        drop(under_way);
        let flight = Flight { flights: self.clone(), key, landing: sender, _permit: permit };
        let asking = ask();
        let flying = async move {
            let answer = asking.await;
            flight.landing.send_replace(Some(answer));
        };
        tokio::spawn(flying.in_current_span());
        Some(Joined::Led(Landing(receiver)))
    }
}

impl<T: Clone> Joined<T> {
    /// The answer; `None` if the question broke off: its future panicked, or its runtime ended.
    pub async fn answer(self) -> Option<T> {
        match self {
            Self::Known(answer) => Some(answer),
            Self::Followed(landing) | Self::Led(landing) => landing.answer().await,
        }
    }
}

impl<T: Clone> Landing<T> {
    /// The answer; `None` if the question broke off: its future panicked, or its runtime ended.
    pub async fn answer(mut self) -> Option<T> {
        self.0.wait_for(Option::is_some).await.ok()?.clone()
    }
}

impl<K: Eq + Hash, T, P> Drop for Flight<K, T, P> {
    fn drop(&mut self) {
        self.flights.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

impl<K, T> Clone for SingleFlight<K, T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K, T> Default for SingleFlight<K, T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

/// Neither keys nor answers, which may be secret.
impl<K, T> fmt::Debug for SingleFlight<K, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SingleFlight").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Joined<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Known(_) => "Known",
            Self::Followed(_) => "Followed",
            Self::Led(_) => "Led",
        })
    }
}

impl<T> fmt::Debug for Landing<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Landing").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
