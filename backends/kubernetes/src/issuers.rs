//! Who issues the cluster's tokens.

use arc_swap::ArcSwapOption;

/// The issuer of the tokens in Secrets, of every cluster: they say nothing of which one.
pub(crate) const LEGACY: &str = "kubernetes/serviceaccount";

/// The issuers of the section, or else the one that the API server names.
#[derive(Debug)]
pub(crate) struct Issuers {
    configured: Vec<String>,
    told: ArcSwapOption<String>,
}

impl Issuers {
    pub(crate) fn new(configured: Vec<String>) -> Self {
        Self { configured, told: ArcSwapOption::empty() }
    }

    /// Whether the section says them, so that they never change.
    pub(crate) fn are_configured(&self) -> bool {
        !self.configured.is_empty()
    }

    /// Remembers what the API server says.
    pub(crate) fn tell(&self, issuer: String) {
        let told = self.told.load();
        if told.as_deref() != Some(&issuer) {
            self.told.store(Some(issuer.into()));
        }
    }

    /// Whether this is one of them; `None` if that is not known yet.
    pub(crate) fn include(&self, issuer: &str) -> Option<bool> {
        if issuer == LEGACY {
            return Some(true);
        }
        if self.are_configured() {
            return Some(self.configured.iter().any(|own| own == issuer));
        }
        self.told.load().as_ref().map(|told| told.as_str() == issuer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sections_issuers_count_and_the_api_servers_only_without_them() {
        let issuers = Issuers::new(vec!["https://a.example.test".to_owned()]);
        issuers.tell("https://b.example.test".to_owned());
        assert_eq!(issuers.include("https://a.example.test"), Some(true));
        assert_eq!(issuers.include("https://b.example.test"), Some(false));

        let issuers = Issuers::new(Vec::new());
        assert_eq!(issuers.include("https://b.example.test"), None);
        issuers.tell("https://b.example.test".to_owned());
        assert_eq!(issuers.include("https://b.example.test"), Some(true));
        assert_eq!(issuers.include("https://a.example.test"), Some(false));
    }

    #[test]
    fn tokens_in_secrets_are_every_clusters() {
        assert_eq!(Issuers::new(Vec::new()).include(LEGACY), Some(true));
    }
}
