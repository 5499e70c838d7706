//! A check allocates nothing, and a large policy is no large thing.

use std::hint::black_box;
use std::time::Instant;

use allocation_counter::measure;
use portcullis::config::Config;
use portcullis::rbac::PolicyAuthorizer;
use portcullis::{Action, Authorizer as _};
use portcullis_benches::policy::{caller, file, policy, requests};

#[test]
fn a_check_allocates_nothing() {
    let (policy, caller) = (policy(1000), caller(1000));
    let grants = policy.grants_of(&caller);
    let authorizer = PolicyAuthorizer::new(policy.clone());
    // The roles are found when somebody is asked about first.
    assert!(authorizer.decide_at_once(&caller, &Action::url("get", "/metrics")).is_some());
    for (name, is_allowed, texts) in requests(1000) {
        for texts in &texts {
            let action = texts.action();
            let counted = measure(|| {
                let allowed = policy.decide(&grants, &action);
                assert_eq!(allowed.is_some(), is_allowed);
                black_box(allowed.map(|allowed| allowed.decided_by()));
                black_box(policy.decide_for(&caller, &action).is_some());
                black_box(authorizer.decide_at_once(&caller, &action).is_some());
            });
            assert_eq!(counted.count_total, 0, "{name}: {action}");
        }
    }
    let counted = measure(|| _ = black_box(policy.decide(&grants, &Action::url("get", "/metrics")).is_some()));
    assert_eq!(counted.count_total, 0);
}

#[test]
fn roles_that_somebody_has_already_are_kept_once() {
    let (policy, caller) = (policy(1000), caller(1000));
    let _first = policy.grants_of(&caller);
    let counted = measure(|| drop(black_box(policy.grants_of(&caller))));
    assert_eq!(counted.bytes_current, 0);
    assert!(counted.count_total <= 4, "{}", counted.count_total);
}

/// From the text to the policy, and everything that is needed on the way.
#[test]
fn ten_thousand_rules_take_less_than_100_megabytes() {
    let file = file(10_000);
    let begun = Instant::now();
    let mut config = None;
    let counted = measure(|| config = Some(Config::from_toml(&file).unwrap()));
    let took = begun.elapsed();
    let kept = counted.bytes_current;
    println!("{} bytes of text: {took:?}, {} bytes at most, {kept} kept", file.len(), counted.bytes_max);
    assert!(counted.bytes_max < 100 << 20, "{}", counted.bytes_max);
    assert!(kept < 30 << 20, "{kept}");
    let policy = config.unwrap().policy().unwrap().clone();
    assert_eq!(policy.roles().map(|role| role.rules().len()).sum::<usize>(), 10_000);
}
