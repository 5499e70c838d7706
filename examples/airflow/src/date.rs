//! Execution dates, which name the runs of a DAG.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::failure::Failure;

/// Reads `2016-11-16T11:34:15`, which is in UTC, or the same with an offset such as `+00:00`: to the microsecond, as in Python.
pub(crate) fn parse(text: &str) -> Result<Timestamp, Failure> {
    let in_utc = || text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|date| date.timestamp());
    // The name of a time zone would be read, and not count.
    let date = if text.contains('[') { None } else { text.parse().ok().or_else(in_utc) };
    date.and_then(|date: Timestamp| Timestamp::from_microsecond(date.as_microsecond()).ok()).ok_or_else(|| {
        Failure::bad_request(format!(
            "Given execution date, {text}, could not be identified as a date. \
             Example date format: 2015-11-16T14:34:15+00:00"
        ))
    })
}

/// Python's `isoformat()`, which shows microseconds if there are any.
pub(crate) fn iso(date: Timestamp) -> String {
    let fraction = if date.subsec_microsecond() == 0 { "" } else { "%.6f" };
    date.strftime(&format!("%Y-%m-%dT%H:%M:%S{fraction}%:z")).to_string()
}

/// Python's `str()`, which is the same with a space.
pub(crate) fn shown(date: Timestamp) -> String {
    iso(date).replacen('T', " ", 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_shown_as_python_shows_them() {
        for (text, expected) in [
            ("2016-11-16T11:34:15", "2016-11-16T11:34:15+00:00"),
            ("2016-11-16T11:34:15.5Z", "2016-11-16T11:34:15.500000+00:00"),
            ("2016-11-16T11:34:15.123456789", "2016-11-16T11:34:15.123456+00:00"),
            ("2016-11-16T11:34:15.000000001+01:00", "2016-11-16T10:34:15+00:00"),
        ] {
            assert_eq!(iso(parse(text).unwrap()), expected);
        }
    }
}
