//! What the log says about keys.

use std::sync::Arc;

use super::snapshot::Snapshot;

const TARGET: &str = "portcullis::keys";

/// Logs what is new: each failure once until its reason changes. The names of keys never appear.
pub(super) fn log(backend: &str, before: &Snapshot, after: &Snapshot) {
    match (&before.last_error, &after.last_error) {
        (old, Some(reason)) if old.as_ref() != Some(reason) => {
            let known = after.keys().map(|keys| keys.len());
            tracing::warn!(target: TARGET, backend, %reason, known, "the provider's keys cannot be fetched");
        }
        (Some(_), None) => tracing::info!(target: TARGET, backend, "the provider's keys can be fetched again"),
        _ => {}
    }
    let Some(keys) = after.keys() else { return };
    if before.keys().is_some_and(|old| Arc::ptr_eq(old, keys)) {
        return;
    }
    let (known, unusable) = (keys.len(), keys.unusable());
    if after.epoch > before.epoch {
        let withdrawn = after.withdrawn > before.withdrawn;
        tracing::info!(target: TARGET, backend, known, withdrawn, "the provider's keys have changed");
    }
    if let Some(first) = unusable.first() {
        let count = unusable.len();
        tracing::warn!(target: TARGET, backend, count, %first, "some of the provider's keys cannot be used");
    }
}
