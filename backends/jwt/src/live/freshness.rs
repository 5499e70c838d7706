//! How often keys are fetched, and how long they serve.

use std::time::Duration;

/// No `max-age` makes us fetch more often than this: a provider that says 0 would else be asked all
/// the time.
const SHORTEST_MAX_AGE: Duration = Duration::from_secs(60);
/// What the shortest interval and cool-down are taken for. Zero would be a fetch per request.
const SHORTEST: Duration = Duration::from_secs(1);
const FIRST_BACKOFF: Duration = Duration::from_secs(1);
const LONGEST_BACKOFF: Duration = Duration::from_secs(30);

/// How often keys are fetched, and how long they serve.
///
/// ```
/// use std::time::Duration;
/// use portcullis_jwt::Freshness;
///
/// let mut freshness = Freshness::default();
/// freshness.refresh = Duration::from_secs(60);
/// assert_eq!(freshness.stale_keys, Duration::from_secs(3600));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Freshness {
    /// How long after a success the keys are fetched again, unless the provider's `max-age` says
    /// sooner (but not before 60 s). At least 1 s; 5 minutes by default.
    pub refresh: Duration,
    /// How long after the last success the keys still serve. At least `refresh`, and 1 hour by
    /// default.
    pub stale_keys: Duration,
    /// How long after a fetch for an unknown key none is made for another. At least 1 s; 10 s by
    /// default.
    pub cool_down: Duration,
}

impl Default for Freshness {
    fn default() -> Self {
        Self {
            refresh: Duration::from_secs(5 * 60),
            stale_keys: Duration::from_secs(60 * 60),
            cool_down: Duration::from_secs(10),
        }
    }
}

impl Freshness {
    /// The same, with each value raised to what it must be at least.
    pub(super) fn bounded(self) -> Self {
        let refresh = self.refresh.max(SHORTEST);
        Self { refresh, stale_keys: self.stale_keys.max(refresh), cool_down: self.cool_down.max(SHORTEST) }
    }

    /// How long after a success the next fetch is.
    pub(super) fn until_next(&self, max_age: Option<Duration>) -> Duration {
        let shortest = SHORTEST_MAX_AGE.min(self.refresh);
        max_age.unwrap_or(self.refresh).clamp(shortest, self.refresh)
    }
}

/// How long after the last of so many failures the next fetch is.
pub(super) fn backoff(failures: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    (FIRST_BACKOFF * (1 << doublings)).min(LONGEST_BACKOFF)
}

/// When to ask again, for who is turned away: not at once, and not later than we try ourselves.
pub(super) fn retry_after(wait: Duration) -> Duration {
    wait.clamp(FIRST_BACKOFF, LONGEST_BACKOFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn max_age_counts_between_a_minute_and_the_interval() {
        let until = |max_age| Freshness::default().until_next(max_age);
        assert_eq!(until(None), seconds(300));
        assert_eq!(until(Some(seconds(120))), seconds(120));
        assert_eq!(until(Some(seconds(0))), seconds(60));
        assert_eq!(until(Some(Duration::MAX)), seconds(300));
    }

    #[test]
    fn an_interval_under_a_minute_is_kept_whatever_max_age_says() {
        let freshness = Freshness { refresh: seconds(20), ..Freshness::default() };
        for max_age in [None, Some(seconds(0)), Some(seconds(20)), Some(Duration::MAX)] {
            assert_eq!(freshness.until_next(max_age), seconds(20));
        }
    }

    #[test]
    fn zeros_are_raised_to_what_no_provider_is_flooded_by() {
        let zero = Freshness { refresh: Duration::ZERO, stale_keys: Duration::ZERO, cool_down: Duration::ZERO };
        let second = seconds(1);
        assert_eq!(zero.bounded(), Freshness { refresh: second, stale_keys: second, cool_down: second });
        assert_eq!(Freshness::default().bounded(), Freshness::default());
    }

    #[test]
    fn the_backoff_doubles_up_to_half_a_minute() {
        let waits: Vec<u64> = (1..8).map(|failures| backoff(failures).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 30, 30]);
        assert_eq!(backoff(u32::MAX), seconds(30));
    }
}
