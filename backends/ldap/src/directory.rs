//! The directory.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use portcullis_core::single_flight::SingleFlight;
use portcullis_core::{Clock, Directory, Invalid, Membership, Principal, Standing, Unavailable, async_trait};
use tokio::time::Instant;

use crate::cache::{Landed, Memory, Recalled};
use crate::checked;
use crate::config::DirectoryConfig;
use crate::dn::Dn;
use crate::failure::Failure;
use crate::generations::Generations;
use crate::lookup::{Lookup, NOT_THERE};
use crate::plan::{Plan, Question};
use crate::pool::{Pool, Reader, Task};
use crate::server::{Security, Server};
use crate::servers::Servers;
use crate::tls::Tls;
use crate::troubles::Troubles;

mod about;

/// The groups of callers, from the servers of one LDAP directory ([RFC 4511](https://www.rfc-editor.org/rfc/rfc4511)),
/// and which accounts may not get in. Whoever has none is refused, unless
/// [`users.unknown`](crate::UsersConfig::unknown) says otherwise.
///
/// Each caller is asked about once within [`ttl`](DirectoryConfig::ttl), however many requests come at once. If no
/// server answers, the answer is [`Unavailable`], unless
/// [`stale_if_unavailable`](DirectoryConfig::stale_if_unavailable) lets an older one do; it is never that there are no
/// groups. [`forget`](Directory::forget) has a caller asked about anew; the answer of others who are found by the same
/// stays, and so do the names of groups that are found by their SIDs. [`forget_all`](Directory::forget_all) forgets all of
/// it.
///
/// ```
/// use portcullis_core::{Clock, Directory as _};
/// use portcullis_ldap::{DirectoryConfig, LdapDirectory};
///
/// let mut config = DirectoryConfig::default();
/// config.urls = vec!["ldap://localhost".to_owned()];
/// config.users.dn = Some("uid={name},ou=people,dc=example,dc=test".to_owned());
/// let corp = LdapDirectory::new(config, "corp", std::path::Path::new(""), Clock::default()).unwrap();
/// assert_eq!(corp.describe(), "LDAP at ldap://localhost: accounts at uid={name},ou=people,dc=example,dc=test, no groups");
/// ```
pub struct LdapDirectory(Arc<Inner>);

struct Inner {
    name: Arc<str>,
    plan: Plan,
    servers: Arc<Servers>,
    tls: Option<Arc<Tls>>,
    readers: Pool,
    /// For the accounts of those who show a password: anybody may, and must not take the places of callers who have been
    /// verified.
    finders: Pool,
    /// Never asked anything but to bind: what a password lets somebody see must not be seen by others.
    verifiers: Pool,
    memory: Memory,
    /// Their number is bounded by the pool: a lookup that finds no place there, nor one to wait at, ends at once.
    flights: SingleFlight<Arc<str>, Landed>,
    generations: Generations,
    troubles: Troubles,
    clock: Clock,
    config: DirectoryConfig,
}

impl LdapDirectory {
    /// Reads what the section names: certificates, the reader's password. `name` is the directory's, for the log;
    /// relative paths start at `folder`.
    ///
    /// No server is asked here, so that the service can start while they are away; connections are made when the first
    /// caller comes. For that, a tokio runtime is needed.
    ///
    /// # Errors
    ///
    /// [`Invalid`] names the key: a URL without TLS, a filter that is none, a bound, a file that cannot be read.
    pub fn new(config: DirectoryConfig, name: &str, folder: &Path, clock: Clock) -> Result<Self, Invalid> {
        let list = checked::servers(&config)?;
        checked::check(&config)?;
        let plan = checked::plan(&config, &clock)?;
        let tls = match list.iter().any(|server| server.security() != Security::Plain) || config.ca_file.is_some() {
            true => Some(Arc::new(read_tls(&config, folder)?)),
            false => None,
        };
        let reader = read_reader(&config, folder)?;
        let servers = Arc::new(Servers::new(list));
        let pool = |reader| Pool::new(Arc::clone(&servers), tls.clone(), reader, config.connections);
        Ok(Self(Arc::new(Inner {
            name: Arc::from(name),
            plan,
            readers: pool(reader.clone()),
            finders: pool(reader),
            verifiers: pool(None),
            servers: Arc::clone(&servers),
            tls: tls.clone(),
            memory: Memory::new(config.capacity, config.ttl, config.stale_if_unavailable, clock.clone()),
            flights: SingleFlight::default(),
            generations: Generations::default(),
            troubles: Troubles::default(),
            clock,
            config,
        })))
    }

    pub(crate) fn plan(&self) -> &Plan {
        &self.0.plan
    }

    pub(crate) fn servers(&self) -> &[Server] {
        self.0.servers.list()
    }

    pub(crate) fn wall(&self) -> SystemTime {
        self.0.clock.wall()
    }

    pub(crate) fn ttl(&self) -> Duration {
        self.0.config.ttl
    }

    /// Whether this entry is the reader's own.
    pub(crate) fn is_reader(&self, dn: &str) -> bool {
        let Some(reader) = &self.0.config.bind_dn else { return false };
        match (Dn::parse(dn), Dn::parse(reader)) {
            (Some(dn), Some(reader)) => dn.key() == reader.key(),
            _ => dn.eq_ignore_ascii_case(reader),
        }
    }

    /// Until when an answer that is asked for now must be there.
    pub(crate) fn deadline(&self) -> Instant {
        Instant::now() + self.0.config.timeout
    }

    /// Asks as the reader about somebody who shows a password.
    pub(crate) async fn read<T: Task>(&self, task: &T, until: Instant) -> Result<T::Answer, Unavailable> {
        let answer = self.0.finders.run(task, until).await;
        self.0.judged(answer)
    }

    /// Has a password verified, on a connection that nothing else is asked on.
    pub(crate) async fn verify<T: Task>(&self, task: &T, until: Instant) -> Result<T::Answer, Unavailable> {
        let answer = self.0.verifiers.run(task, until).await;
        self.0.judged(answer)
    }
}

impl Inner {
    async fn ask(&self, key: Arc<str>, caller: &Principal) -> Landed {
        let asked = self.memory.now();
        let lookup = Lookup { plan: &self.plan, caller, now: self.clock.wall() };
        let answer = self.readers.run(&lookup, Instant::now() + self.config.timeout).await;
        if answer.as_ref().is_err_and(|failure| !failure.is_outage()) {
            self.memory.forget(&key);
        }
        self.memory.remember(key, self.judged(answer), asked)
    }

    /// What becomes of a caller of whom there is nothing to ask.
    fn unknown(&self, caller: &Principal, reason: Cow<'static, str>) -> Standing {
        tracing::debug!(directory = %self.name, backend = caller.backend(), name = ?caller.name(), %reason, "a caller is not looked up");
        match self.plan.users().map(|users| users.unknown(reason)) {
            Some(Standing::Barred(reason)) => Standing::Barred(reason),
            _ => self.without_groups(),
        }
    }

    fn without_groups(&self) -> Standing {
        Standing::Member(Membership::none().lifetime(self.config.ttl))
    }

    fn judged<T>(&self, answer: Result<T, Failure>) -> Result<T, Unavailable> {
        match answer {
            Ok(answer) => {
                self.troubles.are_over();
                Ok(answer)
            }
            Err(failure) => {
                self.troubles.note(&self.name, &failure);
                Err(Unavailable::new(format!("directory {}: {failure}", self.name)))
            }
        }
    }
}

#[async_trait]
impl Directory for LdapDirectory {
    async fn look_up(&self, caller: &Principal) -> Result<Standing, Unavailable> {
        let inner = &self.0;
        if caller.is_anonymous() {
            return Ok(inner.unknown(caller, NOT_THERE.into()));
        }
        let key = match inner.plan.question(caller) {
            Question::Key(key) => match inner.generations.of(caller.backend(), caller.name()) {
                0 => key,
                // Others of whom the same is asked keep what is remembered of them.
                generation => format!("{key}#{generation}"),
            },
            Question::Lacks(slot) => {
                return Ok(inner.unknown(caller, format!("{slot} is not known of the caller").into()));
            }
            Question::Nothing => return Ok(inner.without_groups()),
        };
        let recalled = inner.memory.recall(&key);
        if let Some(Recalled { landed, is_due: false }) = recalled {
            return landed;
        }
        let key: Arc<str> = key.into();
        let again = || inner.memory.recall(&key).filter(|recalled| !recalled.is_due).map(|recalled| recalled.landed);
        let ask = || {
            let (inner, key, caller) = (Arc::clone(inner), Arc::clone(&key), caller.clone());
            async move { inner.ask(key, &caller).await }
        };
        let joined = inner.flights.join(Arc::clone(&key), again, ask);
        match recalled {
            // Nobody waits for a server that does not answer while an older answer does.
            Some(older) => older.landed,
            None => joined.answer().await.unwrap_or_else(|| Err(Unavailable::new("the lookup broke off"))),
        }
    }

    fn forget(&self, backend: &str, name: &str) {
        self.0.generations.forget(backend, name);
    }

    fn forget_all(&self) {
        if let Some(groups) = self.0.plan.groups() {
            groups.sids.forget_all();
        }
        self.0.generations.forget_all();
    }

    fn describe(&self) -> String {
        about::describe(&self.0.config, self.servers())
    }

    fn warnings(&self) -> Vec<String> {
        let trouble = self.0.troubles.last();
        let certificates = self.0.tls.as_ref().and_then(|tls| tls.problem());
        about::warnings(&self.0.config, self.servers(), trouble, certificates)
    }
}

impl fmt::Debug for LdapDirectory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LdapDirectory")
            .field("name", &self.0.name)
            .field("urls", &self.0.config.urls)
            .finish_non_exhaustive()
    }
}

fn read_tls(config: &DirectoryConfig, folder: &Path) -> Result<Tls, Invalid> {
    let file = config.ca_file.as_ref().map(|file| folder.join(file));
    Tls::new(file.clone()).map_err(|problem| match file {
        Some(file) => {
            Invalid::new("ca_file", format!("{}: {problem}", file.display())).expected("a file of certificates in PEM")
        }
        None => Invalid::new("ca_file", format!("the system's certificate authorities cannot be used: {problem}"))
            .expected("a file of certificates in PEM"),
    })
}

fn read_reader(config: &DirectoryConfig, folder: &Path) -> Result<Option<Reader>, Invalid> {
    let (Some(dn), Some(password)) = (&config.bind_dn, &config.bind_password) else { return Ok(None) };
    password
        .read(folder)
        .map_err(|problem| Invalid::new("bind_password", problem).expected("the reader's password"))?;
    Ok(Some(Reader { dn: dn.clone(), password: password.clone(), folder: folder.to_owned() }))
}

#[cfg(test)]
mod tests;
