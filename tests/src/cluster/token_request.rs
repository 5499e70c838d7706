//! Tokens that the server issues ([TokenRequest](https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/)).

use std::time::Duration;

use serde_json::{Value, json};

use super::{Cluster, objects};
use crate::secrets::Secrets;

/// A token that is wanted from a cluster.
#[derive(Clone)]
#[must_use = "nothing is asked for until `issue`"]
pub struct TokenRequest<'a> {
    cluster: &'a Cluster,
    account: String,
    spec: Value,
}

impl Cluster {
    /// A token of this account, which must be there: for the server itself, good for an hour, and bound to nothing
    /// but the account. Two of the same second that are for the same are the same.
    pub fn token(&self, namespace: &str, account: &str) -> TokenRequest<'_> {
        let spec = json!({ "audiences": [], "expirationSeconds": 3600 });
        TokenRequest { cluster: self, account: objects::account(namespace, account), spec }
    }
}

impl TokenRequest<'_> {
    /// For these, and not for the server unless it is one of them.
    pub fn audiences(mut self, audiences: &[&str]) -> Self {
        self.spec["audiences"] = json!(audiences);
        self
    }

    /// Good for so long, in whole seconds; the server takes ten minutes at least. For less, see
    /// [`sign`](Cluster::sign).
    pub fn expires_in(mut self, lifetime: Duration) -> Self {
        self.spec["expirationSeconds"] = json!(lifetime.as_secs());
        self
    }

    /// Good for as long as this pod is there, which runs as this account.
    pub fn bound_to_pod(self, name: &str) -> Self {
        self.bound_to("Pod", name)
    }

    /// Good for as long as this Secret is there.
    pub fn bound_to_secret(self, name: &str) -> Self {
        self.bound_to("Secret", name)
    }

    fn bound_to(mut self, kind: &str, name: &str) -> Self {
        self.spec["boundObjectRef"] = json!({ "apiVersion": "v1", "kind": kind, "name": name });
        self
    }

    /// Asks for it.
    ///
    /// # Panics
    ///
    /// If it is not granted.
    #[must_use]
    pub fn issue(self) -> String {
        let request = json!({ "spec": self.spec });
        let granted = self.cluster.admin().post(&format!("{}/token", self.account), &request).json();
        let token = granted["status"]["token"].as_str().unwrap_or_else(|| panic!("no token: {granted}"));
        Secrets::everywhere().add_token(token.as_bytes());
        token.to_owned()
    }
}
