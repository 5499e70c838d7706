//! Runtimes that are not there, go, or stand still.

use tokio::runtime::{Builder, Runtime};

use super::*;

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().build().unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_ticker_ends_with_the_last_clone_and_the_origin_is_dropped() {
    let provider = Provider::new(&[&mint("good")]);
    let (live, hand) = provider.live();
    let clone = live.clone();
    drop(live);
    pass(&hand, 5 * MINUTE + SECOND).await;
    assert_eq!(provider.count(), 2, "it ticks for the clone");
    drop(clone);
    settle().await;
    assert_eq!(Arc::strong_count(&provider.0), 1);
    assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), 0);
}

#[test]
fn when_the_runtime_of_the_ticker_has_gone_requests_begin_the_fetches() {
    let provider = Provider::new(&[&mint("good")]);
    let first = runtime();
    let (live, hand) = first.block_on(async {
        let (live, hand) = provider.live();
        live.keys().await.unwrap();
        (live, hand)
    });
    drop(first);
    runtime().block_on(async {
        hand.advance(5 * MINUTE);
        at_once(live.keys()).await.unwrap();
        until(|| live.status().age == Some(Duration::ZERO)).await;
    });
    assert_eq!(provider.count(), 2);
}

#[test]
fn a_fetch_whose_runtime_has_gone_is_a_failure() {
    let provider = Provider::new(&[&mint("good")]);
    provider.close();
    let first = runtime();
    let (live, hand) = first.block_on(async {
        let (live, hand) = provider.live();
        until(|| provider.count() == 1).await;
        (live, hand)
    });
    drop(first);
    assert!(live.status().last_error.is_some());
    provider.open();
    hand.advance(SECOND);
    assert!(runtime().block_on(live.keys()).unwrap().has("good"));
}

#[test]
fn a_fetch_whose_runtime_stands_still_is_lost_after_a_while_and_wedges_nobody() {
    let provider = Provider::new(&[]);
    provider.answers(Answer::Failure("too late"));
    provider.close();
    let still = runtime();
    let (live, hand) = still.block_on(async {
        let (live, hand) = provider.live();
        until(|| provider.count() == 1).await;
        (live, hand)
    });
    // Nobody drives the first fetch any more.
    provider.has(&[&mint("good")]);
    hand.advance(71 * SECOND);
    let other = runtime();
    let waiting = other.spawn({
        let live = live.clone();
        async move { live.keys().await }
    });
    other.block_on(until(|| provider.count() == 2));
    provider.open();
    // It lands after all, while its successor is under way, and does not count.
    still.block_on(settle());
    assert_eq!(live.status().last_error, None);
    assert!(other.block_on(waiting).unwrap().unwrap().has("good"));
    assert_eq!(provider.count(), 2);
}

#[test]
fn without_any_runtime_the_first_keys_are_away_and_nothing_panics() {
    let provider = Provider::new(&[&mint("good")]);
    let (live, _hand) = provider.live();
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(answer) = std::pin::pin!(live.keys()).poll(&mut context) else { panic!("it waits") };
    assert!(answer.unwrap_err().reason.contains("no tokio runtime"));
    assert_eq!(provider.count(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_and_epoch_are_never_read_apart_under_load() {
    let (one, two) = (mint("one"), mint("two"));
    let provider = Provider::new(&[&one]);
    let (live, hand) = provider.live();
    let is_over = Arc::new(AtomicBool::new(false));
    live.keys().await.unwrap();
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let (live, is_over) = (live.clone(), Arc::clone(&is_over));
            tokio::spawn(async move {
                while !is_over.load(Ordering::Acquire) {
                    let before = live.epoch();
                    let keys = live.keys().await.unwrap();
                    // Odd epochs have `one`. If no other began meanwhile, the keys are of this one.
                    if live.epoch() == before {
                        assert_eq!(keys.has("one"), before % 2 == 1);
                    }
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for epoch in 2..100 {
        provider.has(&[if epoch % 2 == 1 { &one } else { &two }]);
        hand.advance(5 * MINUTE);
        until(|| live.epoch() == epoch).await;
    }
    is_over.store(true, Ordering::Release);
    for reader in readers {
        reader.await.unwrap();
    }
    assert_eq!(provider.count(), 99);
}
