//! The handle of everything behind a layer.

use std::path::Path;
use std::sync::Arc;

use portcullis_core::{Authorizers, Clock, Principal};

use crate::audit;
use crate::builder::AuthBuilder;
use crate::cache::IdentityCache;
use crate::cache::counters::Counters;
use crate::cache::revocations::{Revocation, RevocationsFull};
use crate::chain::{Absent, Chain};
use crate::config::{CacheSettings, Config, ConfigError, Preflight, RequestSettings, ResponseSettings};
use crate::extraction::Sources;
use crate::gate::{self, Gate};
use crate::layer::AuthLayer;
use crate::resource_metadata::ResourceMetadata;
use crate::verifier::Verifier;

mod description;

/// Who may come in: the backends of a config file, what is remembered of their answers, and the
/// [layer](Self::layer) that asks them. Cheap to clone; clones share everything.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), portcullis::ConfigError> {
/// let auth = portcullis::Auth::from_toml(r#"
///     [[backend]]
///     kind = "anonymous"
///     groups = ["guests"]
/// "#).await?;
/// let layer = auth.layer();
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Auth {
    gate: Arc<Gate>,
    resource: Option<ResourceMetadata>,
}

impl Auth {
    /// Reads a config file and makes its backends.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the file, each with its line, column, key and remedy.
    pub async fn from_path(path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        Self::builder().load(path).await
    }

    /// The same for the text of a config file. Relative paths in it start at the current
    /// directory.
    ///
    /// # Errors
    ///
    /// As [`from_path`](Self::from_path).
    pub async fn from_toml(text: &str) -> Result<Self, ConfigError> {
        Self::builder().load_toml(text).await
    }

    /// For those who bring a backend of their own, or a clock.
    pub fn builder() -> AuthBuilder {
        AuthBuilder::new()
    }

    /// Takes everybody for `principal`, whatever they present: for the tests of handlers.
    ///
    /// ```
    /// use portcullis::{Auth, Principal};
    ///
    /// let auth = Auth::fixed(Principal::builder("alice").group("ops").build());
    /// ```
    #[must_use]
    pub fn fixed(principal: Principal) -> Self {
        let absent = Absent::Anonymous { principal, ignore_credentials: true };
        let chain = Chain { members: Vec::new(), absent, metadata_url: None };
        let settings = (CacheSettings::default(), RequestSettings::default(), ResponseSettings::default());
        Self::new(chain, settings, Clock::default())
    }

    pub(crate) async fn assemble(config: Config, builder: AuthBuilder) -> Result<Self, ConfigError> {
        let settings = (config.cache().clone(), config.request().clone(), config.response().clone());
        let chain = config.assemble(&builder.kinds, &builder.clock).await?;
        let resource = config.resource().map(|resource| {
            let servers = chain.members.iter().filter_map(|member| member.backend.authorization_server());
            ResourceMetadata::new(resource, servers)
        });
        Ok(Self { resource, ..Self::new(chain, settings, builder.clock) })
    }

    fn new(
        chain: Chain,
        (cache, request, response): (CacheSettings, RequestSettings, ResponseSettings),
        clock: Clock,
    ) -> Self {
        let challenges = chain.challenges(&[], None);
        let unauthenticated = gate::unauthenticated(challenges.clone(), response.style, response.message.as_deref());
        let authorizers: Vec<_> = chain.authorizers().collect();
        let authorizers = (!authorizers.is_empty())
            .then(|| Authorizers::new(authorizers, unauthenticated).observed(audit::not_allowed));
        let (timeout, max_in_flight) = (cache.timeout, cache.max_in_flight);
        let verifier = Verifier::new(chain, IdentityCache::new(cache, clock), timeout, max_in_flight);
        let gate = Gate {
            verifier: Arc::new(verifier),
            sources: Sources { cookie: request.cookie, forward: request.forward_credentials },
            allowed_origins: request.allowed_origins,
            pass_preflights: request.preflight == Preflight::Pass,
            style: response.style,
            message: response.message,
            challenges,
            authorizers,
        };
        Self { gate: Arc::new(gate), resource: None }
    }

    /// The layer. Apply it last: what is added to a router afterwards is outside of it.
    ///
    /// The service behind finds a [`Principal`] in the request's extensions, and no longer finds
    /// the credential. Each layer decides for itself: of two around one another, the inner one
    /// sees a request without a credential (unless the outer one has `forward_credentials`), and
    /// its principal replaces that of the outer one.
    #[must_use]
    pub fn layer(&self) -> AuthLayer {
        AuthLayer::new(Arc::clone(&self.gate))
    }

    /// What clients are told about the service as an OAuth protected resource, if the file has
    /// `[resource]`. It must be reachable without a token, and so in front of the layer:
    ///
    /// ```
    /// # use axum::{Router, routing::get};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), portcullis::ConfigError> {
    /// let auth = portcullis::Auth::from_toml("[resource]\nidentifier = 'https://orders.example.test/api'").await?;
    /// let mut app: Router = Router::new().route("/api/orders", get(|| async { "none" })).layer(auth.layer());
    /// if let Some(metadata) = auth.resource_metadata() {
    ///     assert_eq!(metadata.path(), "/.well-known/oauth-protected-resource/api");
    ///     app = app.route_service(&metadata.path().to_owned(), metadata);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn resource_metadata(&self) -> Option<ResourceMetadata> {
        self.resource.clone()
    }

    /// Forgets what is remembered of `name` of `backend`: the next request is verified anew, and
    /// so is one whose verification is under way.
    pub fn forget(&self, backend: &str, name: &str) {
        self.cache().forget(|principal| principal.backend() == backend && principal.name() == name);
    }

    /// Forgets every identity and every refusal.
    pub fn forget_all(&self) {
        self.cache().forget(|_| true);
    }

    /// Refuses what would still verify, from now on: also what is remembered, and what is being
    /// verified at this moment. The list is kept in memory.
    ///
    /// # Errors
    ///
    /// [`RevocationsFull`] if there are `cache.max_revocations` already: nothing is forgotten for
    /// a new one.
    pub fn revoke(&self, revocation: Revocation) -> Result<(), RevocationsFull> {
        let cache = self.cache();
        cache.revocations.add(revocation, cache.clock.wall())
    }

    /// Takes a revocation back, whatever its terms. Returns whether there was one.
    pub fn lift(&self, revocation: &Revocation) -> bool {
        self.cache().revocations.lift(revocation)
    }

    /// What has happened so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        let cache = self.cache();
        let (identities, refusals) = cache.sizes();
        Counters {
            identities: identities as u64,
            refusals: refusals as u64,
            under_way: self.gate.verifier.under_way() as u64,
            revocations: cache.revocations.len() as u64,
            ..cache.tally.read()
        }
    }

    fn cache(&self) -> &IdentityCache {
        &self.gate.verifier.cache
    }
}

impl std::fmt::Debug for Auth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.gate.verifier.chain.members.iter().map(|member| &member.name).collect();
        f.debug_struct("Auth").field("backends", &names).finish_non_exhaustive()
    }
}
