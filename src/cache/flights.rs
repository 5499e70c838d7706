//! One verification for all the requests that present the same credential meanwhile.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::digest::{BuildPassThrough, Digest};

/// The verifications under way, of which there are at most `limit`.
pub(crate) struct Flights<T> {
    limit: usize,
    under_way: Arc<AtomicUsize>,
    shared: Mutex<HashMap<Digest, UnderWay<T>, BuildPassThrough>>,
}

/// A flight that others may join.
struct UnderWay<T> {
    began: Began,
    receiver: watch::Receiver<Option<T>>,
}

/// What was true when a verification began. Whoever comes when it no longer is, was told that
/// something had been withdrawn, and must not be served by what was verified before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Began {
    /// How often the cache was told to forget.
    pub(crate) forgotten: u64,
    /// The generation of the revocations.
    pub(crate) revocations: u64,
    /// The epochs of the backends that are asked.
    pub(crate) epochs: Vec<u64>,
}

/// What joining came to.
pub(crate) enum Joined<T, L> {
    /// Somebody is verifying this already: wait for the answer.
    Follow(Landing<T>),
    /// Nobody is: verify, and land the flight.
    Lead(Flight<T>, Landing<T>),
    /// The answer came in the meantime.
    Landed(L),
    /// As many verifications are under way as there may be.
    Full,
}

/// A verification under way. Dropped without an answer, it tells its followers that there is none.
pub(crate) struct Flight<T> {
    flights: Arc<Flights<T>>,
    digest: Digest,
    sender: watch::Sender<Option<T>>,
    _place: Place,
}

/// One of the places for verifications under way.
pub(crate) struct Place(Arc<AtomicUsize>);

/// Where the answer will be.
pub(crate) struct Landing<T>(watch::Receiver<Option<T>>);

impl<T: Clone> Flights<T> {
    pub(crate) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { limit, under_way: Arc::default(), shared: Mutex::default() })
    }

    /// Joins the flight for `digest` that began when the same was true, or leads one unless
    /// `landed` finds that its answer is there.
    pub(crate) fn join<L>(
        self: &Arc<Self>,
        digest: Digest,
        began: &Began,
        landed: impl FnOnce() -> Option<L>,
    ) -> Joined<T, L> {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = shared.get(&digest).filter(|flight| flight.began == *began) {
            return Joined::Follow(Landing(flight.receiver.clone()));
        }
        // An answer is remembered before its flight leaves the map. Looked for under the lock, it
        // cannot be missed, so nothing is verified twice.
        if let Some(answer) = landed() {
            return Joined::Landed(answer);
        }
        let Some(place) = self.place() else { return Joined::Full };
        let (sender, receiver) = watch::channel(None);
        shared.insert(digest, UnderWay { began: began.clone(), receiver: receiver.clone() });
        let flight = Flight { flights: Arc::clone(self), digest, sender, _place: place };
        Joined::Lead(flight, Landing(receiver))
    }

    /// A place for a verification that cannot be shared; `None` if all are taken.
    pub(crate) fn place(&self) -> Option<Place> {
        let taken = self.under_way.fetch_add(1, Ordering::AcqRel);
        let place = Place(Arc::clone(&self.under_way));
        (taken < self.limit).then_some(place)
    }

    pub(crate) fn under_way(&self) -> usize {
        self.under_way.load(Ordering::Acquire)
    }
}

impl<T> Flight<T> {
    /// Gives everybody the answer.
    pub(crate) fn land(self, answer: T) {
        self.sender.send_replace(Some(answer));
    }
}

impl<T> Drop for Flight<T> {
    fn drop(&mut self) {
        let own = self.sender.subscribe();
        let mut shared = self.flights.shared.lock().unwrap_or_else(PoisonError::into_inner);
        // Another flight may have taken the place of one that began too early.
        if shared.get(&self.digest).is_some_and(|flight| flight.receiver.same_channel(&own)) {
            shared.remove(&self.digest);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl<T: Clone> Landing<T> {
    /// The answer; `None` if whoever verified gave none.
    pub(crate) async fn answer(mut self) -> Option<T> {
        self.0.wait_for(Option::is_some).await.ok()?.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::digest::Digester;
    use http::HeaderValue;
    use portcullis_core::{Credential, Scheme, Source};

    fn digest(text: &'static str) -> Digest {
        let value = HeaderValue::from_static(text);
        Digester::new(&Scheme::BEARER).digest(&Credential::parse(value, Source::Header, &[]).unwrap())
    }

    fn began(epoch: u64) -> Began {
        Began { forgotten: 0, revocations: 0, epochs: vec![epoch] }
    }

    fn join(flights: &Arc<Flights<u8>>, digest: Digest) -> Joined<u8, u8> {
        flights.join(digest, &began(0), || None)
    }

    #[tokio::test]
    async fn followers_get_what_the_leader_lands() {
        let flights = Flights::new(2);
        let digest = digest("Bearer a");
        let Joined::Lead(flight, own) = join(&flights, digest) else { panic!("nobody leads yet") };
        let Joined::Follow(other) = join(&flights, digest) else { panic!("somebody leads") };
        flight.land(7);
        assert_eq!((own.answer().await, other.answer().await), (Some(7), Some(7)));
        assert_eq!(flights.under_way(), 0);
        assert!(matches!(join(&flights, digest), Joined::Lead(..)));
    }

    #[tokio::test]
    async fn a_flight_that_is_lost_strands_nobody() {
        let flights = Flights::new(2);
        let digest = digest("Bearer a");
        let Joined::Lead(flight, _) = join(&flights, digest) else { panic!("nobody leads yet") };
        let Joined::Follow(other) = join(&flights, digest) else { panic!("somebody leads") };
        drop(flight);
        assert_eq!(other.answer().await, None);
        assert!(matches!(join(&flights, digest), Joined::Lead(..)));
    }

    #[tokio::test]
    async fn who_comes_after_a_withdrawal_leads_a_flight_of_its_own() {
        let flights = Flights::new(2);
        let digest = digest("Bearer a");
        let Joined::Lead(early, _) = join(&flights, digest) else { panic!("nobody leads yet") };
        let later = || flights.join::<u8>(digest, &began(1), || None);
        let Joined::Lead(late, _) = later() else { panic!("the early one does not count") };
        early.land(1);
        let Joined::Follow(follower) = later() else { panic!("the late one is still under way") };
        late.land(2);
        assert_eq!(follower.answer().await, Some(2));
        assert!(flights.shared.lock().unwrap().is_empty());
    }

    #[test]
    fn more_flights_than_the_limit_are_not_begun() {
        let flights = Flights::new(1);
        let held = join(&flights, digest("Bearer a"));
        assert!(matches!(join(&flights, digest("Bearer b")), Joined::Full));
        assert!(flights.place().is_none());
        drop(held);
        assert!(flights.place().is_some());
    }

    #[test]
    fn an_answer_that_came_meanwhile_is_found_under_the_lock() {
        let flights = Flights::<u8>::new(1);
        assert!(matches!(flights.join(digest("Bearer a"), &began(0), || Some(3)), Joined::Landed(3)));
    }
}
