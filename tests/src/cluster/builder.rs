//! What differs from one cluster to another.

use super::Cluster;

/// A cluster that is to be started: by default one whose issuer and only audience is its URL.
#[derive(Clone, Debug, Default)]
pub struct ClusterBuilder {
    pub(super) issuer: Option<String>,
    pub(super) audiences: Vec<String>,
    pub(super) flags: Vec<String>,
}

impl ClusterBuilder {
    /// What its tokens have in `iss`. If it is no `https` URL, the server publishes no keys.
    #[must_use]
    pub fn issuer(self, issuer: &str) -> Self {
        Self { issuer: Some(issuer.to_owned()), ..self }
    }

    /// For whom a token must be to be good at the server, and for whom tokens are that name nobody.
    #[must_use]
    pub fn audiences(self, audiences: &[&str]) -> Self {
        Self { audiences: audiences.iter().map(|audience| (*audience).to_owned()).collect(), ..self }
    }

    /// One more flag for `kube-apiserver`, such as `--anonymous-auth=false`. It replaces one that is there anyway.
    #[must_use]
    pub fn flag(mut self, flag: &str) -> Self {
        self.flags.push(flag.to_owned());
        self
    }

    /// Starts it, which takes three or four seconds.
    ///
    /// # Panics
    ///
    /// If it does not start.
    #[must_use]
    pub fn start(self) -> Cluster {
        Cluster::with(self)
    }
}
