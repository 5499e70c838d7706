use super::*;
use crate::webhook::form::Signature;
use portcullis_core::ManualClock;
use std::time::SystemTime;

const MINUTE: Duration = Duration::from_secs(60);

fn deliveries(hand: &ManualClock, window: Duration, most: usize) -> Arc<Deliveries> {
    Arc::new(Deliveries { most, ..Deliveries::new(window, false, Clock::from(hand)) })
}

fn mark(number: u64, until: Option<SystemTime>) -> Mark {
    let mut signature = Signature::default();
    signature[..8].copy_from_slice(&number.to_le_bytes());
    Mark { signature, until }
}

fn told(noted: Noted) -> &'static str {
    match noted {
        Noted::First(delivery) => {
            delivery.taken();
            "first"
        }
        Noted::Again => "again",
        Noted::UnderWay => "under way",
        Noted::TooOld => "too old",
        Noted::Full => "full",
    }
}

fn take(deliveries: &Arc<Deliveries>, mark: Mark) -> &'static str {
    told(deliveries.note(mark, "a", "/hook"))
}

fn begin(deliveries: &Arc<Deliveries>, mark: Mark) -> Delivery {
    let Noted::First(delivery) = deliveries.note(mark, "a", "/hook") else { panic!("it is the first") };
    delivery
}

#[test]
fn a_delivery_is_taken_once_in_its_window() {
    let hand = ManualClock::new();
    let deliveries = deliveries(&hand, 5 * MINUTE, 10);
    assert_eq!(take(&deliveries, mark(1, None)), "first");
    assert_eq!(take(&deliveries, mark(2, None)), "first");
    hand.advance(5 * MINUTE);
    assert_eq!(take(&deliveries, mark(1, None)), "again");
    hand.advance(Duration::from_millis(1));
    assert_eq!(take(&deliveries, mark(1, None)), "first");
}

#[test]
fn one_with_a_time_is_remembered_for_as_long_as_that_is_good() {
    let hand = ManualClock::new();
    let deliveries = deliveries(&hand, MINUTE, 10);
    let in_ten = Some(hand.wall() + 10 * MINUTE);
    assert_eq!(take(&deliveries, mark(1, in_ten)), "first");
    hand.advance(10 * MINUTE);
    assert_eq!(take(&deliveries, mark(1, in_ten)), "again");
    assert_eq!(take(&deliveries, mark(2, Some(hand.wall()))), "first");
    hand.advance(Duration::from_millis(1));
    assert_eq!(take(&deliveries, mark(1, in_ten)), "too old", "though it is remembered for another second");
    hand.advance(10 * MINUTE);
    assert_eq!(take(&deliveries, mark(1, in_ten)), "too old");
}

#[test]
fn a_time_that_is_over_is_too_old_where_nothing_is_remembered_too() {
    let hand = ManualClock::new();
    let deliveries = deliveries(&hand, Duration::ZERO, 10);
    let now = Some(hand.wall());
    assert_eq!(take(&deliveries, mark(1, now)), "first");
    assert_eq!(take(&deliveries, mark(1, now)), "first");
    hand.advance(Duration::from_millis(1));
    assert_eq!(take(&deliveries, mark(1, now)), "too old");
}

#[test]
fn one_under_way_is_told_from_one_that_was_taken_and_after_a_failure_it_may_come_again() {
    let hand = ManualClock::new();
    let deliveries = deliveries(&hand, MINUTE, 10);
    let delivery = begin(&deliveries, mark(1, None));
    assert_eq!(take(&deliveries, mark(1, None)), "under way");
    drop(delivery);
    assert_eq!(take(&deliveries, mark(1, None)), "first");
    assert_eq!(take(&deliveries, mark(1, None)), "again");
}

#[test]
fn the_window_of_one_that_takes_long_begins_when_it_is_taken() {
    let hand = ManualClock::new();
    let deliveries = deliveries(&hand, MINUTE, 10);
    let slow = begin(&deliveries, mark(1, None));
    hand.advance(10 * MINUTE);
    assert_eq!(take(&deliveries, mark(1, None)), "under way");
    slow.taken();
    hand.advance(MINUTE);
    assert_eq!(take(&deliveries, mark(1, None)), "again");
    hand.advance(Duration::from_millis(1));
    assert_eq!(take(&deliveries, mark(1, None)), "first");
}

#[test]
fn the_same_to_another_path_is_the_same_delivery() {
    let hand = ManualClock::new();
    let deliveries = deliveries(&hand, MINUTE, 10);
    assert_eq!(take(&deliveries, mark(1, None)), "first");
    for invented in 0..20 {
        assert_eq!(told(deliveries.note(mark(1, None), "a", &format!("/hook/{invented}"))), "again");
    }
    assert_eq!(take(&deliveries, mark(2, None)), "first", "no room was taken for what was invented");
}

#[test]
fn per_path_the_same_to_another_path_is_another_delivery_and_an_escape_makes_no_other_path() {
    let hand = ManualClock::new();
    let deliveries = Arc::new(Deliveries::new(MINUTE, true, Clock::from(&hand)));
    let to = |path: &str| told(deliveries.note(mark(1, None), "a", path));
    assert_eq!((to("/events/build"), to("/events/deploy")), ("first", "first"));
    for path in ["/events/build", "/events/%62uild", "/events/buil%64", "/%65vents/%62uild"] {
        assert_eq!(to(path), "again", "{path}");
    }
    assert_eq!((to("/events/b%c3%bc"), to("/events/b%C3%BC"), to("/events/b")), ("first", "again", "first"));
}

#[test]
fn what_one_client_delivered_another_one_does_not_deliver_again() {
    let hand = ManualClock::new();
    let deliveries = deliveries(&hand, MINUTE, 10);
    assert_eq!(take(&deliveries, mark(1, None)), "first");
    assert_eq!(told(deliveries.note(mark(1, None), "b", "/hook")), "again", "they may have the same secret");
}

#[test]
fn without_room_nothing_is_forgotten_and_what_is_over_makes_room() {
    let hand = ManualClock::new();
    let deliveries = deliveries(&hand, MINUTE, 100);
    for number in 0..100 {
        assert_eq!(take(&deliveries, mark(number, None)), "first", "{number}");
    }
    assert_eq!(take(&deliveries, mark(100, None)), "full");
    assert_eq!(take(&deliveries, mark(0, None)), "again");
    assert_eq!(told(deliveries.note(mark(100, None), "b", "/hook")), "first", "the room is each client's own");
    hand.advance(MINUTE + Duration::from_millis(1));
    assert_eq!(take(&deliveries, mark(101, None)), "first");
    let seen = deliveries.lock();
    assert_eq!((seen.entries.len(), seen.ends.len()), (1, 1));
    assert_eq!(seen.counts.iter().map(|(client, count)| (&**client, *count)).collect::<Vec<_>>(), [("a", 1)]);
}

#[test]
fn what_is_under_way_takes_room_until_it_fails() {
    let hand = ManualClock::new();
    let deliveries = deliveries(&hand, MINUTE, 1);
    let delivery = begin(&deliveries, mark(1, None));
    hand.advance(10 * MINUTE);
    assert_eq!(take(&deliveries, mark(2, None)), "full");
    drop(delivery);
    assert!(deliveries.lock().counts.is_empty());
    assert_eq!(take(&deliveries, mark(2, None)), "first");
}

#[test]
fn without_a_window_nothing_is_remembered() {
    let hand = ManualClock::new();
    let deliveries = deliveries(&hand, Duration::ZERO, 1);
    for _ in 0..3 {
        assert_eq!(take(&deliveries, mark(1, None)), "first");
    }
    assert!(deliveries.lock().entries.is_empty());
}

#[test]
fn success_is_that_of_http_and_that_of_grpc() {
    let hand = ManualClock::new();
    let deliveries = deliveries(&hand, MINUTE, 100);
    let cases = [
        (200, &[][..], true),
        (204, &[], true),
        (302, &[], false),
        (404, &[], false),
        (500, &[], false),
        (200, &["0"], true),
        (200, &["7"], false),
        (200, &["00"], false),
        (200, &[""], false),
        (200, &["0", "7"], false),
        (500, &["0"], false),
    ];
    for (number, (status, grpc, is_taken)) in cases.into_iter().enumerate() {
        let mark = mark(number as u64, None);
        let mut headers = HeaderMap::new();
        for status in grpc {
            headers.append("grpc-status", status.parse().unwrap());
        }
        begin(&deliveries, mark).settle(StatusCode::from_u16(status).unwrap(), &headers);
        assert_eq!(take(&deliveries, mark), if is_taken { "again" } else { "first" }, "{status} {grpc:?}");
    }
}
