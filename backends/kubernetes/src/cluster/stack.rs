//! The HTTP client: kube's layers for who we are, and our own TLS below.

use std::sync::{Arc, Mutex, PoisonError};
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
use kube::client::middleware::AuthLayer;
use portcullis_core::{Clock, Moment};
use rustls::pki_types::ServerName;
use tower::util::{BoxCloneSyncService, option_layer};
use tower::{BoxError, Layer as _, ServiceExt as _};

use super::tls::{Trust, client_config};

/// Bytes of an answer. A key set may be as long; the review of a user with ten thousand groups is half of it.
const MAX_ANSWER: usize = 1024 * 1024;
/// How long an unused connection is kept.
const IDLE: Duration = Duration::from_secs(60);
/// How often it is looked whether the certificate authorities in a file have changed.
const FRESH: Duration = Duration::from_secs(60);

type Body = Full<Bytes>;
pub(super) type Service = BoxCloneSyncService<Request<Body>, Response<UnsyncBoxBody<Bytes, BoxError>>, BoxError>;

/// Makes the client, and makes it anew when the certificate authorities have been replaced.
pub(super) struct Stack {
    config: kube::Config,
    trust: Trust,
    /// Credentials of a kubeconfig that are no file: a token in it, a plugin's.
    auth: Option<Arc<AuthLayer>>,
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
    /// May run the plugin that the kubeconfig names, and so takes its time.
    pub(super) fn new(config: kube::Config, trust: Trust, clock: Clock) -> Result<Self, String> {
        // What the plugin printed would be in the error.
        let auth = config.auth_layer().map_err(|_| "its user has no credentials that can be used".to_owned())?;
        if config.auth_info.exec.is_some() && auth.is_none() {
            return Err("its user's plugin (`exec`) gave no token".to_owned());
        }
        let auth = auth.map(Arc::new);
        let service = service(&config, &trust, auth.as_deref())?;
        let current = Current { service, authorities: authorities(&trust), since: clock.now() };
        Ok(Self { config, trust, auth, clock, current: Mutex::new(current) })
    }

    pub(super) fn service(&self) -> Service {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        if matches!(self.trust, Trust::File(_)) && now.since(current.since) >= FRESH {
            current.since = now;
            let authorities = authorities(&self.trust);
            // A file that is gone, or half written, changes nothing.
            if authorities.is_some()
                && authorities != current.authorities
                && let Ok(service) = service(&self.config, &self.trust, self.auth.as_deref())
            {
                (current.service, current.authorities) = (service, authorities);
            }
        }
        current.service.clone()
    }
}

fn authorities(trust: &Trust) -> Option<Vec<u8>> {
    match trust {
        Trust::File(file) => std::fs::read(file).ok(),
        _ => None,
    }
}

fn service(config: &kube::Config, trust: &Trust, auth: Option<&AuthLayer>) -> Result<Service, String> {
    let mut http = HttpConnector::new();
    http.enforce_http(false);
    http.set_nodelay(true);
    http.set_connect_timeout(config.connect_timeout);
    match &config.proxy_url {
        None => over(http, config, trust, auth),
        Some(proxy) if is_plain_proxy(proxy) => over(Tunnel::new(proxy.clone(), http), config, trust, auth),
        Some(_) => Err("its `proxy-url` is not `http` without user and password, and so not supported".to_owned()),
    }
}

fn is_plain_proxy(proxy: &Uri) -> bool {
    let has_user = proxy.authority().is_some_and(|authority| authority.as_str().contains('@'));
    proxy.scheme_str() == Some("http") && !has_user
}

fn over<C>(connector: C, config: &kube::Config, trust: &Trust, auth: Option<&AuthLayer>) -> Result<Service, String>
where
    C: tower::Service<Uri> + Clone + Send + Sync + 'static,
    C::Response: Connection + Read + Write + Send + Unpin + 'static,
    C::Future: Send + 'static,
    C::Error: Into<BoxError>,
{
    let mut https =
        HttpsConnectorBuilder::new().with_tls_config(client_config(trust, &config.auth_info)?).https_or_http();
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
    let client = config.base_uri_layer().layer(option_layer(auth).layer(client));
    Ok(BoxCloneSyncService::new(
        client.map_response(|response| response.map(|body| Limited::new(body, MAX_ANSWER).boxed_unsync())),
    ))
}
