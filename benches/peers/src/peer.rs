//! A service with the requests that it is given.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use http::{HeaderValue, Request, Response, StatusCode};
use portcullis::Auth;
use portcullis_benches::request;
use portcullis_benches::rounds::Contender;
use tokio::runtime::Runtime;
use tower::{Service, ServiceExt as _};

use crate::crypto::Crypto;

/// How many requests a run consists of.
const BATCH: usize = 10;

/// What all contenders have.
pub(crate) struct Peer<'a> {
    name: &'static str,
    runtime: &'a Runtime,
    credentials: &'a [HeaderValue],
    next: usize,
    crypto: Crypto,
    forgets: Option<Auth>,
}

impl<'a> Peer<'a> {
    pub(crate) fn new(name: &'static str, runtime: &'a Runtime, credentials: &'a [HeaderValue]) -> Self {
        Self { name, runtime, credentials, next: 0, crypto: Crypto::AwsLc, forgets: None }
    }

    /// Verifies signatures with this library, if it asks jsonwebtoken 11.
    pub(crate) fn crypto(self, crypto: Crypto) -> Self {
        Self { crypto, ..self }
    }

    /// Forgets all tokens before each run.
    pub(crate) fn forgets(self, auth: Auth) -> Self {
        Self { forgets: Some(auth), ..self }
    }

    /// With this service, and warm: it has its keys, and saw each token.
    pub(crate) fn around<S>(self, mut service: S) -> Box<dyn Contender + 'a>
    where
        S: Service<Request<Body>, Error = Infallible, Response: Answer> + 'a,
    {
        self.crypto.switch_on();
        // Some fetch the keys in the background, and refuse until they have them.
        let accepts = self.runtime.block_on(async {
            for _ in 0..100 {
                if answer(&mut service, request(&self.credentials[0])).await.is_success() {
                    return true;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            false
        });
        assert!(accepts, "{} refuses the token", self.name);
        let runs = self.credentials.len().div_ceil(BATCH);
        let mut contender = Warm { peer: self, service, requests: Vec::new() };
        for _ in 0..runs {
            contender.prepare();
            contender.run();
        }
        Box::new(contender)
    }
}

struct Warm<'a, S> {
    peer: Peer<'a>,
    service: S,
    requests: Vec<Request<Body>>,
}

impl<S> Contender for Warm<'_, S>
where
    S: Service<Request<Body>, Error = Infallible, Response: Answer>,
{
    fn name(&self) -> &str {
        self.peer.name
    }

    fn prepare(&mut self) {
        let peer = &mut self.peer;
        peer.crypto.switch_on();
        if let Some(auth) = &peer.forgets {
            auth.forget_all();
        }
        for _ in 0..BATCH {
            // A prime: neighbours in time are none in memory.
            peer.next = (peer.next + 7919) % peer.credentials.len();
            self.requests.push(request(&peer.credentials[peer.next]));
        }
    }

    fn run(&mut self) -> usize {
        let requests = std::mem::take(&mut self.requests);
        self.peer.runtime.block_on(async {
            for request in requests {
                assert_eq!(answer(&mut self.service, request).await, StatusCode::OK);
            }
        });
        BATCH
    }
}

async fn answer<S>(service: &mut S, request: Request<Body>) -> StatusCode
where
    S: Service<Request<Body>, Error = Infallible, Response: Answer>,
{
    let Ok(service) = service.ready().await;
    let Ok(answer) = service.call(request).await;
    answer.status()
}

/// What a service answers with.
pub(crate) trait Answer {
    fn status(&self) -> StatusCode;
}

impl<B> Answer for Response<B> {
    fn status(&self) -> StatusCode {
        Self::status(self)
    }
}
