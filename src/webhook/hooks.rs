//! All webhooks of a file.

use std::sync::Arc;

use http::Request;
use portcullis_core::{Authorizers, Clock, Head};

use super::hook::{Hook, Loaded};
use crate::gate::{Denial, Gate};
use crate::route::{Routes, Target};

/// Which requests may be signed, and by whom. By default none.
#[derive(Default)]
pub(crate) struct Hooks {
    /// In the order of the hooks.
    routes: Arc<Routes>,
    hooks: Vec<Arc<Hook>>,
}

/// Which webhook a request is for.
pub(super) enum Found {
    None,
    One(Arc<Hook>),
    /// It is signed, and nobody can say for which.
    Ambiguous(Denial),
}

impl Hooks {
    /// Those that were read, with the routes to them. `nobody` says what their callers are told where nobody decides what
    /// callers may do.
    pub(crate) fn new(routes: &Arc<Routes>, loaded: Vec<Loaded>, nobody: &Authorizers, clock: &Clock) -> Self {
        let hooks = loaded.into_iter().map(|loaded| Arc::new(Hook::new(loaded, nobody, clock))).collect();
        Self { routes: Arc::clone(routes), hooks }
    }

    pub(super) fn find<B>(&self, gate: &Gate, request: &Request<B>) -> Found {
        if self.hooks.is_empty() {
            return Found::None;
        }
        let found = Target::of(Head::from(request)).and_then(|target| self.routes.index_of(&target));
        match found {
            Ok(Some(index)) if !gate.is_signed(request.extensions()) => {
                self.hooks.get(index).map_or(Found::None, |hook| Found::One(Arc::clone(hook)))
            }
            Ok(_) => Found::None,
            // What presents a signature never goes on as if it presented nothing.
            Err(ambiguous) => match self.is_signed_alone(gate, request) {
                true => Found::Ambiguous(Denial::ambiguous_webhook(ambiguous)),
                false => Found::None,
            },
        }
    }

    /// Takes out the fields that are secrets of any webhook, whatever the request is for.
    pub(super) fn strip<B>(&self, gate: &Gate, request: &mut Request<B>) {
        if !gate.forwards_credentials() {
            self.hooks.iter().for_each(|hook| hook.fields.strip(request));
        }
    }

    /// Why a request that presents nothing else, and is not marked as signed, does not go on. None of those comes from the layer of
    /// webhooks with a field of the webhook that it is for: so that layer is not around the gate.
    pub(crate) fn unread<B>(&self, gate: &Gate, request: &Request<B>) -> Option<Denial> {
        if !self.hooks.iter().any(|hook| hook.fields.are_in(request)) {
            return None;
        }
        match self.find(gate, request) {
            Found::None => None,
            Found::One(hook) => hook.fields.are_in(request).then(Denial::without_webhook_layer),
            Found::Ambiguous(denial) => Some(denial),
        }
    }

    /// Whether a signature of any webhook is all that the request presents.
    fn is_signed_alone<B>(&self, gate: &Gate, request: &Request<B>) -> bool {
        let is_addressed = self.hooks.iter().any(|hook| hook.fields.are_in(request));
        is_addressed && !gate.is_presented(request.headers())
    }

    /// What the file means, in plain words.
    pub(crate) fn describe(&self) -> Vec<String> {
        let hooks = self.routes.iter().zip(&self.hooks);
        hooks.map(|(route, hook)| format!("Webhook {route}: signed by {}.", hook.clients().join(", "))).collect()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.hooks.is_empty()
    }
}
