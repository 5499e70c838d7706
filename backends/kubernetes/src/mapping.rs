//! From a reviewed user to a principal.

use portcullis_core::Principal;
use serde_json::Value;

use crate::local::Claimed;
use crate::review::User;

/// The name of a service account is this, its namespace, a colon and its own name.
const SERVICE_ACCOUNT: &str = "system:serviceaccount:";

/// What an entry of the file makes of users.
#[derive(Debug)]
pub(crate) struct Mapping {
    pub(crate) username_prefix: String,
    pub(crate) groups_prefix: String,
}

impl Mapping {
    /// The principal: `uid` and `extra` as claims, and of a service account `namespace` and `serviceaccount` too.
    pub(crate) fn principal(&self, user: User, claimed: Claimed) -> Principal {
        let mut principal = Principal::builder(format!("{}{}", self.username_prefix, user.name));
        principal = principal.groups(user.groups.iter().map(|group| format!("{}{group}", self.groups_prefix)));
        if let Some((namespace, account)) =
            user.name.strip_prefix(SERVICE_ACCOUNT).and_then(|rest| rest.split_once(':'))
        {
            principal = principal.claim("namespace", namespace).claim("serviceaccount", account);
        }
        if let Some(uid) = user.uid {
            principal = principal.claim("uid", uid);
        }
        if !user.extra.is_empty() {
            let extra = user.extra.into_iter().map(|(key, values)| (key, Value::from(values)));
            principal = principal.claim("extra", extra.collect::<serde_json::Map<_, _>>());
        }
        if let Some(issuer) = claimed.issuer {
            principal = principal.issuer(issuer);
        }
        if let Some(id) = claimed.id {
            principal = principal.token_id(id);
        }
        if let Some(time) = claimed.times.issued_at {
            principal = principal.issued_at(time);
        }
        if let Some(time) = claimed.times.expires_at {
            principal = principal.expires_at(time);
        }
        principal.build()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(name: &str) -> User {
        User {
            name: name.to_owned(),
            uid: Some("7".to_owned()),
            groups: vec!["system:serviceaccounts".to_owned()],
            extra: [("authentication.kubernetes.io/pod-name".to_owned(), vec!["a".to_owned()])].into(),
        }
    }

    fn mapping(prefix: &str) -> Mapping {
        Mapping { username_prefix: prefix.to_owned(), groups_prefix: prefix.to_owned() }
    }

    #[test]
    fn a_service_account_has_its_namespace_and_name_as_claims() {
        let principal = mapping("").principal(user("system:serviceaccount:argo:deployer"), Claimed::default());
        assert_eq!(principal.name(), "system:serviceaccount:argo:deployer");
        assert!(principal.in_group("system:serviceaccounts"));
        for (claim, value) in [("namespace", "argo"), ("serviceaccount", "deployer"), ("uid", "7")] {
            assert_eq!(principal.claims().get(claim), Some(&Value::from(value)), "{claim}");
        }
        let extra = serde_json::json!({ "authentication.kubernetes.io/pod-name": ["a"] });
        assert_eq!(principal.claims().get("extra"), Some(&extra));
    }

    #[test]
    fn prefixes_come_first_and_claims_have_none() {
        let principal = mapping("b:").principal(user("system:serviceaccount:argo:deployer"), Claimed::default());
        assert_eq!(principal.name(), "b:system:serviceaccount:argo:deployer");
        assert!(principal.in_group("b:system:serviceaccounts"));
        assert_eq!(principal.claims().get("namespace"), Some(&Value::from("argo")));
    }

    #[test]
    fn others_have_no_namespace() {
        for name in ["alice", "system:serviceaccount:argo", "x:system:serviceaccount:argo:deployer"] {
            assert_eq!(mapping("").principal(user(name), Claimed::default()).claims().get("namespace"), None, "{name}");
        }
    }
}
