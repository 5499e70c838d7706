//! One verification for all the requests that present the same credential meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use portcullis_core::single_flight::{Joined, SingleFlight};

use super::digest::Digest;

/// The verifications under way, of which there are at most `limit`.
pub(crate) struct Flights<T> {
    limit: usize,
    under_way: Arc<AtomicUsize>,
    shared: SingleFlight<Arc<(Digest, Began)>, T>,
}

/// What was true when a verification began. Whoever comes when it no longer is, was told that
/// something had been withdrawn, and must not be served by what was verified before.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Began {
    /// How often the cache was told to forget.
    pub(crate) forgotten: u64,
    /// The generation of the revocations.
    pub(crate) revocations: u64,
    /// The epochs of the backends that are asked.
    pub(crate) epochs: Vec<u64>,
}

/// One of the places for verifications under way.
pub(crate) struct Place(Arc<AtomicUsize>);

impl<T: Clone + Send + Sync + 'static> Flights<T> {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, under_way: Arc::default(), shared: SingleFlight::default() }
    }

    /// Joins the verification of `digest` that began when the same was true, or begins one unless `recall` finds that its answer
    /// is there; `None` if all places are taken.
    pub(crate) fn join<F>(
        &self,
        digest: Digest,
        began: Began,
        recall: impl FnOnce() -> Option<T>,
        verify: impl FnOnce() -> F,
    ) -> Option<Joined<T>>
    where
        F: Future<Output = T> + Send + 'static,
    {
        self.shared.try_join(Arc::new((digest, began)), recall, || self.place(), verify)
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

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use std::future::{Ready, pending, ready};

    use http::HeaderValue;
    use portcullis_core::{Credential, Scheme, Source};
    use tokio::sync::oneshot;

    use super::*;
    use crate::cache::digest::Digester;

    fn digest(text: &'static str) -> Digest {
        let value = HeaderValue::from_static(text);
        Digester::new(&Scheme::BEARER).digest(&Credential::parse(value, Source::Header, &[]).unwrap())
    }

    fn began(epoch: u64) -> Began {
        Began { forgotten: 0, revocations: 0, epochs: vec![epoch] }
    }

    #[tokio::test]
    async fn who_comes_after_a_withdrawal_leads_a_flight_of_its_own() {
        let flights = Flights::new(2);
        let digest = digest("Bearer a");
        let join = |epoch| {
            let (land, landed) = oneshot::channel();
            (flights.join(digest, began(epoch), || None, || async { landed.await.unwrap() }).unwrap(), land)
        };
        let ((Joined::Led(early), land_early), (Joined::Led(late), land_late)) = (join(0), join(1)) else {
            panic!("the early one does not count");
        };
        land_early.send(1).unwrap();
        assert_eq!(early.answer().await, Some(1));
        let (Joined::Followed(follower), _) = join(1) else { panic!("the late one is still under way") };
        land_late.send(2).unwrap();
        assert_eq!((follower.answer().await, late.answer().await), (Some(2), Some(2)));
        assert_eq!(flights.under_way(), 0);
    }

    #[tokio::test]
    async fn more_flights_than_the_limit_are_not_begun() {
        let flights = Flights::new(1);
        let join = |token| flights.join(digest(token), began(0), || None, pending::<u8>);
        assert!(matches!(join("Bearer a"), Some(Joined::Led(_))));
        assert!(join("Bearer b").is_none());
        assert!(flights.place().is_none());
    }

    #[tokio::test]
    async fn a_place_is_free_again_when_its_flight_has_landed() {
        let flights = Flights::new(1);
        for token in ["Bearer a", "Bearer b"] {
            let joined = flights.join(digest(token), began(0), || None, || ready(7)).unwrap();
            assert_eq!(joined.answer().await, Some(7));
        }
        assert!(flights.place().is_some());
    }

    #[test]
    fn an_answer_that_came_meanwhile_takes_no_place() {
        let flights = Flights::new(0);
        let joined = flights.join(digest("Bearer a"), began(0), || Some(3), || -> Ready<u8> { panic!("it is there") });
        assert!(matches!(joined, Some(Joined::Known(3))));
    }
}
