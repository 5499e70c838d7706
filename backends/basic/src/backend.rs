//! The backend.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use portcullis_core::{
    Accepted, Backend, Challenge, Credential, Head, Invalid, Login, NotMine, Occasion, Principal, Refusal, Scheme,
    Unavailable, Verdict, Watch, async_trait,
};

use crate::config::BasicConfig;
use crate::hash::Match;
use crate::hashing::{Busy, Hashes, Hashing};
use crate::points::Points;
use crate::store::Store;

/// When a client may come again if no hash was computed, or an outdated one: some ten hashes later.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// How many hashes of one user are computed for one request if they change meanwhile.
const ATTEMPTS: usize = 2;
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
/// an event at level error says why, and it is tried again every 5 s. A users file in which suddenly
/// nobody is left may be one that is being written: that nobody gets in is in force only if it still
/// is so 5 s later.
///
/// Who is in force when the hash has been computed counts, not who was before: the principal has the
/// new groups, and against a new hash the password is verified once more.
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
    points: Points,
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
        let users = store.snapshot();
        if users.users() == 0 {
            let path = store.sources().users_file.as_deref().unwrap_or(Path::new("users"));
            let problem = format!("{}: there is no user in it", path.display());
            return Err(Invalid::new("users_file", problem).expected("at least one line `name:hash`"));
        }
        let points = Points::new(users.hashes());
        Ok(Self { store, hashing, challenge, points, _watch: watch })
    }

    /// How many hashes have been computed so far.
    #[must_use]
    pub fn hashes(&self) -> Hashes {
        self.hashing.hashes()
    }

    async fn verify(&self, login: &Login) -> Result<Verdict, Busy> {
        let mut users = self.store.snapshot();
        let Some(mut user) = users.user(&login.user) else {
            if let Some(decoy) = users.decoy(self.points.of(&login.user)) {
                self.hashing.verify(decoy, login.password.clone()).await?;
            }
            return Ok(NotMine::new("there is no such user").lasting().into());
        };
        for _ in 0..ATTEMPTS {
            let hash = Arc::clone(&user.hash);
            let matched = self.hashing.verify(Arc::clone(&hash), login.password.clone()).await?;
            // Others may be in force by now.
            users = self.store.snapshot();
            let Some(now) = users.user(&login.user) else {
                return Ok(Refusal::new("the user left while the password was verified").into());
            };
            if *now.hash == *hash {
                return Ok(verdict(matched, &now.principal));
            }
            user = now;
        }
        Ok(Unavailable::new("the user's hash changed while the password was verified, and then again")
            .retry_after(RETRY_AFTER)
            .into())
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
        match Login::decode(credential.token()) {
            Ok(login) => self.verify(&login).await.unwrap_or_else(|busy| unavailable(&busy).into()),
            Err(invalid) => Refusal::new(invalid.reason()).lasting().into(),
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

fn verdict(matched: Match, principal: &Principal) -> Verdict {
    match matched {
        Match::Yes => Accepted::new(principal.clone()).into(),
        Match::No => Refusal::new("wrong password").lasting().into(),
        Match::TooLong => {
            Refusal::new("the password is longer than the 72 bytes that this user's bcrypt hash is of").lasting().into()
        }
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
