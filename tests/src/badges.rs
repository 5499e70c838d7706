//! A backend of somebody else's, that does as it is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use portcullis::{
    Accepted, Auth, AuthBuilder, Backend, Challenge, Credential, Head, Occasion, Principal, Refusal, Reply, Reuse,
    Scheme, Unavailable, Verdict, async_trait,
};

/// Takes a bearer token for the name of its bearer, except for `stolen`, which is refused. It can be
/// [away](Self::set_away), and it can [owe a reply](Self::owing). Clones are the same backend.
#[derive(Clone, Default)]
pub struct Badges(Arc<State>);

#[derive(Default)]
struct State {
    away: AtomicBool,
    asked: AtomicUsize,
    owes: bool,
}

impl Badges {
    /// When to ask again after it was away.
    pub const RETRY_AFTER: Duration = Duration::from_millis(7500);

    /// One that nothing is remembered of, and that owes each caller it accepts an
    /// `Authentication-Info` field.
    #[must_use]
    pub fn owing() -> Self {
        Self(Arc::new(State { owes: true, ..State::default() }))
    }

    /// Whether its provider does not answer.
    pub fn set_away(&self, away: bool) {
        self.0.away.store(away, Ordering::SeqCst);
    }

    /// How often it was asked.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.0.asked.load(Ordering::SeqCst)
    }

    /// For files in which `kind = "badges"` is this backend.
    pub fn builder(&self) -> AuthBuilder {
        let badges = self.clone();
        Auth::builder().register("badges", move |_| std::future::ready(Ok(badges.clone())))
    }

    /// The `Auth` of a file that names it, and says `rest`.
    ///
    /// # Panics
    ///
    /// If the file is wrong.
    pub async fn auth(&self, rest: &str) -> Auth {
        let file = format!("[[backend]]\nkind = \"badges\"\n{rest}");
        self.builder().load_toml(&file).await.expect("the file is right")
    }
}

#[async_trait]
impl Backend for Badges {
    fn schemes(&self) -> &[Scheme] {
        const SCHEMES: &[Scheme] = &[Scheme::BEARER];
        SCHEMES
    }

    fn challenge(&self, _: Occasion) -> Option<Challenge> {
        Some(Challenge::new(Scheme::BEARER).param("realm", "badges"))
    }

    fn reuse(&self, _: &Credential, _: Head<'_>) -> Reuse {
        if self.0.owes { Reuse::Never } else { Reuse::Credential }
    }

    async fn authenticate(&self, credential: &Credential, _: Head<'_>) -> Verdict {
        self.0.asked.fetch_add(1, Ordering::SeqCst);
        if self.0.away.load(Ordering::SeqCst) {
            return Unavailable::new("away").retry_after(Self::RETRY_AFTER).into();
        }
        match credential.token_str() {
            "stolen" => Refusal::new("stolen").lasting().into(),
            name => {
                let accepted = Accepted::new(Principal::builder(name).group("visitors").build());
                if !self.0.owes {
                    return accepted.into();
                }
                let info = HeaderName::from_static("authentication-info");
                accepted.reply(Reply::default().header(info, HeaderValue::from_static("badge=\"seen\""))).into()
            }
        }
    }
}
