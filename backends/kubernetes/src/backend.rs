//! The backend.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use portcullis_core::{
    Accepted, Authorizer, Backend, Challenge, Clock, Credential, ExposeSecret as _, Head, Invalid, NotMine,
    OPAQUE_TOKENS, Occasion, Principal, Refusal, Scheme, Verdict, async_trait,
};
use portcullis_jwt::{Freshness, LiveKeys, looks_like_jwt};

use crate::access_review::AccessReview;
use crate::checked;
use crate::cluster::{Access, Budget, Cluster};
use crate::config::{KubernetesConfig, Verify};
use crate::issuers::Issuers;
use crate::kubeconfig_header::{Form, bearer_token};
use crate::local::{Claimed, Local};
use crate::mapping::Mapping;
use crate::origin::Origin;
use crate::review::Reviewer;

/// Verifies the tokens of one cluster: service accounts', and whatever else its API server takes.
///
/// Each token is shown to the API server in a
/// [TokenReview](https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-review-v1/), a JWT only after
/// its signature, issuer and times have been checked with the cluster's keys. A JWT of another issuer or audience, or that none
/// of this cluster's keys has signed, is [`NotMine`]: clusters commonly share an issuer.
pub struct Kubernetes {
    local: Local,
    reviewer: Reviewer,
    mapping: Mapping,
    authorizer: Option<Arc<AccessReview>>,
    absent: Challenge,
    refused: Challenge,
    config: KubernetesConfig,
}

impl Kubernetes {
    /// Reads what the section names: the kubeconfig, or what Kubernetes puts into a pod. `name` is the entry's; relative
    /// paths start at `directory`.
    ///
    /// The API server is not asked here, so that the service can start while it is away. Within a tokio runtime, its keys
    /// are fetched from now on; without one, when the first token comes.
    ///
    /// # Errors
    ///
    /// [`Invalid`] names the key: a kubeconfig that cannot be used, a bound, no cluster around us.
    pub fn new(config: KubernetesConfig, name: &str, directory: &Path, clock: Clock) -> Result<Self, Invalid> {
        checked::check(&config)?;
        let access = Access::of(&config, directory)?;
        let cluster = Cluster::new(access, name, clock.clone())
            .map_err(|problem| Invalid::new("kubeconfig", problem).expected("a kubeconfig that can be used"))?;
        let authorizer = match &config.access_review {
            Some(section) => {
                let prefixes = (config.username_prefix.as_str(), config.groups_prefix.as_str());
                Some(Arc::new(AccessReview::new(section, name, prefixes, cluster.clone(), clock.clone())?))
            }
            None => None,
        };
        let issuers = Arc::new(Issuers::new(config.issuers.clone()));
        let keys = (config.verify == Verify::JwksThenReview).then(|| {
            let origin = Origin { cluster: cluster.clone(), issuers: Arc::clone(&issuers), timeout: config.timeout };
            let mut freshness = Freshness::default();
            freshness.refresh = config.refresh;
            freshness.stale_keys = config.stale_keys;
            freshness.cool_down = config.cool_down;
            LiveKeys::new(name, origin, freshness, clock.clone())
        });
        let absent = Challenge::new(Scheme::BEARER).param("realm", &config.realm);
        Ok(Self {
            local: Local { keys, issuers, audiences: config.audiences.clone(), rules: Local::rules(), clock },
            reviewer: Reviewer {
                cluster,
                audiences: config.audiences.clone(),
                timeout: config.timeout,
                checked: Budget::new(config.max_concurrent),
                others: Budget::new(config.opaque_max_concurrent),
            },
            mapping: Mapping {
                username_prefix: config.username_prefix.clone(),
                groups_prefix: config.groups_prefix.clone(),
            },
            authorizer,
            refused: absent.clone().param("error", "invalid_token"),
            absent,
            config,
        })
    }

    async fn verify(&self, credential: &Credential) -> Result<Accepted, Verdict> {
        match Form::of(credential.token()) {
            Form::Token => self.verify_token(credential.token_str(), &self.reviewer.checked).await,
            _ if !self.config.accept_kubeconfig => Err(NotMine::new("kubeconfigs are not accepted").lasting().into()),
            _ => {
                let token =
                    bearer_token(credential.token()).map_err(|refused| Refusal::new(refused.reason()).lasting())?;
                self.verify_token(token.expose_secret(), &self.reviewer.others).await
            }
        }
    }

    async fn verify_token(&self, token: &str, budget: &Budget) -> Result<Accepted, Verdict> {
        let (claimed, budget) = if looks_like_jwt(token) {
            (self.local.check(token).await?, budget)
        } else if self.config.default {
            (Claimed::default(), &self.reviewer.others)
        } else {
            return Err(NotMine::new("the token is no JWT, and this is not the default cluster").lasting().into());
        };
        let user = self.reviewer.review(token, budget).await?;
        // No API server says otherwise, and somebody in between would.
        if self.local.keys.is_some() && claimed.subject.as_ref().is_some_and(|subject| *subject != user.name) {
            return Err(Refusal::new("the cluster takes the token for somebody else's than its subject").into());
        }
        Ok(Accepted::new(self.mapping.principal(user, claimed)).lifetime(self.config.ttl))
    }
}

#[async_trait]
impl Backend for Kubernetes {
    fn schemes(&self) -> &[Scheme] {
        const SCHEMES: &[Scheme] = &[Scheme::BEARER, Scheme::NONE];
        if self.config.accept_kubeconfig { SCHEMES } else { &SCHEMES[..1] }
    }

    fn recognizes(&self, credential: &Credential) -> bool {
        match Form::of(credential.token()) {
            // A token without a scheme is nobody's.
            Form::Token if !credential.is(&Scheme::BEARER) => false,
            Form::Token => self.config.default || looks_like_jwt(credential.token()),
            _ => self.config.accept_kubeconfig,
        }
    }

    /// By the cluster's keys, also of a token in a kubeconfig.
    fn proves(&self, credential: &Credential) -> bool {
        let token = credential.token();
        let is_jwt = match Form::of(token) {
            Form::Token => looks_like_jwt(token),
            _ => {
                self.config.accept_kubeconfig
                    && bearer_token(token).is_ok_and(|token| looks_like_jwt(token.expose_secret()))
            }
        };
        is_jwt && self.local.keys.is_some()
    }

    fn challenge(&self, occasion: Occasion) -> Option<Challenge> {
        Some(match occasion {
            Occasion::Refused => self.refused.clone(),
            _ => self.absent.clone(),
        })
    }

    async fn authenticate(&self, credential: &Credential, _: Head<'_>) -> Verdict {
        match self.verify(credential).await {
            Ok(accepted) => accepted.into(),
            Err(verdict) => verdict,
        }
    }

    /// Nothing was vouched for before the first keys, so that they begin nothing new: of a thousand who come with one token
    /// at the start, those before and those after must not be two questions.
    fn epoch(&self) -> u64 {
        self.local.keys.as_ref().map_or(0, |keys| keys.epoch().max(1))
    }

    /// What the API server withdraws shows when it is asked again.
    fn still_vouches(&self, _: &Principal, epoch: u64) -> bool {
        self.local.keys.as_ref().is_none_or(|keys| keys.nothing_withdrawn_since(epoch))
    }

    fn authorizer(&self) -> Option<Arc<dyn Authorizer>> {
        self.authorizer.clone().map(|authorizer| authorizer as _)
    }

    /// Without keys, one cluster after the other would be shown tokens that are not its own.
    fn sole_claims(&self) -> Vec<String> {
        let opaque = self.config.default.then(|| OPAQUE_TOKENS.to_owned());
        let reviewed = match (self.config.verify, self.config.issuers.as_slice()) {
            (Verify::JwksThenReview, _) => Vec::new(),
            (Verify::Review, []) => vec!["JWTs of any issuer".to_owned()],
            (Verify::Review, issuers) => issuers
                .iter()
                .map(|issuer| format!("tokens of {issuer}, without looking at their signature,"))
                .collect(),
        };
        reviewed.into_iter().chain(opaque).collect()
    }

    fn describe(&self) -> String {
        let mut text = format!("tokens that the cluster at {} takes", self.reviewer.cluster.place());
        if !self.config.audiences.is_empty() {
            text.push_str(&format!(" for {}", self.config.audiences.join(", ")));
        }
        if self.config.accept_kubeconfig {
            text.push_str(", also inside of a kubeconfig");
        }
        text
    }

    fn warnings(&self) -> Vec<String> {
        let mut warnings = checked::warnings(&self.config);
        let troubles = [&self.reviewer.checked, &self.reviewer.others].map(Budget::trouble);
        let place = self.reviewer.cluster.place();
        warnings.extend(troubles.into_iter().flatten().map(|trouble| format!("the API server at {place}: {trouble}")));
        let keys = self.local.keys.as_ref().map(LiveKeys::status);
        let error = keys.iter().find_map(|keys| keys.last_error.as_ref());
        warnings.extend(error.map(|error| format!("the keys could not be fetched: {error}")));
        let unusable = keys.iter().flat_map(|keys| &keys.keys).flat_map(|keys| keys.unusable());
        warnings.extend(unusable.map(|key| format!("a key of the cluster cannot be used: {key}")));
        warnings
    }
}

impl fmt::Debug for Kubernetes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Kubernetes");
        debug.field("cluster", &self.reviewer.cluster.place()).field("keys", &self.local.keys).finish_non_exhaustive()
    }
}
