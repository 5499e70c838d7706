//! When a sender says that it signed.

use std::ops::RangeInclusive;
use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName};
use portcullis_core::Invalid;
use portcullis_core::config::duration;

use super::config::TimestampConfig;
use super::form::field;

const TOLERANCES: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(3600);

/// Enough for 30,000 years.
const MAX_DIGITS: usize = 12;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Timestamp {
    pub(super) header: HeaderName,
    tolerance: Duration,
}

/// A time that a request says, within the tolerance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said<'a> {
    /// As it is signed.
    pub(super) text: &'a str,
    /// From then on it is too old.
    pub(super) until: SystemTime,
}

impl Timestamp {
    pub(super) fn read(config: &TimestampConfig) -> Result<Self, Vec<Invalid>> {
        let header = field("timestamp.header", &config.header);
        let bounded = duration::bounded("timestamp.tolerance", config.tolerance, TOLERANCES);
        match (header, bounded) {
            (Ok(header), Ok(())) => Ok(Self { header, tolerance: config.tolerance }),
            (header, bounded) => Err(header.err().into_iter().chain(bounded.err()).collect()),
        }
    }

    /// The time that the request says.
    ///
    /// # Errors
    ///
    /// Why it does not count, for the audit.
    pub(super) fn said<'a>(&self, headers: &'a HeaderMap, now: SystemTime) -> Result<Said<'a>, &'static str> {
        let mut values = headers.get_all(&self.header).iter();
        let value = match (values.next(), values.next()) {
            (Some(value), None) => value,
            (None, _) => return Err("the time of the signature is missing"),
            (Some(_), Some(_)) => return Err("two times of the signature"),
        };
        let is_number =
            |text: &&str| (1..=MAX_DIGITS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        let text = value.to_str().ok().filter(is_number).ok_or("the time of the signature is no number of seconds")?;
        let since_epoch = text.parse().map(Duration::from_secs).unwrap_or(Duration::MAX);
        let said = SystemTime::UNIX_EPOCH.checked_add(since_epoch).ok_or("the signature is from the far future")?;
        if said > now + self.tolerance {
            return Err("the signature is from the future");
        }
        let until = said + self.tolerance;
        if until < now {
            return Err("the signature is too old");
        }
        Ok(Said { text, until })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn said(values: &[&str], now: u64) -> Result<u64, &'static str> {
        let config = TimestampConfig { header: "X-Time".to_owned(), tolerance: Duration::from_secs(300) };
        let timestamp = Timestamp::read(&config).unwrap();
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("x-time", HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        let said = timestamp.said(&headers, SystemTime::UNIX_EPOCH + Duration::from_secs(now))?;
        assert_eq!(said.text, values[0]);
        Ok(said.until.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs())
    }

    #[test]
    fn a_time_counts_for_the_tolerance_in_both_directions() {
        assert_eq!(said(&["1000000"], 1_000_000), Ok(1_000_300));
        assert_eq!(said(&["1000000"], 1_000_300), Ok(1_000_300));
        assert_eq!(said(&["1000000"], 1_000_301), Err("the signature is too old"));
        assert_eq!(said(&["1000000"], 999_700), Ok(1_000_300));
        assert_eq!(said(&["1000000"], 999_699), Err("the signature is from the future"));
        assert_eq!(said(&["0"], 1_000_000), Err("the signature is too old"));
        assert_eq!(said(&["999999999999"], 1_000_000), Err("the signature is from the future"));
    }

    #[test]
    fn what_is_no_time_does_not_count() {
        for text in ["", " ", "+1", "-1", "1.0", "1e3", "0x1", "1 ", "1000000000000", "\u{664}", "now"] {
            let expected = Err("the time of the signature is no number of seconds");
            assert_eq!(said(&[text], 1), expected, "{text:?}");
        }
        assert_eq!(said(&[], 1), Err("the time of the signature is missing"));
        assert_eq!(said(&["1", "1"], 1), Err("two times of the signature"));
    }
}
