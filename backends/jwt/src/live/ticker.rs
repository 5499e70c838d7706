//! The task that fetches when it is time.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::timeout;

use super::refresher::Refresher;

/// Shorter sleeps are none: the clock that decides may be some milliseconds behind the timer.
const SHORTEST_SLEEP: Duration = Duration::from_millis(5);

/// Begins the fetches that are due, until nobody has the keys any more; if there is a runtime.
///
/// Whether something is due, the injectable clock decides; the sleep in between is the runtime's.
pub(super) fn spawn(refresher: &Arc<Refresher>) {
    let Ok(runtime) = Handle::try_current() else { return };
    let (refresher, happened) = (Arc::downgrade(refresher), Arc::clone(refresher.ticker()));
    runtime.spawn(async move {
        while let Some(sleep) = refresher.upgrade().map(|refresher| refresher.tick()) {
            // What happens while nobody listens is kept for the next one who does.
            let _ = timeout(sleep.max(SHORTEST_SLEEP), happened.notified()).await;
        }
    });
}
