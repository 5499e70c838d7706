//! The config file: what an administrator writes, checked as far as it can be before anything is
//! built from it.
//!
//! The file is TOML. Its sections are `[[backend]]` (any number; see [`Section`] for the keys that
//! all have in common), [`[[binding]]`](Binding), [`[cache]`](CacheSettings), [`[request]`](RequestSettings),
//! [`[resource]`](ProtectedResource), [`[response]`](ResponseSettings), [`[role.NAME]`](Role), [`[[route]]`](crate::route::RouteConfig), [`[serve]`](Serve) and, with
//! the feature `ldap`, `[[directory]]` (`portcullis_ldap::DirectoryConfig`), with the feature `webhook`, `[[webhook]]`
//! (`portcullis::webhook::WebhookConfig`). Each may be absent; without any `[[backend]]` everybody is turned away but those who
//! sign webhooks.
//!
//! | `kind` | who gets in | keys |
//! |---|---|---|
//! | `deny-all` | nobody; stands alone | none |
//! | `anonymous` | whoever presents no credential | [`Anonymous`] |
//! | `basic` | users of a file, with the feature `basic` | `portcullis_basic::BasicConfig` |
//! | `kerberos` | Kerberos tickets, with the feature `kerberos` | `portcullis_kerberos::KerberosConfig` |
//! | `kubernetes` | tokens of a cluster, with the feature `kubernetes` | `portcullis_kubernetes::KubernetesConfig` |
//! | `ldap` | users of a `[[directory]]`, by their passwords, with the feature `ldap` | `portcullis_ldap::LdapConfig` |
//! | `oidc` | bearer tokens of an OpenID provider, with the feature `oidc` | `portcullis_oidc::OidcConfig` |
//! | another | as [registered](crate::AuthBuilder::register) | its own |
//!
//! Roles and bindings may stand in other files, which the key `include` at the top names. They are read in this order, those of
//! one `*` sorted by name; they have no other sections, and a role is in one of them alone:
//!
//! ```toml
//! include = ["rbac.d/*.toml"]
//! ```
//!
//! `*` stands for any characters in the name of the file, not of a directory, and not for a name that begins with a dot. There
//! is no `..`, and no other wildcard; links are followed. A file without `*` must be there.
//!
//! A key that is not known is an error. A relative path starts at the file's directory. A secret is
//! `{ env = "NAME" }` or `{ file = "path" }` ([`Secret`](portcullis_core::Secret)), never the secret
//! itself. These are the defaults:
//!
#![doc = concat!("```toml\n", include_str!("config/defaults.toml"), "```")]

mod anonymous;
mod assemble;
mod backend_info;
mod backends;
mod binding;
mod cache;
mod closest;
#[cfg(feature = "ldap")]
mod directories;
mod document;
#[cfg(any(feature = "kerberos", feature = "ldap"))]
mod doubts;
mod entry;
mod error;
mod fault;
mod include;
mod key;
mod kinds;
mod known_directories;
mod origin;
mod policy;
mod reader;
mod request;
mod reread;
mod resource;
mod response;
mod role;
mod routes;
mod section;
mod serve;
mod settings;
mod source;
mod subject;
mod table;
#[cfg(test)]
mod tests;
mod value;
#[cfg(feature = "webhook")]
mod webhooks;

use std::path::Path;
use std::sync::Arc;

use self::backends::Backends;
#[cfg(feature = "ldap")]
use self::directories::Directories;
use self::document::Document;
use self::entry::Entry;
use self::include::Included;
use self::source::Source;
use crate::rbac::Policy;
use crate::route::Routes;

pub use self::anonymous::Anonymous;
pub use self::backend_info::BackendInfo;
pub use self::binding::Binding;
pub use self::cache::CacheSettings;
pub(crate) use self::error::one_line;
pub use self::error::{ConfigError, Problem};
pub(crate) use self::kinds::Kinds;
pub(crate) use self::known_directories::KnownDirectories;
pub use self::origin::Origin;
pub use self::request::{Preflight, RequestSettings};
pub use self::resource::{Identifier, ProtectedResource};
pub use self::response::ResponseSettings;
pub use self::role::{Role, Rule};
pub use self::section::Section;
#[cfg(feature = "webhook")]
pub(crate) use self::section::is_name;
pub use self::serve::{Serve, Tls};
pub use self::subject::{Callers, ServiceAccount, Subject};
#[cfg(feature = "webhook")]
pub(crate) use self::webhooks::Webhook;
#[cfg(feature = "webhook")]
use self::webhooks::Webhooks;
pub use portcullis_core::Style;
pub use portcullis_core::config::{duration, number, text};

/// A config file that was read and found in order. Whether its backends can be built shows when
/// they are.
///
/// ```
/// use portcullis::config::Config;
///
/// let config = Config::from_toml(
///     r#"
///     [[backend]]
///     kind = "anonymous"
///
///     [serve]
///     listen = "127.0.0.1:8080"
///     "#,
/// )?;
/// assert_eq!(config.serve().listen.unwrap().port(), 8080);
/// # Ok::<(), portcullis::config::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    /// The file itself, to be compared with a newer one.
    document: Arc<Document>,
    backends: Vec<Entry>,
    cache: CacheSettings,
    #[cfg(feature = "ldap")]
    directories: Directories,
    request: RequestSettings,
    resource: Option<ProtectedResource>,
    response: ResponseSettings,
    serve: Serve,
    policy: Option<Policy>,
    routes: Arc<Routes>,
    #[cfg(feature = "webhook")]
    webhooks: Webhooks,
    warnings: Vec<String>,
}

/// That of an empty file.
impl Default for Config {
    fn default() -> Self {
        Self {
            document: Arc::new(Document::empty()),
            backends: Vec::new(),
            cache: CacheSettings::default(),
            #[cfg(feature = "ldap")]
            directories: Directories::default(),
            request: RequestSettings::default(),
            resource: None,
            response: ResponseSettings::default(),
            serve: Serve::default(),
            policy: None,
            routes: Arc::default(),
            #[cfg(feature = "webhook")]
            webhooks: Webhooks::default(),
            warnings: Vec::new(),
        }
    }
}

impl Config {
    /// Reads the file at `path`. Relative paths in it start at its directory.
    ///
    /// # Errors
    ///
    /// If the file is missing, cannot be read, is larger than 1 MiB or not UTF-8; and everything
    /// that is wrong with what it says.
    pub fn from_path(path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        Self::read(Source::of_file(path.as_ref())?)
    }

    /// Reads a text as if it were a file in the current directory, which errors call `<toml>`.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it.
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        Self::read(Source::of_text(text))
    }

    /// `[serve]`, for the program that listens.
    #[must_use]
    pub fn serve(&self) -> &Serve {
        &self.serve
    }

    /// The `[[backend]]` entries, in the order of the file.
    pub fn backends(&self) -> impl ExactSizeIterator<Item = BackendInfo<'_>> {
        self.backends.iter().map(BackendInfo::new)
    }

    /// `[cache]`.
    #[must_use]
    pub fn cache(&self) -> &CacheSettings {
        &self.cache
    }

    /// `[request]`.
    #[must_use]
    pub fn request(&self) -> &RequestSettings {
        &self.request
    }

    /// `[resource]`, if the file has it.
    #[must_use]
    pub fn resource(&self) -> Option<&ProtectedResource> {
        self.resource.as_ref()
    }

    /// `[response]`.
    #[must_use]
    pub fn response(&self) -> &ResponseSettings {
        &self.response
    }

    /// Who may do what, by the roles and bindings of the file and those that it includes. None if there are none.
    #[must_use]
    pub fn policy(&self) -> Option<&Policy> {
        self.policy.as_ref()
    }

    /// Which requests need what, by `[[route]]`.
    #[must_use]
    pub fn routes(&self) -> &Arc<Routes> {
        &self.routes
    }

    /// What an administrator should know about the file, though it is in order: an `include` that finds nothing, a role that nobody
    /// is bound to.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    fn read(source: Source) -> Result<Self, ConfigError> {
        let document = Document::parse(source)?;
        let mut problems: Vec<_> = document.unknown_sections().collect();
        let before = problems.len();
        #[cfg(feature = "webhook")]
        let webhooks = Webhooks::read(&document, &mut problems);
        #[cfg(feature = "webhook")]
        let others = webhooks.names();
        #[cfg(not(feature = "webhook"))]
        let others = document.section("webhook").is_none().then(Vec::new);
        let read = |member| entry::read(document.source(), member, others.as_deref(), &mut problems);
        let backends = document.section("backend").map(read).unwrap_or_default();
        #[cfg(feature = "webhook")]
        problems.extend(webhooks.namesakes(&backends));
        #[cfg(feature = "ldap")]
        let directories = Directories::read(&document, &mut problems);
        // Those with a problem of their own are not in it.
        let named = others.filter(|_| problems.len() == before).map(|others| Backends::of(&backends, &others));
        let include = document.section("include");
        let Included { documents, complete, mut warnings } = include::read(document.source(), include, &mut problems);
        let all: Vec<_> = std::iter::once(&document).chain(&documents).collect();
        let policy = policy::read(&all, complete, named.as_ref(), &mut problems);
        let unbound = policy.iter().flat_map(Policy::unbound_roles);
        warnings.extend(unbound.map(|role| format!("{}: role {}: nobody is bound to it", role.place(), role.name())));
        let cache: CacheSettings = document.settings(&mut problems);
        #[cfg(feature = "ldap")]
        warnings.extend(doubts::of_directories(&directories, &backends, cache.timeout));
        // Nobody knows what the program's own ones are asked for.
        #[cfg(all(feature = "kerberos", feature = "ldap"))]
        warnings.extend(doubts::of_typed_names(&backends, |it| directories.is_asked_by_name(it).unwrap_or(true)));
        #[cfg(all(feature = "kerberos", not(feature = "ldap")))]
        warnings.extend(doubts::of_typed_names(&backends, |_| true));
        #[cfg(all(feature = "basic", feature = "ldap"))]
        warnings.extend(doubts::of_order(&backends));
        let routes = Arc::new(routes::read(&document, &mut problems, &mut warnings));
        let config = Self {
            policy,
            routes,
            #[cfg(feature = "ldap")]
            directories,
            #[cfg(feature = "webhook")]
            webhooks,
            warnings,
            cache,
            request: document.settings(&mut problems),
            resource: document.optional(&mut problems),
            response: document.settings(&mut problems),
            serve: document.settings::<Serve>(&mut problems).in_directory(document.source().directory()),
            backends,
            document: Arc::new(document),
        };
        ConfigError::unless_none(problems)?;
        Ok(config)
    }
}
