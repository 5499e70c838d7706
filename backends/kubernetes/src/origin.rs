//! Where the cluster's keys come from: its API server itself, wherever its metadata says that others find them.

use std::sync::Arc;
use std::time::Duration;

use portcullis_core::async_trait;
use portcullis_jwt::{FetchError, Fetched, KeyOrigin, Why};
use serde::Deserialize;

use crate::cluster::Cluster;
use crate::issuers::Issuers;

/// [Service account issuer discovery](https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#service-account-issuer-discovery).
const METADATA: &str = "/.well-known/openid-configuration";
const KEYS: &str = "/openid/v1/jwks";

/// Fetches the key set, and who issues the tokens that are signed with it.
pub(crate) struct Origin {
    pub(crate) cluster: Cluster,
    pub(crate) issuers: Arc<Issuers>,
    pub(crate) timeout: Duration,
}

#[derive(Deserialize)]
struct Metadata {
    issuer: String,
}

#[async_trait]
impl KeyOrigin for Origin {
    /// Both documents within one `timeout`: whoever asks first waits for them.
    async fn fetch(&self, _: Why) -> Result<Fetched, FetchError> {
        match tokio::time::timeout(self.timeout, self.fetch_both()).await {
            Ok(fetched) => fetched,
            Err(_) => Err(FetchError::new(format!("the API server at {}: no answer in time", self.cluster.place()))),
        }
    }
}

impl Origin {
    async fn fetch_both(&self) -> Result<Fetched, FetchError> {
        if !self.issuers.are_configured() {
            let document = self.get(METADATA).await?;
            let metadata: Metadata = serde_json::from_slice(&document)
                .map_err(|_| FetchError::new(format!("{METADATA} of {} names no issuer", self.cluster.place())))?;
            self.issuers.tell(metadata.issuer);
        }
        Ok(Fetched::new(self.get(KEYS).await?.to_vec()))
    }

    async fn get(&self, path: &'static str) -> Result<bytes::Bytes, FetchError> {
        let answer = self.cluster.fetch(path, self.timeout).await;
        answer.map_err(|unavailable| FetchError::new(unavailable.reason.into_owned()))
    }
}
