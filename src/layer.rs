//! The layer.

use std::sync::Arc;

use tower_layer::Layer;

use crate::gate::Gate;
use crate::service::AuthService;

/// Puts a service behind the gate; see [`Auth::layer`](crate::Auth::layer). Cheap to clone.
#[derive(Clone)]
pub struct AuthLayer {
    gate: Arc<Gate>,
}

impl AuthLayer {
    pub(crate) fn new(gate: Arc<Gate>) -> Self {
        Self { gate }
    }
}

impl<S> Layer<S> for AuthLayer {
    type Service = AuthService<S>;

    fn layer(&self, inner: S) -> AuthService<S> {
        AuthService::new(Arc::clone(&self.gate), inner)
    }
}

impl std::fmt::Debug for AuthLayer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuthLayer").finish_non_exhaustive()
    }
}
