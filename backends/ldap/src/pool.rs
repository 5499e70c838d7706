//! Connections that are kept, and who waits for one.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use portcullis_core::Secret;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout_at};

use crate::connection::Connection;
use crate::deadline::share;
use crate::failure::Failure;
use crate::server::Server;
use crate::servers::Servers;
use crate::tls::Tls;
use attempt::Stopped;
use idle::Idle;

mod attempt;
mod bound;
mod idle;

/// How many wait for a connection, at most. Further ones are told to come again.
const MAX_WAITING: usize = 1024;

/// What is asked on one connection, from the first question to the last.
pub(crate) trait Task {
    type Answer;

    /// Whether it may be asked once more, on another connection or of another server. If not, it is over as soon as it
    /// has been asked, whatever becomes of it.
    const MAY_BE_REPEATED: bool = true;

    /// Asks it.
    fn ask(
        &self,
        connection: &mut Connection,
        until: Instant,
    ) -> impl Future<Output = Result<Self::Answer, Failure>> + Send;
}

/// Some connections, all bound as the same reader, or as nobody.
pub(crate) struct Pool {
    servers: Arc<Servers>,
    tls: Option<Arc<Tls>>,
    reader: Option<Reader>,
    places: Semaphore,
    waiting: AtomicUsize,
    idle: Idle,
    /// Whoever reads a file. A read that never ends, of a file system that is gone, must not take a thread each time.
    reading: Arc<Semaphore>,
}

/// Who asks.
#[derive(Clone)]
pub(crate) struct Reader {
    pub(crate) dn: String,
    pub(crate) password: Secret,
    /// Where a relative file of the password starts.
    pub(crate) folder: PathBuf,
}

impl Pool {
    pub(crate) fn new(servers: Arc<Servers>, tls: Option<Arc<Tls>>, reader: Option<Reader>, places: usize) -> Self {
        Self {
            servers,
            tls,
            reader,
            places: Semaphore::new(places),
            waiting: AtomicUsize::new(0),
            idle: Idle::default(),
            reading: Arc::new(Semaphore::new(1)),
        }
    }

    /// Does the task on a connection of its own: on one that is kept, or on a new one to each of the servers until one
    /// answers. Files are read meanwhile, so nothing is waited for beyond `until`, whatever it is.
    pub(crate) async fn run<T: Task>(&self, task: &T, until: Instant) -> Result<T::Answer, Failure> {
        timeout_at(until, self.ask_servers(task, until)).await.unwrap_or(Err(Failure::TimedOut))
    }

    async fn ask_servers<T: Task>(&self, task: &T, until: Instant) -> Result<T::Answer, Failure> {
        let _place = self.place(until).await?;
        let mut told = Failure::away("there is no server");
        let order = self.servers.order();
        for (position, &index) in order.iter().enumerate() {
            let Some(server) = self.servers.list().get(index) else { continue };
            // One server that says nothing must leave time for the others.
            let part = share(until, order.len() - position);
            let Stopped { failure, was_asked, is_its_own } = match self.attempt(task, index, server, part, until).await
            {
                Ok(answer) => {
                    self.servers.succeeded(index);
                    return Ok(answer);
                }
                Err(stopped) => stopped,
            };
            let failure = if is_its_own { self.judged(index, server, failure) } else { failure.about(server) };
            let may_others = matches!(failure, Failure::Away(_) | Failure::Wrong(_));
            if !may_others || (was_asked && !T::MAY_BE_REPEATED) {
                return Err(failure);
            }
            // What passes by itself is told only if there is nothing else to tell.
            if !matches!(told, Failure::Wrong(_)) {
                told = failure;
            }
        }
        Err(told)
    }

    /// What the failure says of the server.
    fn judged(&self, index: usize, server: &Server, failure: Failure) -> Failure {
        let failure = match failure.about(server) {
            Failure::Closed(reason) => Failure::Away(reason),
            failure => failure,
        };
        match failure {
            // These are answers.
            Failure::NoSuchObject | Failure::TooMany => self.servers.succeeded(index),
            Failure::Away(_) => {
                self.servers.failed(index);
                self.idle.forget(index);
                self.servers.log(index, &failure);
            }
            Failure::Wrong(_) => self.servers.log(index, &failure),
            Failure::Closed(_) | Failure::TimedOut | Failure::Stuck(_) | Failure::Unanswered(_) => {}
        }
        failure
    }

    async fn place(&self, until: Instant) -> Result<SemaphorePermit<'_>, Failure> {
        if let Ok(place) = self.places.try_acquire() {
            return Ok(place);
        }
        let _waiting = Waiting::enter(&self.waiting).ok_or_else(|| Failure::away("too many wait for a connection"))?;
        // Whoever gets one has time for its question then.
        match timeout_at(share(until, 2), self.places.acquire()).await {
            Ok(Ok(place)) => Ok(place),
            _ => Err(Failure::away("no connection became free in time")),
        }
    }
}

/// One that waits.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn enter(waiting: &'a AtomicUsize) -> Option<Self> {
        let one_more = |waiting| if waiting < MAX_WAITING { Some(waiting + 1) } else { None };
        waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).ok()?;
        Some(Self(waiting))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
