//! How much may be asked at once.

use std::sync::Arc;

use tokio::sync::{Semaphore, SemaphorePermit};

use super::news::News;
use super::pause::Pause;

/// How many wait for each place.
const WAITING: usize = 8;

/// What questions of one sort may take of an API server: so many at once, and so many more that wait for that. Each sort
/// has its own, with its own pauses and its own words in the log: those who flood it, or may not ask, stop nobody else.
#[derive(Debug)]
pub(crate) struct Budget {
    places: Semaphore,
    queue: Semaphore,
    pub(super) pause: Pause,
    pub(super) news: News,
}

/// A place among those under way. It is given back when this is dropped.
pub(super) struct Place<'a> {
    _place: SemaphorePermit<'a>,
    _queued: SemaphorePermit<'a>,
}

impl Budget {
    /// So many at once, and eight times as many in line.
    pub(crate) fn new(at_once: usize) -> Self {
        Self {
            places: Semaphore::new(at_once),
            queue: Semaphore::new(at_once * (1 + WAITING)),
            pause: Pause::default(),
            news: News::default(),
        }
    }

    /// Why the last question had no answer, if it had none.
    pub(crate) fn trouble(&self) -> Option<Arc<str>> {
        self.news.last()
    }

    /// Waits for a place; `None` if the line is too long already.
    pub(super) async fn place(&self) -> Option<Place<'_>> {
        let queued = self.queue.try_acquire().ok()?;
        // It is never closed.
        let place = self.places.acquire().await.ok()?;
        Some(Place { _place: place, _queued: queued })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn so_many_are_under_way_eight_times_as_many_wait_and_one_more_is_turned_away() {
        let budget = Arc::new(Budget::new(2));
        let mut waiting = tokio::task::JoinSet::new();
        let held = [budget.place().await.unwrap(), budget.place().await.unwrap()];
        for _ in 0..16 {
            let budget = Arc::clone(&budget);
            waiting.spawn(async move { budget.place().await.is_some() });
        }
        tokio::task::yield_now().await;
        assert!(budget.place().await.is_none());
        drop(held);
        while let Some(had_a_place) = waiting.join_next().await {
            assert!(had_a_place.unwrap());
        }
    }
}
