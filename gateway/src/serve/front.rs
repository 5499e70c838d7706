//! What every request meets first: health in front of the gate, everything else behind it.

use std::convert::Infallible;

use http::{Request, Response};
use hyper::body::Incoming;
use portcullis::{AuthLayer, AuthService, Peer};
use tonic::body::Body;
use tower::{Layer as _, ServiceExt as _};

use super::health::Health;
use crate::whoami::WhoAmI;

/// Answers requests. Cheap to clone.
#[derive(Clone)]
pub(super) struct Front {
    health: Health,
    guarded: AuthService<WhoAmI>,
}

impl Front {
    pub(super) fn new(health: Health, auth: &AuthLayer, service: WhoAmI) -> Self {
        Self { health, guarded: auth.layer(service) }
    }

    pub(super) async fn answer(self, peer: Peer, mut request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
        if Health::is_called_by(&request) {
            return Ok(self.health.answer(peer.0.ip(), request).await);
        }
        request.extensions_mut().insert(peer);
        Ok(self.guarded.oneshot(request).await?.map(Body::new))
    }
}
