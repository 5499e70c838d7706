//! Who issues the cluster's tokens.

use arc_swap::ArcSwap;

/// The issuer of the tokens in Secrets, of every cluster: they say nothing of which one.
pub(crate) const LEGACY: &str = "kubernetes/serviceaccount";

/// How many that the API server named are remembered.
const MAX_TOLD: usize = 4;

/// The issuers of the section, or else those that the API server names. It names one, and may name another one after it
/// was started anew; the tokens of the one before are good for some time yet.
#[derive(Debug)]
pub(crate) struct Issuers {
    configured: Vec<String>,
    told: ArcSwap<Vec<String>>,
}

impl Issuers {
    pub(crate) fn new(configured: Vec<String>) -> Self {
        Self { configured, told: ArcSwap::default() }
    }

    /// Whether the section says them, so that they never change.
    pub(crate) fn are_configured(&self) -> bool {
        !self.configured.is_empty()
    }

    /// Whether anything is known of them.
    pub(crate) fn are_known(&self) -> bool {
        self.are_configured() || !self.told.load().is_empty()
    }

    /// Remembers what the API server says.
    pub(crate) fn tell(&self, issuer: String) {
        let told = self.told.load();
        if told.last() != Some(&issuer) {
            let mut all: Vec<_> = told.iter().filter(|own| **own != issuer).cloned().chain([issuer.clone()]).collect();
            all.drain(..all.len().saturating_sub(MAX_TOLD));
            self.told.store(all.into());
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
        let told = self.told.load();
        (!told.is_empty()).then(|| told.iter().any(|own| own == issuer))
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
    fn the_last_few_that_an_api_server_named_count() {
        let issuers = Issuers::new(Vec::new());
        let name = |number: usize| format!("https://{number}.example.test");
        (0..6).chain([4, 5]).for_each(|number| issuers.tell(name(number)));
        let known: Vec<_> = (0..6).filter(|number| issuers.include(&name(*number)) == Some(true)).collect();
        assert_eq!(known, [2, 3, 4, 5]);
    }

    #[test]
    fn tokens_in_secrets_are_every_clusters() {
        assert_eq!(Issuers::new(Vec::new()).include(LEGACY), Some(true));
    }
}
