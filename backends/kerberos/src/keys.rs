//! The keys of the service, as far as the keytab shows them.

use std::collections::BTreeSet;
use std::fmt;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use portcullis_core::Watch;

use crate::framing::TicketHint;
use crate::keytab::{self, Entry, enctype_name};
use crate::service::Service;

/// What the keytab holds now. libkrb5 reads the keys by itself, whenever it needs one; what is read here
/// is for the start, for messages, and to tell our own faults from the client's.
pub(crate) struct Keys {
    state: Arc<State>,
    _watch: Watch,
}

struct State {
    /// The entry of the file, for the log.
    backend: Arc<str>,
    path: PathBuf,
    service: Service,
    held: ArcSwap<Held>,
    /// Held while the file is read, so that what was read last is in force.
    reading: Mutex<()>,
}

/// What was in the keytab when it could be read last.
#[derive(Default)]
struct Held {
    entries: Vec<Entry>,
    /// Why it cannot be read any more.
    problem: Option<String>,
}

impl Keys {
    /// Reads the keytab and watches it.
    ///
    /// # Errors
    /// What is wrong with it, with the principals that it does hold.
    pub(crate) fn new(backend: &Arc<str>, path: PathBuf, service: Service) -> Result<Self, String> {
        let state = Arc::new(State {
            backend: Arc::clone(backend),
            path: path.clone(),
            service,
            held: ArcSwap::default(),
            reading: Mutex::default(),
        });
        // Not told by the system: it would tell each time that libkrb5 reads the file, which it does for each token.
        let watch = Watch::files_at_intervals([path], {
            let state = Arc::clone(&state);
            move || state.read_again()
        });
        state.held.store(Arc::new(Held { entries: state.read()?, problem: None }));
        Ok(Self { state, _watch: watch })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.state.path
    }

    /// The principals of the service that the keytab has keys of.
    pub(crate) fn principals(&self) -> BTreeSet<String> {
        self.of_service(|entry| entry.principal.text().to_owned())
    }

    /// Their realms.
    pub(crate) fn realms(&self) -> BTreeSet<String> {
        self.of_service(|entry| entry.principal.realm().to_owned())
    }

    fn of_service(&self, what: impl Fn(&Entry) -> String) -> BTreeSet<String> {
        let held = self.state.held.load();
        held.entries.iter().filter(|entry| self.state.service.covers(&entry.principal)).map(what).collect()
    }

    /// Whether there is a key to decrypt such a ticket with.
    pub(crate) fn fit(&self, ticket: &TicketHint) -> Fit {
        let held = self.state.held.load();
        let own: Vec<&Entry> = held
            .entries
            .iter()
            .filter(|entry| entry.principal.text() == ticket.service && self.state.service.covers(&entry.principal))
            .collect();
        let Some(newest) = own.iter().map(|entry| entry.kvno).max() else { return Fit::OtherService };
        // A kvno of zero, or none, is that of a KDC that does not number its keys.
        let of_version = |entry: &&&Entry| ticket.kvno.is_none_or(|kvno| kvno == 0 || kvno == entry.kvno);
        if !own.iter().any(|entry| of_version(&entry)) {
            return if ticket.kvno > Some(newest) { Fit::NewerKey { newest } } else { Fit::OlderKey { newest } };
        }
        if !own.iter().filter(of_version).any(|entry| entry.enctype == ticket.enctype) {
            return Fit::OtherEnctype;
        }
        Fit::Known
    }

    /// Reads the keytab again, which libkrb5 may have done before the watch noticed, and says what is wrong with
    /// it, if something is.
    pub(crate) fn look_again(&self) -> Option<String> {
        self.state.read_again();
        self.state.held.load().problem.clone()
    }

    pub(crate) fn warnings(&self) -> Vec<String> {
        let path = self.path().display();
        let mut warnings = Vec::new();
        if std::fs::metadata(self.path()).is_ok_and(|metadata| metadata.mode() & 0o027 != 0) {
            warnings.push(format!(
                "{path} can be read by everybody, or written by its group: whoever has the keys can be anybody here"
            ));
        }
        if let Some(problem) = &self.state.held.load().problem {
            warnings.push(format!("{path}: {problem}"));
        }
        warnings
    }
}

/// How a ticket goes with the keys that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    Known,
    /// There is no key of that principal at all.
    OtherService,
    /// The ticket is for a key that was made after those here.
    NewerKey {
        newest: u32,
    },
    /// The ticket is for a key that is no longer here.
    OlderKey {
        newest: u32,
    },
    OtherEnctype,
}

impl State {
    fn read(&self) -> Result<Vec<Entry>, String> {
        let bytes = std::fs::read(&self.path).map_err(|error| error.to_string())?;
        let entries = keytab::parse(&bytes).map_err(|problem| problem.to_string())?;
        if entries.iter().any(|entry| self.service.covers(&entry.principal)) {
            return Ok(entries);
        }
        let held: BTreeSet<&str> = entries.iter().map(|entry| entry.principal.text()).collect();
        let held = match held.len() {
            0 => "no keys at all".to_owned(),
            _ => format!("keys of {}", Vec::from_iter(held).join(", ")),
        };
        Err(format!("there is no key of {} in it, but {held}", self.service))
    }

    /// After a change of the file.
    fn read_again(&self) -> bool {
        let _reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        let (keytab, backend) = (self.path.display(), &*self.backend);
        let held = self.held.load_full();
        match self.read() {
            Ok(entries) => {
                if entries != held.entries || held.problem.is_some() {
                    tracing::info!(backend, %keytab, keys = %Listed(&entries), "the keytab has changed");
                    self.held.store(Arc::new(Held { entries, problem: None }));
                }
                true
            }
            Err(problem) => {
                if held.problem.as_ref() != Some(&problem) {
                    tracing::error!(backend, %keytab, problem, "the keytab cannot be used; tickets are answered with 503");
                    let entries = held.entries.clone();
                    self.held.store(Arc::new(Held { entries, problem: Some(problem) }));
                }
                false
            }
        }
    }
}

struct Listed<'e>(&'e [Entry]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, Entry { principal, kvno, enctype }) in self.0.iter().enumerate() {
            let comma = if index > 0 { ", " } else { "" };
            write!(f, "{comma}{principal} kvno {kvno} ({})", enctype_name(*enctype))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
