//! What of a token can be told without asking the API server.

use std::sync::Arc;

use portcullis_core::{Clock, NotMine, Refusal, Unavailable, Verdict};
use portcullis_jwt::{
    AfterUnknown, Algorithm, Away, Claims, Fault, FaultKind, KeySet, LiveKeys, Rules, Scratch, Times, Token,
};

use crate::issuers::{Issuers, LEGACY};

/// Bytes of a JWT. Those of service accounts have one or two thousand.
const MAX_JWT: usize = 32 * 1024;

/// What an API server can be told to sign with, and what could come after that.
const ALGORITHMS: &[Algorithm] = &[
    Algorithm::Rs256,
    Algorithm::Rs384,
    Algorithm::Rs512,
    Algorithm::Es256,
    Algorithm::Es384,
    Algorithm::Es512,
    Algorithm::EdDsa,
];

/// Checks JWTs before anybody is asked about them.
pub(crate) struct Local {
    /// `None` leaves everything but form and times to the API server.
    pub(crate) keys: Option<LiveKeys>,
    pub(crate) issuers: Arc<Issuers>,
    pub(crate) audiences: Vec<String>,
    /// For the times.
    pub(crate) rules: Rules,
    pub(crate) clock: Clock,
}

/// What a token says of itself. Without keys, nothing of it is proved.
#[derive(Debug, Default)]
pub(crate) struct Claimed {
    pub(crate) issuer: Option<String>,
    pub(crate) subject: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) times: Times,
}

impl Local {
    /// The rules of which the times' are used.
    pub(crate) fn rules() -> Rules {
        Rules::new("", [""; 0])
    }

    /// Whether it is worth asking the API server about this token.
    ///
    /// # Errors
    /// The verdict, if it is not.
    pub(crate) async fn check(&self, text: &str) -> Result<Claimed, Verdict> {
        if text.len() > MAX_JWT {
            return Err(Refusal::new("the JWT is longer than 32 KiB").lasting().into());
        }
        let mut scratch = Scratch::new();
        let last = self.keys.as_ref().and_then(LiveKeys::last);
        let token = Token::parse_beside(text, &mut scratch, last.as_deref()).map_err(refusal)?;
        let Some(keys) = &self.keys else {
            self.check_issuer_alone(token.claims())?;
            let times = self.rules.check_times(token.claims(), self.clock.wall()).map_err(refusal)?;
            return Ok(Claimed::of(token.claims(), times));
        };
        // Without waiting for keys, as far as it is known whose tokens these are.
        if self.issuers.are_known()
            && let Err(verdict) = self.check_addressed(token.claims())
        {
            if self.may_be_renamed(&token, last.as_deref()) {
                keys.hurry();
            }
            return Err(verdict);
        }
        let known = self.known(keys).await?;
        self.check_addressed(token.claims())?;
        match token.verify(&known, ALGORITHMS) {
            Ok(()) => {}
            Err(fault) if fault.kind() == FaultKind::UnknownKey => {
                // No key makes a token good that has expired.
                self.check_times(token.claims())?;
                if let Some(error) = keys.status().last_error {
                    // Nobody waits for one who did not answer just now.
                    keys.hurry();
                    return Err(Unavailable::new(format!("the key is not known, and {error}")).undecided().into());
                }
                let newer = Box::pin(keys.keys_after_unknown(token.header().kid(), &known)).await;
                let newer = newer.map_err(|after| match after {
                    AfterUnknown::Away(away) => undecided(away),
                    _ => NotMine::new(fault.reason()).into(),
                })?;
                token.verify(&newer, ALGORITHMS).map_err(refusal)?;
            }
            Err(fault) => return Err(refusal(fault)),
        }
        let times = self.check_times(token.claims())?;
        Ok(Claimed::of(token.claims(), times))
    }

    /// The keys; without waiting for a cluster that did not answer when it was asked for the first ones.
    async fn known(&self, keys: &LiveKeys) -> Result<Arc<KeySet>, Verdict> {
        let status = keys.status();
        if let (false, Some(error)) = (status.usable, status.last_error) {
            keys.hurry();
            return Err(Unavailable::new(format!("the cluster's keys are not known: {error}")).undecided().into());
        }
        keys.keys().await.map_err(undecided)
    }

    /// Whether a token of another issuer was signed with a key of this cluster, which may have a new name: it is asked for
    /// that now, and not when it would be time.
    fn may_be_renamed(&self, token: &Token<'_>, last: Option<&KeySet>) -> bool {
        let is_another = token.claims().issuer().is_ok_and(|issuer| self.issuers.include(issuer) == Some(false));
        let is_signed_here = || last.is_some_and(|keys| token.verify(keys, ALGORITHMS).is_ok());
        is_another && !self.issuers.are_configured() && is_signed_here()
    }

    /// Whether the token is for this entry of the file.
    fn check_addressed(&self, claims: &Claims<'_>) -> Result<(), Verdict> {
        let issuer = issuer(claims)?;
        match self.issuers.include(issuer) {
            Some(true) => {}
            Some(false) => return Err(self.of_another()),
            None => return Err(Unavailable::new("the cluster's issuer is not known yet").undecided().into()),
        }
        // The token of a Secret names no audience; the API server takes it for its own.
        let is_elsewhere = issuer != LEGACY
            && !self.audiences.is_empty()
            && !claims.audiences().map_err(refusal)?.contains_any(&self.audiences);
        if is_elsewhere { Err(NotMine::new("the token is for another audience").lasting().into()) } else { Ok(()) }
    }

    /// The same, if no keys tell more: the section's own words count, and without them every issuer.
    fn check_issuer_alone(&self, claims: &Claims<'_>) -> Result<(), Verdict> {
        let issuer = issuer(claims)?;
        let is_another = self.issuers.are_configured() && self.issuers.include(issuer) != Some(true);
        if is_another { Err(self.of_another()) } else { Ok(()) }
    }

    fn of_another(&self) -> Verdict {
        let not_mine = NotMine::new("the token is of another issuer");
        if self.issuers.are_configured() { not_mine.lasting().into() } else { not_mine.into() }
    }

    fn check_times(&self, claims: &Claims<'_>) -> Result<Times, Verdict> {
        let times = self.rules.check_times(claims, self.clock.wall()).map_err(refusal)?;
        if times.expires_at.is_none() && claims.issuer() != Ok(LEGACY) {
            return Err(Refusal::new("exp is missing").lasting().into());
        }
        Ok(times)
    }
}

impl Claimed {
    fn of(claims: &Claims<'_>, times: Times) -> Self {
        let text = |name: &str| claims.get(name).and_then(|value| value.as_str()).map(str::to_owned);
        Self { issuer: text("iss"), subject: text("sub"), id: text("jti"), times }
    }
}

fn issuer<'c>(claims: &'c Claims<'_>) -> Result<&'c str, Verdict> {
    if claims.get("iss").is_none() {
        return Err(NotMine::new("the token names no issuer").lasting().into());
    }
    claims.issuer().map_err(refusal)
}

/// A key that is not known may be another cluster's: they commonly share an issuer.
fn refusal(fault: Fault) -> Verdict {
    match (fault.kind(), fault.lasting()) {
        (FaultKind::UnknownKey, _) => NotMine::new(fault.reason()).into(),
        (_, true) => Refusal::new(fault.reason()).lasting().into(),
        (_, false) => Refusal::new(fault.reason()).into(),
    }
}

fn undecided(away: Away) -> Verdict {
    Unavailable::new(away.reason).retry_after(away.retry_after).undecided().into()
}
