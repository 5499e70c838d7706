//! The backend.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use portcullis_core::{
    Accepted, Backend, Challenge, Clock, Credential, Head, Invalid, NotMine, Occasion, Principal, Refusal, Scheme,
    Unavailable, Verdict, async_trait,
};
use portcullis_jwt::{AfterUnknown, Away, Fault, FaultKind, LiveKeys, Rules, Scratch, Token, looks_like_jwt};

use crate::config::OidcConfig;
use crate::introspection::{Introspection, Unanswered};
use crate::mapping::Mapping;

mod about;
mod parts;

/// Bytes of a JWT. Parsed, some take twenty times the room of their text, for as long as their key is looked for.
const MAX_JWT: usize = 32 * 1024;

/// Verifies the bearer tokens ([RFC 6750](https://www.rfc-editor.org/rfc/rfc6750)) of one issuer:
/// JWTs ([RFC 9068](https://www.rfc-editor.org/rfc/rfc9068)) by themselves, and opaque ones by asking
/// it ([RFC 7662](https://www.rfc-editor.org/rfc/rfc7662)) if the file says where.
///
/// A JWT of another issuer, or for another audience, is [`NotMine`]. One whose signature cannot be
/// checked since the issuer's keys are not there is [`Unavailable`].
///
/// ```
/// use portcullis_core::{Backend as _, Clock};
/// use portcullis_oidc::{Oidc, OidcConfig};
///
/// let mut config = OidcConfig::default();
/// config.issuer = "http://localhost:8080/realms/corp".to_owned();
/// config.audiences = vec!["orders-api".to_owned()];
/// let oidc = Oidc::new(config, "corp", std::path::Path::new(""), Clock::default()).unwrap();
/// assert_eq!(oidc.authorization_server(), Some("http://localhost:8080/realms/corp"));
/// ```
pub struct Oidc {
    rules: Rules,
    keys: LiveKeys,
    mapping: Mapping,
    introspection: Option<Introspection>,
    absent: Challenge,
    refused: Challenge,
    clock: Clock,
    config: OidcConfig,
}

impl Oidc {
    /// Reads what the section names: certificates, the client's secret. `name` is the entry's, for
    /// the log; relative paths start at `directory`.
    ///
    /// The issuer is not asked here, so that the service can start while it is away. Within a tokio
    /// runtime, its keys are fetched from now on; without one, when the first token comes.
    ///
    /// # Errors
    ///
    /// [`Invalid`] names the key: a URL that is no `https`, a bound, a file that cannot be read.
    pub fn new(config: OidcConfig, name: &str, directory: &Path, clock: Clock) -> Result<Self, Invalid> {
        parts::assemble(config, &Arc::from(name), directory, clock)
    }

    async fn verify(&self, text: &[u8]) -> Result<Principal, Verdict> {
        if text.len() > MAX_JWT {
            return Err(Refusal::new("the JWT is longer than 32 KiB").lasting().into());
        }
        let mut scratch = Scratch::new();
        let last = self.keys.last();
        let token = Token::parse_beside(text, &mut scratch, last.as_deref()).map_err(refusal)?;
        self.route(&token)?;
        let keys = self.keys.keys().await.map_err(unavailable)?;
        let algorithms = &self.rules.algorithms;
        match token.verify(&keys, algorithms) {
            Ok(()) => {}
            Err(fault) if fault.kind() == FaultKind::UnknownKey => {
                // No key makes a token good that breaks the rules.
                self.rules.check(&token, self.clock.wall()).map_err(refusal)?;
                let newer = Box::pin(self.keys.keys_after_unknown(token.header().kid(), &keys)).await;
                let newer = newer.map_err(|after| match after {
                    AfterUnknown::Away(away) => unavailable(away),
                    _ => Refusal::new(fault.reason()).into(),
                })?;
                token.verify(&newer, algorithms).map_err(refusal)?;
            }
            Err(fault) => return Err(refusal(fault)),
        }
        let times = self.rules.check(&token, self.clock.wall()).map_err(refusal)?;
        let principal = self.mapping.principal(token.claims(), times);
        principal.map_err(|reason| Refusal::new(reason).lasting().into())
    }

    /// Whether the token is for this entry of the file: nothing of it has been verified yet.
    fn route(&self, token: &Token<'_>) -> Result<(), Verdict> {
        if token.claims().get("iss").is_none() {
            return Err(NotMine::new("the token names no issuer").lasting().into());
        }
        self.rules.check_addressed(token.claims()).map_err(refusal)
    }
}

#[async_trait]
impl Backend for Oidc {
    fn schemes(&self) -> &[Scheme] {
        const BEARER: &[Scheme] = &[Scheme::BEARER];
        BEARER
    }

    fn recognizes(&self, credential: &Credential) -> bool {
        self.introspection.is_some() || looks_like_jwt(credential.token())
    }

    /// By the issuer's keys; opaque tokens show nothing.
    fn proves(&self, credential: &Credential) -> bool {
        looks_like_jwt(credential.token())
    }

    fn challenge(&self, occasion: Occasion) -> Option<Challenge> {
        Some(match occasion {
            Occasion::Refused => self.refused.clone(),
            _ => self.absent.clone(),
        })
    }

    async fn authenticate(&self, credential: &Credential, _: Head<'_>) -> Verdict {
        if looks_like_jwt(credential.token()) {
            return match self.verify(credential.token()).await {
                Ok(principal) => Accepted::new(principal).into(),
                Err(verdict) => verdict,
            };
        }
        let Some(introspection) = &self.introspection else {
            return NotMine::new("the token is no JWT").lasting().into();
        };
        // Apart: in one piece with it, the future of every JWT would be as large.
        match Box::pin(introspection.ask(credential.token_str(), &self.mapping)).await {
            Ok(principal) => Accepted::new(principal).lifetime(introspection.ttl).into(),
            Err(Unanswered::Refused(reason)) => Refusal::new(reason).into(),
            Err(Unanswered::Away { reason, retry_after }) => {
                let unavailable = Unavailable::new(reason);
                retry_after.into_iter().fold(unavailable, Unavailable::retry_after).into()
            }
        }
    }

    fn epoch(&self) -> u64 {
        self.keys.epoch()
    }

    /// What was introspected does not depend on keys; to verify it anew is a question more, and no
    /// harm.
    fn still_vouches(&self, _: &Principal, epoch: u64) -> bool {
        self.keys.nothing_withdrawn_since(epoch)
    }

    fn sole_claims(&self) -> Vec<String> {
        about::sole_claims(&self.config)
    }

    fn authorization_server(&self) -> Option<&str> {
        Some(&self.config.issuer)
    }

    fn describe(&self) -> String {
        about::describe(&self.config)
    }

    fn warnings(&self) -> Vec<String> {
        let mut warnings = about::warnings(&self.config, &self.keys);
        if self.introspection.as_ref().is_some_and(|introspection| introspection.troubles.persist()) {
            warnings.push("the issuer does not take `introspection.client_id` and its secret".to_owned());
        }
        warnings
    }
}

impl fmt::Debug for Oidc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Oidc").field("issuer", &self.config.issuer).field("keys", &self.keys).finish_non_exhaustive()
    }
}

fn refusal(fault: Fault) -> Verdict {
    match (fault.kind(), fault.lasting()) {
        (FaultKind::OtherIssuer | FaultKind::OtherAudience, _) => NotMine::new(fault.reason()).lasting().into(),
        (_, true) => Refusal::new(fault.reason()).lasting().into(),
        (_, false) => Refusal::new(fault.reason()).into(),
    }
}

fn unavailable(away: Away) -> Verdict {
    Unavailable::new(away.reason).retry_after(away.retry_after).into()
}
