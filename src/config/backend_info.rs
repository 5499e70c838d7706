//! What is known of a `[[backend]]` before it is built.

use portcullis_core::Principal;

use super::entry::{Configured, Entry};
use crate::chain::is_system;

/// A `[[backend]]` of a [`Config`](super::Config), as far as it is known without being built: for those who explain a file where
/// its keys and clusters are not.
#[derive(Clone, Copy, Debug)]
pub struct BackendInfo<'a>(&'a Entry);

impl<'a> BackendInfo<'a> {
    pub(super) fn new(entry: &'a Entry) -> Self {
        Self(entry)
    }

    /// Its `name`.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.0.section.name()
    }

    /// Its `kind`.
    #[must_use]
    pub fn kind(&self) -> &'a str {
        self.0.section.kind()
    }

    /// Whether it verifies credentials: all kinds but `anonymous` and `deny-all` do.
    #[must_use]
    pub fn verifies(&self) -> bool {
        !matches!(self.0.backend, Configured::Anonymous(_) | Configured::DenyAll)
    }

    /// Of the kind `anonymous`: whoever presents no credential.
    #[must_use]
    pub fn anonymous(&self) -> Option<Principal> {
        match &self.0.backend {
            Configured::Anonymous(anonymous) => Some(anonymous.principal(&self.0.section)),
            _ => None,
        }
    }

    /// Whether a caller, or a group, of this name may come from it: those that begin with `system:` come from the kind
    /// `kubernetes` alone. A caller that is called so otherwise is refused, and such a group dropped.
    #[must_use]
    pub fn may_name(&self, name: &str) -> bool {
        self.0.backend.may_name_system() || !is_system(name)
    }

    /// Whether it has a cluster that is asked what this caller may do: one of its own, or one who acts as a user of the cluster.
    #[must_use]
    pub fn asks_cluster_about(&self, caller: &Principal) -> bool {
        match &self.0.backend {
            #[cfg(feature = "kubernetes")]
            Configured::Kubernetes(config) => config.access_review.as_ref().is_some_and(|review| {
                if caller.backend() == self.name() {
                    return caller.name().strip_prefix(&*config.username_prefix).is_some_and(|name| !name.is_empty());
                }
                review.act_as.iter().any(|act_as| {
                    act_as.backend == caller.backend()
                        && act_as.user.as_ref().is_none_or(|user| user == caller.name())
                        && act_as.group.as_ref().is_none_or(|group| caller.in_group(group))
                })
            }),
            _ => {
                let _ = caller;
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Config;

    #[cfg(all(feature = "kubernetes", feature = "basic"))]
    #[test]
    fn a_cluster_is_asked_about_its_own_callers_and_those_who_act_as_its_users() {
        use portcullis_core::Principal;

        let config = Config::from_toml(
            "[[backend]]\nkind = 'kubernetes'\nusername_prefix = 'k:'\naccess_review = { act_as = \
             [{ backend = 'basic', group = 'ops', as = 'operator' }] }\n\
             [[backend]]\nkind = 'basic'\nusers_file = 'away'\n",
        )
        .unwrap();
        let cluster = config.backends().next().unwrap();
        let asks = |backend: &str, name: &str, group: &str| {
            cluster.asks_cluster_about(&Principal::builder(name).backend(backend).group(group).build())
        };
        assert!(asks("kubernetes", "k:system:serviceaccount:argo:a", "x"));
        assert!(!asks("kubernetes", "somebody-without-the-prefix", "x"));
        assert!(!asks("kubernetes", "k:", "x"));
        assert!(asks("basic", "alice", "ops"));
        assert!(!asks("basic", "alice", "dev"));
        assert!(!config.backends().nth(1).unwrap().asks_cluster_about(&Principal::builder("alice").build()));
        assert!(cluster.may_name("system:masters") && !config.backends().nth(1).unwrap().may_name("system:masters"));
    }

    #[test]
    fn anonymous_and_deny_all_verify_nothing() {
        let config = Config::from_toml("[[backend]]\nkind = 'anonymous'\ngroups = ['guests']\n").unwrap();
        let backend = config.backends().next().unwrap();
        let caller = backend.anonymous().unwrap();
        assert!(!backend.verifies() && caller.is_anonymous() && caller.in_group("guests"));
        let config = Config::from_toml("[[backend]]\nkind = 'deny-all'\n").unwrap();
        let backend = config.backends().next().unwrap();
        assert!(!backend.verifies() && backend.anonymous().is_none());
    }
}
