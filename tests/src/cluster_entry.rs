//! Clusters as a config file names them.

use crate::Cluster;

impl Cluster {
    /// A `[[backend]]` for a config file: this cluster, asked as the account that [may](Self::reviewer) ask. Further keys can
    /// be put behind it.
    #[must_use]
    pub fn entry(&self) -> String {
        let kubeconfig = self.kubeconfig_of(&self.reviewer());
        format!("[[backend]]\nkind = \"kubernetes\"\nkubeconfig = \"{}\"\n", kubeconfig.display())
    }
}
