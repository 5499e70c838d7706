//! Very many at once.

use std::sync::Arc;

use portcullis_testbed::{Counted, Site, basic};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

const CLIENTS: usize = 10_000;

/// Sends as many requests at once, and returns how many got which status.
async fn flood(counted: &Counted, authorization: &str) -> Vec<(u16, usize)> {
    let barrier = Arc::new(Barrier::new(CLIENTS));
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let (counted, barrier, authorization) = (counted.clone(), Arc::clone(&barrier), authorization.to_owned());
        clients.spawn(async move {
            barrier.wait().await;
            counted.send(&authorization).await
        });
    }
    let mut statuses = clients.join_all().await;
    statuses.sort_unstable();
    statuses.chunk_by(|a, b| a == b).map(|same| (same[0], same.len())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_first_requests_with_one_password_cost_one_hash() {
    let site = Site::new("");
    let counted = Counted::new(&site).await;
    assert_eq!(flood(&counted, &basic("alice", "wonderland")).await, [(200, CLIENTS)]);
    assert_eq!((counted.hashes(), counted.served()), (1, CLIENTS));
    assert_eq!(flood(&counted, &basic("alice", "wonderland")).await, [(200, CLIENTS)]);
    assert_eq!((counted.hashes(), counted.served()), (1, 2 * CLIENTS), "and none thereafter");
    let counters = counted.auth().counters();
    assert_eq!((counters.identities, counters.under_way), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_with_one_wrong_password_cost_one_hash() {
    let site = Site::new("");
    let counted = Counted::new(&site).await;
    assert_eq!(flood(&counted, &basic("alice", "wrong")).await, [(401, CLIENTS)]);
    assert_eq!((counted.hashes(), counted.served()), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_that_are_malformed_cost_none() {
    let site = Site::new("");
    let counted = Counted::new(&site).await;
    assert_eq!(flood(&counted, "Basic ====").await, [(401, CLIENTS)]);
    assert_eq!((counted.hashes(), counted.served()), (0, 0));
}
