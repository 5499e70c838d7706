//! A provider that is away.

use super::*;

fn away(answer: Result<Arc<KeySet>, Away>) -> Away {
    answer.expect_err("the provider is away")
}

#[tokio::test(start_paused = true)]
async fn away_at_the_start_it_is_found_by_itself_when_it_comes() {
    let provider = Provider::new(&[&mint("good")]);
    provider.answers(Answer::Failure("connection refused"));
    let (live, hand) = provider.live();
    let first = away(live.keys().await);
    assert!(first.reason.contains("connection refused"), "{first}");
    assert_eq!(first.retry_after, SECOND);
    // 1, 2, 4, 8, 16 and 30 s after one another.
    pass(&hand, 62 * SECOND).await;
    assert_eq!(provider.count(), 1 + 6);
    provider.has(&[&mint("good")]);
    pass(&hand, 30 * SECOND).await;
    assert_eq!(provider.count(), 1 + 7, "nobody asked for it");
    assert!(at_once(live.keys()).await.unwrap().has("good"));
    assert_eq!(live.status().last_error, None);
}

#[test]
fn without_a_ticker_requests_find_it_and_ask_no_more_often_than_the_ticker_would() {
    let provider = Provider::new(&[]);
    provider.answers(Answer::Failure("connection refused"));
    // Outside of a runtime.
    let (live, hand) = provider.live();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        for (advance, count) in [(0, 1), (0, 1), (1, 2), (1, 2), (1, 3), (4, 4), (7, 4), (1, 5)] {
            hand.advance(SECOND * advance);
            let away = away(live.keys().await);
            assert!(away.retry_after >= SECOND && away.retry_after <= 30 * SECOND);
            assert_eq!(provider.count(), count);
        }
        provider.has(&[&mint("good")]);
        hand.advance(16 * SECOND);
        assert!(live.keys().await.unwrap().has("good"));
    });
}

#[tokio::test(start_paused = true)]
async fn away_for_more_than_an_hour_known_keys_serve_for_an_hour_and_then_none_until_it_is_back() {
    let good = mint("good");
    let provider = Provider::new(&[&good]);
    let (live, hand) = provider.live();
    live.keys().await.unwrap();
    let epoch = live.epoch();
    provider.answers(Answer::Failure("connection refused"));
    for _ in 0..60 {
        pass(&hand, MINUTE).await;
        assert!(at_once(live.keys()).await.unwrap().has("good"));
    }
    assert!(live.status().last_error.is_some());
    // For 55 minutes every 30 s, and a few times before.
    assert!((100..=125).contains(&provider.count()), "{}", provider.count());
    pass(&hand, SECOND).await;
    let none = away(live.keys().await);
    assert!(none.reason.contains("connection refused") && none.retry_after <= 30 * SECOND, "{none}");
    assert!(!live.status().usable);
    assert_eq!(live.epoch(), epoch, "nothing was withdrawn");
    provider.has(&[&good]);
    pass(&hand, 30 * SECOND).await;
    assert!(at_once(live.keys()).await.unwrap().has("good"));
    assert_eq!(live.epoch(), epoch);
}

#[tokio::test]
async fn a_key_that_was_withdrawn_while_nothing_served_is_known_as_withdrawn() {
    let (old, new) = (mint("old"), mint("new"));
    let provider = Provider::new(&[&old]);
    let (live, hand) = provider.live();
    live.keys().await.unwrap();
    let before = live.epoch();
    provider.has(&[&new]);
    hand.advance(61 * MINUTE);
    // Too old to serve, so this waits for the new ones.
    let keys = live.keys().await.unwrap();
    assert!(keys.has("new") && !keys.has("old"));
    assert!(!live.nothing_withdrawn_since(before));
}

#[tokio::test]
async fn an_old_key_does_not_serve_who_looks_for_an_unknown_one() {
    let (old, other) = (mint("old"), mint("other"));
    let provider = Provider::new(&[&old, &other]);
    let (live, hand) = provider.live();
    let elsewhere = Arc::new(KeySet::parse(&document(&[])).unwrap());
    live.keys().await.unwrap();
    provider.answers(Answer::Failure("connection refused"));
    hand.advance(61 * MINUTE);
    let answer = live.keys_after_unknown(Some("other"), &elsewhere).await;
    assert!(matches!(answer, Err(AfterUnknown::Away(_))), "{answer:?}");
}

#[tokio::test(start_paused = true)]
async fn an_origin_that_hangs_is_broken_off_after_a_minute() {
    let provider = Provider::new(&[&mint("good")]);
    provider.close();
    let (live, hand) = provider.live();
    let began = tokio::time::Instant::now();
    let none = away(live.keys().await);
    assert!(none.reason.contains("60 s"), "{none}");
    assert_eq!(began.elapsed().as_secs(), 60);
    provider.open();
    pass(&hand, SECOND).await;
    assert!(at_once(live.keys()).await.unwrap().has("good"));
}

#[tokio::test]
async fn what_the_provider_answered_last_is_in_the_status() {
    let provider = Provider::new(&[&mint("good")]);
    provider.answers(Answer::Failure("connection refused"));
    let (live, hand) = provider.live();
    away(live.keys().await);
    let status = live.status();
    assert!(status.keys.is_none() && status.age.is_none() && !status.usable);
    assert_eq!(status.last_error.as_deref(), Some("connection refused"));
    provider.has(&[&mint("good")]);
    hand.advance(SECOND);
    live.keys().await.unwrap();
    hand.advance(MINUTE);
    let status = live.status();
    assert_eq!((status.keys.unwrap().len(), status.age, status.last_error), (1, Some(MINUTE), None));
    assert!(format!("{live:?}").contains("usable: true"), "{live:?}");
    assert!(!format!("{live:?}").contains("good"), "the names of keys are not shown");
}

#[tokio::test(start_paused = true)]
async fn whoever_cannot_wait_has_keys_fetched_after_a_failure_once_each_cool_down() {
    let provider = Provider::new(&[&mint("good")]);
    let (live, hand) = provider.live();
    let known = live.keys().await.unwrap();
    provider.answers(Answer::Failure("connection refused"));
    assert!(live.keys_after_unknown(Some("new"), &known).await.is_err());
    pass(&hand, 30 * SECOND).await;
    let before = provider.count();
    for _ in 0..10 {
        live.hurry();
        pass(&hand, SECOND).await;
    }
    assert_eq!(provider.count(), before + 1, "not each time");
    provider.has(&[&mint("good"), &mint("new")]);
    pass(&hand, SECOND).await;
    live.hurry();
    pass(&hand, SECOND).await;
    assert!(live.keys().await.unwrap().has("new"), "long before the next regular fetch");
    assert_eq!(live.status().last_error, None);
}
