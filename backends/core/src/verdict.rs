//! A backend's answer.

use std::borrow::Cow;
use std::time::Duration;

use crate::{Challenge, Principal, Reply};

/// A backend's answer to a credential. Only [`NotMine`] lets the chain go on, and an [`Unavailable`] that is
/// [undecided](Unavailable::undecided), to those who [prove](crate::Backend::proves) what is theirs.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Verdict {
    /// Verified: the service is called.
    Accepted(Accepted),
    /// Another issuer, token form or user database: the next backend that recognises the
    /// credential is asked; 401 at the end.
    NotMine(NotMine),
    /// Mine, and bad: 401, and nobody else is asked.
    Refused(Refusal),
    /// The provider, cluster or directory did not answer: 503, and nobody else is asked, unless it
    /// is [undecided](Unavailable::undecided) whose the credential is.
    Unavailable(Unavailable),
}

/// A verified caller.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use]
pub struct Accepted {
    /// Who it is.
    pub principal: Principal,
    /// How long this may be remembered, at most. The file's `cache.ttl` and the credential's
    /// expiry bound it further; zero is not at all. The grace of `cache.stale_if_unavailable`
    /// comes on top, while the backend is unavailable.
    pub lifetime: Option<Duration>,
    /// What is owed to this one exchange. Never remembered.
    pub reply: Reply,
}

/// A credential for somebody else.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use]
pub struct NotMine {
    /// For log and audit, never for the client, and never with a part of the credential.
    pub reason: Cow<'static, str>,
    /// See [`Refusal::lasting`].
    pub lasting: bool,
}

/// A bad credential.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use]
pub struct Refusal {
    /// For log and audit, never for the client, and never with a part of the credential.
    pub reason: Cow<'static, str>,
    /// Whether it may be remembered for a short time, since it follows from the credential's bytes
    /// alone: a wrong password, a bad signature under a known key. Not an unknown key, nor a token
    /// that is not valid yet. Or since a [lifetime](Self::lifetime) says how long it holds.
    pub lasting: bool,
    /// How long it may be remembered, at most. The file's `cache.refusal_ttl` bounds it further.
    pub lifetime: Option<Duration>,
    /// Sent instead of the backend's own challenge: a token that explains the refusal.
    pub challenge: Option<Challenge>,
    /// Whether the backend would rather not be named among the challenges, since the client would only
    /// send the same again. It is named if nobody else is.
    pub without_challenge: bool,
}

/// Nobody knows.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use]
pub struct Unavailable {
    /// For log and audit, never for the client, and never with a part of the credential.
    pub reason: Cow<'static, str>,
    /// When the client may ask again; a default of the layer otherwise.
    pub retry_after: Option<Duration>,
    /// Whether not even this is known, that the credential is mine: the next backends that recognise
    /// and [prove](crate::Backend::proves) what is theirs are asked, and 503 is the answer unless it is one's own.
    pub undecided: bool,
}

impl Accepted {
    /// Accepts `principal`, with nothing owed, for as long as the file allows.
    pub fn new(principal: Principal) -> Self {
        Self { principal, lifetime: None, reply: Reply::default() }
    }

    /// Bounds how long the answer may be remembered.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }

    /// Adds what is owed to this exchange.
    pub fn reply(mut self, reply: Reply) -> Self {
        self.reply = reply;
        self
    }
}

impl NotMine {
    /// Leaves the credential to others, for this reason.
    pub fn new(reason: impl Into<Cow<'static, str>>) -> Self {
        Self { reason: reason.into(), lasting: false }
    }

    /// Says that this follows from the credential's bytes alone.
    pub fn lasting(mut self) -> Self {
        self.lasting = true;
        self
    }
}

impl Refusal {
    /// Refuses, for this reason.
    pub fn new(reason: impl Into<Cow<'static, str>>) -> Self {
        Self { reason: reason.into(), lasting: false, lifetime: None, challenge: None, without_challenge: false }
    }

    /// Says that this follows from the credential's bytes alone.
    pub fn lasting(mut self) -> Self {
        self.lasting = true;
        self
    }

    /// Says that this holds for a moment, though it does not follow from the bytes alone: whoever
    /// presents the same again need not be the reason to ask somebody else again.
    pub fn lasting_for(mut self, lifetime: Duration) -> Self {
        self.lasting = true;
        self.lifetime = Some(lifetime);
        self
    }

    /// Sends `challenge` instead of the backend's own.
    pub fn challenge(mut self, challenge: Challenge) -> Self {
        self.challenge = Some(challenge);
        self
    }

    /// Leaves the backend out of the challenges, unless there is no other.
    pub fn without_challenge(mut self) -> Self {
        self.without_challenge = true;
        self
    }
}

impl Unavailable {
    /// Does not know, for this reason.
    pub fn new(reason: impl Into<Cow<'static, str>>) -> Self {
        Self { reason: reason.into(), retry_after: None, undecided: false }
    }

    /// Says when to ask again.
    pub fn retry_after(mut self, delay: Duration) -> Self {
        self.retry_after = Some(delay);
        self
    }

    /// Says that the credential may as well be somebody else's: tokens of several issuers look the
    /// same, and only keys that could not be fetched would tell whose this one is. Those are asked who
    /// have the keys of their own. Not for what is mine for certain.
    pub fn undecided(mut self) -> Self {
        self.undecided = true;
        self
    }
}

impl From<Accepted> for Verdict {
    fn from(accepted: Accepted) -> Self {
        Self::Accepted(accepted)
    }
}

impl From<NotMine> for Verdict {
    fn from(not_mine: NotMine) -> Self {
        Self::NotMine(not_mine)
    }
}

impl From<Refusal> for Verdict {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Unavailable> for Verdict {
    fn from(unavailable: Unavailable) -> Self {
        Self::Unavailable(unavailable)
    }
}
