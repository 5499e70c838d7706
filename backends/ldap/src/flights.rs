//! One lookup for all who ask the same meanwhile.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use portcullis_core::Unavailable;
use tokio::sync::watch;
use tracing::Instrument as _;

use crate::cache::Landed;

/// The lookups under way. Their number is bounded by the pool: one that finds no place there, nor one to wait at, ends
/// at once.
#[derive(Default)]
pub(crate) struct Flights(Mutex<HashMap<Arc<str>, Landing>>);

/// Where the answer will be.
type Landing = watch::Receiver<Option<Landed>>;

/// A lookup under way. Dropped without an answer, it tells those who wait that there is none.
struct Flight {
    flights: Arc<Flights>,
    key: Arc<str>,
    landing: watch::Sender<Option<Landed>>,
}

impl Flights {
    /// What is asked by this key: what `recall` finds, or what somebody asks already, or what `ask` comes to. That runs
    /// in a task of its own, so whoever goes away neither cancels nor repeats it. It must see to it that `recall` finds
    /// the answer when it is done.
    pub(crate) async fn answer<F>(
        self: &Arc<Self>,
        key: String,
        recall: impl FnOnce(&str) -> Option<Landed>,
        ask: impl FnOnce(Arc<str>) -> F,
    ) -> Landed
    where
        F: Future<Output = Landed> + Send + 'static,
    {
        let mut landing = match self.join(key, recall, ask) {
            Joined::Waits(landing) => landing,
            Joined::Known(landed) => return landed,
        };
        let landed = match landing.wait_for(Option::is_some).await {
            Ok(landed) => landed.clone(),
            Err(_) => None,
        };
        landed.unwrap_or_else(|| Err(Unavailable::new("the lookup broke off")))
    }

    /// The same for whoever does not wait for the answer.
    pub(crate) fn start<F>(
        self: &Arc<Self>,
        key: String,
        recall: impl FnOnce(&str) -> Option<Landed>,
        ask: impl FnOnce(Arc<str>) -> F,
    ) where
        F: Future<Output = Landed> + Send + 'static,
    {
        let _ = self.join(key, recall, ask);
    }

    fn join<F>(
        self: &Arc<Self>,
        key: String,
        recall: impl FnOnce(&str) -> Option<Landed>,
        ask: impl FnOnce(Arc<str>) -> F,
    ) -> Joined
    where
        F: Future<Output = Landed> + Send + 'static,
    {
        let mut under_way = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(landing) = under_way.get(key.as_str()) {
            return Joined::Waits(landing.clone());
        }
        // An answer is remembered before its flight leaves the map. Looked for under the lock, it cannot be missed, so
        // nothing is asked twice.
        if let Some(landed) = recall(&key) {
            return Joined::Known(landed);
        }
        let (sender, landing) = watch::channel(None);
        let key: Arc<str> = key.into();
        under_way.insert(Arc::clone(&key), landing.clone());
        drop(under_way);
        let flight = Flight { flights: Arc::clone(self), key: Arc::clone(&key), landing: sender };
        let asking = ask(key);
        let flying = async move {
            let landed = asking.await;
            flight.landing.send_replace(Some(landed));
        };
        tokio::spawn(flying.in_current_span());
        Joined::Waits(landing)
    }
}

enum Joined {
    Waits(Landing),
    Known(Landed),
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.flights.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

#[cfg(test)]
mod tests;
