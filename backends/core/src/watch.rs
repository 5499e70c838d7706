//! Files that change while the program runs.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode, EventKind};
use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};

use identity::{Identity, Inode, inode};

mod identity;

/// Tells when one of some files has changed: written in place, renamed over, deleted, created
/// again, or reached through a symbolic link that now leads elsewhere (as Kubernetes swaps the
/// files of a ConfigMap or Secret).
///
/// The operating system is asked to watch the *directories* of the files. Once they have been
/// quiet for 50 ms (or after 500 ms, if they never are) the files are looked at, and only if one of
/// them has another modification time, length or inode than before, or another owner or mode, is
/// the callback called. Network file systems tell nothing, so the files are also looked at every
/// 5 s; every 2 s where the operating system cannot watch (no inotify instance left, no such
/// directory).
///
/// The callback says whether it took the change. If not (it could not open a file, say), it is
/// called again after as many seconds, though nothing else has changed, until it did.
///
/// Two writes of the same length within one tick of the file system's clock can look like one. So
/// write a new file and rename it over the old one, which also spares the reader half a file.
///
/// ```no_run
/// use portcullis_core::Watch;
///
/// // First watch, then read: a change in between is then not missed.
/// let watch = Watch::files(["users.htpasswd".into()], || {
///     std::fs::read("users.htpasswd").is_ok()
/// });
/// # drop(watch);
/// ```
#[must_use = "the files are watched until the `Watch` is dropped"]
pub struct Watch {
    stopped: Arc<AtomicBool>,
    wake: SyncSender<()>,
}

impl Watch {
    /// Calls `changed` after each change of one of the files, until the `Watch` is dropped; a call
    /// that is under way then still ends.
    ///
    /// `changed` returns whether the change has been taken: `true` if there is nothing left to do
    /// before the next one, `false` to be called again in 5 s (2 s where the operating system cannot
    /// watch), or with the next change, whichever is first. So it should not log the same failure
    /// each time.
    ///
    /// `changed` runs in one thread of its own and may block. If it panics, that is logged, and only
    /// the next change calls it again. A file need not exist yet. What `changed` is told about is what
    /// happens after this function has returned.
    pub fn files(paths: impl IntoIterator<Item = PathBuf>, changed: impl FnMut() -> bool + Send + 'static) -> Self {
        Self::at_pace(paths, changed, Pace::USUAL, true)
    }

    /// The same, but the files are looked at every 2 s and the operating system is not asked. It would also tell
    /// each time that somebody opens a file in the same directory, and wake the thread for that.
    pub fn files_at_intervals(
        paths: impl IntoIterator<Item = PathBuf>,
        changed: impl FnMut() -> bool + Send + 'static,
    ) -> Self {
        Self::at_pace(paths, changed, Pace::USUAL, false)
    }

    fn at_pace(
        paths: impl IntoIterator<Item = PathBuf>,
        changed: impl FnMut() -> bool + Send + 'static,
        pace: Pace,
        asks_system: bool,
    ) -> Self {
        let stopped = Arc::new(AtomicBool::new(false));
        // Room for one wake-up is enough: what matters is that something happened, not how often.
        let (wake, woken) = sync_channel(1);
        let paths: Vec<PathBuf> = paths.into_iter().collect();
        let seen = Identity::of_all(&paths);
        let guard = Guard {
            paths,
            seen,
            owed: None,
            changed,
            pace,
            asks_system,
            stopped: stopped.clone(),
            wake: wake.clone(),
            woken,
            system: None,
        };
        let thread = std::thread::Builder::new().name("portcullis-watch".to_owned());
        if let Err(error) = thread.spawn(move || guard.run()) {
            tracing::error!(%error, "no thread to watch files with: changes will go unnoticed");
        }
        Self { stopped, wake }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // The thread is not joined: it may be inside a slow callback, or be the one that drops us.
        self.stopped.store(true, Ordering::Release);
        let _ = self.wake.try_send(());
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").finish_non_exhaustive()
    }
}

/// How long to wait for what.
#[derive(Clone, Copy)]
struct Pace {
    quiet: Duration,
    restless: Duration,
    watched: Duration,
    unwatched: Duration,
}

impl Pace {
    const USUAL: Self = Self {
        quiet: Duration::from_millis(50),
        restless: Duration::from_millis(500),
        watched: Duration::from_secs(5),
        unwatched: Duration::from_secs(2),
    };
}

/// What the thread owns.
struct Guard<F> {
    paths: Vec<PathBuf>,
    seen: Vec<Option<Identity>>,
    /// When to call again, if what was seen has not been taken.
    owed: Option<Instant>,
    changed: F,
    pace: Pace,
    asks_system: bool,
    stopped: Arc<AtomicBool>,
    wake: SyncSender<()>,
    woken: Receiver<()>,
    /// The operating system's watcher, and the directories it watches.
    system: Option<(RecommendedWatcher, Vec<(PathBuf, Inode)>)>,
}

impl<F: FnMut() -> bool> Guard<F> {
    fn run(mut self) {
        while !self.stopped.load(Ordering::Acquire) {
            // In this order nothing is missed: what happens after the look wakes us.
            self.watch_directories();
            self.look();
            self.wait();
        }
    }

    fn look(&mut self) {
        let now = Identity::of_all(&self.paths);
        // Not before its time, or a neighbour's noise in the directory would decide when.
        let is_due = self.owed.is_some_and(|at| at <= Instant::now());
        if now == self.seen && !is_due {
            return;
        }
        self.seen = now;
        let taken = catch_unwind(AssertUnwindSafe(&mut self.changed)).unwrap_or_else(|_| {
            tracing::error!(files = ?self.paths, "the reaction to a changed file panicked; the change is not in force");
            // It would only panic again.
            true
        });
        self.owed = (!taken).then(|| Instant::now() + self.patience());
    }

    /// How long nothing is looked at if nothing happens.
    fn patience(&self) -> Duration {
        if self.system.is_some() { self.pace.watched } else { self.pace.unwatched }
    }

    /// Until something happened and then nothing more, or until it is time to look anyhow.
    fn wait(&self) {
        let owed = self.owed.map(|at| at.saturating_duration_since(Instant::now()));
        let patience = owed.map_or(self.patience(), |owed| owed.min(self.patience()));
        if self.woken.recv_timeout(patience).is_err() {
            return;
        }
        let deadline = Instant::now() + self.pace.restless;
        while !self.stopped.load(Ordering::Acquire) {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.woken.recv_timeout(self.pace.quiet.min(left)) {
                Ok(()) if !left.is_zero() => {}
                Ok(()) | Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Has the operating system watch the directories that the paths now lead through.
    fn watch_directories(&mut self) {
        if !self.asks_system {
            return;
        }
        let mut wanted: Vec<(PathBuf, Inode)> = Vec::new();
        for directory in self.paths.iter().flat_map(|path| directories_of(path)) {
            let Ok(metadata) = std::fs::metadata(&directory) else {
                // It cannot be watched until it is back.
                self.system = None;
                return;
            };
            if !wanted.iter().any(|(known, _)| *known == directory) {
                wanted.push((directory, inode(&metadata)));
            }
        }
        if self.system.as_ref().is_some_and(|(_, watched)| *watched == wanted) {
            return;
        }
        self.system = None;
        match system_watcher(&wanted, self.wake.clone()) {
            Ok(watcher) => self.system = Some((watcher, wanted)),
            Err(error) => tracing::debug!(%error, files = ?self.paths, "looking at files at intervals"),
        }
    }
}

fn system_watcher(directories: &[(PathBuf, Inode)], wake: SyncSender<()>) -> Result<RecommendedWatcher, String> {
    let handler = move |event: notify::Result<notify::Event>| {
        if event.is_ok_and(|event| is_reading(&event.kind)) {
            return;
        }
        let _ = wake.try_send(());
    };
    let mut watcher = notify::recommended_watcher(handler).map_err(|error| error.to_string())?;
    // Where notify got no thread it does not say so: each call of the watcher panics then, and so does its drop.
    match catch_unwind(AssertUnwindSafe(|| {
        directories.iter().try_for_each(|(directory, _)| watcher.watch(directory, RecursiveMode::NonRecursive))
    })) {
        Ok(watched) => watched.map(|()| watcher).map_err(|error| error.to_string()),
        Err(_) => {
            std::mem::forget(watcher);
            Err("the operating system gave no thread".to_owned())
        }
    }
}

/// Whether it is only our own reading, or somebody else's.
fn is_reading(kind: &EventKind) -> bool {
    matches!(kind, EventKind::Access(access) if *access != AccessKind::Close(AccessMode::Write))
}

/// Where a change of what `path` leads to can be seen: its directory, the directories of the
/// symbolic links in it, and that of the file at the end.
fn directories_of(path: &Path) -> Vec<PathBuf> {
    let links = path.ancestors().skip(1).filter(|ancestor| ancestor.is_symlink());
    let end = path.canonicalize().ok();
    [path].into_iter().chain(links).chain(end.as_deref()).filter_map(parent).collect()
}

fn parent(path: &Path) -> Option<PathBuf> {
    let parent = path.parent()?;
    Some(if parent.as_os_str().is_empty() { PathBuf::from(".") } else { parent.to_owned() })
}

#[cfg(test)]
mod tests;
