//! The backend of a users file in this process, where its hashes can be counted.

use std::convert::Infallible;
use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::{Request, Response};
use portcullis::basic::{Basic, BasicConfig};
use portcullis::{Auth, Backend, Challenge, Credential, Head, Occasion, Principal, Scheme, Verdict, async_trait};
use tower::{Layer as _, ServiceExt as _, service_fn};

use crate::Site;

/// A service behind a layer whose only backend is the users file of a [`Site`]. Clones are the same.
#[derive(Clone)]
pub struct Counted {
    basic: Arc<Basic>,
    auth: Auth,
    served: Arc<AtomicUsize>,
}

impl Counted {
    /// With the users and groups of this site, whatever its config file says.
    ///
    /// # Panics
    ///
    /// If they cannot be read.
    pub async fn new(site: &Site) -> Self {
        let mut config = BasicConfig::default();
        config.users_file = Some("users.htpasswd".into());
        config.groups_file = Some("groups".into());
        let basic = Arc::new(Basic::new(config, site.directory()).expect("the files are right"));
        let shared = Arc::clone(&basic);
        let builder = Auth::builder().register("shared", move |_| ready(Ok(Shared(Arc::clone(&shared)))));
        let auth = builder.load_toml("[[backend]]\nkind = \"shared\"\n").await.expect("the file is right");
        Self { basic, auth, served: Arc::default() }
    }

    /// Sends a request with this `Authorization` field, and returns the status.
    pub async fn send(&self, authorization: &str) -> u16 {
        let inner = service_fn(|_: Request<()>| {
            self.served.fetch_add(1, Ordering::SeqCst);
            ready(Ok::<_, Infallible>(Response::new(String::new())))
        });
        let request = Request::get("/").header("authorization", authorization).body(()).expect("a field");
        let Ok(response) = self.auth.layer().layer(inner).oneshot(request).await;
        response.status().as_u16()
    }

    /// How many hashes were computed.
    #[must_use]
    pub fn hashes(&self) -> u64 {
        let hashes = self.basic.hashes();
        hashes.argon2id + hashes.bcrypt
    }

    /// How many requests reached the service.
    #[must_use]
    pub fn served(&self) -> usize {
        self.served.load(Ordering::SeqCst)
    }

    /// Rises when the files were read again and a user had changed.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.basic.epoch()
    }

    /// What has happened.
    #[must_use]
    pub fn auth(&self) -> &Auth {
        &self.auth
    }
}

struct Shared(Arc<Basic>);

#[async_trait]
impl Backend for Shared {
    fn schemes(&self) -> &[Scheme] {
        self.0.schemes()
    }

    fn challenge(&self, occasion: Occasion) -> Option<Challenge> {
        self.0.challenge(occasion)
    }

    async fn authenticate(&self, credential: &Credential, head: Head<'_>) -> Verdict {
        self.0.authenticate(credential, head).await
    }

    fn epoch(&self) -> u64 {
        self.0.epoch()
    }

    fn still_vouches(&self, principal: &Principal, epoch: u64) -> bool {
        self.0.still_vouches(principal, epoch)
    }
}
