//! Tokens that name keys which nobody has.

use super::*;

fn still_unknown(answer: &Result<Arc<KeySet>, AfterUnknown>) -> bool {
    matches!(answer, Err(AfterUnknown::StillUnknown))
}

#[tokio::test(start_paused = true)]
async fn a_thousand_forged_kids_in_ten_seconds_cause_two_fetches_in_all() {
    let good = mint("good");
    let provider = Provider::new(&[&good]);
    let (live, hand) = provider.live();
    let seen = live.keys().await.unwrap();
    for number in 0..1000 {
        let answer = live.keys_after_unknown(Some(&format!("forged {number}")), &seen).await;
        assert!(still_unknown(&answer), "{answer:?}");
        assert!(at_once(live.keys()).await.unwrap().has("good"));
        if number < 999 {
            pass(&hand, 10 * MILLISECOND).await;
        }
    }
    assert_eq!(provider.fetches(), [Why::Scheduled, Why::UnknownKey]);
    // However long it goes on, there is one fetch per cool-down.
    for number in 1000..7000 {
        pass(&hand, 10 * MILLISECOND).await;
        let _ = live.keys_after_unknown(Some(&format!("forged {number}")), &seen).await;
    }
    assert_eq!(provider.count(), 2 + 6);
}

#[tokio::test]
async fn a_known_key_is_served_at_once_while_a_thousand_forged_kids_wait_for_a_blocked_provider() {
    let good = mint("good");
    let provider = Provider::new(&[&good]);
    let (live, _hand) = provider.live();
    let seen = live.keys().await.unwrap();
    provider.close();
    let forged: Vec<_> = (0..1000).map(|number| ask(&live, &format!("forged {number}"), &seen)).collect();
    until(|| provider.count() == 2 && forged.iter().filter(|ask| ask.is_finished()).count() == 968).await;
    for _ in 0..1000 {
        assert!(at_once(live.keys()).await.unwrap().has("good"));
    }
    provider.open();
    let mut turned_away = 0;
    for ask in forged {
        match ask.await.unwrap() {
            Err(AfterUnknown::StillUnknown) => {}
            Err(AfterUnknown::Away(away)) => {
                assert_eq!(away.retry_after, SECOND);
                turned_away += 1;
            }
            Ok(_) => panic!("a forged key was found"),
        }
    }
    assert_eq!(turned_away, 1000 - 32, "at most 32 wait");
    assert_eq!(provider.count(), 2);
    assert_eq!(live.epoch(), 1);
}

#[tokio::test]
async fn a_kid_that_was_looked_for_in_vain_causes_no_fetch_for_a_minute() {
    let provider = Provider::new(&[&mint("good")]);
    let (live, hand) = provider.live();
    let seen = live.keys().await.unwrap();
    for after in [0, 11, 22, 15, 11] {
        hand.advance(SECOND * after);
        assert!(still_unknown(&live.keys_after_unknown(Some("forged"), &seen).await));
    }
    assert_eq!(provider.count(), 2);
    hand.advance(SECOND);
    assert!(still_unknown(&live.keys_after_unknown(Some("forged"), &seen).await));
    assert_eq!(provider.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_name_first_heard_of_in_the_cool_down_is_looked_for_when_it_ends() {
    let (good, new) = (mint("good"), mint("new"));
    let provider = Provider::new(&[&good]);
    let (live, hand) = provider.live();
    let seen = live.keys().await.unwrap();
    assert!(still_unknown(&live.keys_after_unknown(Some("forged"), &seen).await));
    provider.has(&[&good, &new]);
    assert!(still_unknown(&at_once(live.keys_after_unknown(Some("new"), &seen)).await));
    pass(&hand, 9 * SECOND).await;
    assert_eq!(provider.count(), 2);
    pass(&hand, 2 * SECOND).await;
    assert_eq!(provider.count(), 3, "by itself");
    assert!(at_once(live.keys()).await.unwrap().has("new"));
    // Nothing more is owed.
    pass(&hand, MINUTE).await;
    assert_eq!(provider.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_token_without_kid_costs_one_fetch_and_does_not_stand_for_the_next() {
    let (old, new) = (mint("old"), mint("new"));
    let provider = Provider::new(&[&old]);
    let (live, hand) = provider.live();
    let seen = live.keys().await.unwrap();
    assert!(still_unknown(&live.keys_after_unknown(None, &seen).await));
    pass(&hand, 11 * SECOND).await;
    assert_eq!(provider.count(), 2);
    provider.has(&[&new]);
    let keys = live.keys_after_unknown(None, &seen).await.unwrap();
    assert!(keys.has("new") && !keys.has("old"));
    // Whoever has still the old ones in hand gets the new ones without a fetch.
    assert!(Arc::ptr_eq(&at_once(live.keys_after_unknown(None, &seen)).await.unwrap(), &keys));
    assert_eq!(provider.count(), 3);
}

#[tokio::test]
async fn without_an_answer_of_the_provider_nobody_says_that_a_key_is_unknown() {
    let provider = Provider::new(&[&mint("good")]);
    let (live, hand) = provider.live();
    let seen = live.keys().await.unwrap();
    provider.answers(Answer::Failure("connection refused"));
    for kid in ["first", "first", "second"] {
        let Err(AfterUnknown::Away(away)) = live.keys_after_unknown(Some(kid), &seen).await else { panic!("{kid}") };
        assert!(away.reason.contains("connection refused"), "{away}");
        assert_eq!(away.retry_after, 10 * SECOND);
    }
    assert_eq!(provider.count(), 2, "the cool-down holds after a failure too");
    // The schedule is not shifted by what a token names.
    assert!(at_once(live.keys()).await.unwrap().has("good"));
    provider.has(&[&mint("good")]);
    hand.advance(10 * SECOND);
    assert!(still_unknown(&live.keys_after_unknown(Some("first"), &seen).await));
    assert_eq!(provider.fetches(), [Why::Scheduled, Why::UnknownKey, Why::UnknownKey]);
}
