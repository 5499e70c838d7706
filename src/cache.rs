//! Verified identities, remembered.
//!
//! The store only bounds the room; whether an entry still counts is checked against our own clock,
//! the backend's epoch and the list of revocations, each time it is used.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use portcullis_core::{Accepted, Clock, Credential, Moment, Principal};
use quick_cache::UnitWeighter;
use quick_cache::sync::Cache;

use crate::chain::{Chain, Refused};
use crate::config::CacheSettings;

pub(crate) mod counters;
pub(crate) mod digest;
pub(crate) mod flights;
pub(crate) mod revocations;

use counters::{Event, Tally};
use digest::{BuildPassThrough, Digest};
use revocations::Revocations;

/// How long a known identity is served without asking again, once its provider was found away.
const STALE_STEP: Duration = Duration::from_secs(5);

/// What the process remembers about credentials.
pub(crate) struct IdentityCache {
    identities: Store<Identity>,
    refusals: Store<KnownRefusal>,
    pub(crate) revocations: Revocations,
    pub(crate) tally: Tally,
    pub(crate) clock: Clock,
    settings: CacheSettings,
    /// Rises whenever something is forgotten, so that a verification under way is not remembered.
    forgotten: AtomicU64,
    /// Rises with every policy: what was found out about a principal by the last one is found out anew.
    policies: AtomicU64,
    /// When the dead entries are to be cleared out again.
    next_sweep: Mutex<Moment>,
}

type Store<V> = Cache<Digest, V, UnitWeighter, BuildPassThrough>;

/// A verified identity.
#[derive(Clone)]
struct Identity {
    principal: Principal,
    /// The member of the chain that accepted it.
    by: usize,
    /// That member's epoch when it was asked.
    epoch: u64,
    /// The generation of the revocations it was last checked against.
    revocations: u64,
    /// How many policies there had been when it was last looked at.
    policies: u64,
    verified: Moment,
    deadline: Moment,
    /// The credential's own expiry, on the wall clock: the principal's, where it need not be
    /// fetched from memory of its own.
    expires: Option<SystemTime>,
    /// Whether the deadline was put off because the provider is away.
    stale: bool,
}

/// A credential known to be bad.
#[derive(Clone)]
struct KnownRefusal {
    refused: Arc<Refused>,
    deadline: Moment,
}

impl IdentityCache {
    pub(crate) fn new(settings: CacheSettings, clock: Clock) -> Self {
        Self {
            identities: store(settings.capacity),
            refusals: store(settings.refusal_capacity),
            revocations: Revocations::new(settings.max_revocations),
            tally: Tally::default(),
            next_sweep: Mutex::new(clock.now().after(settings.ttl)),
            clock,
            settings,
            forgotten: AtomicU64::new(0),
            policies: AtomicU64::new(0),
        }
    }

    /// The identity that is known for this credential.
    pub(crate) fn identity(&self, chain: &Chain, digest: Digest, credential: &Credential) -> Option<Principal> {
        let known = self.identities.get(&digest)?;
        if self.clock.now() >= known.deadline || self.has_expired(&known) {
            return None;
        }
        let known = match self.is_current(chain, &known) {
            true => known,
            false => self.confirm(chain, digest, credential, known)?,
        };
        self.tally.count(if known.stale { Event::Stale } else { Event::Hit });
        Some(known.principal)
    }

    /// The refusal that is known for this credential.
    pub(crate) fn refusal(&self, chain: &Chain, digest: Digest) -> Option<Arc<Refused>> {
        let known = self.refusals.get(&digest)?;
        if self.clock.now() >= known.deadline || !chain.still_refuses(&known.refused) {
            self.refusals.remove(&digest);
            return None;
        }
        self.tally.count(Event::RefusalHit);
        Some(known.refused)
    }

    /// How often something was forgotten so far.
    pub(crate) fn forgotten(&self) -> u64 {
        self.forgotten.load(Ordering::Acquire)
    }

    /// Remembers an accepted identity; not if something was forgotten since the verification
    /// began, when `forgotten` counted.
    pub(crate) fn remember(
        &self,
        digest: Digest,
        (by, epoch): (usize, u64),
        accepted: &Accepted,
        revocations: u64,
        forgotten: u64,
    ) {
        self.sweep();
        self.refusals.remove(&digest);
        let lifetime = accepted.lifetime.map_or(self.settings.ttl, |lifetime| lifetime.min(self.settings.ttl));
        if lifetime.is_zero() {
            return;
        }
        let verified = self.clock.now();
        let deadline = verified.after(lifetime);
        let principal = accepted.principal.clone();
        let expires = principal.expires_at();
        let policies = self.policies();
        let identity =
            Identity { principal, by, epoch, revocations, policies, verified, deadline, expires, stale: false };
        self.identities.insert(digest, identity);
        if self.forgotten() != forgotten {
            self.identities.remove(&digest);
        }
    }

    /// Remembers a refusal, for a short time, and forgets what was known before.
    pub(crate) fn remember_refusal(&self, digest: Digest, refused: &Arc<Refused>, forgotten: u64) {
        self.sweep();
        self.identities.remove(&digest);
        if refused.lasting && !self.settings.refusal_ttl.is_zero() {
            let lifetime = refused.lifetime.map_or(self.settings.refusal_ttl, |own| own.min(self.settings.refusal_ttl));
            let deadline = self.clock.now().after(lifetime);
            self.refusals.insert(digest, KnownRefusal { refused: Arc::clone(refused), deadline });
            if self.forgotten() != forgotten {
                self.refusals.remove(&digest);
            }
        }
    }

    /// A known identity whose provider is away, if the file grants it a grace and that has not
    /// passed. It serves for a few seconds before the provider is asked again.
    pub(crate) fn stale(&self, chain: &Chain, digest: Digest, credential: &Credential) -> Option<Principal> {
        let grace = self.settings.stale_if_unavailable?;
        let known = self.identities.get(&digest)?;
        let end = known.verified.after(grace);
        let now = self.clock.now();
        if now >= end || self.has_expired(&known) {
            return None;
        }
        let mut known = self.confirm(chain, digest, credential, known)?;
        known.deadline = end.min(now.after(STALE_STEP));
        known.stale = true;
        let principal = known.principal.clone();
        // Only where it still stands, as in `confirm`.
        let _ = self.identities.replace(digest, known, true);
        self.tally.count(Event::Stale);
        Some(principal)
    }

    /// Forgets the identities that `which` says, and every refusal.
    pub(crate) fn forget(&self, which: impl Fn(&Principal) -> bool) {
        self.forgotten.fetch_add(1, Ordering::AcqRel);
        self.identities.retain(|_, known| !which(&known.principal));
        self.refusals.clear();
    }

    pub(crate) fn sizes(&self) -> (usize, usize) {
        (self.identities.len(), self.refusals.len())
    }

    /// Has what was found out about principals by a policy found out anew, by another one.
    pub(crate) fn count_policy(&self) {
        self.policies.fetch_add(1, Ordering::AcqRel);
    }

    fn policies(&self) -> u64 {
        self.policies.load(Ordering::Acquire)
    }

    /// Whether nothing was withdrawn or revoked since the identity was last looked at, and the policy is the same.
    fn is_current(&self, chain: &Chain, known: &Identity) -> bool {
        known.epoch == chain.members[known.by].backend.epoch()
            && known.revocations == self.revocations.generation()
            && known.policies == self.policies()
    }

    /// The identity as it holds now, if what was withdrawn or revoked since it was last looked at
    /// is not its own. Otherwise it is forgotten.
    fn confirm(&self, chain: &Chain, digest: Digest, credential: &Credential, known: Identity) -> Option<Identity> {
        let backend = &chain.members[known.by].backend;
        // Read before the questions: what changes after them is found at the next use.
        let (epoch, revocations) = (backend.epoch(), self.revocations.generation());
        let withdrawn = epoch != known.epoch && !backend.still_vouches(&known.principal, known.epoch);
        if withdrawn || self.revocations.covers(credential, &known.principal, self.clock.wall()) {
            self.identities.remove(&digest);
            return None;
        }
        let policies = self.policies();
        let principal = if policies == known.policies { known.principal } else { known.principal.without_memo() };
        let known = Identity { principal, epoch, revocations, policies, ..known };
        // Replaced only where it still stands: somebody may have forgotten it just now.
        let _ = self.identities.replace(digest, known.clone(), true);
        Some(known)
    }

    fn has_expired(&self, known: &Identity) -> bool {
        known.expires.is_some_and(|expires| self.clock.wall() >= expires)
    }

    /// Clears out the dead, at most once a time to live: they would be evicted in the end, but a
    /// digest of a password should not stay longer than it serves.
    fn sweep(&self) {
        let now = self.clock.now();
        {
            // Whoever finds it locked leaves the sweep to the other.
            let Ok(mut next) = self.next_sweep.try_lock() else { return };
            if now < *next {
                return;
            }
            *next = now.after(self.settings.ttl.max(Duration::from_secs(1)));
        }
        let grace = self.settings.stale_if_unavailable.unwrap_or_default();
        self.identities
            .retain(|_, known| now < known.deadline.max(known.verified.after(grace)) && !self.has_expired(known));
        self.refusals.retain(|_, known| now < known.deadline);
    }
}

fn store<V: Clone>(capacity: usize) -> Store<V> {
    // The table grows with what is in it: one made for the full capacity from the start takes its
    // memory for nothing, and is spread over more of it.
    let at_first = capacity.min(4096);
    Cache::with(at_first, capacity as u64, UnitWeighter, BuildPassThrough::default(), Default::default())
}
