//! What every request meets first: health in front of the gate, everything else behind it.

use std::convert::Infallible;

use http::{Request, Response};
use hyper::body::Incoming;
use portcullis::{AuthLayer, AuthService};
use tonic::body::Body;
use tonic::service::Routes;
use tonic_health::ServingStatus;
use tonic_health::server::{HealthReporter, health_reporter};
use tower::{Layer as _, ServiceExt as _};

use crate::whoami::WhoAmI;

/// The only paths that need no credential.
const HEALTH: &str = "/grpc.health.v1.Health/";

/// Bytes. Anybody can ask for health, so the question must be short: the name of a service.
const MAX_HEALTH_REQUEST: usize = 1024;

/// The services that may be asked for: the server as a whole, and the one that it has.
const SERVICES: [&str; 2] = ["", crate::whoami::SERVICE];

/// Answers requests. Cheap to clone.
#[derive(Clone)]
pub(super) struct Front {
    health: Routes,
    guarded: AuthService<WhoAmI>,
}

/// Turns health off, when the program ends.
pub(super) struct HealthSwitch {
    reporter: HealthReporter,
}

impl Front {
    pub(super) async fn new(auth: AuthLayer, service: WhoAmI) -> (Self, HealthSwitch) {
        let (reporter, health) = health_reporter();
        for service in SERVICES {
            reporter.set_service_status(service, ServingStatus::Serving).await;
        }
        let health = Routes::new(health.max_decoding_message_size(MAX_HEALTH_REQUEST)).prepare();
        (Self { health, guarded: auth.layer(service) }, HealthSwitch { reporter })
    }

    pub(super) async fn answer(self, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
        if request.uri().path().starts_with(HEALTH) {
            return self.health.oneshot(request).await;
        }
        Ok(self.guarded.oneshot(request).await?.map(Body::new))
    }
}

impl HealthSwitch {
    /// Tells those who watch, and lets them go.
    pub(super) async fn off(mut self) {
        for service in SERVICES {
            self.reporter.set_service_status(service, ServingStatus::NotServing).await;
            self.reporter.clear_service_status(service).await;
        }
    }
}
