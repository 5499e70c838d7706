//! One fetch.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::Why;
use super::refresher::Refresher;
use crate::KeySet;

/// After which an origin that hangs is broken off.
pub(super) const LONGEST_FETCH: Duration = Duration::from_secs(60);

/// What a fetch brings: keys and their `max-age`, or why there are none.
pub(super) type Outcome = Result<(KeySet, Option<Duration>), String>;

/// A fetch under way. It ends as a failure if it is dropped: by a panic, or with its runtime.
pub(super) struct Fetch {
    refresher: Arc<Refresher>,
    number: u64,
}

impl Fetch {
    pub(super) fn new(refresher: Arc<Refresher>, number: u64) -> Self {
        Self { refresher, number }
    }

    pub(super) async fn run(self, why: Why) {
        let outcome = match timeout(LONGEST_FETCH, self.refresher.origin().fetch(why)).await {
            Ok(Ok(fetched)) => usable_keys(&fetched.document).map(|keys| (keys, fetched.max_age)),
            Ok(Err(error)) => Err(error.reason().to_owned()),
            Err(_) => Err(format!("there was no answer within {} s", LONGEST_FETCH.as_secs())),
        };
        self.refresher.land(self.number, outcome);
    }
}

impl Drop for Fetch {
    fn drop(&mut self) {
        // Nothing comes of this if it has landed.
        self.refresher.land(self.number, Err("the fetch was broken off".to_owned()));
    }
}

/// A provider that has no keys may say so. One with keys none of which we can use has a fault, and
/// to take that for a withdrawal would turn everybody away.
fn usable_keys(document: &[u8]) -> Result<KeySet, String> {
    let keys = KeySet::parse(document).map_err(|bad| bad.to_string())?;
    match keys.unusable().first() {
        Some(first) if keys.is_empty() => Err(format!("no key of the key set can be used: {first}")),
        _ => Ok(keys),
    }
}
