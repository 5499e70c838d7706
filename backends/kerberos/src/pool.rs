//! Threads that wait, so that those of the async runtime need not.

use std::ffi::CString;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use tokio::sync::oneshot;

use crate::gss::{Acceptor, Asked, Credential, GssError, Step};
use crate::own_side::OwnSide;
use crate::replay_cache::{RETENTION, Seen, Table, Tag};

/// What the threads need to acquire a credential.
#[derive(Debug)]
pub(crate) struct Recipe {
    pub(crate) acceptor: Acceptor,
    /// `FILE:/etc/http.keytab`
    pub(crate) keytab: CString,
    /// Whether tokens without SPNEGO are taken.
    pub(crate) raw: bool,
    /// About each client.
    pub(crate) asked: Asked,
}

/// A token that is to be accepted.
struct Job {
    token: Vec<u8>,
    tag: Tag,
    bindings: Option<Arc<[u8]>>,
    answer: oneshot::Sender<Result<Step, NotAccepted>>,
}

/// A fixed number of threads with a queue in front of them that has an end. Each has a credential of its
/// own: libkrb5 locks one for as long as it accepts a token with it.
pub(crate) struct Pool {
    /// None once the pool ends.
    jobs: Option<Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
}

/// Why a token was not accepted.
#[derive(Debug)]
pub(crate) enum NotAccepted {
    /// The queue is full.
    Full,
    /// The threads are gone.
    Gone,
    /// Something of ours is missing or broken.
    OwnFault(String),
    /// The token is bad.
    Failed(GssError),
    /// The token is good, and was so before.
    Replay,
}

impl Recipe {
    pub(crate) fn acquire(&self) -> Result<Credential, GssError> {
        Credential::acquire(&self.acceptor, &self.keytab, self.raw)
    }
}

impl Pool {
    /// Starts `threads` threads, in front of which `queue` tokens can wait.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub(crate) fn new(recipe: Recipe, own_side: OwnSide, threads: usize, queue: usize) -> std::io::Result<Self> {
        let (jobs, waiting) = bounded(queue);
        let mut pool = Self { jobs: Some(jobs), threads: Vec::with_capacity(threads) };
        let shared = Arc::new((recipe, own_side));
        for number in 0..threads {
            let (shared, waiting) = (Arc::clone(&shared), waiting.clone());
            let thread = std::thread::Builder::new().name(format!("portcullis-gss-{number}"));
            pool.threads.push(thread.spawn(move || Worker::new(&shared.0, &shared.1).work(&waiting))?);
        }
        Ok(pool)
    }

    /// Has a token accepted. Whoever no longer awaits the answer gives up the place in the queue.
    pub(crate) async fn accept(
        &self,
        token: Vec<u8>,
        tag: Tag,
        bindings: Option<Arc<[u8]>>,
    ) -> Result<Step, NotAccepted> {
        let Some(jobs) = &self.jobs else { return Err(NotAccepted::Gone) };
        let (answer, answered) = oneshot::channel();
        match jobs.try_send(Job { token, tag, bindings, answer }) {
            Ok(()) => answered.await.unwrap_or(Err(NotAccepted::Gone)),
            Err(TrySendError::Full(_)) => Err(NotAccepted::Full),
            Err(TrySendError::Disconnected(_)) => Err(NotAccepted::Gone),
        }
    }
}

impl Drop for Pool {
    /// Waits for what is being accepted, since libkrb5 should not be at work when the process ends; but not
    /// for a thread that hangs.
    fn drop(&mut self) {
        self.jobs = None;
        let deadline = Instant::now() + FAREWELL;
        while !self.threads.iter().all(JoinHandle::is_finished) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// For what is under way when a pool ends.
const FAREWELL: Duration = Duration::from_secs(1);

/// Files that may go from their path within [`RETENTION`]; then nobody gets in until some are forgotten.
const MOST_GONE: usize = 8;

/// What a thread keeps from one token to the next.
struct Worker<'p> {
    recipe: &'p Recipe,
    own_side: &'p OwnSide,
    credential: Option<Credential>,
    accepted: Option<Table>,
    /// Files that are gone from their path, and since when, in seconds since 1970: what they hold counts on.
    gone: Vec<(Table, u64)>,
}

impl<'p> Worker<'p> {
    fn new(recipe: &'p Recipe, own_side: &'p OwnSide) -> Self {
        Self { recipe, own_side, credential: None, accepted: None, gone: Vec::new() }
    }

    /// Ends when the pool does.
    fn work(&mut self, waiting: &Receiver<Job>) {
        for job in waiting {
            if job.answer.is_closed() {
                continue;
            }
            let accepted = self.accept(&job);
            // Whoever asked may be gone by now.
            let _ = job.answer.send(accepted);
        }
    }

    fn accept(&mut self, job: &Job) -> Result<Step, NotAccepted> {
        let mut credential = match self.credential.take() {
            Some(credential) => credential,
            None => self.recipe.acquire().map_err(|error| {
                NotAccepted::OwnFault(self.own_side.problem(&error.text).unwrap_or_else(|| no_keys(&error)))
            })?,
        };
        let accepted = credential.accept(&job.token, job.bindings.as_deref(), self.recipe.asked);
        self.credential = Some(credential);
        let step = accepted.map_err(|error| match self.problem_behind(&error) {
            Some(problem) => NotAccepted::OwnFault(problem),
            None => NotAccepted::Failed(error),
        })?;
        if matches!(step, Step::Complete(_)) {
            self.remember(&job.tag)?;
        }
        Ok(step)
    }

    /// What of ours may be why a token was not accepted. libkrb5 reads `krb5.conf` for each token, and may not be able to
    /// any more: then it cannot acquire anything either.
    fn problem_behind(&self, error: &GssError) -> Option<String> {
        if !OwnSide::may_be_behind(error) {
            return None;
        }
        let problem = self.own_side.problem(&error.text);
        problem.or_else(|| self.recipe.acquire().err().map(|error| no_keys(&error)))
    }

    /// Remembers a token that was accepted, and refuses one that is remembered.
    fn remember(&mut self, tag: &Tag) -> Result<(), NotAccepted> {
        let unusable = |problem: String| NotAccepted::OwnFault(format!("the replay cache cannot be used: {problem}"));
        let remembers = |table: &Table| match table.remembers(tag) {
            Ok(false) => Ok(()),
            Ok(true) => Err(NotAccepted::Replay),
            Err(error) => Err(unusable(error.to_string())),
        };
        self.gone.retain(|(_, since)| seconds_now() <= since + RETENTION);
        self.gone.iter().try_for_each(|(table, _)| remembers(table))?;
        // Once more if somebody has removed the file.
        for _ in 0..2 {
            let table = match self.accepted.take() {
                Some(table) => table,
                None => self.own_side.replay_cache.open().map_err(unusable)?,
            };
            match table.record(tag, seconds_now) {
                Ok(Seen::Never) => {
                    self.accepted = Some(table);
                    return Ok(());
                }
                Ok(Seen::Before) => {
                    self.accepted = Some(table);
                    return Err(NotAccepted::Replay);
                }
                Ok(Seen::FileGone) if self.gone.len() < MOST_GONE => {
                    let gone = remembers(&table);
                    self.gone.push((table, seconds_now()));
                    gone?;
                }
                Ok(Seen::FileGone) => {
                    self.accepted = Some(table);
                    break;
                }
                Err(error) => return Err(unusable(error.to_string())),
            }
        }
        Err(unusable("somebody removes it again and again".to_owned()))
    }
}

/// By this host's clock, as libkrb5 has it: a clock that tests move does not move that.
fn seconds_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn no_keys(error: &GssError) -> String {
    format!("the service's keys cannot be had: {}", error.text)
}
