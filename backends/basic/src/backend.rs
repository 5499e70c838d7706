//! The backend.

use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use portcullis_core::{
    Accepted, Backend, Challenge, Credential, Head, Invalid, NotMine, Occasion, Principal, Refusal, Scheme,
    Unavailable, Verdict, Watch, async_trait,
};

use crate::config::BasicConfig;
use crate::hash::Match;
use crate::hashing::{Busy, Hashes, Hashing};
use crate::login::Login;
use crate::store::Store;

/// When a client may come again if the queue was full: some ten hashes later.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// More threads than this would only take each other's memory.
const MAX_CONCURRENT: usize = 1024;

/// Verifies user names and passwords ([RFC 7617](https://www.rfc-editor.org/rfc/rfc7617)) of users
/// whose hashes are in a file, in the config file, or both.
///
/// A user that nobody has here is [`NotMine`], at the same cost as a wrong password. A malformed
/// credential is refused without computing a hash.
///
/// The files are read again when they change. The new users are in force at once, and whoever did
/// not change stays vouched for. If a file then cannot be read, users and groups stay as they were,
/// and an event at level error says why.
///
/// ```
/// use portcullis_basic::{Basic, BasicConfig, hash_password};
///
/// let directory = tempfile::tempdir().unwrap();
/// let line = format!("alice:{}\n", hash_password("correct horse").unwrap());
/// std::fs::write(directory.path().join("users.htpasswd"), line).unwrap();
///
/// let mut config = BasicConfig::default();
/// config.users_file = Some("users.htpasswd".into());
/// let basic = Basic::new(config, directory.path()).unwrap();
/// ```
pub struct Basic {
    store: Arc<Store>,
    hashing: Hashing,
    challenge: Challenge,
    /// Makes the cost of unknown names unpredictable from outside.
    points: RandomState,
    _watch: Option<Watch>,
}

impl Basic {
    /// Reads users and groups, and watches their files. Relative paths start at `directory`.
    ///
    /// No Tokio runtime is needed here; [`authenticate`](Backend::authenticate) needs one, for its
    /// threads for blocking work.
    ///
    /// # Errors
    ///
    /// [`Invalid`] names the key: a file that cannot be read, with the line that is wrong, a hash
    /// that is not accepted, no user at all, a realm beyond ASCII.
    pub fn new(config: BasicConfig, directory: &Path) -> Result<Self, Invalid> {
        if !config.realm.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return Err(Invalid::new("realm", "clients disagree about anything else").expected("printable ASCII"));
        }
        if config.users_file.is_none() && config.users.is_empty() {
            return Err(Invalid::new("", "there are no users").expected("`users_file` or `users`"));
        }
        let places = config.max_concurrent.unwrap_or_else(default_places);
        if !(1..=MAX_CONCURRENT).contains(&places) {
            let range = format!("a number from 1 to {MAX_CONCURRENT}");
            return Err(Invalid::new("max_concurrent", format!("{places} is no such number")).expected(range));
        }
        let hashing = Hashing::new(places, config.queue);
        let challenge = Challenge::new(Scheme::BASIC).param("realm", &config.realm).param("charset", "UTF-8");

        let store = Arc::new(Store::new(config, directory));
        let files = store.sources().files();
        // Watched before they are read: what changes in between is read again.
        let watch = (!files.is_empty()).then(|| {
            let store = Arc::clone(&store);
            Watch::files(files, move || store.read_again())
        });
        store.read()?;
        if store.snapshot().users() == 0 {
            let path = store.sources().users_file.as_deref().unwrap_or(Path::new("users"));
            let problem = format!("{}: there is no user in it", path.display());
            return Err(Invalid::new("users_file", problem).expected("at least one line `name:hash`"));
        }
        Ok(Self { store, hashing, challenge, points: RandomState::new(), _watch: watch })
    }

    /// How many hashes have been computed so far.
    #[must_use]
    pub fn hashes(&self) -> Hashes {
        self.hashing.hashes()
    }
}

#[async_trait]
impl Backend for Basic {
    fn schemes(&self) -> &[Scheme] {
        const BASIC: &[Scheme] = &[Scheme::BASIC];
        BASIC
    }

    fn challenge(&self, _: Occasion) -> Option<Challenge> {
        Some(self.challenge.clone())
    }

    async fn authenticate(&self, credential: &Credential, _: Head<'_>) -> Verdict {
        let login = match Login::decode(credential.token()) {
            Ok(login) => login,
            Err(reason) => return Refusal::new(reason).lasting().into(),
        };
        let users = self.store.snapshot();
        let user = users.user(&login.user);
        let hash = match user {
            Some(user) => Some(Arc::clone(&user.hash)),
            None => users.decoy(self.points.hash_one(&login.user)),
        };
        let matched = match hash {
            Some(hash) => match self.hashing.verify(hash, login.password).await {
                Ok(matched) => matched,
                Err(busy) => return unavailable(&busy).into(),
            },
            None => Match::No,
        };
        let Some(user) = user else { return NotMine::new("there is no such user").lasting().into() };
        match matched {
            // Not lasting: the users who are in force now may be asked.
            Match::Yes if !self.store.snapshot().vouches(&login.user, users.epoch) => {
                Refusal::new("the user changed while the password was verified").into()
            }
            Match::Yes => Accepted::new(user.principal.clone()).into(),
            Match::No => Refusal::new("wrong password").lasting().into(),
            Match::TooLong => {
                Refusal::new("the password is longer than the 72 bytes that this user's bcrypt hash is of")
                    .lasting()
                    .into()
            }
        }
    }

    fn epoch(&self) -> u64 {
        self.store.epoch()
    }

    fn still_vouches(&self, principal: &Principal, epoch: u64) -> bool {
        self.store.snapshot().vouches(principal.name(), epoch)
    }

    fn describe(&self) -> String {
        let users = self.store.snapshot();
        let inline = users.users() - users.from_file;
        let from = match &self.store.sources().users_file {
            Some(path) if inline == 0 => format!("{} from {}", count(users.from_file, "user"), path.display()),
            Some(path) => {
                format!("{} from {} and {inline} from the config file", count(users.from_file, "user"), path.display())
            }
            None => format!("{} from the config file", count(inline, "user")),
        };
        format!("user names and passwords ({from}, {})", count(users.groups, "group"))
    }

    fn warnings(&self) -> Vec<String> {
        self.store.snapshot().warnings.clone()
    }
}

impl fmt::Debug for Basic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Basic").field("users", &self.store.snapshot().users()).finish_non_exhaustive()
    }
}

fn default_places() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(MAX_CONCURRENT)
}

fn unavailable(busy: &Busy) -> Unavailable {
    let reason = match busy {
        Busy::QueueFull => "too many passwords are waiting to be hashed",
        Busy::Lost => "the hash was abandoned",
        Busy::NotComputed => "there is not enough memory to hash the password",
    };
    Unavailable::new(reason).retry_after(RETRY_AFTER)
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests;
