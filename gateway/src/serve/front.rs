//! What every request meets first: health and the resource's metadata in front of the gate,
//! everything else behind it, and behind the signatures of webhooks.

use std::convert::Infallible;

use http::{Request, Response};
use hyper::body::Incoming;
use portcullis::webhook::WebhookService;
use portcullis::{Auth, AuthService, Peer, ResourceMetadata};
use tonic::body::Body;
use tower::{Layer as _, ServiceExt as _};

use super::health::Health;
use crate::whoami::WhoAmI;

/// Answers requests. Cheap to clone.
#[derive(Clone)]
pub(super) struct Front {
    health: Health,
    metadata: Option<ResourceMetadata>,
    guarded: WebhookService<AuthService<WhoAmI>>,
}

impl Front {
    pub(super) fn new(health: Health, auth: &Auth, service: WhoAmI) -> Self {
        Self {
            health,
            metadata: auth.resource_metadata(),
            guarded: auth.webhook_layer().layer(auth.layer().layer(service)),
        }
    }

    pub(super) async fn answer(self, peer: Peer, mut request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
        if Health::is_called_by(&request) {
            return Ok(self.health.answer(peer.0.ip(), request).await);
        }
        if let Some(metadata) = self.metadata.filter(|metadata| metadata.path() == request.uri().path()) {
            return Ok(metadata.oneshot(request).await?.map(Body::new));
        }
        request.extensions_mut().insert(peer);
        Ok(self.guarded.oneshot(request).await?.map(Body::new))
    }
}
