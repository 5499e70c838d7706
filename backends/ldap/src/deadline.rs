//! Until when something may take.

use tokio::time::Instant;

/// Until when one of so many may take, so that each of them has as much time.
pub(crate) fn share(until: Instant, among: usize) -> Instant {
    let now = Instant::now();
    let among = u32::try_from(among.max(1)).unwrap_or(u32::MAX);
    now + until.saturating_duration_since(now) / among
}
