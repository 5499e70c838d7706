//! A server in front of a provider, or in its place, that counts and misbehaves.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use http::HeaderMap;
use rustls::ServerConfig;
use serde_json::Value;

use crate::Authority;
use crate::background::Background;
use crate::port::Port;

mod fault;
mod listener;
mod upstream;

pub use fault::Fault;

/// A server on loopback that answers with documents, or passes requests on to another server, unless
/// it is told to [misbehave](Self::set). It remembers what it was asked.
pub struct Faults {
    shared: Arc<Shared>,
    tls: Option<Arc<ServerConfig>>,
    port: Port,
    background: Option<Background>,
}

#[derive(Default)]
struct Shared {
    upstream: Option<SocketAddr>,
    faults: Mutex<HashMap<String, Fault>>,
    asked: Mutex<Vec<(String, HeaderMap)>>,
}

impl Faults {
    /// One that has no document yet.
    #[must_use]
    pub fn start() -> Self {
        Self::with(None, None)
    }

    /// One that passes on what it is asked to the server of this URL, which is `http`.
    ///
    /// # Panics
    ///
    /// If its host is no address.
    #[must_use]
    pub fn before(url: &str) -> Self {
        Self::with(host(url), None)
    }

    /// The same, but it speaks TLS for these names to its own clients.
    ///
    /// # Panics
    ///
    /// As [`before`](Self::before).
    #[must_use]
    pub fn before_tls(url: &str, authority: &Authority, names: &[&str]) -> Self {
        Self::with(host(url), Some(authority.server(names)))
    }

    /// One that has no document yet, and speaks TLS for these names.
    #[must_use]
    pub fn start_tls(authority: &Authority, names: &[&str]) -> Self {
        Self::with(None, Some(authority.server(names)))
    }

    fn with(upstream: Option<SocketAddr>, tls: Option<Arc<ServerConfig>>) -> Self {
        let shared = Arc::new(Shared { upstream, ..Shared::default() });
        let mut server = Self { shared, tls, port: Port::free(), background: None };
        server.start_again();
        server
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.port.address()
    }

    /// The URL of a path.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}{path}", self.address())
    }

    /// Answers like this at this path from now on.
    pub fn set(&self, path: &str, fault: Fault) {
        self.shared.faults().insert(path.to_owned(), fault);
    }

    /// Has this document at this path from now on.
    pub fn publish(&self, path: &str, document: &Value) {
        self.set(path, Fault::Document("application/json", document.to_string()));
    }

    /// Passes on again what is asked at this path.
    pub fn mend(&self, path: &str) {
        self.shared.faults().remove(path);
    }

    /// How often this path was asked for.
    #[must_use]
    pub fn count(&self, path: &str) -> usize {
        self.asked(path).len()
    }

    /// The fields of each request for this path.
    #[must_use]
    pub fn asked(&self, path: &str) -> Vec<HeaderMap> {
        let asked = self.shared.asked();
        asked.iter().filter(|(at, _)| at == path).map(|(_, fields)| fields.clone()).collect()
    }

    /// Goes away, with all connections.
    pub fn stop(&mut self) {
        self.background = None;
    }

    /// Listens where it did before.
    pub fn start_again(&mut self) {
        self.stop();
        let background = Background::start();
        let listener = listener::listen(&background, self.address(), self.tls.clone());
        let shared = Arc::clone(&self.shared);
        let router = Router::new().fallback(async move |request| shared.answer(request).await);
        background.spawn(async move { axum::serve(listener, router).await.expect("it serves") });
        self.background = Some(background);
    }
}

/// Where the server of an `http` URL is.
fn host(url: &str) -> Option<SocketAddr> {
    url.trim_start_matches("http://").split('/').next()?.parse().ok()
}

impl Shared {
    async fn answer(&self, request: Request) -> Response {
        let path = request.uri().path().to_owned();
        self.asked().push((path.clone(), request.headers().clone()));
        let fault = self.faults().get(&path).cloned();
        match (fault, self.upstream) {
            (Some(Fault::Slow(delay)), upstream) => {
                tokio::time::sleep(delay).await;
                upstream::answer(upstream, request).await
            }
            (Some(fault), _) => fault.answer(request.uri()).await,
            (None, upstream) => upstream::answer(upstream, request).await,
        }
    }

    fn faults(&self) -> MutexGuard<'_, HashMap<String, Fault>> {
        self.faults.lock().expect("nobody panicked")
    }

    fn asked(&self) -> MutexGuard<'_, Vec<(String, HeaderMap)>> {
        self.asked.lock().expect("nobody panicked")
    }
}
