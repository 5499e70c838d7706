//! What is stored in a cluster.

use serde_json::{Value, json};

use super::Cluster;

impl Cluster {
    /// Puts an object there, as administrator: the one of this path has these fields from now on, whether it was there
    /// before or not (server-side apply). Returns it.
    pub fn apply(&self, path: &str, object: &Value) -> Value {
        let answer = self.admin().apply(path, object);
        let stored = answer.json();
        assert!([200, 201].contains(&answer.status), "{path}: {stored}");
        stored
    }

    /// Deletes the object of this path, or all of a collection, as administrator and without grace.
    pub fn delete(&self, path: &str) {
        let answer = self.admin().delete(path);
        assert_eq!(answer.status, 200, "{path}: {}", String::from_utf8_lossy(&answer.body));
    }

    /// Makes a namespace, if it is not there.
    pub fn namespace(&self, name: &str) {
        let namespace = json!({ "apiVersion": "v1", "kind": "Namespace" });
        self.apply(&format!("/api/v1/namespaces/{name}"), &namespace);
    }

    /// Deletes a namespace with all that is in it, which controllers would do.
    pub fn delete_namespace(&self, name: &str) {
        let of_roles = "/apis/rbac.authorization.k8s.io/v1";
        for (group, resource) in [
            ("/api/v1", "pods"),
            ("/api/v1", "secrets"),
            ("/api/v1", "serviceaccounts"),
            (of_roles, "rolebindings"),
            (of_roles, "roles"),
        ] {
            self.delete(&format!("{group}/namespaces/{name}/{resource}"));
        }
        let path = format!("/api/v1/namespaces/{name}");
        self.delete(&path);
        let mut namespace = self.admin().get(&path).json();
        namespace["spec"]["finalizers"] = json!([]);
        let answer = self.admin().put(&format!("{path}/finalize"), &namespace);
        assert_eq!(answer.status, 200, "{name}: {}", String::from_utf8_lossy(&answer.body));
    }

    /// Makes a service account, and its namespace, if they are not there. Its name as a user is
    /// `system:serviceaccount:NAMESPACE:NAME`.
    pub fn account(&self, namespace: &str, name: &str) {
        self.namespace(namespace);
        self.apply(&account(namespace, name), &json!({ "apiVersion": "v1", "kind": "ServiceAccount" }));
    }

    /// Deletes a service account.
    pub fn delete_account(&self, namespace: &str, name: &str) {
        self.delete(&account(namespace, name));
    }

    /// Makes a pod that runs as this account, which must be there. Nothing runs.
    pub fn pod(&self, namespace: &str, name: &str, account: &str) {
        let spec = json!({ "serviceAccountName": account, "containers": [{ "name": "main", "image": "main" }] });
        let pod = json!({ "apiVersion": "v1", "kind": "Pod", "spec": spec });
        self.apply(&format!("/api/v1/namespaces/{namespace}/pods/{name}"), &pod);
    }

    /// Deletes a pod, without grace.
    pub fn delete_pod(&self, namespace: &str, name: &str) {
        self.delete(&format!("/api/v1/namespaces/{namespace}/pods/{name}"));
    }

    /// Makes a Secret with a word in it, for a token that is bound to it. For one with a token, see
    /// [`secret_token`](Self::secret_token).
    pub fn secret(&self, namespace: &str, name: &str) {
        let secret = json!({ "apiVersion": "v1", "kind": "Secret", "stringData": { "word": "any" } });
        self.apply(&format!("/api/v1/namespaces/{namespace}/secrets/{name}"), &secret);
    }

    /// Deletes a Secret.
    pub fn delete_secret(&self, namespace: &str, name: &str) {
        self.delete(&format!("/api/v1/namespaces/{namespace}/secrets/{name}"));
    }

    /// The UID of an account, which its tokens name.
    #[must_use]
    pub fn uid(&self, namespace: &str, account_name: &str) -> String {
        let stored = self.admin().get(&account(namespace, account_name)).json();
        stored["metadata"]["uid"].as_str().unwrap_or_else(|| panic!("no account: {stored}")).to_owned()
    }
}

/// The path of an account.
pub(super) fn account(namespace: &str, name: &str) -> String {
    format!("/api/v1/namespaces/{namespace}/serviceaccounts/{name}")
}
