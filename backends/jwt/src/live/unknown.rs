//! The names of keys that the provider may not have.

use std::collections::VecDeque;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::time::Duration;

use portcullis_core::Moment;

/// How many names are remembered. Whoever invents more pushes out the oldest, and gains no more than
/// the one fetch per cool-down that any new name gets.
const CAPACITY: usize = 256;
/// How long a name is remembered, and so how long a key that the provider publishes late can go
/// unnoticed by the tokens that name it.
const LIFE: Duration = Duration::from_secs(60);

/// Names of keys that tokens asked for in vain, and after how many fetches they first did: if a later
/// one succeeded and did not bring the key, the name needs no fetch of its own.
///
/// A name comes from an unverified token, so it is kept as a hash that nobody outside can
/// foretell. Should two collide, one of them waits a minute longer.
pub(super) struct UnknownKids {
    hasher: RandomState,
    oldest_first: VecDeque<Entry>,
}

struct Entry {
    kid: u64,
    fetches: u64,
    since: Moment,
}

impl UnknownKids {
    pub(super) fn new() -> Self {
        Self { hasher: RandomState::new(), oldest_first: VecDeque::new() }
    }

    /// Remembers that `kid` was asked for after so many fetches. Returns after how many it was asked
    /// for first, as far as that is remembered.
    pub(super) fn note(&mut self, kid: &str, fetches: u64, now: Moment) -> u64 {
        while self.oldest_first.front().is_some_and(|entry| now.since(entry.since) >= LIFE) {
            self.oldest_first.pop_front();
        }
        let kid = self.hasher.hash_one(kid);
        if let Some(entry) = self.oldest_first.iter().find(|entry| entry.kid == kid) {
            return entry.fetches;
        }
        if self.oldest_first.len() >= CAPACITY {
            self.oldest_first.pop_front();
        }
        self.oldest_first.push_back(Entry { kid, fetches, since: now });
        fetches
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_core::{Clock, ManualClock};

    #[test]
    fn a_name_is_remembered_for_a_minute_from_when_it_first_came() {
        let (hand, mut kids) = (ManualClock::new(), UnknownKids::new());
        let clock = Clock::from(&hand);
        assert_eq!(kids.note("a", 1, clock.now()), 1);
        hand.advance(Duration::from_secs(59));
        assert_eq!(kids.note("a", 2, clock.now()), 1);
        assert_eq!(kids.note("b", 2, clock.now()), 2);
        hand.advance(Duration::from_secs(1));
        assert_eq!(kids.note("a", 3, clock.now()), 3);
        assert_eq!(kids.note("b", 3, clock.now()), 2);
    }

    #[test]
    fn more_names_than_there_is_room_for_push_out_the_oldest() {
        let (now, mut kids) = (Clock::default().now(), UnknownKids::new());
        for number in 0..10_000 {
            kids.note(&number.to_string(), number, now);
        }
        assert_eq!(kids.oldest_first.len(), CAPACITY);
        assert!(kids.oldest_first.capacity() <= 2 * CAPACITY);
        assert_eq!(kids.note("9999", 20_000, now), 9999);
        assert_eq!(kids.note("0", 20_000, now), 20_000);
    }
}
