//! From the section to the backend.

use std::path::Path;
use std::sync::Arc;

use portcullis_core::{Challenge, Clock, Invalid, Scheme};
use portcullis_jwt::{Freshness, LiveKeys, Rules};
use tokio::sync::Semaphore;

use super::Oidc;
use crate::checked::{self, Urls};
use crate::config::{IntrospectionConfig, OidcConfig};
use crate::endpoint::Endpoint;
use crate::http::{Http, tls};
use crate::introspection::answer::Expected;
use crate::introspection::{Introspection, MAX_WAITING, Troubles, client_secret_basic};
use crate::mapping::Mapping;
use crate::origin::{ClientToken, Metadata, Origin, Place};

pub(super) fn assemble(config: OidcConfig, name: &Arc<str>, directory: &Path, clock: Clock) -> Result<Oidc, Invalid> {
    let urls = checked::check(&config)?;
    let http = Arc::new(http(&config, &urls, directory)?);
    let introspection = match (&config.introspection, &urls.introspection) {
        (Some(section), Some(endpoint)) => {
            let http = Arc::clone(&http);
            Some(introspection(&config, section, endpoint, http, name, directory, &clock)?)
        }
        _ => None,
    };
    let place = match urls.jwks {
        Some(keys) => Place::Known(keys),
        None => Place::InMetadata(Metadata::new(urls.issuer, clock.clone())),
    };
    let token = config.client_token_file.clone().map(|file| ClientToken { file, directory: directory.to_owned() });
    if let Some(token) = &token {
        token.check().map_err(|problem| Invalid::new("client_token_file", problem).expected("a file with a token"))?;
    }
    let origin = Origin { http, timeout: config.timeout, token, place };
    let mut freshness = Freshness::default();
    freshness.refresh = config.refresh;
    freshness.stale_keys = config.stale_keys;
    freshness.cool_down = config.cool_down;
    let absent = Challenge::new(Scheme::BEARER).param("realm", &config.realm);
    Ok(Oidc {
        rules: rules(&config),
        keys: LiveKeys::new(Arc::clone(name), origin, freshness, clock.clone()),
        mapping: Mapping::new(&config, name, &clock),
        introspection,
        refused: absent.clone().param("error", "invalid_token"),
        absent,
        clock,
        config,
    })
}

fn rules(config: &OidcConfig) -> Rules {
    let mut rules = Rules::new(config.issuer.as_str(), config.audiences.clone());
    rules.algorithms.clone_from(&config.algorithms);
    rules.token_types.clone_from(&config.token_types);
    rules.leeway = config.leeway;
    rules.max_age = config.max_age;
    rules.accept_id_tokens = config.accept_id_tokens;
    rules
}

fn http(config: &OidcConfig, urls: &Urls, directory: &Path) -> Result<Http, Invalid> {
    let tls = match &config.ca_file {
        Some(file) => tls::of_file(&directory.join(file)).map_err(|problem| {
            let problem = format!("{}: {problem}", file.display());
            Invalid::new("ca_file", problem).expected("a file of certificate authorities, in PEM")
        })?,
        None => match tls::of_system() {
            Ok(tls) => tls,
            Err(_) if !urls.use_tls() => tls::of_nobody().map_err(|problem| Invalid::new("", problem))?,
            Err(problem) => {
                let expected = "a file of certificate authorities, or those of the system installed";
                return Err(Invalid::new("ca_file", problem).expected(expected));
            }
        },
    };
    Http::new(&tls, config.timeout).map_err(|failure| Invalid::new("", failure.to_string()))
}

fn introspection(
    config: &OidcConfig,
    section: &IntrospectionConfig,
    endpoint: &Endpoint,
    http: Arc<Http>,
    name: &Arc<str>,
    directory: &Path,
    clock: &Clock,
) -> Result<Introspection, Invalid> {
    let invalid = |problem: &str| Invalid::new("introspection.client_secret", problem);
    let secret = section.client_secret.read(directory).map_err(|problem| invalid(&problem))?;
    let authorization = client_secret_basic(&section.client_id, &secret);
    Ok(Introspection {
        http,
        endpoint: endpoint.clone(),
        authorization: authorization.ok_or_else(|| invalid("it cannot be sent"))?,
        timeout: section.timeout.unwrap_or(config.timeout),
        ttl: section.ttl,
        places: Semaphore::new(section.max_concurrent),
        queue: Semaphore::new(section.max_concurrent + MAX_WAITING),
        expected: Expected {
            rules: rules(config),
            require_issuer: section.require_issuer,
            require_audience: section.require_audience,
        },
        clock: clock.clone(),
        troubles: Troubles::new(name),
    })
}
