//! One server is asked.

use std::sync::Arc;

use rustls::ClientConfig;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::{Pool, Task};
use crate::connection::{Connection, Query, Scope};
use crate::deadline::share;
use crate::failure::Failure;
use crate::server::{Security, Server};

/// No answer, and whether the question was put at all.
pub(super) struct Stopped {
    pub(super) failure: Failure,
    /// Also where that is in doubt.
    pub(super) was_asked: bool,
    /// Whether it was the server that failed, and not we that did not get to ask it.
    pub(super) is_its_own: bool,
}

/// Without the question having been put.
impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        Self { failure, was_asked: false, is_its_own: true }
    }
}

impl Stopped {
    fn after_asking(failure: Failure) -> Self {
        Self { failure, was_asked: true, is_its_own: true }
    }

    /// Another one may still be asked.
    pub(super) fn while_waiting() -> Self {
        let failure = Failure::away("others were being bound as the reader, and it was not our turn in time");
        Self { failure, was_asked: false, is_its_own: false }
    }
}

impl Pool {
    /// Does the task on a connection that is kept, or on a new one. By `part`, the server must have shown that it is
    /// there; by `until`, the answer must be.
    pub(super) async fn attempt<T: Task>(
        &self,
        task: &T,
        index: usize,
        server: &Server,
        part: Instant,
        until: Instant,
    ) -> Result<T::Answer, Stopped> {
        // Where there is no other one, it makes no difference whether the server is there.
        let doubt = (self.servers.list().len() > 1).then_some(part);
        if let Some(kept) = self.idle.take(index) {
            match self.ask(task, kept, index, server, doubt, until).await {
                Err(Failure::Closed(reason)) => {
                    // Most likely the server was restarted, or closes what is old: the others are then closed as well.
                    self.idle.forget(index);
                    if !T::MAY_BE_REPEATED {
                        return Err(Stopped::after_asking(Failure::Unanswered(reason)));
                    }
                }
                Err(Failure::TimedOut) => {
                    // It may be the connection, and those beside it, that is dead.
                    self.idle.forget(index);
                    return Err(Stopped::after_asking(Failure::TimedOut));
                }
                done => return done.map_err(Stopped::after_asking),
            }
        }
        let connection = self.connect(index, server, part).await?;
        // A server that has just taken the reader is there.
        let doubt = doubt.filter(|_| !connection.has_answered());
        self.ask(task, connection, index, server, doubt, until).await.map_err(Stopped::after_asking)
    }

    /// Asks on this connection. Where it is in doubt whether the server is there, a silent one is given up in time for
    /// others to be asked.
    async fn ask<T: Task>(
        &self,
        task: &T,
        mut connection: Connection,
        index: usize,
        server: &Server,
        doubt: Option<Instant>,
        until: Instant,
    ) -> Result<T::Answer, Failure> {
        let silence = async {
            match doubt {
                Some(part) => self.silence(server, part).await,
                None => std::future::pending().await,
            }
        };
        let answer = tokio::select! {
            biased;
            answer = timeout_at(until, task.ask(&mut connection, until)) => answer.unwrap_or(Err(Failure::TimedOut)),
            failure = silence => return Err(failure),
        };
        self.idle.put(index, connection);
        answer
    }

    /// Ends when a question has been without an answer for a while, and the server has none to any other either. A
    /// question that only takes long says nothing of the server.
    async fn silence(&self, server: &Server, part: Instant) -> Failure {
        sleep_until(share(part, 2)).await;
        // What is left then is for the next server.
        if self.is_there(server, share(part, 2)).await {
            std::future::pending().await
        } else {
            Failure::away("no answer in time")
        }
    }

    /// Whether it answers, as anybody, what each server answers: what itself is ([RFC 4512, section
    /// 5.1](https://www.rfc-editor.org/rfc/rfc4512#section-5.1)). Whatever it says to that, it is there.
    async fn is_there(&self, server: &Server, until: Instant) -> bool {
        let query = Query {
            base: "",
            scope: Scope::Base,
            filter: "(objectClass=*)",
            attributes: &["supportedLDAPVersion"],
            most: 1,
        };
        let answer = async {
            let mut connection = Connection::open(server, self.tls_for(server, until).await?, until).await?;
            connection.search(&query, until).await
        };
        !matches!(answer.await, Err(Failure::Away(_) | Failure::Closed(_) | Failure::TimedOut))
    }

    pub(super) async fn tls_for(&self, server: &Server, until: Instant) -> Result<Option<Arc<ClientConfig>>, Failure> {
        match &self.tls {
            Some(tls) if server.security() != Security::Plain && tls.is_file() => {
                let tls = Arc::clone(tls);
                self.reading("ca_file", until, move || tls.config()).await.map(Some)
            }
            Some(tls) if server.security() != Security::Plain => Ok(Some(tls.config())),
            _ => Ok(None),
        }
    }

    /// Reads a file in a thread that may wait. Only one does at a time: if it waits for ever, so does no other.
    pub(super) async fn reading<F: Send + 'static>(
        &self,
        key: &str,
        until: Instant,
        read: impl FnOnce() -> F + Send + 'static,
    ) -> Result<F, Failure> {
        let reading = Arc::clone(&self.reading);
        let read = async {
            let alone = reading.acquire_owned().await.ok()?;
            tokio::task::spawn_blocking(move || {
                let read = read();
                drop(alone);
                read
            })
            .await
            .ok()
        };
        // No other server would be better off.
        match timeout_at(until, read).await {
            Ok(Some(read)) => Ok(read),
            _ => Err(Failure::Stuck(format!("{key}: its file could not be read in time"))),
        }
    }
}
