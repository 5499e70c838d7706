//! Keeps the snapshot fresh.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use arc_swap::{ArcSwap, Guard};
use portcullis_core::{Clock, Moment};
use tokio::runtime::Handle;
use tokio::sync::{Notify, Semaphore, SemaphorePermit};

use super::fetch::{Fetch, LONGEST_FETCH, Outcome};
use super::flights::{Flights, Landing};
use super::snapshot::Snapshot;
use super::{Away, Freshness, KeyOrigin, Status, Why, news};
use crate::KeySet;

/// How many wait for the first keys. A quarter of the verifications that the layer allows by default.
const FIRST_PLACES: usize = 256;
/// How many wait for an unknown key.
const UNKNOWN_PLACES: usize = 32;

pub(super) struct Refresher {
    label: Arc<str>,
    origin: Box<dyn KeyOrigin>,
    freshness: Freshness,
    clock: Clock,
    /// Read by everybody, and replaced only by who holds the lock of `flights`.
    snapshot: ArcSwap<Snapshot>,
    flights: Mutex<Flights>,
    first_places: Semaphore,
    unknown_places: Semaphore,
    ticker: Arc<Notify>,
}

impl Refresher {
    pub(super) fn new(label: Arc<str>, origin: Box<dyn KeyOrigin>, freshness: Freshness, clock: Clock) -> Arc<Self> {
        let now = clock.now();
        Arc::new(Self {
            label,
            origin,
            freshness: freshness.bounded(),
            clock,
            snapshot: ArcSwap::from_pointee(Snapshot::empty(now)),
            flights: Mutex::new(Flights::new()),
            first_places: Semaphore::new(FIRST_PLACES),
            unknown_places: Semaphore::new(UNKNOWN_PLACES),
            ticker: Arc::default(),
        })
    }

    /// The keys, if they are known and not too old. Never waits, not even for a lock.
    pub(super) fn usable(self: &Arc<Self>) -> Option<Arc<KeySet>> {
        let (snapshot, now) = (self.snapshot(), self.now());
        let keys = Arc::clone(snapshot.usable(now, &self.freshness)?);
        if snapshot.due <= now {
            match self.flights.try_lock() {
                Ok(flights) => drop(self.begin_due(flights)),
                Err(TryLockError::Poisoned(poisoned)) => drop(self.begin_due(poisoned.into_inner())),
                // Somebody is about to begin or end a fetch.
                Err(TryLockError::WouldBlock) => {}
            }
        }
        Some(keys)
    }

    /// Joins the fetch under way, or begins the scheduled one if it is due.
    pub(super) fn join_or_begin_due(self: &Arc<Self>) -> Option<Landing> {
        let flights = self.flights();
        flights.join(self.now()).or_else(|| self.begin_due(flights))
    }

    fn begin_due(self: &Arc<Self>, flights: MutexGuard<'_, Flights>) -> Option<Landing> {
        let now = self.now();
        let is_time = self.snapshot().due <= now && !flights.is_under_way(now);
        is_time.then(|| self.begin(flights, Why::Scheduled))
    }

    /// Begins what it is time for, or what an unknown key may ask for.
    pub(super) fn hurry(self: &Arc<Self>) {
        let (flights, now) = (self.flights(), self.now());
        if flights.is_under_way(now) {
            return;
        }
        if self.snapshot().due <= now {
            self.begin(flights, Why::Scheduled);
        } else if flights.cool(now).is_none() {
            self.begin(flights, Why::UnknownKey);
        }
    }

    /// Begins what it is time for. Returns how long to wait until there may be more to do, unless
    /// something happens before.
    pub(super) fn tick(self: &Arc<Self>) -> Duration {
        let (flights, now) = (self.flights(), self.now());
        let due = self.snapshot().due;
        if !flights.is_under_way(now) {
            match flights.owed() {
                Some(owed) if owed <= now => drop(self.begin(flights, Why::UnknownKey)),
                _ if due <= now => drop(self.begin(flights, Why::Scheduled)),
                owed => return owed.map_or(due, |owed| owed.min(due)).since(now),
            }
        }
        // It will be heard of when it lands.
        LONGEST_FETCH
    }

    /// Begins a fetch, in a task of its own.
    pub(super) fn begin(self: &Arc<Self>, mut flights: MutexGuard<'_, Flights>, why: Why) -> Landing {
        let (number, landing) = flights.begin(why, self.now());
        drop(flights);
        let fetch = Fetch::new(Arc::clone(self), number);
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(fetch.run(why))),
            Err(_) => self.land(number, Err("there is no tokio runtime to fetch in".to_owned())),
        }
        landing
    }

    /// Puts what a fetch brought in force, unless it has landed before.
    pub(super) fn land(&self, number: u64, outcome: Outcome) {
        let (mut flights, now) = (self.flights(), self.now());
        let cool = now.after(self.freshness.cool_down);
        let Some(landed) = flights.land(number, outcome.is_ok(), cool) else { return };
        let before = self.snapshot.load_full();
        let after = Arc::new(match outcome {
            Ok((keys, max_age)) => before.after_success(keys, max_age, now, &self.freshness),
            Err(reason) => before.after_failure(landed.why, &reason, now),
        });
        self.snapshot.store(Arc::clone(&after));
        drop(flights);
        drop(landed);
        self.ticker.notify_one();
        news::log(&self.label, &before, &after);
    }

    pub(super) fn snapshot(&self) -> Guard<Arc<Snapshot>> {
        self.snapshot.load()
    }

    /// No panic happens under this lock, and it is never held over an `await`.
    pub(super) fn flights(&self) -> MutexGuard<'_, Flights> {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn now(&self) -> Moment {
        self.clock.now()
    }

    pub(super) fn freshness(&self) -> &Freshness {
        &self.freshness
    }

    pub(super) fn label(&self) -> &str {
        &self.label
    }

    pub(super) fn origin(&self) -> &dyn KeyOrigin {
        &*self.origin
    }

    pub(super) fn ticker(&self) -> &Arc<Notify> {
        &self.ticker
    }

    pub(super) fn place_for_first(&self) -> Result<SemaphorePermit<'_>, Away> {
        self.first_places.try_acquire().map_err(|_| Away::crowded())
    }

    pub(super) fn place_for_unknown(&self) -> Result<SemaphorePermit<'_>, Away> {
        self.unknown_places.try_acquire().map_err(|_| Away::crowded())
    }

    /// What to say to somebody for whom there are no keys.
    pub(super) fn away(&self) -> Away {
        let (snapshot, now) = (self.snapshot(), self.now());
        snapshot.away(now, snapshot.due.since(now))
    }

    pub(super) fn status(&self) -> Status {
        self.snapshot().status(self.now(), &self.freshness)
    }
}

impl Drop for Refresher {
    fn drop(&mut self) {
        self.ticker.notify_one();
    }
}
