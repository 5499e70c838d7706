//! `grpc.health.v1.Health`: what anybody may ask, and therefore what must be bounded.

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response, Version};
use http_body_util::BodyExt as _;
use tokio::sync::Semaphore;
use tonic::body::Body;
use tonic::service::Routes;
use tonic::{Status, codegen};
use tonic_health::ServingStatus;
use tonic_health::server::{HealthReporter, health_reporter};

use super::share::Shares;
use crate::{arrival, whoami};

/// The only paths that need no credential.
const CHECK: &str = "/grpc.health.v1.Health/Check";
const WATCH: &str = "/grpc.health.v1.Health/Watch";

/// Bytes. The name of a service is short.
const MAX_REQUEST: usize = 1024;

/// Streams at a time, in the whole program: each lasts as long as its client wants.
const MAX_WATCHES: usize = 100;

/// The services that may be asked for: the server as a whole, and the one that it has.
const SERVICES: [&str; 2] = ["", whoami::SERVICE];

/// Answers without a credential. Cheap to clone.
#[derive(Clone)]
pub(super) struct Health {
    routes: Routes,
    watches: Arc<Semaphore>,
    watches_of_client: Arc<Shares>,
}

/// Turns health off, when the program ends.
pub(super) struct HealthSwitch {
    reporter: HealthReporter,
}

impl Health {
    pub(super) async fn new() -> (Self, HealthSwitch) {
        let (reporter, health) = health_reporter();
        for service in SERVICES {
            reporter.set_service_status(service, ServingStatus::Serving).await;
        }
        let routes = Routes::new(health.max_decoding_message_size(MAX_REQUEST)).prepare();
        let (watches, watches_of_client) = (Arc::new(Semaphore::new(MAX_WATCHES)), Shares::of(MAX_WATCHES));
        (Self { routes, watches, watches_of_client }, HealthSwitch { reporter })
    }

    /// Whether it is a call of one of the two methods. gRPC is spoken over HTTP/2 alone: there, a client
    /// that has gone is noticed, as it answers no pings.
    pub(super) fn is_called_by<B>(request: &Request<B>) -> bool {
        request.version() == Version::HTTP_2
            && request.method() == Method::POST
            && request.uri().path_and_query().is_some_and(|path| path == CHECK || path == WATCH)
            && whoami::is_grpc(request.headers())
    }

    pub(super) async fn answer<B>(self, address: IpAddr, request: Request<B>) -> Response<Body>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<codegen::StdError>,
    {
        if request.uri().path() != WATCH {
            return arrival::answer(self.routes, request).await;
        }
        let place = self.watches_of_client.take(address).zip(self.watches.try_acquire_owned().ok());
        let Some(place) = place else {
            return Status::resource_exhausted("too many watch the health").into_http();
        };
        let response = arrival::answer(self.routes, request).await;
        response.map(|body| {
            // The place is left when the body goes.
            Body::new(body.map_frame(move |frame| {
                let _place = &place;
                frame
            }))
        })
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

#[cfg(test)]
mod tests {
    use super::*;
    use http_body::Frame;
    use http_body_util::{Full, StreamBody};
    use std::time::Duration;
    use tokio::time::Instant;

    /// An empty message, in its frame.
    const MESSAGE: &[u8] = &[0; 5];

    fn call<B>(path: &str, body: B) -> Request<B> {
        let request = Request::post(format!("http://localhost{path}")).version(Version::HTTP_2);
        request.header("content-type", "application/grpc").body(body).unwrap()
    }

    async fn watch(health: &Health, address: &str) -> Response<Body> {
        health.clone().answer(address.parse().unwrap(), call(WATCH, Full::from(MESSAGE))).await
    }

    #[test]
    fn only_a_grpc_call_of_a_method_is_one() {
        assert!(Health::is_called_by(&call(CHECK, ())) && Health::is_called_by(&call(WATCH, ())));
        for path in ["/", "/grpc.health.v1.Health/", "/grpc.health.v1.Health/List", "/grpc.health.v1.Health/check"] {
            assert!(!Health::is_called_by(&call(path, ())), "{path}");
        }
        for suffix in ["/", "?", "?x", "/../Check", "%20", ";x"] {
            assert!(!Health::is_called_by(&call(&format!("{CHECK}{suffix}"), ())), "{suffix}");
        }
        let but = |change: fn(&mut Request<()>)| {
            let mut request = call(CHECK, ());
            change(&mut request);
            Health::is_called_by(&request)
        };
        assert!(!but(|request| *request.method_mut() = Method::GET));
        assert!(!but(|request| *request.method_mut() = Method::from_bytes(b"post").unwrap()));
        assert!(!but(|request| *request.version_mut() = Version::HTTP_11));
        assert!(!but(|request| request.headers_mut().clear()));
        assert!(!but(|request| *request.uri_mut() = http::Uri::from_static("localhost:80")));
        for value in ["text/plain", "application/grpc-web"] {
            let mut request = call(CHECK, ());
            request.headers_mut().insert("content-type", value.parse().unwrap());
            assert!(!Health::is_called_by(&request), "{value}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_whose_message_never_comes_ends_after_ten_seconds() {
        let (health, _switch) = Health::new().await;
        for path in [CHECK, WATCH] {
            for first in [&MESSAGE[..0], &MESSAGE[..4]] {
                let start = Instant::now();
                let first = tokio_stream::once(Ok::<_, Status>(Frame::data(Bytes::from_static(first))));
                let body = StreamBody::new(tokio_stream::StreamExt::chain(first, tokio_stream::pending()));
                let response = health.clone().answer([192, 0, 2, 1].into(), call(path, body)).await;
                assert_eq!(response.headers()["grpc-status"], "4", "{path}");
                assert_eq!(start.elapsed().as_secs(), 10);
            }
        }
        assert_eq!(health.watches.available_permits(), MAX_WATCHES);
    }

    #[tokio::test(start_paused = true)]
    async fn so_many_watch_and_one_client_a_quarter_of_them() {
        let (health, _switch) = Health::new().await;
        let mut watching = Vec::new();
        for client in 0..4 {
            let address = format!("192.0.2.{client}");
            for _ in 0..25 {
                let mut response = watch(&health, &address).await;
                assert!(response.body_mut().frame().await.unwrap().unwrap().is_data());
                watching.push(response);
            }
            assert_eq!(watch(&health, &address).await.headers()["grpc-status"], "8");
        }
        assert_eq!(watch(&health, "192.0.2.99").await.headers()["grpc-status"], "8");
        let check = health.clone().answer([192, 0, 2, 1].into(), call(CHECK, Full::from(MESSAGE))).await;
        assert!(!check.headers().contains_key("grpc-status"), "to check is to take no place");

        watching.pop();
        let mut response = watch(&health, "192.0.2.99").await;
        assert!(response.body_mut().frame().await.unwrap().unwrap().is_data());
        let next = tokio::time::timeout(Duration::from_secs(3600), response.body_mut().frame()).await;
        assert!(next.is_err(), "a stream may last");
    }
}
