//! One cluster's API server: questions, and who may ask how many at once.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode};
use portcullis_core::{Clock, Unavailable};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, timeout_at};

pub(crate) use access::Access;
pub(crate) use budget::Budget;
use connection::{Answer, Connection};
use news::News;
use pause::Pause;

mod access;
mod budget;
mod connection;
mod news;
mod own_token;
mod pause;
mod stack;
mod tls;

/// How often one question is sent at most.
const ATTEMPTS: u32 = 4;
const NO_PLACE: &str = "no place to ask the API server came free in time";
/// How long it is waited after the first failure, on average; twice as long after each further one.
const FIRST_WAIT: Duration = Duration::from_millis(100);

/// An API server, with our credentials for it. Cheap to clone; clones share everything.
#[derive(Clone)]
pub(crate) struct Cluster(Arc<Inner>);

struct Inner {
    connection: Connection,
    pause: Pause,
    news: News,
    place: String,
}

/// What became of one attempt.
enum Attempt {
    Answered(Bytes),
    /// Another one may fare better, but not before this long.
    Failed(String, Option<Duration>),
    /// Another one would fare the same.
    Refused(String),
}

impl Cluster {
    /// `backend` is the entry's name, for the log. It is not asked anything here, but a plugin of the kubeconfig may run.
    ///
    /// # Errors
    /// What of the kubeconfig cannot be used.
    pub(crate) fn new(access: Access, backend: &str, clock: Clock) -> Result<Self, String> {
        let (place, news) = (access.place(), News::new(backend));
        let connection = Connection::new(access, clock)?;
        Ok(Self(Arc::new(Inner { connection, pause: Pause::default(), news, place })))
    }

    /// Where it is.
    pub(crate) fn place(&self) -> &str {
        &self.0.place
    }

    /// Why the last question had no answer, if it had none.
    pub(crate) fn trouble(&self) -> Option<Arc<str>> {
        self.0.news.last()
    }

    /// Posts a review to `path`, and returns it as the API server answered it. It is sent again after a failure that
    /// may pass, as long as `timeout` allows.
    ///
    /// # Errors
    /// There is no answer: the server is away, overloaded, does not let us ask, or the budget is used up.
    pub(crate) async fn ask<R: Serialize + DeserializeOwned>(
        &self,
        path: &'static str,
        review: &R,
        budget: &Budget,
        timeout: Duration,
    ) -> Result<R, Unavailable> {
        let body = serde_json::to_vec(review).map_err(|_| Unavailable::new("the question cannot be written"))?;
        let until = Instant::now() + timeout;
        let place = match timeout_at(until, budget.place()).await {
            Ok(Some(place)) => place,
            Ok(None) => return Err(Unavailable::new("too many questions wait for the API server")),
            Err(_) => return Err(Unavailable::new(NO_PLACE)),
        };
        let answer = self.ask_until(Method::POST, path, body.into(), until).await;
        drop(place);
        // What it says is not shown: there may be the caller's data in it.
        serde_json::from_slice(&answer?).map_err(|_| self.0.no_answer("its answer is not what was asked for", None))
    }

    /// Fetches a document.
    ///
    /// # Errors
    /// There is none to be had.
    pub(crate) async fn fetch(&self, path: &'static str, timeout: Duration) -> Result<Bytes, Unavailable> {
        self.ask_until(Method::GET, path, Bytes::new(), Instant::now() + timeout).await
    }

    async fn ask_until(
        &self,
        method: Method,
        path: &'static str,
        body: Bytes,
        until: Instant,
    ) -> Result<Bytes, Unavailable> {
        let inner = &*self.0;
        let mut wait = inner.pause.left();
        let mut last = if wait.is_zero() { NO_PLACE } else { "it asks us to wait" }.to_owned();
        for attempt in 1..=ATTEMPTS {
            if Instant::now() + wait >= until {
                return Err(inner.no_answer(&last, Some(wait)));
            }
            tokio::time::sleep(wait).await;
            let sent = inner.attempt(method.clone(), path, body.clone());
            let least = match timeout_at(until, sent).await {
                Ok(Attempt::Answered(answer)) => {
                    inner.news.answered();
                    return Ok(answer);
                }
                Ok(Attempt::Refused(reason)) => return Err(inner.no_answer(&reason, None)),
                Ok(Attempt::Failed(reason, least)) => {
                    last = reason;
                    least
                }
                Err(_) => return Err(inner.no_answer("no answer in time", None)),
            };
            if let Some(least) = least {
                inner.pause.for_at_least(least);
            }
            // Those who failed together shall not come back together.
            let own = FIRST_WAIT * 2_u32.pow(attempt - 1);
            wait = inner.pause.left() + own.mul_f64(0.5 + fastrand::f64());
        }
        Err(inner.no_answer(&last, Some(inner.pause.left())))
    }
}

impl Inner {
    async fn attempt(&self, method: Method, path: &'static str, body: Bytes) -> Attempt {
        let Answer { status, body, retry_after } = match self.connection.send(method, path, body).await {
            Ok(answer) => answer,
            Err(reason) => return Attempt::Failed(reason, None),
        };
        match status {
            status if status.is_success() => Attempt::Answered(body),
            StatusCode::UNAUTHORIZED => Attempt::Refused("it does not take our own credentials (401)".to_owned()),
            StatusCode::FORBIDDEN => {
                let role =
                    if path.starts_with("/apis/") { "auth-delegator" } else { "service-account-issuer-discovery" };
                Attempt::Refused(format!(
                    "no leave to ask at {path} (403): our account lacks a role, such as system:{role}"
                ))
            }
            StatusCode::TOO_MANY_REQUESTS => {
                let reason = "it is asked too much (429)".to_owned();
                Attempt::Failed(reason, Some(retry_after.unwrap_or(Duration::from_secs(1))))
            }
            status if status.is_server_error() => {
                Attempt::Failed(format!("it answered {}", status.as_u16()), retry_after)
            }
            status => Attempt::Refused(format!("it answered {} at {path}", status.as_u16())),
        }
    }

    fn no_answer(&self, reason: &str, wait: Option<Duration>) -> Unavailable {
        self.news.trouble(reason);
        let unavailable = Unavailable::new(format!("the API server at {}: {reason}", self.place));
        // Whole seconds are what a client is told.
        let wait = wait.filter(|wait| !wait.is_zero()).map(|wait| Duration::from_secs(wait.as_secs() + 1));
        wait.into_iter().fold(unavailable, Unavailable::retry_after)
    }
}

#[cfg(test)]
mod tests;
