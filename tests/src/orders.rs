//! Very many tokens of a cluster.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use crate::Cluster;

/// Who asks for tokens at once.
const HANDS: usize = 4;

impl Cluster {
    /// So many tokens with the audience `orders`, of the account `buyer` of the namespace `orders`. No two that this
    /// process asks for are the same.
    #[must_use]
    pub fn tokens_for_orders(&self, count: usize) -> Vec<String> {
        static ISSUED: AtomicU64 = AtomicU64::new(0);
        self.account("orders", "buyer");
        let issue = || {
            let lifetime = Duration::from_secs(3600 + ISSUED.fetch_add(1, Ordering::Relaxed));
            self.token("orders", "buyer").audiences(&["orders"]).expires_in(lifetime).issue()
        };
        let one_hand = |hand: usize| (hand..count).step_by(HANDS).map(|_| issue()).collect::<Vec<_>>();
        thread::scope(|scope| {
            let hands: Vec<_> = (0..HANDS).map(|hand| scope.spawn(move || one_hand(hand))).collect();
            hands.into_iter().flat_map(|hand| hand.join().expect("they are issued")).collect()
        })
    }
}
