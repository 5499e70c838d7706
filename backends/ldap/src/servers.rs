//! The servers of one directory, and which of them is asked first.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use portcullis_core::{ExposeSecret as _, SecretString};
use tokio::time::Instant;

use crate::failure::Failure;
use crate::server::Server;

/// How long a server that failed is left alone while there are others.
const PAUSE: Duration = Duration::from_secs(5);
/// How often what is wrong with one server is logged.
const EVERY: Duration = Duration::from_secs(30);

/// The servers, and what all that ask them know of each.
pub(crate) struct Servers {
    list: Vec<Server>,
    health: Mutex<Health>,
    /// Who shows each of them the reader's password.
    readers: Vec<tokio::sync::Mutex<()>>,
}

struct Health {
    last_good: usize,
    each: Vec<State>,
}

#[derive(Clone, Default)]
struct State {
    paused_until: Option<Instant>,
    refusal: Option<Refusal>,
    logged: Option<Instant>,
}

/// That a server did not accept the reader.
#[derive(Clone)]
struct Refusal {
    failure: Failure,
    /// Another one may be right.
    password: SecretString,
    until: Instant,
}

impl Servers {
    pub(crate) fn new(list: Vec<Server>) -> Self {
        let health = Mutex::new(Health { last_good: 0, each: vec![State::default(); list.len()] });
        let readers = list.iter().map(|_| tokio::sync::Mutex::default()).collect();
        Self { list, health, readers }
    }

    pub(crate) fn list(&self) -> &[Server] {
        &self.list
    }

    /// In which order they are tried: the last good one, then as in the file, without those that are left alone; or all
    /// if they all are.
    pub(crate) fn order(&self) -> Vec<usize> {
        let now = Instant::now();
        let health = self.health();
        let all = [health.last_good].into_iter().chain((0..self.list.len()).filter(|index| *index != health.last_good));
        let is_paused = |index: &usize| {
            health.each.get(*index).and_then(|state| state.paused_until).is_some_and(|until| now < until)
        };
        let (paused, rest): (Vec<_>, Vec<_>) = all.partition(is_paused);
        if rest.is_empty() { paused } else { rest }
    }

    /// It has answered a question.
    pub(crate) fn succeeded(&self, index: usize) {
        let mut health = self.health();
        health.last_good = index;
        health.change(index, |state| state.paused_until = None);
    }

    /// It is away.
    pub(crate) fn failed(&self, index: usize) {
        self.health().change(index, |state| state.paused_until = Some(Instant::now() + PAUSE));
    }

    /// Waits until nobody else shows it the reader's password.
    pub(crate) async fn alone(&self, index: usize) -> Option<tokio::sync::MutexGuard<'_, ()>> {
        Some(self.readers.get(index)?.lock().await)
    }

    /// It does not accept the reader with this password, which is not shown to it again for so long.
    pub(crate) fn refused(&self, index: usize, failure: Failure, password: SecretString, pause: Duration) {
        let refusal = Refusal { failure, password, until: Instant::now() + pause };
        self.health().change(index, |state| state.refusal = Some(refusal));
    }

    /// Why it did not accept the reader with this password a short time ago.
    pub(crate) fn refusal(&self, index: usize, password: &SecretString) -> Option<Failure> {
        // Digests are compared in constant time.
        let digest = |password: &SecretString| blake3::hash(password.expose_secret().as_bytes());
        let health = self.health();
        let refusal = health.each.get(index)?.refusal.as_ref()?;
        let counts = Instant::now() < refusal.until && digest(&refusal.password) == digest(password);
        counts.then(|| refusal.failure.clone())
    }

    /// Logs what is wrong with one, but not each time.
    pub(crate) fn log(&self, index: usize, failure: &Failure) {
        if !self.is_due(index) {
            return;
        }
        match failure {
            Failure::Wrong(reason) => {
                tracing::error!(%reason, "a server of the directory cannot be asked: something is wrong with the config file, or with the server")
            }
            _ => tracing::warn!(reason = %failure, "a server of the directory does not answer"),
        }
    }

    fn is_due(&self, index: usize) -> bool {
        let now = Instant::now();
        let mut is_due = false;
        self.health().change(index, |state| {
            is_due = state.logged.is_none_or(|logged| now.duration_since(logged) >= EVERY);
            if is_due {
                state.logged = Some(now);
            }
        });
        is_due
    }

    fn health(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Health {
    fn change(&mut self, index: usize, change: impl FnOnce(&mut State)) {
        if let Some(state) = self.each.get_mut(index) {
            change(state);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three() -> Servers {
        Servers::new(["a", "b", "c"].map(|host| Server::parse(&format!("ldaps://{host}"), false).unwrap()).to_vec())
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_good_one_comes_first_and_a_failed_one_not_at_all() {
        let servers = three();
        assert_eq!(servers.order(), [0, 1, 2]);
        servers.succeeded(1);
        assert_eq!(servers.order(), [1, 0, 2]);
        servers.failed(1);
        assert_eq!(servers.order(), [0, 2]);
        tokio::time::advance(PAUSE).await;
        assert_eq!(servers.order(), [1, 0, 2]);
    }

    #[tokio::test(start_paused = true)]
    async fn if_all_failed_all_are_tried() {
        let servers = three();
        (0..3).for_each(|index| servers.failed(index));
        assert_eq!(servers.order(), [0, 1, 2]);
        servers.succeeded(2);
        assert_eq!(servers.order(), [2]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_one_refuses_is_not_known_of_another_and_not_for_long() {
        let servers = three();
        let (password, other) = ("secret".into(), "other".into());
        servers.refused(1, Failure::wrong("no"), "secret".into(), PAUSE);
        assert_eq!(servers.refusal(1, &password), Some(Failure::wrong("no")));
        assert_eq!((servers.refusal(0, &password), servers.refusal(1, &other)), (None, None));
        tokio::time::advance(PAUSE - Duration::from_millis(1)).await;
        assert_eq!(servers.refusal(1, &password), Some(Failure::wrong("no")));
        tokio::time::advance(Duration::from_millis(1)).await;
        assert_eq!(servers.refusal(1, &password), None);
    }

    #[tokio::test(start_paused = true)]
    async fn one_server_is_logged_once_in_a_while() {
        let servers = three();
        assert_eq!([0, 0, 1, 1].map(|index| servers.is_due(index)), [true, false, true, false]);
        tokio::time::advance(EVERY).await;
        assert_eq!([0, 0, 2].map(|index| servers.is_due(index)), [true, false, true]);
    }
}
