//! One fetch for all.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_first_all_at_once_share_one_fetch() {
    let provider = Provider::new(&[&mint("good")]);
    provider.close();
    let (live, _hand) = provider.live();
    let asks: Vec<_> = (0..256)
        .map(|_| {
            let live = live.clone();
            tokio::spawn(async move { live.keys().await })
        })
        .collect();
    until(|| provider.count() == 1).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    provider.open();
    for ask in asks {
        assert!(ask.await.unwrap().unwrap().has("good"));
    }
    assert_eq!(provider.fetches(), [Why::Scheduled]);
}

#[tokio::test]
async fn more_than_there_are_places_for_do_not_wait_for_the_first_keys() {
    let provider = Provider::new(&[&mint("good")]);
    provider.close();
    let (live, _hand) = provider.live();
    let asks: Vec<_> = (0..300)
        .map(|_| {
            let live = live.clone();
            tokio::spawn(async move { live.keys().await })
        })
        .collect();
    until(|| asks.iter().filter(|ask| ask.is_finished()).count() == 300 - 256).await;
    assert_eq!(at_once(live.keys()).await.expect_err("no place is left").retry_after, SECOND);
    provider.open();
    let mut served = 0;
    for ask in asks {
        served += usize::from(ask.await.unwrap().is_ok());
    }
    assert_eq!(served, 256);
    assert_eq!(provider.count(), 1);
    assert!(at_once(live.keys()).await.is_ok());
}

#[tokio::test]
async fn a_caller_that_goes_away_neither_cancels_nor_repeats_the_fetch() {
    let (good, new) = (mint("good"), mint("new"));
    let provider = Provider::new(&[&good]);
    let (live, _hand) = provider.live();
    let seen = live.keys().await.unwrap();
    provider.close();
    provider.has(&[&good, &new]);
    let caller = ask(&live, "new", &seen);
    until(|| provider.count() == 2).await;
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    let next = ask(&live, "new", &seen);
    settle().await;
    provider.open();
    assert!(next.await.unwrap().unwrap().has("new"));
    assert_eq!(provider.count(), 2);
}

#[tokio::test]
async fn who_goes_away_while_waiting_leaves_the_place_to_others() {
    let provider = Provider::new(&[&mint("good")]);
    let (live, _hand) = provider.live();
    let seen = live.keys().await.unwrap();
    provider.close();
    for round in 0..10 {
        let waiting: Vec<_> = (0..32).map(|number| ask(&live, &format!("{round} {number}"), &seen)).collect();
        settle().await;
        assert!(waiting.iter().all(|ask| !ask.is_finished()));
        for ask in waiting {
            ask.abort();
            assert!(ask.await.unwrap_err().is_cancelled());
        }
    }
    assert_eq!(provider.count(), 2);
}

#[tokio::test]
async fn an_origin_that_panics_is_a_failure_and_the_next_fetch_is_as_any_other() {
    let provider = Provider::new(&[]);
    provider.answers(Answer::Panic);
    let (live, hand) = provider.live();
    let away = live.keys().await.expect_err("it panicked");
    assert!(away.reason.contains("broken off"), "{away}");
    provider.has(&[&mint("good")]);
    hand.advance(SECOND);
    let seen = live.keys().await.unwrap();
    assert!(seen.has("good"));
    provider.answers(Answer::Panic);
    let answer = live.keys_after_unknown(Some("new"), &seen).await;
    assert!(matches!(answer, Err(AfterUnknown::Away(_))), "{answer:?}");
    provider.has(&[&mint("new")]);
    hand.advance(10 * SECOND);
    assert!(live.keys_after_unknown(Some("new"), &seen).await.unwrap().has("new"));
}
