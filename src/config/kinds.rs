//! What a `kind` can be.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use portcullis_core::{Backend, Invalid};

use super::error::ConfigError;
use super::fault::{one_of, unknown};
use super::section::{Section, is_name};

/// Builds backends of one kind.
type Factory = Arc<dyn Fn(Section) -> Building + Send + Sync>;

/// A backend on its way.
pub(super) type Building = Pin<Box<dyn Future<Output = Result<Arc<dyn Backend>, ConfigError>> + Send>>;

/// The kinds that the file may name: those of this build, and those that are registered.
#[derive(Clone, Default)]
pub(crate) struct Kinds(BTreeMap<Box<str>, Factory>);

/// A kind of which the project itself knows.
pub(super) enum Known {
    DenyAll,
    Anonymous,
    #[cfg(feature = "basic")]
    Basic,
    #[cfg(feature = "kerberos")]
    Kerberos,
    #[cfg(feature = "kubernetes")]
    Kubernetes,
    #[cfg(feature = "ldap")]
    Ldap,
    #[cfg(feature = "oidc")]
    Oidc,
    #[cfg_attr(
        all(feature = "basic", feature = "kerberos", feature = "kubernetes", feature = "ldap", feature = "oidc"),
        expect(dead_code, reason = "a build with everything lacks none")
    )]
    Lacking {
        remedy: &'static str,
    },
}

/// Those that this build can make, for the error that lists them.
const BUILT_IN: &[&str] = &[
    "anonymous",
    #[cfg(feature = "basic")]
    "basic",
    "deny-all",
    #[cfg(feature = "kerberos")]
    "kerberos",
    #[cfg(feature = "kubernetes")]
    "kubernetes",
    #[cfg(feature = "ldap")]
    "ldap",
    #[cfg(feature = "oidc")]
    "oidc",
];

/// What the project knows of a kind. Also a kind that this build lacks cannot be registered: the
/// same file must not mean two things.
pub(super) fn known(kind: &str) -> Option<Known> {
    Some(match kind {
        "deny-all" => Known::DenyAll,
        "anonymous" => Known::Anonymous,
        #[cfg(feature = "basic")]
        "basic" => Known::Basic,
        #[cfg(not(feature = "basic"))]
        "basic" => Known::Lacking { remedy: "a build with the cargo feature `basic`" },
        #[cfg(feature = "oidc")]
        "oidc" => Known::Oidc,
        #[cfg(not(feature = "oidc"))]
        "oidc" => Known::Lacking { remedy: "a build with the cargo feature `oidc`" },
        #[cfg(feature = "kerberos")]
        "kerberos" => Known::Kerberos,
        #[cfg(not(feature = "kerberos"))]
        "kerberos" => Known::Lacking { remedy: "a build with the cargo feature `kerberos`" },
        #[cfg(feature = "kubernetes")]
        "kubernetes" => Known::Kubernetes,
        #[cfg(not(feature = "kubernetes"))]
        "kubernetes" => Known::Lacking { remedy: "a build with the cargo feature `kubernetes`" },
        #[cfg(feature = "ldap")]
        "ldap" => Known::Ldap,
        #[cfg(not(feature = "ldap"))]
        "ldap" => Known::Lacking { remedy: "a build with the cargo feature `ldap`" },
        _ => return None,
    })
}

impl Kinds {
    /// Adds a kind: `factory` is called for each `[[backend]]` of this kind, at load and at
    /// reload.
    ///
    /// # Errors
    ///
    /// If the kind has no name of 1 to 64 visible ASCII characters, is registered already, or is
    /// one of the project's own, whether this build has it or not.
    pub(crate) fn register<F, B>(
        &mut self,
        kind: &str,
        factory: impl Fn(Section) -> F + Send + Sync + 'static,
    ) -> Result<(), Invalid>
    where
        F: Future<Output = Result<B, ConfigError>> + Send + 'static,
        B: Backend,
    {
        if !is_name(kind) {
            return Err(Invalid::new("kind", "wrong name").expected("1 to 64 visible ASCII characters"));
        }
        if known(kind).is_some() {
            return Err(Invalid::new(kind, "is one of the project's own kinds").expected("another name"));
        }
        if self.0.contains_key(kind) {
            return Err(Invalid::new(kind, "is registered already").expected("another name"));
        }
        let factory: Factory = Arc::new(move |section| {
            let building = factory(section);
            Box::pin(async move { Ok(Arc::new(building.await?) as Arc<dyn Backend>) })
        });
        self.0.insert(kind.into(), factory);
        Ok(())
    }

    /// Starts to build the backend of an entry whose kind is not one of the project's own.
    pub(super) fn build(&self, section: &Section) -> Result<Building, ConfigError> {
        let Some(factory) = self.0.get(section.kind()) else {
            let kinds = || BUILT_IN.iter().copied().chain(self.0.keys().map(|kind| &**kind));
            let problem = unknown("kind", section.kind(), kinds());
            return Err(section.invalid(Invalid::new("kind", problem).expected(one_of(kinds()))));
        };
        Ok(factory(section.clone()))
    }
}

impl fmt::Debug for Kinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Kinds").field(&self.0.keys()).finish()
    }
}
