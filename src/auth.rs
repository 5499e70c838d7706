//! The handle of everything behind a layer.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use portcullis_core::{Authorizer, Authorizers, Principal, Rejection};

use crate::audit;
use crate::bounded::Bounded;
use crate::builder::AuthBuilder;
use crate::cache::IdentityCache;
use crate::cache::counters::Counters;
use crate::cache::revocations::{Revocation, RevocationsFull};
use crate::chain::{Absent, Chain};
use crate::config::{Config, ConfigError, Preflight};
use crate::extraction::Sources;
use crate::gate::{self, Gate, Rules};
use crate::layer::AuthLayer;
use crate::rbac::PolicyAuthorizer;
use crate::resource_metadata::ResourceMetadata;
use crate::verifier::Verifier;
#[cfg(feature = "webhook")]
use crate::webhook::{Hooks, WebhookLayer};

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
    file: Arc<File>,
}

/// What a file that is read again goes with.
struct File {
    config: Mutex<Config>,
    /// Those who decide beside the policy of the file, in order.
    authorizers: Vec<Arc<dyn Authorizer>>,
    /// What anonymous callers are told who may not.
    unauthenticated: Rejection,
}

/// What the file says of what callers may do, and who decides besides.
fn rules(config: &Config, chain: &Chain, others: &[Arc<dyn Authorizer>], unauthenticated: Rejection) -> Rules {
    let policy = config.policy().map(|policy| Arc::new(PolicyAuthorizer::new(policy.clone())) as _);
    let authorizers = Authorizers::new(policy.into_iter().chain(others.iter().cloned()), unauthenticated);
    Rules::new(Arc::clone(config.routes()), authorizers.observed(audit::not_allowed), chain.absent.anonymous())
}

/// What an [`Auth`] is made of, but for webhooks.
fn parts(mut chain: Chain, config: Config, builder: AuthBuilder) -> (Gate, File) {
    let (cache, request, response) = (config.cache().clone(), config.request().clone(), config.response().clone());
    let challenges = chain.challenges(&[], None);
    let unauthenticated = gate::unauthenticated(challenges.clone(), response.style, response.message.as_deref());
    let bounded = |authorizer| Arc::new(Bounded::new(authorizer, cache.timeout)) as Arc<dyn Authorizer>;
    let authorizers: Vec<_> = chain.authorizers().chain(builder.authorizers).map(bounded).collect();
    let nobody = Authorizers::new([], unauthenticated.clone()).observed(audit::not_allowed);
    if let Absent::Anonymous { principal, .. } = &mut chain.absent {
        *principal = principal.clone().with_unauthorized(&nobody);
    }
    let rules = rules(&config, &chain, &authorizers, unauthenticated.clone());
    let limits = (cache.timeout, cache.max_in_flight);
    let verifier = Verifier::new(chain, IdentityCache::new(cache, builder.clock), limits, nobody);
    let gate = Gate {
        verifier: Arc::new(verifier),
        sources: Sources { cookie: request.cookie, forward: request.forward_credentials },
        allowed_origins: request.allowed_origins,
        pass_preflights: request.preflight == Preflight::Pass,
        style: response.style,
        message: response.message,
        challenges,
        rules: ArcSwap::from_pointee(rules),
        #[cfg(feature = "webhook")]
        hooks: Hooks::default(),
    };
    (gate, File { config: Mutex::new(config), authorizers, unauthenticated })
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

    /// Takes everybody for `principal`, whatever they present: for the tests of handlers. What it may do is asked of the
    /// [authorizers](AuthBuilder::authorizer) of a builder; without one, it may do nothing that a handler asks about.
    ///
    /// ```
    /// use portcullis::{Auth, Principal};
    ///
    /// let auth = Auth::fixed(Principal::builder("alice").group("ops").build());
    /// ```
    #[must_use]
    pub fn fixed(principal: Principal) -> Self {
        Self::builder().fixed(principal)
    }

    pub(crate) fn of_one(principal: Principal, builder: AuthBuilder) -> Self {
        let absent = Absent::Anonymous { principal, ignore_credentials: true };
        Self::new(parts(Chain { members: Vec::new(), absent, metadata_url: None }, Config::default(), builder), None)
    }

    pub(crate) async fn assemble(config: Config, builder: AuthBuilder) -> Result<Self, ConfigError> {
        let chain = config.assemble(&builder.kinds, &builder.directories, &builder.clock).await;
        #[cfg(feature = "webhook")]
        let (chain, webhooks) = ConfigError::of_either(chain, config.load_webhooks())?;
        #[cfg(not(feature = "webhook"))]
        let chain = chain?;
        let resource = config.resource().map(|resource| {
            let servers = chain.members.iter().filter_map(|member| member.backend.authorization_server());
            ResourceMetadata::new(resource, servers)
        });
        #[cfg(feature = "webhook")]
        let webhook_routes = Arc::clone(config.webhook_routes());
        let (gate, file) = parts(chain, config, builder);
        #[cfg(feature = "webhook")]
        let gate = gate.with_webhooks(&webhook_routes, webhooks);
        Ok(Self::new((gate, file), resource))
    }

    fn new((gate, file): (Gate, File), resource: Option<ResourceMetadata>) -> Self {
        Self { gate: Arc::new(gate), resource, file: Arc::new(file) }
    }

    /// Takes the routes, roles and bindings of the file, which was read again, in place of those before: all at once, so that a
    /// request meets either the old ones or the new ones. Nobody is verified anew for that.
    ///
    /// ```
    /// # use portcullis::{Auth, config::Config};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), portcullis::ConfigError> {
    /// # let path = std::env::temp_dir().join(format!("portcullis-reload-{}.toml", std::process::id()));
    /// # std::fs::write(&path, "").unwrap();
    /// let auth = Auth::from_path(&path).await?;
    /// // Somebody edits the file.
    /// auth.reload(Config::from_path(&path)?)?;
    /// # std::fs::remove_file(&path).unwrap();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If anything else in the file is not as it was; or if no route names an action or scopes any more where one did, or all are
    /// public where one was not, so that everything would be open: a file may look so that is half written. That takes a new
    /// [`Auth`]. Then nothing changes. A file that is cut off elsewhere may be in order: replace it by renaming a new one.
    pub fn reload(&self, config: Config) -> Result<(), ConfigError> {
        let File { config: current, authorizers, unauthenticated } = &*self.file;
        let mut current = current.lock().unwrap_or_else(PoisonError::into_inner);
        current.differs_in_rules_alone(&config)?;
        let rules = rules(&config, &self.gate.verifier.chain, authorizers, unauthenticated.clone());
        self.gate.rules.store(Arc::new(rules));
        self.cache().count_policy();
        *current = config;
        Ok(())
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

    /// The layer that verifies the signatures of [webhooks](crate::webhook). Apply it around [the other one](Self::layer), which
    /// it tells who has signed: in axum after it, in a `ServiceBuilder` or in tonic before it. Where it is missing, or inside, the
    /// other one answers what is signed for a webhook with 500. A file without `[[webhook]]` makes it pass everything on.
    ///
    /// ```
    /// # use axum::{Router, routing::post};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), portcullis::ConfigError> {
    /// # let auth = portcullis::Auth::from_toml("").await?;
    /// let app: Router = Router::new()
    ///     .route("/hooks/github", post(|| async { "thank you" }))
    ///     .layer(auth.layer())
    ///     .layer(auth.webhook_layer());
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "webhook")]
    #[must_use]
    pub fn webhook_layer(&self) -> WebhookLayer {
        WebhookLayer::new(Arc::clone(&self.gate))
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
    /// so is one whose verification is under way. A [`Directory`](crate::Directory) forgets its groups, too.
    pub fn forget(&self, backend: &str, name: &str) {
        // First, so that nobody who is verified from now on gets what is to be forgotten.
        if let Some(consulted) = self.gate.verifier.chain.directory_of(backend) {
            consulted.directory.forget(backend, name);
        }
        self.cache().forget(|principal| principal.backend() == backend && principal.name() == name);
    }

    /// Forgets every identity, every refusal, and what directories remember.
    pub fn forget_all(&self) {
        self.gate.verifier.chain.directories().for_each(|consulted| consulted.directory.forget_all());
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
