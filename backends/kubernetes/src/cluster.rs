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

mod access;
mod budget;
mod connection;
mod files;
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
    /// For [`Cluster::fetch`].
    documents: Budget,
    place: String,
    backend: String,
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
    /// `backend` is the entry's name, for the log. The API server is not asked anything here.
    ///
    /// # Errors
    /// What of the kubeconfig cannot be used.
    pub(crate) fn new(access: Access, backend: &str, clock: Clock) -> Result<Self, String> {
        let (place, backend) = (access.place(), backend.to_owned());
        let connection = Connection::new(access, clock)?;
        Ok(Self(Arc::new(Inner { connection, documents: Budget::new(1), place, backend })))
    }

    /// Where it is.
    pub(crate) fn place(&self) -> &str {
        &self.0.place
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
        let answer = self.0.answer((Method::POST, path, body.into()), budget, timeout).await?;
        // What it says is not shown: there may be the caller's data in it.
        let review = serde_json::from_slice(&answer)
            .map_err(|_| self.0.no_answer(budget, "its answer is not what was asked for", None))?;
        budget.news.answered(&self.0.backend);
        Ok(review)
    }

    /// Fetches a document.
    ///
    /// # Errors
    /// There is none to be had.
    pub(crate) async fn fetch(&self, path: &'static str, timeout: Duration) -> Result<Bytes, Unavailable> {
        let documents = &self.0.documents;
        let answer = self.0.answer((Method::GET, path, Bytes::new()), documents, timeout).await?;
        documents.news.answered(&self.0.backend);
        Ok(answer)
    }
}

/// What is sent.
type Question = (Method, &'static str, Bytes);

impl Inner {
    async fn answer(&self, question: Question, budget: &Budget, timeout: Duration) -> Result<Bytes, Unavailable> {
        let until = Instant::now() + timeout;
        let _place = match timeout_at(until, budget.place()).await {
            Ok(Some(place)) => place,
            Ok(None) => return Err(Unavailable::new("too many questions wait for the API server")),
            Err(_) => return Err(Unavailable::new(NO_PLACE)),
        };
        // Who did not answer the last one is not asked four times about the next.
        let attempts = if budget.news.is_troubled() { 1 } else { ATTEMPTS };
        let mut wait = Duration::ZERO;
        let mut last = None;
        for attempt in 1..=attempts {
            loop {
                wait = wait.max(budget.pause.left());
                if Instant::now() + wait >= until {
                    return Err(self.gave_up(budget, last.as_deref(), wait));
                }
                tokio::time::sleep(wait).await;
                wait = Duration::ZERO;
                // Somebody else may have been told to wait meanwhile.
                if budget.pause.left().is_zero() {
                    break;
                }
            }
            let least = match timeout_at(until, self.attempt(question.clone())).await {
                Ok(Attempt::Answered(answer)) => return Ok(answer),
                Ok(Attempt::Refused(reason)) => return Err(self.no_answer(budget, &reason, None)),
                Ok(Attempt::Failed(reason, least)) => {
                    last = Some(reason);
                    least
                }
                Err(_) => return Err(self.no_answer(budget, "no answer in time", None)),
            };
            if let Some(least) = least {
                budget.pause.for_at_least(least);
            }
            // Those who failed together shall not come back together.
            wait = (FIRST_WAIT * 2_u32.pow(attempt - 1)).mul_f64(0.5 + fastrand::f64());
        }
        Err(self.gave_up(budget, last.as_deref(), budget.pause.left()))
    }

    /// There is no time for another attempt before so long.
    fn gave_up(&self, budget: &Budget, last: Option<&str>, wait: Duration) -> Unavailable {
        match last {
            Some(reason) => self.no_answer(budget, reason, Some(wait)),
            None if wait.is_zero() => Unavailable::new(NO_PLACE),
            None => self.unavailable("it asks us to wait", Some(wait)),
        }
    }

    async fn attempt(&self, (method, path, body): Question) -> Attempt {
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
                let words = "our account lacks a role, such as system:";
                Attempt::Refused(format!("no leave to ask at {path} (403): {words}{role}"))
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

    fn no_answer(&self, budget: &Budget, reason: &str, wait: Option<Duration>) -> Unavailable {
        budget.news.trouble(&self.backend, reason);
        self.unavailable(reason, wait)
    }

    fn unavailable(&self, reason: &str, wait: Option<Duration>) -> Unavailable {
        let unavailable = Unavailable::new(format!("the API server at {}: {reason}", self.place));
        // Whole seconds are what a client is told.
        let wait = wait.filter(|wait| !wait.is_zero()).map(|wait| Duration::from_secs(wait.as_secs() + 1));
        wait.into_iter().fold(unavailable, Unavailable::retry_after)
    }
}

#[cfg(test)]
mod tests;
