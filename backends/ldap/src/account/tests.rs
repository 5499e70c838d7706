use proptest::prelude::*;

use super::*;

/// 2026-11-21 20:00:00 UTC
const NOW: u64 = 1_795_291_200;

fn rules() -> Rules {
    Rules { now: SystemTime::UNIX_EPOCH + Duration::from_secs(NOW), lockout: None, server_knows_locks: true }
}

fn barred_by(attribute: &str, value: &str, rules: &Rules) -> bool {
    barred(&Entry::of("uid=alice", &[(attribute, &[value.as_bytes()])]), rules).is_some()
}

#[test]
fn an_account_with_nothing_against_it_gets_in() {
    assert_eq!(barred(&Entry::of("uid=alice", &[]), &rules()), None);
    for (attribute, value) in [
        ("userAccountControl", "512"),
        ("userAccountControl", "66048"),
        // The password has expired, which is between it and whoever verifies it.
        ("msDS-User-Account-Control-Computed", "8388608"),
        ("accountExpires", "0"),
        ("accountExpires", "9223372036854775807"),
        ("accountExpires", "134397648010000000"),
        ("nsAccountLock", "FALSE"),
        ("pwdReset", "FALSE"),
        ("loginDisabled", "false"),
        ("pwdEndTime", "20261121200001Z"),
        ("pwdStartTime", "20261121200000Z"),
        ("shadowExpire", "-1"),
        ("shadowExpire", "20779"),
    ] {
        assert!(!barred_by(attribute, value, &rules()), "{attribute}: {value}");
    }
}

#[test]
fn one_that_is_disabled_locked_or_expired_does_not() {
    for (attribute, value) in [
        ("useraccountcontrol", "514"),
        ("msDS-User-Account-Control-Computed", "16"),
        ("accountExpires", "134397648000000000"),
        ("accountExpires", "1"),
        ("nsAccountLock", "TRUE"),
        ("nsaccountlock", "true"),
        ("loginDisabled", "TRUE"),
        ("pwdReset", "TRUE"),
        ("pwdAccountLockedTime", "000001010000Z"),
        ("pwdEndTime", "20261121200000Z"),
        ("pwdEndTime", "202611211959Z"),
        ("pwdStartTime", "20261121200000.5Z"),
        ("shadowExpire", "20778"),
        ("shadowExpire", "0"),
    ] {
        assert_eq!(barred_by(attribute, value, &rules()), value != "20261121200000.5Z", "{attribute}: {value}");
    }
}

#[test]
fn a_value_that_cannot_be_read_counts_against_it() {
    for attribute in ATTRIBUTES {
        for value in ["", "x", "20261301000000Z", "99999999999999999999", "\u{e9}"] {
            assert!(barred_by(attribute, value, &rules()), "{attribute}: {value}");
        }
    }
    assert!(barred_by("accountExpires", "-1", &rules()));
}

#[test]
fn a_lock_for_wrong_passwords_lasts_as_long_as_the_file_says_or_the_server() {
    let with = |lockout: Option<u64>| Rules { lockout: lockout.map(Duration::from_secs), ..rules() };
    assert!(barred_by("pwdAccountLockedTime", "20261121195900Z", &with(Some(61))));
    assert!(!barred_by("pwdAccountLockedTime", "20261121195900Z", &with(Some(60))));
    assert!(!barred_by("pwdAccountLockedTime", "20261121195900Z", &with(None)));
    for lockout in [None, Some(60)] {
        assert!(barred_by("pwdAccountLockedTime", "000001010000Z", &with(lockout)));
        assert!(barred_by("pwdAccountLockedTime", "x", &with(lockout)));
    }
}

#[test]
fn who_guesses_at_passwords_locks_out_nobody_who_shows_something_else() {
    let rules = Rules { server_knows_locks: false, lockout: Some(Duration::from_secs(61)), ..rules() };
    assert!(!barred_by("pwdAccountLockedTime", "20261121195900Z", &rules));
    assert!(!barred_by("msDS-User-Account-Control-Computed", "16", &rules));
    assert!(!barred_by("pwdReset", "TRUE", &rules));
    assert!(barred_by("pwdAccountLockedTime", "000001010000Z", &rules));
    assert!(barred_by("userAccountControl", "514", &rules));
    assert!(barred_by("accountExpires", "1", &rules));
}

#[test]
fn times_are_those_of_the_calendar() {
    for (text, seconds) in [
        ("19700101000000Z", 0),
        ("20000229000000Z", 951_782_400),
        ("20240229235959Z", 1_709_251_199),
        ("20240301000000Z", 1_709_251_200),
        ("20261121200000Z", NOW),
        ("202611212000Z", NOW),
        ("99991231235959Z", 253_402_300_799),
    ] {
        assert_eq!(
            generalized_time(text.as_bytes()),
            Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)),
            "{text}"
        );
    }
}

proptest! {
    #[test]
    fn no_value_panics(value in any::<Vec<u8>>(), time in "[0-9]{12,14}([.,][0-9]{0,3})?Z", number in any::<i64>()) {
        for attribute in ATTRIBUTES {
            let number = number.to_string();
            let entry = Entry::of("uid=alice", &[(attribute, &[&value, time.as_bytes(), number.as_bytes()])]);
            let _ = barred(&entry, &rules());
        }
    }
}
