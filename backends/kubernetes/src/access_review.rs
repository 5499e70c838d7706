//! What the cluster allows: SubjectAccessReview.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use portcullis_core::config::{duration, number};
use portcullis_core::single_flight::SingleFlight;
use portcullis_core::{Action, Authorizer, Clock, Decision, Invalid, Principal, Unavailable, async_trait};

use crate::cluster::{Budget, Cluster};
use act_as::Accounts;
use answer::Answer;
use digest::{Digest, Digester};
use memory::Memory;
use question::{Prefixes, Question};

mod act_as;
mod answer;
mod config;
mod digest;
mod memory;
mod question;
mod service_account;

pub use config::{AccessReviewConfig, ActAs};

const PATH: &str = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
/// Answers to questions with attributes of so many bytes are not remembered: whoever asks about such names makes them up,
/// and they would push out what others ask for. It is the bound of
/// [kube-apiserver](https://github.com/kubernetes/kubernetes/blob/v1.33.0/staging/src/k8s.io/apiserver/plugin/pkg/authorizer/webhook/webhook.go)
/// (`maxControlledAttrCacheSize`).
const TOO_LONG: usize = 10_000;
const MAX_TTL: Duration = Duration::from_secs(5 * 60);
const TIMEOUTS: RangeInclusive<Duration> = Duration::from_millis(100)..=Duration::from_secs(30);

/// Asks the cluster who may do what
/// ([SubjectAccessReview](https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/subject-access-review-v1/)):
/// about the callers that it vouched for itself, and those of other backends whom the file maps to its users with
/// [`act_as`](AccessReviewConfig::act_as). About all others it has no opinion, and the cluster is not asked.
///
/// Where the cluster's RBAC has no rule for what is asked, it has no opinion either.
pub(crate) struct AccessReview(Arc<Inner>);

struct Inner {
    entry: String,
    prefixes: Prefixes,
    accounts: Accounts,
    cluster: Cluster,
    budget: Budget,
    timeout: Duration,
    digester: Digester,
    memory: Memory,
    /// Their number is bounded by the budget that they are asked within: one that finds no place in it ends at once.
    flights: SingleFlight<Digest, Landed>,
}

/// What a question comes to.
type Landed = Result<Answer, Unavailable>;

/// What is known without asking.
enum Look<'a> {
    /// Nobody whom the cluster would know.
    Stranger,
    Known(Answer),
    Unknown(Digest, Question<'a>),
}

impl AccessReview {
    /// Asks `cluster`, which vouches for the callers of the backend `entry`; their names and groups begin with these
    /// prefixes, which the cluster does not know.
    ///
    /// # Errors
    ///
    /// A value that cannot be used. The key's path starts at `access_review`.
    pub(crate) fn new(
        config: &AccessReviewConfig,
        entry: &str,
        prefixes: (&str, &str),
        cluster: Cluster,
        clock: Clock,
    ) -> Result<Self, Invalid> {
        Self::assemble(config, entry, prefixes, cluster, clock).map_err(|invalid| {
            let within = Invalid::new(format!("access_review.{}", invalid.key()), invalid.problem());
            invalid.expectation().map_or(within.clone(), |expected| within.expected(expected))
        })
    }

    fn assemble(
        config: &AccessReviewConfig,
        entry: &str,
        prefixes: (&str, &str),
        cluster: Cluster,
        clock: Clock,
    ) -> Result<Self, Invalid> {
        duration::bounded("allow_ttl", config.allow_ttl, Duration::ZERO..=MAX_TTL)?;
        duration::bounded("deny_ttl", config.deny_ttl, Duration::ZERO..=MAX_TTL)?;
        number::bounded("capacity", config.capacity, 1..=1_000_000)?;
        number::bounded("max_concurrent", config.max_concurrent, 1..=1024)?;
        duration::bounded("timeout", config.timeout, TIMEOUTS)?;
        Ok(Self(Arc::new(Inner {
            accounts: Accounts::new(&config.act_as, entry)?,
            entry: entry.to_owned(),
            prefixes: Prefixes { username: prefixes.0.to_owned(), groups: prefixes.1.to_owned() },
            cluster,
            budget: Budget::new(config.max_concurrent),
            timeout: config.timeout,
            digester: Digester::new()
                .ok_or_else(|| Invalid::new("capacity", "the operating system has no randomness to give"))?,
            memory: Memory::new(config.capacity, config.allow_ttl, config.deny_ttl, clock),
            flights: SingleFlight::default(),
        })))
    }
}

#[async_trait]
impl Authorizer for AccessReview {
    async fn decide(&self, principal: &Principal, action: &Action<'_>) -> Decision {
        let inner = &self.0;
        let (digest, question) = match inner.look(principal, action) {
            Look::Stranger => return stranger(),
            Look::Known(answer) => return answer.decision(),
            Look::Unknown(digest, question) => (digest, question),
        };
        let ask = || Arc::clone(inner).ask(digest, &question);
        match inner.flights.join(digest, || inner.memory.recall(digest).map(Ok), ask).answer().await {
            Some(Ok(answer)) => answer.decision(),
            Some(Err(unavailable)) => unavailable.into(),
            None => Unavailable::new("the question broke off").into(),
        }
    }

    fn decide_at_once(&self, principal: &Principal, action: &Action<'_>) -> Option<Decision> {
        match self.0.look(principal, action) {
            Look::Stranger => Some(stranger()),
            Look::Known(answer) => Some(answer.decision()),
            Look::Unknown(..) => None,
        }
    }

    fn describe(&self) -> String {
        let Inner { entry, accounts, .. } = &*self.0;
        let own = format!("the cluster of {entry}, asked about its own callers");
        match accounts.len() {
            0 => own,
            count => format!("{own} and those of other backends who act as its users ({count} in act_as)"),
        }
    }
}

impl Inner {
    fn look<'a>(&'a self, principal: &'a Principal, action: &Action<'a>) -> Look<'a> {
        let question = if principal.backend() == self.entry {
            Question::about_own(principal, &self.prefixes, action)
        } else {
            self.accounts.account(principal).and_then(|account| Question::about(account, action))
        };
        let Some(question) = question else { return Look::Stranger };
        let digest = self.digester.digest(&question);
        self.memory.recall(digest).map_or(Look::Unknown(digest, question), Look::Known)
    }

    /// Asks the cluster, in a future that holds all it needs.
    fn ask(self: Arc<Self>, digest: Digest, question: &Question<'_>) -> impl Future<Output = Landed> + Send + 'static {
        let review = question.review();
        let is_remembered = question.attribute_bytes() < TOO_LONG;
        async move {
            let asked = self.memory.now();
            let answered = self.cluster.ask(PATH, &review, &self.budget, self.timeout).await;
            let answer =
                answered.and_then(|review| Answer::of(review.status, &self.entry)).map_err(|mut unavailable| {
                    unavailable.reason = format!("access review of {}: {}", self.entry, unavailable.reason).into();
                    unavailable
                })?;
            if is_remembered {
                self.memory.remember(digest, &answer, asked);
            }
            Ok(answer)
        }
    }
}

fn stranger() -> Decision {
    Decision::no_opinion("nobody whom the cluster would know")
}

#[cfg(test)]
mod tests;
