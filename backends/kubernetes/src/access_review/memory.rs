//! What the cluster decided, remembered for a short time.

use std::time::Duration;

use portcullis_core::{Clock, Moment};
use quick_cache::sync::Cache;

use super::answer::{Answer, Outcome};
use super::digest::Digest;

/// As much room is taken at the start; it grows with what is in it.
const AT_FIRST: usize = 1024;

/// Decisions, by the digests of their questions. The store only bounds their number; whether one still counts is checked
/// against our own clock when it is used.
pub(super) struct Memory {
    decisions: Cache<Digest, Known>,
    allow_ttl: Duration,
    deny_ttl: Duration,
    clock: Clock,
}

#[derive(Clone)]
struct Known {
    answer: Answer,
    deadline: Moment,
}

impl Memory {
    pub(super) fn new(capacity: usize, allow_ttl: Duration, deny_ttl: Duration, clock: Clock) -> Self {
        let decisions = Cache::with_weighter(capacity.min(AT_FIRST), capacity as u64, quick_cache::UnitWeighter);
        Self { decisions, allow_ttl, deny_ttl, clock }
    }

    pub(super) fn now(&self) -> Moment {
        self.clock.now()
    }

    /// The decision that still counts.
    pub(super) fn recall(&self, digest: Digest) -> Option<Answer> {
        let known = self.decisions.get(&digest)?;
        (self.clock.now() < known.deadline).then_some(known.answer)
    }

    /// Remembers the answer to a question that was `asked` then: what was changed since does not show in it.
    pub(super) fn remember(&self, digest: Digest, answer: &Answer, asked: Moment) {
        let ttl = match answer.outcome {
            Outcome::Allowed => self.allow_ttl,
            Outcome::Denied | Outcome::NoOpinion => self.deny_ttl,
        };
        if answer.lasting && !ttl.is_zero() {
            self.decisions.insert(digest, Known { answer: answer.clone(), deadline: asked.after(ttl) });
        } else {
            // An older one that says something else must not outlive its own time by being asked for again.
            self.decisions.remove(&digest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use k8s_openapi::api::authorization::v1::SubjectAccessReviewStatus;
    use portcullis_core::{Action, ManualClock, Principal};

    use crate::access_review::digest::Digester;
    use crate::access_review::question::{Prefixes, Question};

    const SECOND: Duration = Duration::from_secs(1);

    fn answer(allowed: bool, error: Option<&str>) -> Answer {
        let evaluation_error = error.map(str::to_owned);
        let status = SubjectAccessReviewStatus { allowed, evaluation_error, ..Default::default() };
        Answer::of(Some(status), "kubernetes").unwrap()
    }

    fn digests(count: usize) -> Vec<Digest> {
        let (digester, alice) = (Digester::new().unwrap(), Principal::builder("alice").build());
        let digest = |name: usize| {
            let name = name.to_string();
            let action = Action::new("get", "pods").name(&name);
            digester.digest(&Question::about_own(&alice, &Prefixes::default(), &action).unwrap())
        };
        (0..count).map(digest).collect()
    }

    fn memory(allow_ttl: Duration, deny_ttl: Duration) -> (Memory, ManualClock) {
        let hand = ManualClock::new();
        (Memory::new(100, allow_ttl, deny_ttl, Clock::from(&hand)), hand)
    }

    #[test]
    fn each_decision_counts_for_its_own_time_from_when_it_was_asked_for() {
        let (memory, hand) = memory(10 * SECOND, 5 * SECOND);
        let digests = digests(2);
        let asked = memory.now();
        hand.advance(SECOND);
        memory.remember(digests[0], &answer(true, None), asked);
        memory.remember(digests[1], &answer(false, None), asked);
        let known = || [0, 1].map(|index: usize| memory.recall(digests[index]).is_some());
        hand.advance(4 * SECOND - SECOND / 1000);
        assert_eq!(known(), [true, true]);
        hand.advance(SECOND / 1000);
        assert_eq!(known(), [true, false]);
        hand.advance(5 * SECOND);
        assert_eq!(known(), [false, false]);
    }

    #[test]
    fn what_has_no_time_or_does_not_last_is_not_remembered() {
        let (memory, _) = memory(Duration::ZERO, 5 * SECOND);
        let digest = digests(1)[0];
        memory.remember(digest, &answer(true, None), memory.now());
        assert_eq!(memory.recall(digest), None);
        memory.remember(digest, &answer(false, Some("a rule is broken")), memory.now());
        assert_eq!(memory.recall(digest), None);
        memory.remember(digest, &answer(false, None), memory.now());
        assert!(memory.recall(digest).is_some());
        // What is newer takes its place, even if it is not remembered itself.
        memory.remember(digest, &answer(false, Some("a rule is broken")), memory.now());
        assert_eq!(memory.recall(digest), None);
    }

    #[test]
    fn no_more_is_remembered_than_there_is_room_for() {
        let (memory, _) = memory(10 * SECOND, 10 * SECOND);
        for digest in digests(1000) {
            memory.remember(digest, &answer(true, None), memory.now());
        }
        assert!(memory.decisions.len() <= 100, "{}", memory.decisions.len());
    }
}
