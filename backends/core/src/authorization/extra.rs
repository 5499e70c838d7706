//! What an object grants by itself.

use crate::Principal;

/// What an object grants by itself, beside the policy: the service loaded it with the object, such as the permissions of a queue.
///
/// It is about the object that the action names, whatever that is; so it says only to whom, and which verbs: `submit`; `re*`,
/// which is whatever begins with `re`; or `*`, which is every verb, as in a rule of a policy.
///
/// ```
/// use portcullis_core::{ExtraGrant, Grantee, Principal};
///
/// let owner = ExtraGrant::new(Grantee::User { backend: "corp", name: "alice" }, &["*"]);
/// let members = ExtraGrant::new(Grantee::Group { backend: "corp", group: "blue" }, &["submit", "watch"]);
/// let bob = Principal::builder("bob").backend("corp").group("blue").build();
/// assert!(members.allows(&bob, "submit") && !members.allows(&bob, "cancel") && !owner.allows(&bob, "submit"));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ExtraGrant<'a> {
    to: Grantee<'a>,
    verbs: &'a [&'a str],
}

/// To whom an object grants something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Grantee<'a> {
    /// One caller.
    User {
        /// The name of the backend that vouches for the caller.
        backend: &'a str,
        /// The caller's name there.
        name: &'a str,
    },
    /// The members of a group.
    Group {
        /// The name of the backend that vouches for the callers.
        backend: &'a str,
        /// The group.
        group: &'a str,
    },
    /// Every caller who presented a credential.
    Authenticated,
    /// Every caller.
    Everyone,
}

impl<'a> ExtraGrant<'a> {
    /// Grants these verbs. One that no rule could have, such as an empty one, grants nothing.
    #[must_use]
    pub const fn new(to: Grantee<'a>, verbs: &'a [&'a str]) -> Self {
        Self { to, verbs }
    }

    /// Whether it grants the verb to the caller.
    #[must_use]
    pub fn allows(&self, principal: &Principal, verb: &str) -> bool {
        let is_meant = match self.to {
            Grantee::User { backend, name } => principal.backend() == backend && principal.name() == name,
            Grantee::Group { backend, group } => principal.backend() == backend && principal.in_group(group),
            Grantee::Authenticated => !principal.is_anonymous(),
            Grantee::Everyone => true,
        };
        is_meant && self.verbs.iter().any(|pattern| fits(pattern, verb))
    }
}

/// An empty pattern, and one with a `*` before its end, fits nothing.
fn fits(pattern: &str, verb: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => !prefix.contains('*') && verb.starts_with(prefix),
        None => !pattern.is_empty() && !pattern.contains('*') && pattern == verb,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(to: Grantee<'_>, verbs: &[&str], principal: &Principal, verb: &str) -> bool {
        ExtraGrant::new(to, verbs).allows(principal, verb)
    }

    #[test]
    fn a_grant_is_to_a_caller_or_group_of_one_backend() {
        let alice = Principal::builder("alice").backend("corp").group("blue").build();
        let elsewhere = Principal::builder("alice").backend("basic").group("blue").build();
        let user = Grantee::User { backend: "corp", name: "alice" };
        let group = Grantee::Group { backend: "corp", group: "blue" };
        for to in [user, group] {
            assert!(allows(to, &["submit"], &alice, "submit"));
            assert!(!allows(to, &["submit"], &elsewhere, "submit"));
            assert!(!allows(to, &["submit"], &alice, "cancel"));
        }
        assert!(!allows(Grantee::User { backend: "corp", name: "blue" }, &["*"], &alice, "submit"));
        assert!(!allows(Grantee::Group { backend: "corp", group: "alice" }, &["*"], &alice, "submit"));
    }

    #[test]
    fn everyone_is_also_who_is_anonymous() {
        let nobody = Principal::builder("anonymous").backend("anonymous").anonymous().build();
        assert!(allows(Grantee::Everyone, &["watch"], &nobody, "watch"));
        assert!(!allows(Grantee::Authenticated, &["watch"], &nobody, "watch"));
        assert!(allows(Grantee::Authenticated, &["watch"], &Principal::builder("alice").build(), "watch"));
    }

    #[test]
    fn verbs_mean_what_they_mean_in_a_rule() {
        let alice = Principal::builder("alice").build();
        for (pattern, verb, expected) in [
            ("*", "cancel", true),
            ("*", "", true),
            ("re*", "reprioritize", true),
            ("re*", "preempt", false),
            ("", "", false),
            ("", "watch", false),
            ("w*h", "watch", false),
            ("Watch", "watch", false),
        ] {
            assert_eq!(allows(Grantee::Everyone, &[pattern], &alice, verb), expected, "{pattern:?} {verb:?}");
        }
        assert!(!allows(Grantee::Everyone, &[], &alice, "watch"));
    }
}
