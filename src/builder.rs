//! Backends that are not ours, behind a `kind` of the file.

use std::path::Path;
use std::sync::Arc;

use portcullis_core::{Authorizer, Backend, Clock, Directory, Principal};

use crate::auth::Auth;
use crate::config::{Config, ConfigError, Kinds, KnownDirectories, Section};

/// Makes an [`Auth`] with backends of somebody else's; see [`Auth::builder`].
#[must_use]
pub struct AuthBuilder {
    pub(crate) kinds: Kinds,
    pub(crate) directories: KnownDirectories,
    pub(crate) clock: Clock,
    pub(crate) authorizers: Vec<Arc<dyn Authorizer>>,
}

impl AuthBuilder {
    pub(crate) fn new() -> Self {
        Self {
            kinds: Kinds::default(),
            directories: KnownDirectories::default(),
            clock: Clock::default(),
            authorizers: Vec::new(),
        }
    }

    /// Makes `kind = "…"` work in the file: `make` is called for each entry of that kind.
    ///
    /// ```
    /// # use portcullis::*;
    /// # struct Badge;
    /// # #[async_trait]
    /// # impl Backend for Badge {
    /// #     fn schemes(&self) -> &[Scheme] { &[] }
    /// #     fn challenge(&self, _: Occasion) -> Option<Challenge> { None }
    /// #     async fn authenticate(&self, _: &Credential, _: Head<'_>) -> Verdict { NotMine::new("no").into() }
    /// # }
    /// # impl Badge { fn new(_: BadgeConfig) -> Result<Self, Invalid> { Ok(Badge) } }
    /// #[derive(serde::Deserialize)]
    /// #[serde(deny_unknown_fields)]
    /// struct BadgeConfig {
    ///     office: String,
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), ConfigError> {
    /// let auth = Auth::builder()
    ///     .register("badge", async |section| {
    ///         Badge::new(section.deserialize()?).map_err(|invalid| section.invalid(invalid))
    ///     })
    ///     .load_toml("[[backend]]\nkind = 'badge'\noffice = 'front'")
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// If the kind is one of Portcullis' own, or registered already.
    pub fn register<F, Fut, B>(mut self, kind: &str, make: F) -> Self
    where
        F: Fn(Section) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<B, ConfigError>> + Send + 'static,
        B: Backend,
    {
        if let Err(invalid) = self.kinds.register(kind, make) {
            panic!("{invalid}");
        }
        self
    }

    /// Has one more decide what callers may do: after the policy of the file, after the clusters of its backends, and after those
    /// that were added before. The first of all that allows or denies decides. One that takes longer than `cache.timeout` is
    /// unavailable; this is measured by tokio, in whose runtime it is asked.
    ///
    /// ```
    /// use portcullis::{Action, Auth, Authorizer, Decision, Principal, async_trait};
    ///
    /// struct Owners;
    ///
    /// #[async_trait]
    /// impl Authorizer for Owners {
    ///     async fn decide(&self, principal: &Principal, action: &Action<'_>) -> Decision {
    ///         // Asks the service's own database.
    ///         Decision::no_opinion("not the owner")
    ///     }
    ///
    ///     fn describe(&self) -> String {
    ///         "the owners of the orders".to_owned()
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), portcullis::ConfigError> {
    /// let auth = Auth::builder().authorizer(Owners).load_toml("[[backend]]\nkind = 'anonymous'").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn authorizer(mut self, authorizer: impl Authorizer) -> Self {
        self.authorizers.push(Arc::new(authorizer));
        self
    }

    /// Makes `directory = "…"` work in the file: `directory` is asked for the groups of whomever such a `[[backend]]` accepts,
    /// beside the `[[directory]]` sections of the file itself.
    ///
    /// ```
    /// use portcullis::{Auth, Directory, Membership, Principal, Standing, Unavailable, async_trait};
    ///
    /// struct Crew;
    ///
    /// #[async_trait]
    /// impl Directory for Crew {
    ///     async fn look_up(&self, caller: &Principal) -> Result<Standing, Unavailable> {
    ///         // Asks the service's own database.
    ///         Ok(Standing::Member(Membership::new(["crew"])))
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), portcullis::ConfigError> {
    /// # let file = std::env::temp_dir().join(format!("portcullis-crew-{}", std::process::id()));
    /// # let hash = "$argon2id$v=19$m=19456,t=2,p=1$ZmVkY2JhOTg3NjU0MzIxMA$22JSQTf2aO5vfjyIY6aBOxuBfsp/bvLdad5QR/YN68w";
    /// # std::fs::write(&file, format!("alice:{hash}\n")).unwrap();
    /// # let text = format!("[[backend]]\nkind = 'basic'\nusers_file = '{}'\ndirectory = 'crew'", file.display());
    /// # #[cfg(feature = "basic")]
    /// let auth = Auth::builder().directory("crew", Crew).load_toml(&text).await?;
    /// # std::fs::remove_file(&file).unwrap();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// If the name is not 1 to 64 visible ASCII characters, or there is one of this name already.
    pub fn directory(mut self, name: &str, directory: impl Directory) -> Self {
        if let Err(invalid) = self.directories.bring(name, Arc::new(directory)) {
            panic!("{invalid}");
        }
        self
    }

    /// As [`Auth::fixed`], with the authorizers of this builder.
    #[must_use]
    pub fn fixed(self, principal: Principal) -> Auth {
        Auth::of_one(principal, self)
    }

    /// Measures deadlines by this clock: for tests, which cannot wait.
    pub fn clock(mut self, clock: impl Into<Clock>) -> Self {
        self.clock = clock.into();
        self
    }

    /// As [`Auth::from_path`].
    ///
    /// # Errors
    ///
    /// As [`Auth::from_path`].
    pub async fn load(self, path: impl AsRef<Path>) -> Result<Auth, ConfigError> {
        self.load_config(Config::from_path(path)?).await
    }

    /// As [`Auth::from_toml`].
    ///
    /// # Errors
    ///
    /// As [`Auth::from_path`].
    pub async fn load_toml(self, text: &str) -> Result<Auth, ConfigError> {
        self.load_config(Config::from_toml(text)?).await
    }

    /// For those who read the file themselves, since they want to know what it says beside.
    ///
    /// # Errors
    ///
    /// As [`Auth::from_path`].
    pub async fn load_config(self, config: Config) -> Result<Auth, ConfigError> {
        Auth::assemble(config, self).await
    }
}

impl std::fmt::Debug for AuthBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuthBuilder").finish_non_exhaustive()
    }
}
