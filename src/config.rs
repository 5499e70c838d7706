//! The config file: what an administrator writes, checked as far as it can be before anything is
//! built from it.
//!
//! The file is TOML. Its sections are `[[backend]]` (any number; see [`Section`] for the keys that
//! all have in common), [`[cache]`](CacheSettings), [`[request]`](RequestSettings),
//! [`[resource]`](ProtectedResource), [`[response]`](ResponseSettings) and [`[serve]`](Serve). Each may be absent; without any
//! `[[backend]]` everybody is turned away.
//!
//! | `kind` | who gets in | keys |
//! |---|---|---|
//! | `deny-all` | nobody; stands alone | none |
//! | `anonymous` | whoever presents no credential | [`Anonymous`] |
//! | `basic` | users of a file, with the feature `basic` | `portcullis_basic::BasicConfig` |
//! | `kerberos` | Kerberos tickets, with the feature `kerberos` | `portcullis_kerberos::KerberosConfig` |
//! | `kubernetes` | tokens of a cluster, with the feature `kubernetes` | `portcullis_kubernetes::KubernetesConfig` |
//! | `oidc` | bearer tokens of an OpenID provider, with the feature `oidc` | `portcullis_oidc::OidcConfig` |
//! | another | as [registered](crate::AuthBuilder::register) | its own |
//!
//! A key that is not known is an error. A relative path starts at the file's directory. A secret is
//! `{ env = "NAME" }` or `{ file = "path" }` ([`Secret`](portcullis_core::Secret)), never the secret
//! itself. These are the defaults:
//!
#![doc = concat!("```toml\n", include_str!("config/defaults.toml"), "```")]

mod anonymous;
mod assemble;
mod cache;
mod closest;
mod document;
mod entry;
mod error;
mod fault;
mod key;
mod kinds;
mod origin;
mod reader;
mod request;
mod resource;
mod response;
mod section;
mod serve;
mod settings;
mod source;
mod table;
#[cfg(test)]
mod tests;
mod value;

use std::path::Path;

use self::document::Document;
use self::entry::Entry;
use self::source::Source;

pub use self::anonymous::Anonymous;
pub use self::cache::CacheSettings;
pub use self::error::{ConfigError, Problem};
pub(crate) use self::kinds::Kinds;
pub use self::origin::Origin;
pub use self::request::{Preflight, RequestSettings};
pub use self::resource::{Identifier, ProtectedResource};
pub use self::response::ResponseSettings;
pub use self::section::Section;
pub use self::serve::{Serve, Tls};
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
    backends: Vec<Entry>,
    cache: CacheSettings,
    request: RequestSettings,
    resource: Option<ProtectedResource>,
    response: ResponseSettings,
    serve: Serve,
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

    fn read(source: Source) -> Result<Self, ConfigError> {
        let document = Document::parse(source)?;
        let mut problems: Vec<_> = document.unknown_sections().collect();
        let backends = document.section("backend");
        let config = Self {
            backends: backends.map(|member| entry::read(document.source(), member, &mut problems)).unwrap_or_default(),
            cache: document.settings(&mut problems),
            request: document.settings(&mut problems),
            resource: document.optional(&mut problems),
            response: document.settings(&mut problems),
            serve: document.settings::<Serve>(&mut problems).in_directory(document.source().directory()),
        };
        ConfigError::unless_none(problems)?;
        Ok(config)
    }
}
