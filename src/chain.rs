//! The backends in the file's order, and what becomes of a request without a credential.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use portcullis_core::{
    Accepted, Authorizer, Backend, Challenge, Credential, Head, Occasion, Principal, Reuse, Scheme, Unavailable,
    Verdict,
};

mod directory;
mod member;

pub(crate) use directory::Consulted;

/// What the file, or the builder, puts behind a layer.
#[derive(Clone)]
pub(crate) struct Chain {
    /// In the file's order.
    pub(crate) members: Vec<Member>,
    /// What becomes of a request without a credential.
    pub(crate) absent: Absent,
    /// Where clients learn how to get a token: the `resource_metadata` of every Bearer challenge
    /// (RFC 9728, section 5.1).
    pub(crate) metadata_url: Option<String>,
}

/// One backend of the chain.
#[derive(Clone)]
pub(crate) struct Member {
    /// The entry's `name`, unique in the chain.
    pub(crate) name: Arc<str>,
    /// Whether names and groups that begin with `system:` may come from it.
    pub(crate) system: bool,
    pub(crate) backend: Arc<dyn Backend>,
    /// Who knows the groups of those whom it accepts.
    pub(crate) directory: Option<Consulted>,
    /// What a caller that it accepted is told when it lacks a scope builds on this.
    pub(crate) challenge: Option<Arc<Challenge>>,
}

/// What becomes of a request without a credential.
#[derive(Clone)]
pub(crate) enum Absent {
    /// 401, with the challenges of the members.
    Challenge,
    /// It is anonymous.
    Anonymous {
        /// Who anonymous callers are.
        principal: Principal,
        /// Whether a request that does present a credential is anonymous too.
        ignore_credentials: bool,
    },
    /// 403 to everybody.
    DenyAll,
}

impl Absent {
    /// Who it is then.
    pub(crate) fn anonymous(&self) -> Option<&Principal> {
        match self {
            Self::Anonymous { principal, .. } => Some(principal),
            Self::Challenge | Self::DenyAll => None,
        }
    }
}

/// What the chain made of a credential.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    Accepted {
        /// Which member.
        by: usize,
        /// Its epoch before it was asked.
        epoch: u64,
        accepted: Accepted,
    },
    Refused(Arc<Refused>),
    Unavailable(Unavailable),
}

/// A credential that nobody accepts.
#[derive(Debug)]
pub(crate) struct Refused {
    /// For the audit alone.
    pub(crate) reason: String,
    /// Whether this follows from the credential's bytes alone.
    pub(crate) lasting: bool,
    /// How long it may be remembered, at most.
    pub(crate) lifetime: Option<Duration>,
    /// The epoch of each member of the group before it was asked.
    pub(crate) epochs: Vec<u64>,
    /// The members that claim the credential's scheme.
    pub(crate) group: Vec<usize>,
    /// Which member refused, and what it wants to be sent instead of its challenge.
    pub(crate) instead: Option<(usize, Instead)>,
}

/// What a member that refused wants to be sent instead of its own challenge.
#[derive(Clone, Debug)]
pub(crate) enum Instead {
    Challenge(Challenge),
    /// Nothing, unless there were no challenge at all then.
    Nothing,
}

/// Whether a refusal may be remembered, and how long at most.
struct Lasting(bool, Option<Duration>);

impl Lasting {
    const NOT: Self = Self(false, None);
}

impl Chain {
    /// Every scheme that a member claims, each once.
    pub(crate) fn schemes(&self) -> Vec<Scheme> {
        let mut schemes: Vec<Scheme> = Vec::new();
        for scheme in self.members.iter().flat_map(|member| member.backend.schemes()) {
            if !schemes.contains(scheme) {
                schemes.push(scheme.clone());
            }
        }
        schemes
    }

    /// The members that claim `scheme`.
    pub(crate) fn claimants(&self, scheme: &Scheme) -> Vec<usize> {
        let claims = |member: &Member| member.backend.schemes().contains(scheme);
        (0..self.members.len()).filter(|index| claims(&self.members[*index])).collect()
    }

    /// Who decides what callers may do, in the file's order.
    pub(crate) fn authorizers(&self) -> impl Iterator<Item = Arc<dyn Authorizer>> {
        self.members.iter().filter_map(|member| member.backend.authorizer())
    }

    /// Who knows the groups of those who get in: each once, by its name.
    pub(crate) fn directories(&self) -> impl Iterator<Item = &Consulted> {
        let all: BTreeMap<_, _> =
            self.members.iter().filter_map(|it| it.directory.as_ref()).map(|it| (&it.name, it)).collect();
        all.into_values()
    }

    /// Who knows the groups of those whom this member accepts.
    pub(crate) fn directory_of(&self, member: &str) -> Option<&Consulted> {
        self.members.iter().find(|it| *it.name == *member)?.directory.as_ref()
    }

    /// What a remembered verdict about `credential` depends on.
    pub(crate) fn reuse(&self, group: &[usize], credential: &Credential, head: Head<'_>) -> Reuse {
        let mut all = Reuse::Credential;
        for index in group {
            match (self.members[*index].backend.reuse(credential, head), &mut all) {
                (Reuse::Credential, _) => {}
                (Reuse::CredentialAnd(more), Reuse::CredentialAnd(bytes)) => bytes.extend(labelled(*index, more)),
                (Reuse::CredentialAnd(more), all) => *all = Reuse::CredentialAnd(labelled(*index, more)),
                // Reuse is non_exhaustive: what this version does not know is not remembered.
                _ => return Reuse::Never,
            }
        }
        all
    }

    /// Asks the members of `group` in turn. Only "not mine", and "perhaps mine", go on.
    pub(crate) async fn verify(&self, group: &[usize], credential: &Credential, head: Head<'_>) -> Outcome {
        let epochs = self.epochs(group);
        let refused = |reason, lasting: Lasting, instead| {
            let (epochs, group, Lasting(lasting, lifetime)) = (epochs.clone(), group.to_vec(), lasting);
            Outcome::Refused(Arc::new(Refused { reason, lasting, lifetime, epochs, group, instead }))
        };
        let mut reasons = Vec::new();
        let mut lasting = true;
        let mut undecided = None;
        for (index, epoch) in group.iter().zip(&epochs) {
            let member = &self.members[*index];
            if !member.backend.recognizes(credential) || (undecided.is_some() && !member.backend.proves(credential)) {
                continue;
            }
            match member.authenticate(credential, head).await {
                Verdict::Accepted(accepted) => return Outcome::Accepted { by: *index, epoch: *epoch, accepted },
                Verdict::NotMine(not_mine) => {
                    lasting &= not_mine.lasting;
                    reasons.push(format!("{}: {}", member.name, not_mine.reason));
                }
                Verdict::Refused(refusal) => {
                    let reason = format!("{}: {}", member.name, refusal.reason);
                    let instead = match refusal.challenge {
                        Some(challenge) => Some((*index, Instead::Challenge(challenge))),
                        None => refusal.without_challenge.then_some((*index, Instead::Nothing)),
                    };
                    let lasting = refusal.lasting && lasting;
                    return refused(reason, Lasting(lasting, refusal.lifetime), instead);
                }
                Verdict::Unavailable(mut unavailable) => {
                    unavailable.reason = format!("{}: {}", member.name, unavailable.reason).into();
                    if !unavailable.undecided {
                        return Outcome::Unavailable(unavailable);
                    }
                    undecided.get_or_insert(unavailable);
                }
                // Verdict is non_exhaustive: what this version does not know does not pass.
                _ => return refused(format!("{}: unknown verdict", member.name), Lasting::NOT, None),
            }
        }
        if let Some(unavailable) = undecided {
            return Outcome::Unavailable(unavailable);
        }
        if reasons.is_empty() {
            reasons.push("no backend recognises the credential".to_owned());
        }
        refused(reasons.join("; "), Lasting(lasting, None), None)
    }

    /// The epochs of the members of `group`.
    pub(crate) fn epochs(&self, group: &[usize]) -> Vec<u64> {
        group.iter().map(|index| self.members[*index].backend.epoch()).collect()
    }

    /// Whether nothing changed in the backends since they refused.
    pub(crate) fn still_refuses(&self, refused: &Refused) -> bool {
        let mut asked = refused.group.iter().zip(&refused.epochs);
        asked.all(|(index, epoch)| self.members[*index].backend.epoch() == *epoch)
    }

    /// The `WWW-Authenticate` values of a 401: a challenge of each member in the file's order.
    /// `group` are the members whose credential was bad, and `instead` what one of them wants to
    /// be sent instead of its own.
    pub(crate) fn challenges(&self, group: &[usize], instead: Option<&(usize, Instead)>) -> Vec<HeaderValue> {
        let mut values = Vec::with_capacity(self.members.len());
        for (index, member) in self.members.iter().enumerate() {
            let value = match instead {
                Some((by, Instead::Challenge(challenge))) if *by == index => Some(challenge.clone()),
                Some((by, Instead::Nothing)) if *by == index => None,
                _ => {
                    let occasion = if group.contains(&index) { Occasion::Refused } else { Occasion::Absent };
                    member.backend.challenge(occasion)
                }
            };
            let value = value.map(|challenge| with_metadata(challenge, self.metadata_url.as_deref()).to_header_value());
            values.extend(value.filter(|value| !values.contains(value)));
        }
        // A 401 has at least one (RFC 9110, section 11.6.1).
        match instead {
            Some((_, Instead::Nothing)) if values.is_empty() => self.challenges(group, None),
            _ => values,
        }
    }
}

impl Member {
    pub(crate) fn new(name: Arc<str>, system: bool, backend: Arc<dyn Backend>, metadata_url: Option<&str>) -> Self {
        let bearer = |challenge: &Challenge| *challenge.scheme() == Scheme::BEARER;
        let challenge = backend.challenge(Occasion::Absent).filter(bearer);
        let challenge = challenge.map(|challenge| Arc::new(with_metadata(challenge, metadata_url)));
        Self { name, system, backend, directory: None, challenge }
    }
}

fn with_metadata(challenge: Challenge, url: Option<&str>) -> Challenge {
    match url {
        Some(url) if *challenge.scheme() == Scheme::BEARER => challenge.param("resource_metadata", url),
        _ => challenge,
    }
}

/// Kubernetes reserves these names, and its own components are told by them.
pub(crate) fn is_system(name: &str) -> bool {
    name.starts_with("system:")
}

/// One member's extra bytes, so that no two sets of members' bytes read the same when joined.
fn labelled(index: usize, bytes: Vec<u8>) -> Vec<u8> {
    let mut labelled = Vec::with_capacity(16 + bytes.len());
    labelled.extend((index as u64).to_le_bytes());
    labelled.extend((bytes.len() as u64).to_le_bytes());
    labelled.extend(bytes);
    labelled
}
