//! Where the provider's keys come from.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use portcullis_core::{Clock, Moment, Secret, SecretString, async_trait};
use portcullis_jwt::{FetchError, Fetched, KeyOrigin, Why};
use reqwest::StatusCode;

use crate::cache_control;
use crate::endpoint::Endpoint;
use crate::http::{Answer, Http};
use crate::issuer::Issuer;
use crate::metadata::ProviderMetadata;

/// Bytes.
const MAX_METADATA: usize = 256 * 1024;
/// Bytes.
const MAX_KEY_SET: usize = 1024 * 1024;
/// How long the metadata is believed.
const METADATA_AGE: Duration = Duration::from_secs(60 * 60);

/// Fetches the key set, from where the file or the issuer's metadata says.
pub(crate) struct Origin {
    pub(crate) http: Arc<Http>,
    pub(crate) timeout: Duration,
    pub(crate) token: Option<ClientToken>,
    pub(crate) place: Place,
}

/// Where the key set is.
pub(crate) enum Place {
    Known(Endpoint),
    InMetadata(Metadata),
}

/// The metadata, and what it said last.
pub(crate) struct Metadata {
    issuer: Issuer,
    clock: Clock,
    last: Mutex<Option<(Endpoint, Moment)>>,
}

/// What we present ourselves with.
#[derive(Clone)]
pub(crate) struct ClientToken {
    pub(crate) file: PathBuf,
    pub(crate) directory: PathBuf,
}

#[async_trait]
impl KeyOrigin for Origin {
    async fn fetch(&self, _: Why) -> Result<Fetched, FetchError> {
        self.fetch_keys().await.map_err(FetchError::new)
    }
}

impl Origin {
    async fn fetch_keys(&self) -> Result<Fetched, String> {
        let token = match &self.token {
            Some(token) => Some(token.read().await?),
            None => None,
        };
        let metadata = match &self.place {
            Place::Known(keys) => return self.keys(keys, token.as_ref()).await,
            Place::InMetadata(metadata) => metadata,
        };
        let Some(known) = metadata.known() else {
            let keys = self.discover(metadata, token.as_ref()).await?;
            return self.named_keys(metadata, &keys, token.as_ref()).await;
        };
        let error = match self.named_keys(metadata, &known, token.as_ref()).await {
            Ok(fetched) => return Ok(fetched),
            Err(error) => error,
        };
        // The keys may have moved. If not, there is no use in asking for them once more.
        match self.discover(metadata, token.as_ref()).await {
            Ok(keys) if keys != known => self.named_keys(metadata, &keys, token.as_ref()).await,
            _ => Err(error),
        }
    }

    /// The keys where the metadata says they are.
    async fn named_keys(
        &self,
        metadata: &Metadata,
        keys: &Endpoint,
        token: Option<&SecretString>,
    ) -> Result<Fetched, String> {
        let shown = token.filter(|_| metadata.issuer.is_host_of(keys));
        let fetched = self.keys(keys, shown).await;
        fetched.map_err(|error| match (token, shown) {
            (Some(_), None) => format!(
                "{error}; `client_token_file` was not sent there, since the metadata and not the config file name that                  host: `jwks_url` would"
            ),
            _ => error,
        })
    }

    async fn keys(&self, keys: &Endpoint, token: Option<&SecretString>) -> Result<Fetched, String> {
        let answer = self.get(keys, token, MAX_KEY_SET).await?;
        expect_ok(keys, answer.status)?;
        let mut fetched = Fetched::new(answer.body);
        fetched.max_age = cache_control::max_age(&answer.headers);
        Ok(fetched)
    }

    async fn discover(&self, metadata: &Metadata, token: Option<&SecretString>) -> Result<Endpoint, String> {
        let mut place = metadata.issuer.openid_metadata();
        let mut answer = self.get(&place, token, MAX_METADATA).await?;
        if answer.status == StatusCode::NOT_FOUND {
            let other = metadata.issuer.oauth_metadata();
            let there = self.get(&other, token, MAX_METADATA).await?;
            if there.status != StatusCode::NOT_FOUND {
                (place, answer) = (other, there);
            }
        }
        expect_ok(&place, answer.status)?;
        let read = ProviderMetadata::parse(&answer.body, metadata.issuer.text());
        let keys = read.map_err(|error| format!("{place}: {error}"))?.into_keys();
        metadata.remember(&keys);
        Ok(keys)
    }

    async fn get(&self, from: &Endpoint, token: Option<&SecretString>, limit: usize) -> Result<Answer, String> {
        let answer = self.http.get(from, token, self.timeout, limit).await;
        answer.map_err(|failure| format!("{from}: {failure}"))
    }
}

fn expect_ok(from: &Endpoint, status: StatusCode) -> Result<(), String> {
    if status == StatusCode::OK { Ok(()) } else { Err(format!("{from}: answered {}", status.as_u16())) }
}

impl Metadata {
    pub(crate) fn new(issuer: Issuer, clock: Clock) -> Self {
        Self { issuer, clock, last: Mutex::default() }
    }

    /// Where the keys were, unless it is time to ask for that too.
    fn known(&self) -> Option<Endpoint> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let (keys, asked) = last.as_ref()?;
        let is_fresh = self.clock.now().since(*asked) < METADATA_AGE;
        is_fresh.then(|| keys.clone())
    }

    fn remember(&self, keys: &Endpoint) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last = Some((keys.clone(), self.clock.now()));
    }
}

impl ClientToken {
    /// Whether there is one at the start.
    pub(crate) fn check(&self) -> Result<(), String> {
        Secret::File(self.file.clone()).read(&self.directory).map(drop)
    }

    /// Reads it anew: whoever issues such tokens replaces them every hour.
    async fn read(&self) -> Result<SecretString, String> {
        let Self { file, directory } = self.clone();
        let read = tokio::task::spawn_blocking(move || Secret::File(file).read(&directory));
        match read.await {
            Ok(Ok(token)) => Ok(token),
            Ok(Err(error)) => Err(format!("client_token_file: {error}")),
            Err(_) => Err("client_token_file: it could not be read".to_owned()),
        }
    }
}
