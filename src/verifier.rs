//! From a credential to an answer: out of the cache, or by asking the chain.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use http::request::Parts;
use portcullis_core::single_flight::Joined;
use portcullis_core::{Authorizers, Credential, Head, Principal, Reply, Reuse, Scheme, Source, Unavailable};

use crate::cache::IdentityCache;
use crate::cache::counters::Event;
use crate::cache::digest::{Digest, Digester};
use crate::cache::flights::{Began, Flights};
use crate::chain::{Chain, Outcome, Refused};

/// The chain, and what is remembered of its answers.
pub(crate) struct Verifier {
    pub(crate) chain: Chain,
    pub(crate) cache: IdentityCache,
    /// Every scheme that a backend claims.
    pub(crate) schemes: Vec<Scheme>,
    /// The backends behind each of the schemes.
    groups: Vec<Group>,
    timeout: Duration,
    /// What callers are told where nobody decides what they may do.
    pub(crate) unauthorized: Authorizers,
}

/// The members of the chain that claim one scheme.
struct Group {
    /// Whether browsers attach such credentials by themselves.
    ambient: bool,
    members: Vec<usize>,
    digester: Digester,
    /// Of this scheme alone: a flood of one kind of credential does not hold up the others.
    flights: Flights<Answer>,
}

/// What becomes of a credential.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Accepted(Principal),
    Refused(Arc<Refused>),
    Revoked,
    Unavailable(Unavailable),
    Overloaded,
}

/// An answer, at once or later.
pub(crate) enum Asked {
    Known(Answer, Presented),
    Later(Verification, Presented),
    /// No backend claims the credential's scheme.
    Unclaimed,
}

/// What is to be known of a credential when it has been verified.
#[derive(Clone, Copy)]
pub(crate) struct Presented {
    /// Whether browsers attach it by themselves.
    pub(crate) ambient: bool,
}

/// An answer that is on its way, with what is owed to this one exchange.
pub(crate) type Verification = Pin<Box<dyn Future<Output = (Answer, Reply)> + Send>>;

impl Verifier {
    pub(crate) fn new(
        chain: Chain,
        cache: IdentityCache,
        (timeout, max_in_flight): (Duration, usize),
        unauthorized: Authorizers,
    ) -> Self {
        let schemes = chain.schemes();
        let group = |scheme: &Scheme| Group {
            ambient: scheme.is_ambient(),
            members: chain.claimants(scheme),
            digester: Digester::new(scheme),
            flights: Flights::new(max_in_flight),
        };
        let groups = schemes.iter().map(group).collect();
        Self { chain, cache, schemes, groups, timeout, unauthorized }
    }

    /// Looks the credential up, or prepares to have it verified. Nothing is verified before the
    /// answer is awaited.
    pub(crate) fn ask(self: &Arc<Self>, credential: Credential, head: Head<'_>) -> Asked {
        let Some(index) = self.schemes.iter().position(|scheme| credential.is(scheme)) else {
            return Asked::Unclaimed;
        };
        let group = &self.groups[index];
        let presented = Presented { ambient: group.ambient || credential.source() == Source::Cookie };
        let digest = match self.chain.reuse(&group.members, &credential, head) {
            Reuse::Credential => group.digester.digest(&credential),
            Reuse::CredentialAnd(extra) => group.digester.digest_with(&credential, &extra),
            _ => {
                let (verifier, head) = (Arc::clone(self), owned(head));
                let verification = async move { verifier.verify_alone(index, credential, head).await };
                return Asked::Later(Box::pin(verification), presented);
            }
        };
        match self.recall(digest, &credential) {
            Some(answer) => Asked::Known(answer, presented),
            None => {
                let (verifier, head) = (Arc::clone(self), owned(head));
                let verification =
                    async move { (verifier.verify_shared(index, credential, head, digest).await, Reply::default()) };
                Asked::Later(Box::pin(verification), presented)
            }
        }
    }

    pub(crate) fn under_way(&self) -> usize {
        self.groups.iter().map(|group| group.flights.under_way()).sum()
    }

    fn recall(&self, digest: Digest, credential: &Credential) -> Option<Answer> {
        if let Some(principal) = self.cache.identity(&self.chain, digest, credential) {
            return Some(Answer::Accepted(principal));
        }
        let refused = self.cache.refusal(&self.chain, digest)?;
        Some(Answer::Refused(refused))
    }

    /// Verifies for this request alone. If the client goes away, so does the verification.
    async fn verify_alone(&self, index: usize, credential: Credential, head: Parts) -> (Answer, Reply) {
        self.cache.tally.count(Event::Miss);
        let Some(_place) = self.groups[index].flights.place() else { return (self.overloaded(), Reply::default()) };
        self.run(index, &credential, &head, None, self.cache.forgotten()).await
    }

    /// Verifies for everybody who presents this credential meanwhile, in a task of its own: a
    /// client that goes away neither cancels nor repeats anything.
    async fn verify_shared(
        self: Arc<Self>,
        index: usize,
        credential: Credential,
        head: Parts,
        digest: Digest,
    ) -> Answer {
        let group = &self.groups[index];
        let forgotten = self.cache.forgotten();
        let revocations = self.cache.revocations.generation();
        let began = Began { forgotten, revocations, epochs: self.chain.epochs(&group.members) };
        let verify = || {
            let (verifier, credential) = (Arc::clone(&self), credential.clone());
            async move { verifier.run(index, &credential, &head, Some(digest), forgotten).await.0 }
        };
        let landing = match group.flights.join(digest, began, || self.recall(digest, &credential), verify) {
            Some(Joined::Known(answer)) => return answer,
            None => {
                self.cache.tally.count(Event::Miss);
                let stale = self.cache.stale(&self.chain, digest, &credential);
                return stale.map_or_else(|| self.overloaded(), Answer::Accepted);
            }
            Some(Joined::Followed(landing)) => {
                self.cache.tally.count(Event::Coalesced);
                landing
            }
            Some(Joined::Led(landing)) => landing,
        };
        self.cache.tally.count(Event::Miss);
        landing.answer().await.unwrap_or_else(|| Answer::Unavailable(Unavailable::new("the verification broke off")))
    }

    fn overloaded(&self) -> Answer {
        self.cache.tally.count(Event::Overloaded);
        Answer::Overloaded
    }

    /// Asks the chain. `forgotten` is what the cache counted when the verification began.
    async fn run(
        &self,
        index: usize,
        credential: &Credential,
        head: &Parts,
        digest: Option<Digest>,
        forgotten: u64,
    ) -> (Answer, Reply) {
        let cache = &self.cache;
        if cache.revocations.covers_credential(credential, cache.clock.wall()) {
            cache.tally.count(Event::Revoked);
            return (Answer::Revoked, Reply::default());
        }
        let verification = self.chain.verify(&self.groups[index].members, credential, Head::from(head));
        let outcome = match tokio::time::timeout(self.timeout, verification).await {
            Ok(outcome) => outcome,
            Err(_) => Outcome::Unavailable(Unavailable::new("no answer within cache.timeout")),
        };
        match outcome {
            Outcome::Accepted { by, epoch, mut accepted } => {
                accepted.principal = accepted.principal.with_unauthorized(&self.unauthorized);
                cache.tally.count(Event::Accepted);
                // Read first: a revocation that comes after the check is seen at the next use.
                let generation = cache.revocations.generation();
                if cache.revocations.covers(credential, &accepted.principal, cache.clock.wall()) {
                    cache.tally.count(Event::Revoked);
                    return (Answer::Revoked, Reply::default());
                }
                if let Some(digest) = digest {
                    cache.remember(digest, (by, epoch), &accepted, generation, forgotten);
                }
                (Answer::Accepted(accepted.principal), accepted.reply)
            }
            Outcome::Refused(refused) => {
                cache.tally.count(Event::Refused);
                if let Some(digest) = digest {
                    cache.remember_refusal(digest, &refused, forgotten);
                }
                (Answer::Refused(refused), Reply::default())
            }
            Outcome::Unavailable(unavailable) => {
                cache.tally.count(Event::Unavailable);
                let stale = digest.and_then(|digest| cache.stale(&self.chain, digest, credential));
                (stale.map_or(Answer::Unavailable(unavailable), Answer::Accepted), Reply::default())
            }
        }
    }
}

/// A head that a task can own.
fn owned(head: Head<'_>) -> Parts {
    let (mut parts, ()) = http::Request::new(()).into_parts();
    parts.method = head.method.clone();
    parts.uri = head.uri.clone();
    parts.version = head.version;
    parts.headers = head.headers.clone();
    parts.extensions = head.extensions.clone();
    parts
}
