//! Dates as tokens write them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::Number;

/// The end of the year 9999: dates beyond mean "never", and further arithmetic must not overflow.
const LATEST: u64 = 253_402_300_799;

/// A date as the seconds since 1970, whole or with a fraction (RFC 7519, section 2).
///
/// A date before 1970 counts as 1970, one after the year 9999 as the end of that year: neither can make a token valid
/// that is not.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// use portcullis_jwt::Claims;
///
/// let claims = Claims::parse(r#"{ "exp": 1700000000.5 }"#)?;
/// assert_eq!(claims.expires_at()?.unwrap().to_system_time(), UNIX_EPOCH + Duration::from_millis(1_700_000_000_500));
/// # Ok::<(), portcullis_jwt::Fault>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct NumericDate(Duration);

impl NumericDate {
    /// The time since 1970.
    #[must_use]
    pub const fn since_1970(self) -> Duration {
        self.0
    }

    /// The same as a point in time.
    #[must_use]
    pub fn to_system_time(self) -> SystemTime {
        UNIX_EPOCH + self.0
    }
}

impl From<Number> for NumericDate {
    fn from(number: Number) -> Self {
        let latest = Duration::from_secs(LATEST);
        Self(match number {
            Number::Unsigned(seconds) => Duration::from_secs(seconds.min(LATEST)),
            Number::Negative(_) => Duration::ZERO,
            Number::Float(seconds) if seconds > 0.0 => {
                Duration::try_from_secs_f64(seconds).map_or(latest, |date| date.min(latest))
            }
            Number::Float(_) => Duration::ZERO,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{LATEST, NumericDate};
    use crate::Number;

    fn date(number: Number) -> Duration {
        NumericDate::from(number).since_1970()
    }

    #[test]
    fn a_fraction_is_kept() {
        assert_eq!(date(Number::Float(1.25)), Duration::from_millis(1250));
    }

    #[test]
    fn what_no_calendar_has_is_drawn_to_its_ends() {
        for low in [Number::Negative(-1), Number::Negative(i64::MIN), Number::Float(-0.0), Number::Float(-1e300)] {
            assert_eq!(date(low), Duration::ZERO);
        }
        for high in [Number::Unsigned(u64::MAX), Number::Float(1e19), Number::Float(f64::MAX), Number::Float(3e11)] {
            assert_eq!(date(high), Duration::from_secs(LATEST));
        }
    }
}
