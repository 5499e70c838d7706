use portcullis_core::{ManualClock, Membership};

use super::*;

const SECOND: Duration = Duration::from_secs(1);
const MOMENT: Duration = Duration::from_millis(1);

struct Fixture {
    memory: Memory,
    hand: ManualClock,
}

impl Fixture {
    /// Answers count for ten seconds, and for five more.
    fn new() -> Self {
        let hand = ManualClock::new();
        Self { memory: Memory::new(100, 10 * SECOND, 5 * SECOND, Clock::from(&hand)), hand }
    }

    fn remember(&self, landed: Landed) -> String {
        shown(&self.memory.remember("key".into(), landed, self.memory.now()))
    }

    fn recall(&self) -> String {
        match self.memory.recall("key") {
            None => "nothing".to_owned(),
            Some(Recalled { landed, is_due }) => format!("{}{}", shown(&landed), if is_due { ", due" } else { "" }),
        }
    }
}

fn ops() -> Landed {
    Ok(Standing::Member(Membership::new(["ops"])))
}

fn away() -> Landed {
    Err(Unavailable::new("away"))
}

fn shown(landed: &Landed) -> String {
    match landed {
        Ok(Standing::Member(membership)) => {
            format!("{} for {:?}", membership.groups.join(" "), membership.lifetime.unwrap())
        }
        Ok(other) => format!("{other:?}"),
        Err(unavailable) => unavailable.reason.to_string(),
    }
}

#[test]
fn an_answer_counts_for_its_time_from_when_it_was_asked_for() {
    let fixture = Fixture::new();
    assert_eq!(fixture.recall(), "nothing");
    let asked = fixture.memory.now();
    fixture.hand.advance(SECOND);
    assert_eq!(shown(&fixture.memory.remember("key".into(), ops(), asked)), "ops for 9s");
    fixture.hand.advance(9 * SECOND - MOMENT);
    assert_eq!(fixture.recall(), "ops for 1ms");
    fixture.hand.advance(MOMENT);
    assert_eq!(fixture.recall(), "nothing");
}

#[test]
fn who_is_barred_or_without_groups_stays_so_for_as_long() {
    let fixture = Fixture::new();
    for (standing, told) in [
        (Standing::Member(Membership::none()), " for 10s"),
        (Standing::Barred("disabled".into()), r#"Barred("disabled")"#),
    ] {
        assert_eq!(fixture.remember(Ok(standing)), told);
        assert_eq!(fixture.recall(), told);
        fixture.hand.advance(10 * SECOND);
        assert_eq!(fixture.recall(), "nothing");
    }
}

#[test]
fn an_answer_that_took_longer_than_it_counts_is_told_once() {
    let fixture = Fixture::new();
    let asked = fixture.memory.now();
    fixture.hand.advance(11 * SECOND);
    assert_eq!(shown(&fixture.memory.remember("key".into(), ops(), asked)), "ops for 0ns");
    assert_eq!(fixture.recall(), "nothing");
}

#[test]
fn a_failure_is_shared_for_a_second() {
    let fixture = Fixture::new();
    assert_eq!(fixture.remember(away()), "away");
    fixture.hand.advance(SECOND - MOMENT);
    assert_eq!(fixture.recall(), "away");
    fixture.hand.advance(MOMENT);
    assert_eq!(fixture.recall(), "nothing");
}

#[test]
fn while_nobody_answers_an_older_answer_does_and_not_longer_than_it_may() {
    let fixture = Fixture::new();
    fixture.remember(ops());
    fixture.hand.advance(11 * SECOND);
    assert_eq!(fixture.remember(away()), "ops for 4s");
    assert_eq!(fixture.recall(), "ops for 4s");
    fixture.hand.advance(SECOND);
    assert_eq!(fixture.recall(), "ops for 3s, due");
    assert_eq!(fixture.remember(away()), "ops for 3s");
    fixture.hand.advance(3 * SECOND - MOMENT);
    assert_eq!(fixture.recall(), "ops for 1ms, due");
    fixture.hand.advance(MOMENT);
    assert_eq!(fixture.recall(), "nothing");
    assert_eq!(fixture.remember(away()), "away");
}

#[test]
fn what_is_learned_later_takes_the_place_of_an_old_answer() {
    let fixture = Fixture::new();
    fixture.remember(ops());
    fixture.hand.advance(11 * SECOND);
    fixture.remember(Ok(Standing::Barred("disabled".into())));
    fixture.hand.advance(11 * SECOND);
    assert_eq!(fixture.remember(away()), r#"Barred("disabled")"#);
}

#[test]
fn what_was_dropped_does_not_serve_while_nobody_answers() {
    let fixture = Fixture::new();
    fixture.remember(ops());
    fixture.hand.advance(11 * SECOND);
    fixture.memory.forget("key");
    assert_eq!(fixture.remember(away()), "away");
    assert_eq!(fixture.recall(), "away");
}

#[test]
fn no_more_is_remembered_than_there_is_room_for() {
    let fixture = Fixture::new();
    for number in 0..1000 {
        let _ = fixture.memory.remember(number.to_string().into(), ops(), fixture.memory.now());
    }
    assert!(fixture.memory.known.len() <= 100);
}
