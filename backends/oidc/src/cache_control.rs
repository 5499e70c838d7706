//! How long an answer may be used.

use std::time::Duration;

use reqwest::header::{CACHE_CONTROL, HeaderMap};

/// `max-age` of `Cache-Control` ([RFC 9111, section 5.2.2](https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2));
/// nothing where it must not be stored or used without asking. `None` if it does not say.
pub(crate) fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let values = headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    let ages = values.flat_map(|value| value.split(',')).filter_map(|directive| {
        let (name, argument) = directive.split_once('=').unwrap_or((directive, ""));
        match name.trim().to_ascii_lowercase().as_str() {
            "no-store" | "no-cache" => Some(0),
            // What is too large is as good as for ever (section 1.2.2).
            "max-age" => match argument.trim().trim_matches('"') {
                digits if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                    Some(digits.parse().unwrap_or(u64::MAX))
                }
                _ => None,
            },
            _ => None,
        }
    });
    ages.min().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_time_that_is_said_counts() {
        for (values, seconds) in [
            (&["max-age=60"][..], Some(60)),
            (&["public, Max-Age=\"600\", must-revalidate"], Some(600)),
            (&["max-age=600", "max-age=60"], Some(60)),
            (&["no-store"], Some(0)),
            (&["max-age=600, no-cache"], Some(0)),
            (&["max-age=99999999999999999999999"], Some(u64::MAX)),
            (&["max-age=-1"], None),
            (&["max-age", "max-age=", "s-maxage=5", ""], None),
            (&[], None),
        ] {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(CACHE_CONTROL, value.parse().unwrap());
            }
            assert_eq!(max_age(&headers), seconds.map(Duration::from_secs), "{values:?}");
        }
    }
}
