//! Where the clients of a webhook come from, and how they are read again.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use arc_swap::ArcSwap;
use portcullis_core::{Authorizers, Invalid, Secret, Watch};

use super::client_files;
use super::clients::{Client, Clients, Given};
use super::config::WebhookConfig;
use super::form::Form;

/// What a `[[webhook]]` says of its clients.
pub(super) struct Origin {
    config: WebhookConfig,
    directory: PathBuf,
    backend: Arc<str>,
}

/// The clients that are in force.
pub(super) struct Store {
    origin: Origin,
    nobody: Authorizers,
    clients: ArcSwap<Clients>,
    watched: Mutex<Watched>,
}

/// The files that are watched, and what was last said of them.
#[derive(Default)]
struct Watched {
    files: Vec<PathBuf>,
    watch: Option<Watch>,
    told: Option<String>,
}

impl Origin {
    pub(super) fn new(config: &WebhookConfig, directory: &Path) -> Self {
        Self { config: config.clone(), directory: directory.to_owned(), backend: config.name.as_str().into() }
    }

    /// Reads all clients.
    ///
    /// # Errors
    ///
    /// All that is wrong, by the keys of the section.
    pub(super) fn read(&self) -> Result<Clients, Vec<Invalid>> {
        let mut problems = Vec::new();
        let mut clients = self.inline(&mut problems);
        if let Some(path) = &self.config.clients_dir {
            clients.extend(client_files::of_directory(&self.directory.join(path), &mut problems));
        }
        if let Some(path) = &self.config.clients_file {
            clients.extend(client_files::of_manifest(path, &self.directory, &mut problems));
        }
        let together = Clients::new(&clients, &self.backend);
        match together {
            Ok(clients) if problems.is_empty() => Ok(clients),
            Ok(_) => Err(problems),
            Err(found) => Err(problems.into_iter().chain(found).collect()),
        }
    }

    fn inline(&self, problems: &mut Vec<Invalid>) -> Vec<Client> {
        let mut clients = Vec::new();
        for (index, config) in self.config.client.iter().enumerate() {
            let key = format!("client[{index}]");
            let form = match Form::of(config) {
                Ok(form) => form,
                Err(found) => {
                    problems.extend(found);
                    continue;
                }
            };
            let mut secrets = Vec::new();
            for (place, secret) in config.secrets.iter().enumerate() {
                let key = format!("{key}.secrets[{place}]");
                match secret.read(&self.directory) {
                    Ok(secret) => secrets.push(Given { key, secret }),
                    Err(problem) => problems.push(Invalid::new(key, problem).expected("a secret that is not empty")),
                }
            }
            let (name, groups) = (config.name.clone(), config.groups.clone());
            clients.push(Client { name, form, groups, secrets, key, file: String::new() });
        }
        clients
    }

    /// The files whose changes matter. Of a directory these are itself, the link by which Kubernetes swaps its files, and
    /// the files that are in it now.
    fn files(&self) -> Vec<PathBuf> {
        let secrets = self.config.client.iter().flat_map(|client| &client.secrets);
        let of_secrets = secrets.filter_map(|secret| match secret {
            Secret::File(path) => Some(path),
            _ => None,
        });
        let mut files: Vec<_> =
            of_secrets.chain(&self.config.clients_file).map(|path| self.directory.join(path)).collect();
        if let Some(path) = &self.config.clients_dir {
            let directory = self.directory.join(path);
            files.extend([directory.clone(), directory.join("..data")]);
            files.extend(client_files::names(&directory).unwrap_or_default().iter().map(|name| directory.join(name)));
        }
        files
    }
}

impl Store {
    /// The clients that were read, and from now on those that are in the files.
    pub(super) fn new(origin: Origin, nobody: Authorizers, clients: Clients) -> Arc<Self> {
        let clients = ArcSwap::from_pointee(clients.told_by(&nobody));
        let store = Self { origin, nobody, clients, watched: Mutex::default() };
        let store = Arc::new(store);
        // What changed since they were read is not missed: now they are watched.
        store.read_again();
        store
    }

    pub(super) fn clients(&self) -> Arc<Clients> {
        self.clients.load_full()
    }

    /// Reads all anew, and says what came of it: an error once, until it is another one. Returns whether what was read is in force.
    fn read_again(self: &Arc<Self>) -> bool {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        // First watched, and then read.
        self.watch(&mut watched);
        match self.origin.read() {
            Ok(clients) => {
                let had_failed = watched.told.take().is_some();
                let (webhook, count) = (&*self.origin.backend, clients.principals.len());
                let are_same = clients.are(&self.clients.load());
                if had_failed || !are_same {
                    tracing::info!(webhook, clients = count, "the clients of a webhook were read again");
                }
                if count == 0 {
                    tracing::warn!(webhook, "no client of a webhook is left");
                }
                if !are_same {
                    self.clients.store(Arc::new(clients.told_by(&self.nobody)));
                }
                true
            }
            Err(problems) => {
                let told = problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
                if watched.told.as_ref() != Some(&told) {
                    let webhook = &*self.origin.backend;
                    tracing::error!(webhook, problem = told, "the clients of a webhook stay as they were");
                    watched.told = Some(told);
                }
                false
            }
        }
    }

    /// Watches the files that there are now.
    fn watch(self: &Arc<Self>, watched: &mut Watched) {
        let files = self.origin.files();
        if files == watched.files {
            return;
        }
        let store: Weak<Self> = Arc::downgrade(self);
        let changed = move || store.upgrade().is_none_or(|store| store.read_again());
        watched.watch = (!files.is_empty()).then(|| Watch::files(files.clone(), changed));
        watched.files = files;
    }
}

#[cfg(test)]
mod tests;
