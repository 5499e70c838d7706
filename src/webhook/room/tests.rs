use super::*;
use proptest::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Wake;

#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn grow(share: &mut Share, by: usize) -> bool {
    share.grow(by, Waker::noop())
}

fn is_given_up(share: &Share) -> bool {
    share.is_given_up(Waker::noop())
}

#[test]
fn shares_are_of_one_room_and_are_given_back() {
    let room = Arc::new(Room::new(10));
    let (mut one, mut other) = (room.share(), room.share());
    assert!(grow(&mut one, 4) && grow(&mut other, 6));
    assert!(one.settle() && other.settle());
    let mut third = room.share();
    assert!(!grow(&mut third, 1) && grow(&mut third, 0) && !grow(&mut third, usize::MAX));
    drop(other);
    assert!(grow(&mut third, 6) && !grow(&mut third, 1));
    assert_eq!(room.taken(), 10);
    drop((one, third));
    assert_eq!(room.taken(), 0);
}

#[test]
fn the_one_that_has_been_coming_for_the_longest_makes_room_and_is_told() {
    let room = Arc::new(Room::new(10));
    let (mut whole, mut oldest, mut old, mut new) = (room.share(), room.share(), room.share(), room.share());
    assert!(grow(&mut whole, 2) && whole.settle());
    let count = Arc::new(Count::default());
    assert!(oldest.grow(3, &Arc::clone(&count).into()));
    assert!(grow(&mut old, 3) && grow(&mut oldest, 1));
    assert!(!is_given_up(&oldest) && !oldest.is_given_up(&Arc::clone(&count).into()));
    assert!(grow(&mut new, 2), "one is enough");
    assert_eq!((is_given_up(&oldest), is_given_up(&old), count.0.load(Ordering::Relaxed)), (true, false, 1));
    assert!(!grow(&mut oldest, 0) && !oldest.settle(), "what is given up does not come back");
    assert_eq!(room.taken(), 7);
    drop(oldest);
    assert_eq!(room.taken(), 7, "it is not given back twice");
    // The oldest one is itself the next to go.
    assert!(!grow(&mut old, 4) && !is_given_up(&new));
    assert!(!grow(&mut new, 7), "in vain");
    assert!(!is_given_up(&old), "nobody is given up in vain");
    assert!(grow(&mut new, 6) && is_given_up(&old) && new.settle());
}

proptest! {
    #[test]
    fn what_is_taken_is_what_the_shares_have_and_never_more_than_there_is(
        steps in proptest::collection::vec((0_usize..6, 0_usize..12, 0_u8..8), 0..200)
    ) {
        let room = Arc::new(Room::new(30));
        let mut shares: Vec<_> = (0..6).map(|_| room.share()).collect();
        for (index, by, kind) in steps {
            match kind {
                0 => shares[index] = room.share(),
                1 => { shares[index].settle(); }
                // What has ended grows no more.
                _ if shares[index].number.is_none() && shares[index].bytes > 0 => {}
                _ => { grow(&mut shares[index], by); }
            }
            let counted: usize = shares.iter().filter(|share| !is_given_up(share)).map(Share::bytes).sum();
            prop_assert_eq!(room.taken(), counted);
            prop_assert!(room.taken() <= 30);
        }
        drop(shares);
        prop_assert_eq!(room.taken(), 0);
        prop_assert!(room.lock().coming.is_empty());
    }
}
