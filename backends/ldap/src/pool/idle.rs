//! Connections that nobody has need of now.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::connection::Connection;

/// How long a connection is kept of which nobody had need. Firewalls forget such connections without a word.
pub(super) const MAX_IDLE: Duration = Duration::from_secs(60);

/// How long a connection is used at all: what has changed in the file of the password, or of the certificate
/// authorities, then counts.
pub(super) const MAX_AGE: Duration = Duration::from_secs(600);

/// Connections that are kept.
#[derive(Default)]
pub(super) struct Idle(Mutex<Vec<Kept>>);

struct Kept {
    connection: Connection,
    server: usize,
    since: Instant,
}

impl Idle {
    /// Of those to this server, the one that was used last: the others may then grow old, and go.
    pub(super) fn take(&self, server: usize) -> Option<Connection> {
        let mut kept = self.kept();
        kept.retain_mut(|kept| kept.since.elapsed() < MAX_IDLE && is_fit(&mut kept.connection));
        let last = kept.iter().rposition(|kept| kept.server == server)?;
        Some(kept.remove(last).connection)
    }

    /// Keeps one, if it is still of use.
    pub(super) fn put(&self, server: usize, mut connection: Connection) {
        if is_fit(&mut connection) {
            self.kept().push(Kept { connection, server, since: Instant::now() });
        }
    }

    /// Drops all to this server.
    pub(super) fn forget(&self, server: usize) {
        self.kept().retain(|kept| kept.server != server);
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.kept().len()
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_fit(connection: &mut Connection) -> bool {
    connection.age() < MAX_AGE && connection.is_usable()
}
