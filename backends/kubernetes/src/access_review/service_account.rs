//! The names of service accounts.

/// What the user name of a service account begins with; `NAMESPACE:NAME` follows.
pub(super) const PREFIX: &str = "system:serviceaccount:";

/// The [groups](https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-subjects) of the service account
/// `NAMESPACE:NAME`; `None` if Kubernetes would not let an account be called so.
pub(super) fn groups(name: &str) -> Option<[String; 2]> {
    let (namespace, name) = name.split_once(':')?;
    let is_name = name.len() <= 253 && name.split('.').all(is_label);
    (namespace.len() <= 63 && is_label(namespace) && is_name)
        .then(|| ["system:serviceaccounts".to_owned(), format!("system:serviceaccounts:{namespace}")])
}

/// Whether this is made as [RFC 1123](https://www.rfc-editor.org/rfc/rfc1123) has the labels of host names, in lower case.
fn is_label(text: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.bytes().all(is_inner) && !text.starts_with('-') && !text.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_account_is_in_the_groups_of_all_and_of_its_namespace() {
        let expected = ["system:serviceaccounts".to_owned(), "system:serviceaccounts:argo".to_owned()];
        assert_eq!(groups("argo:alice"), Some(expected.clone()));
        assert_eq!(groups("argo:alice.of-the.office-1"), Some(expected));
        assert!(groups(&format!("{}:{}", "n".repeat(63), "a".repeat(253))).is_some());
    }

    #[test]
    fn what_kubernetes_would_not_take_for_a_name_is_none() {
        let (long, longer) = (format!("{}:a", "n".repeat(64)), format!("a:{}", "n".repeat(254)));
        for name in [
            "",
            "argo",
            "argo:",
            ":alice",
            "argo:alice:x",
            "Argo:alice",
            "argo:al ice",
            "-a:b",
            "a:b-",
            "a:b..c",
            "a.b:c",
        ] {
            assert_eq!(groups(name), None, "{name}");
        }
        assert_eq!((groups(&long), groups(&longer)), (None, None));
    }
}
