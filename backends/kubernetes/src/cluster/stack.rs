//! The HTTP client: kube's layers for where the server is and whom we impersonate, and our own TLS below.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::rt::{Read, Write};
use hyper_rustls::{FixedServerNameResolver, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{Connection, HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use kube::client::ConfigExt as _;
use portcullis_core::{Clock, Moment};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tower::util::BoxCloneSyncService;
use tower::{BoxError, Layer as _, ServiceExt as _};

use super::files;
use super::tls::{Trust, client_config};

/// Bytes of an answer. A key set may be as long; the review of a user with ten thousand groups is half of it.
const MAX_ANSWER: usize = 1024 * 1024;
/// How long an unused connection is kept.
const IDLE: Duration = Duration::from_secs(60);
/// When the kernel looks whether an unused connection's other end is still there.
const KEEPALIVE: Duration = Duration::from_secs(15);
/// How long the other end's kernel may be silent: a connection whose way has gone ends, and the question is sent over another
/// one. An API server that thinks is not silent in this sense.
const SILENT: Duration = Duration::from_secs(2);
/// How often it is looked whether the certificate authorities in a file have changed.
const FRESH: Duration = Duration::from_secs(60);

type Body = Full<Bytes>;
pub(super) type Service = BoxCloneSyncService<Request<Body>, Response<UnsyncBoxBody<Bytes, BoxError>>, BoxError>;

/// Makes the client, and makes it anew when the certificate authorities have been replaced.
pub(super) struct Stack {
    config: kube::Config,
    trust: Trust,
    clock: Clock,
    current: Mutex<Current>,
}

struct Current {
    service: Service,
    /// What the file of certificate authorities held.
    authorities: Option<Vec<u8>>,
    since: Moment,
}

impl Stack {
    pub(super) fn new(config: kube::Config, trust: Trust, clock: Clock) -> Result<Self, String> {
        let authorities = authorities(&trust).transpose()?;
        let service = service(&config, &trust, authorities.as_deref())?;
        let current = Current { service, authorities, since: clock.now() };
        Ok(Self { config, trust, clock, current: Mutex::new(current) })
    }

    pub(super) fn service(&self) -> Service {
        let mut current = self.current();
        let now = self.clock.now();
        if matches!(self.trust, Trust::File(_)) && now.since(current.since) >= FRESH {
            current.since = now;
            // A file that is gone, or half written, changes nothing.
            if let Some(Ok(authorities)) = authorities(&self.trust)
                && current.authorities.as_ref() != Some(&authorities)
                && let Ok(service) = service(&self.config, &self.trust, Some(&authorities))
            {
                (current.service, current.authorities) = (service, Some(authorities));
            }
        }
        current.service.clone()
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn authorities(trust: &Trust) -> Option<Result<Vec<u8>, String>> {
    match trust {
        Trust::File(file) => Some(files::read(file)),
        Trust::Pem(pem) => Some(Ok(pem.clone())),
        Trust::System => None,
    }
}

fn service(config: &kube::Config, trust: &Trust, authorities: Option<&[u8]>) -> Result<Service, String> {
    let tls = client_config(trust, authorities, &config.auth_info)?;
    let mut http = HttpConnector::new();
    http.enforce_http(false);
    http.set_nodelay(true);
    http.set_connect_timeout(config.connect_timeout);
    http.set_keepalive(Some(KEEPALIVE));
    http.set_keepalive_interval(Some(SILENT));
    http.set_keepalive_retries(Some(2));
    #[cfg(target_os = "linux")]
    http.set_tcp_user_timeout(Some(SILENT));
    match &config.proxy_url {
        None => over(http, config, tls),
        Some(proxy) if is_plain_proxy(proxy) => over(Tunnel::new(proxy.clone(), http), config, tls),
        Some(_) => Err("its `proxy-url` is not `http` without user and password, and so not supported".to_owned()),
    }
}

fn is_plain_proxy(proxy: &Uri) -> bool {
    let has_user = proxy.authority().is_some_and(|authority| authority.as_str().contains('@'));
    proxy.scheme_str() == Some("http") && !has_user
}

fn over<C>(connector: C, config: &kube::Config, tls: ClientConfig) -> Result<Service, String>
where
    C: tower::Service<Uri> + Clone + Send + Sync + 'static,
    C::Response: Connection + Read + Write + Send + Unpin + 'static,
    C::Future: Send + 'static,
    C::Error: Into<BoxError>,
{
    let mut https = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http();
    if let Some(name) = &config.tls_server_name {
        let name = ServerName::try_from(name.clone()).map_err(|_| "its `tls-server-name` is no name".to_owned())?;
        https = https.with_server_name_resolver(FixedServerNameResolver::new(name));
    }
    let client = Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .build::<_, Body>(https.enable_http1().wrap_connector(connector))
        .map_err(BoxError::from);
    let client =
        config.extra_headers_layer().map_err(|_| "whom it impersonates is no header".to_owned())?.layer(client);
    let client = config.base_uri_layer().layer(client);
    Ok(BoxCloneSyncService::new(
        client.map_response(|response| response.map(|body| Limited::new(body, MAX_ANSWER).boxed_unsync())),
    ))
}

#[cfg(test)]
mod tests;
