//! Keys that come and go.

use super::*;

/// Makes the scheduled fetch due, and waits for it.
async fn refresh(live: &LiveKeys, hand: &ManualClock, provider: &Provider) {
    let count = provider.count();
    hand.advance(5 * MINUTE);
    let _ = live.keys().await;
    until(|| provider.count() == count + 1).await;
    until(|| live.status().age == Some(Duration::ZERO) || live.status().last_error.is_some()).await;
}

#[tokio::test]
async fn a_new_key_is_found_at_the_first_token_that_names_it() {
    let (old, new) = (mint("old"), mint("new"));
    let provider = Provider::new(&[&old]);
    let (live, hand) = provider.live();
    live.keys().await.unwrap();
    refresh(&live, &hand, &provider).await;
    let seen = live.keys().await.unwrap();
    provider.has(&[&old, &new]);
    // The scheduled fetch of this very moment does not count towards the cool-down.
    let keys = live.keys_after_unknown(Some("new"), &seen).await.unwrap();
    assert!(keys.has("new") && keys.has("old"));
    assert_eq!(provider.fetches(), [Why::Scheduled, Why::Scheduled, Why::UnknownKey]);
    // Others who saw the old keys need no fetch.
    assert!(at_once(live.keys_after_unknown(Some("new"), &seen)).await.unwrap().has("new"));
    assert_eq!(provider.count(), 3);
}

#[tokio::test]
async fn a_key_that_the_fetch_under_way_is_too_old_to_bring_is_fetched_after_it() {
    let (old, new) = (mint("old"), mint("new"));
    let provider = Provider::new(&[&old]);
    let (live, hand) = provider.live();
    let seen = live.keys().await.unwrap();
    provider.close();
    hand.advance(5 * MINUTE);
    at_once(live.keys()).await.unwrap();
    until(|| provider.count() == 2).await;
    provider.has(&[&old, &new]);
    let ask = ask(&live, "new", &seen);
    settle().await;
    assert_eq!(provider.count(), 2, "it joins");
    provider.open();
    assert!(ask.await.unwrap().unwrap().has("new"));
    assert_eq!(provider.fetches()[1..], [Why::Scheduled, Why::UnknownKey]);
}

#[tokio::test]
async fn a_key_that_was_added_raises_the_epoch_and_withdraws_nothing() {
    let (old, new) = (mint("old"), mint("new"));
    let provider = Provider::new(&[&old]);
    let (live, hand) = provider.live();
    assert_eq!(live.epoch(), 0);
    live.keys().await.unwrap();
    let before = live.epoch();
    provider.has(&[&old, &new]);
    refresh(&live, &hand, &provider).await;
    assert!(live.epoch() > before);
    assert!(live.nothing_withdrawn_since(before));
}

#[tokio::test]
async fn a_key_that_was_withdrawn_is_gone_at_the_next_refresh_and_says_so() {
    let (one, two, three) = (mint("one"), mint("two"), mint("three"));
    let provider = Provider::new(&[&one, &two]);
    let (live, hand) = provider.live();
    live.keys().await.unwrap();
    let before = live.epoch();
    provider.has(&[&two]);
    refresh(&live, &hand, &provider).await;
    let after = live.epoch();
    assert!(after > before);
    assert!(!live.keys().await.unwrap().has("one"));
    assert!(!live.nothing_withdrawn_since(before));
    assert!(live.nothing_withdrawn_since(after));
    // A later addition does not make it forgotten.
    provider.has(&[&two, &three]);
    refresh(&live, &hand, &provider).await;
    assert!(!live.nothing_withdrawn_since(before));
    assert!(live.nothing_withdrawn_since(after));
}

#[tokio::test]
async fn another_key_under_an_old_name_is_a_withdrawal() {
    let provider = Provider::new(&[&mint("same")]);
    let (live, hand) = provider.live();
    let seen = live.keys().await.unwrap();
    let before = live.epoch();
    provider.has(&[&mint("same")]);
    refresh(&live, &hand, &provider).await;
    assert!(!live.nothing_withdrawn_since(before));
    // Whoever failed with the old one gets the new one.
    assert!(live.keys_after_unknown(Some("same"), &seen).await.is_ok());
    assert_eq!(provider.count(), 2);
}

#[tokio::test]
async fn the_same_keys_again_change_nothing() {
    let (one, two) = (mint("one"), mint("two"));
    let provider = Provider::new(&[&one, &two]);
    let (live, hand) = provider.live();
    let first = live.keys().await.unwrap();
    let epoch = live.epoch();
    provider.has(&[&two, &one]);
    refresh(&live, &hand, &provider).await;
    assert!(Arc::ptr_eq(&first, &live.keys().await.unwrap()));
    assert_eq!(live.epoch(), epoch);
}

#[tokio::test]
async fn what_is_no_key_set_or_has_no_usable_key_leaves_the_old_keys() {
    let weak = r#"{"keys":[{"kty":"RSA","kid":"k","n":"AQAB","e":"AQAB","use":"sig"}]}"#;
    for bad in ["<!DOCTYPE html>", "", "[]", "{}", weak] {
        let provider = Provider::new(&[&mint("good")]);
        let (live, hand) = provider.live();
        let first = live.keys().await.unwrap();
        provider.answers(Answer::Document(bad.into(), None));
        refresh(&live, &hand, &provider).await;
        assert!(live.status().last_error.is_some(), "{bad}");
        assert!(Arc::ptr_eq(&first, &live.keys().await.unwrap()), "{bad}");
        assert_eq!(live.epoch(), 1);
        assert!(live.nothing_withdrawn_since(1));
    }
}

#[tokio::test]
async fn one_unusable_key_does_not_hurt_the_others() {
    let provider = Provider::new(&[]);
    let mut set = jwks(&[&mint("good")]);
    let weak = serde_json::json!({"kty": "RSA", "kid": "weak", "n": "AQAB", "e": "AQAB", "use": "sig"});
    set["keys"].as_array_mut().unwrap().insert(0, weak);
    provider.answers(Answer::Document(set.to_string().into(), None));
    let (live, _hand) = provider.live();
    assert!(live.keys().await.unwrap().has("good"));
    assert_eq!(live.status().keys.unwrap().unusable().len(), 1);
}

#[tokio::test]
async fn a_provider_that_says_it_has_no_keys_is_believed() {
    let provider = Provider::new(&[&mint("good")]);
    let (live, hand) = provider.live();
    live.keys().await.unwrap();
    let before = live.epoch();
    provider.has(&[]);
    refresh(&live, &hand, &provider).await;
    assert!(live.keys().await.unwrap().is_empty());
    assert!(!live.nothing_withdrawn_since(before));
    assert_eq!(live.status().last_error, None);
}

#[tokio::test]
async fn max_age_counts_within_its_bounds() {
    let good = mint("good");
    for (max_age, due) in [(None, 300), (Some(0), 60), (Some(120), 120), (Some(u64::MAX), 300)] {
        let provider = Provider::new(&[]);
        provider.answers(Answer::Document(document(&[&good]), max_age.map(Duration::from_secs)));
        let (live, hand) = provider.live();
        live.keys().await.unwrap();
        hand.advance(SECOND * (due - 1));
        live.keys().await.unwrap();
        settle().await;
        assert_eq!(provider.count(), 1, "{max_age:?}");
        hand.advance(SECOND);
        live.keys().await.unwrap();
        until(|| provider.count() == 2).await;
    }
}
