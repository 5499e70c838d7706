//! Durations such as "90s", "5m" and "1h 30m".

use std::ops::RangeInclusive;
use std::time::Duration;

use serde::Deserializer;

use super::text;
use crate::Invalid;

/// More than any sensible duration has. humantime 2.4 panics where a sum overflows, and with so
/// few digits none can: ten digits of years are fewer seconds than a `u64` holds.
const MAX_DIGITS: usize = 10;

/// The duration of this text, such as `90s`, `5m`, `1h 30m`: numbers, each with its unit.
#[must_use]
pub fn parse(text: &str) -> Option<Duration> {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if digits > MAX_DIGITS { None } else { humantime::parse_duration(text).ok() }
}

/// Reads a duration.
///
/// # Errors
///
/// If the value is no string, or no duration.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    text::deserialize(deserializer, r#"a duration such as "30s" or "5m""#, parse)
}

/// Reads the duration of a key that may be absent; with `#[serde(default)]`.
///
/// # Errors
///
/// As [`deserialize`].
pub fn optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    deserialize(deserializer).map(Some)
}

/// Whether a duration is within these bounds.
///
/// # Errors
///
/// [`Invalid`] names `key` and the bounds if it is not.
pub fn bounded(key: &str, duration: Duration, bounds: RangeInclusive<Duration>) -> Result<(), Invalid> {
    if bounds.contains(&duration) {
        return Ok(());
    }
    let shown = |bound: &Duration| humantime::format_duration(*bound).to_string();
    Err(Invalid::new(key, "out of bounds").expected(format!("{} to {}", shown(bounds.start()), shown(bounds.end()))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_humantime_understands_is_understood() {
        for (text, milliseconds) in [("5m", 300_000), ("0s", 0), ("250ms", 250), ("1h 30m", 5_400_000), ("0.5s", 500)] {
            assert_eq!(parse(text), Some(Duration::from_millis(milliseconds)), "{text}");
        }
    }

    #[test]
    fn a_number_without_unit_and_other_things_are_no_durations() {
        for text in ["5", "", "m", "-5m", "5 parsecs", "5m5", "1..5s"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    /// humantime 2.4 alone panics on this one.
    #[test]
    fn a_sum_that_overflows_is_no_duration() {
        assert_eq!(parse("18446744073709551615s1000ms"), None);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "([0-9. ]{0,22}(ns|us|ms|s|m|h|d|w|y|µs|é)?){0,4}", any in any::<String>()) {
            let _ = (parse(&text), parse(&any));
        }

        #[test]
        fn days_are_read_to_the_second_as_they_are_written(seconds in 0..=30 * 24 * 3600_u64) {
            let duration = Duration::from_secs(seconds);
            prop_assert_eq!(parse(&humantime::format_duration(duration).to_string()), Some(duration));
        }
    }
}
