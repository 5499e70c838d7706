//! What is worth a line in the log: that the API server is away, and that it is back.

use std::sync::{Arc, Mutex, PoisonError};

/// Why the last question had no answer, if it had none.
#[derive(Debug)]
pub(super) struct News {
    backend: Arc<str>,
    trouble: Mutex<Option<Arc<str>>>,
}

impl News {
    pub(super) fn new(backend: &str) -> Self {
        Self { backend: Arc::from(backend), trouble: Mutex::default() }
    }

    /// There was no answer: told when the reason is another one than before.
    pub(super) fn trouble(&self, reason: &str) {
        let mut last = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        if last.as_deref() != Some(reason) {
            tracing::warn!(target: "portcullis::kubernetes", backend = &*self.backend, "the API server: {reason}");
            *last = Some(Arc::from(reason));
        }
    }

    /// There was one.
    pub(super) fn answered(&self) {
        let mut last = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        if last.take().is_some() {
            tracing::info!(target: "portcullis::kubernetes", backend = &*self.backend, "the API server answers again");
        }
    }

    /// Why the last question had no answer.
    pub(super) fn last(&self) -> Option<Arc<str>> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
