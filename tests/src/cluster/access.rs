//! Who may do what in a cluster ([RBAC](https://kubernetes.io/docs/reference/access-authn-authz/rbac/)).

use std::time::Instant;

use serde_json::{Value, json};

use super::Cluster;
use crate::process::PATIENCE;

const GROUP: &str = "rbac.authorization.k8s.io";

/// Whom a role is given to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject<'a> {
    /// A service account, by namespace and name.
    Account(&'a str, &'a str),
    /// A user, by name.
    User(&'a str),
    /// All of a group.
    Group(&'a str),
}

impl Cluster {
    /// Makes a role of a namespace, which must be there: these verbs on these resources of this API group.
    pub fn role(&self, namespace: &str, name: &str, group: &str, verbs: &[&str], resources: &[&str]) {
        let rules = json!([{ "apiGroups": [group], "resources": resources, "verbs": verbs }]);
        let role = json!({ "apiVersion": format!("{GROUP}/v1"), "kind": "Role", "rules": rules });
        self.apply(&of_namespace(namespace, "roles", name), &role);
    }

    /// Gives somebody a role of a namespace, and waits until the server heeds it. Returns the path of the RoleBinding,
    /// for [`delete`](Self::delete).
    pub fn bind(&self, namespace: &str, role: &str, subject: Subject<'_>) -> String {
        let path = of_namespace(namespace, "rolebindings", &format!("{role}:{}", subject.name()));
        self.apply(&path, &binding("RoleBinding", "Role", role, subject));
        self.wait_for(&of_namespace(namespace, "roles", role), Some(namespace), subject);
        path
    }

    /// Gives somebody a role of the whole cluster everywhere, and waits until the server heeds it. Returns the path of
    /// the ClusterRoleBinding. Who may ask for reviews has the role `system:auth-delegator`.
    pub fn bind_everywhere(&self, role: &str, subject: Subject<'_>) -> String {
        let path = of_cluster("clusterrolebindings", &format!("{role}:{}", subject.name()));
        self.apply(&path, &binding("ClusterRoleBinding", "ClusterRole", role, subject));
        self.wait_for(&of_cluster("clusterroles", role), None, subject);
        path
    }

    /// A token of the account `reviewer` of the namespace `portcullis`, who may ask for reviews. It is good for an hour.
    #[must_use]
    pub fn reviewer(&self) -> String {
        self.account("portcullis", "reviewer");
        self.bind_everywhere("system:auth-delegator", Subject::Account("portcullis", "reviewer"));
        self.token("portcullis", "reviewer").issue()
    }

    /// Waits until somebody may do what the role allows first.
    fn wait_for(&self, role: &str, namespace: Option<&str>, subject: Subject<'_>) {
        let rule = &self.admin().get(role).json()["rules"][0];
        let verb = &rule["verbs"][0];
        let mut spec = match &rule["nonResourceURLs"][0] {
            Value::Null => {
                let (group, resource) = (&rule["apiGroups"][0], &rule["resources"][0]);
                let attributes = json!({ "namespace": namespace, "verb": verb, "group": group, "resource": resource });
                json!({ "resourceAttributes": attributes })
            }
            path => json!({ "nonResourceAttributes": { "path": path, "verb": verb } }),
        };
        match subject {
            Subject::Group(name) => spec["groups"] = json!([name]),
            Subject::User(_) | Subject::Account(..) => spec["user"] = json!(subject.user()),
        }
        let began = Instant::now();
        loop {
            let review = self.admin().access_review(&spec).json();
            if review["status"]["allowed"] == true {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "{role} has no effect: {review}");
        }
    }
}

impl Subject<'_> {
    /// The name as a user.
    fn user(self) -> String {
        match self {
            Self::Account(namespace, name) => format!("system:serviceaccount:{namespace}:{name}"),
            Self::User(name) | Self::Group(name) => name.to_owned(),
        }
    }

    /// One for the names of bindings.
    fn name(self) -> String {
        match self {
            Self::Group(name) => format!("group:{name}"),
            Self::User(_) | Self::Account(..) => self.user(),
        }
    }

    fn object(self) -> Value {
        match self {
            Self::Account(namespace, name) => json!({ "kind": "ServiceAccount", "namespace": namespace, "name": name }),
            Self::User(name) => json!({ "apiGroup": GROUP, "kind": "User", "name": name }),
            Self::Group(name) => json!({ "apiGroup": GROUP, "kind": "Group", "name": name }),
        }
    }
}

fn binding(kind: &str, of: &str, role: &str, subject: Subject<'_>) -> Value {
    json!({
        "apiVersion": format!("{GROUP}/v1"),
        "kind": kind,
        "roleRef": { "apiGroup": GROUP, "kind": of, "name": role },
        "subjects": [subject.object()],
    })
}

fn of_namespace(namespace: &str, resource: &str, name: &str) -> String {
    format!("/apis/{GROUP}/v1/namespaces/{namespace}/{resource}/{name}")
}

fn of_cluster(resource: &str, name: &str) -> String {
    format!("/apis/{GROUP}/v1/{resource}/{name}")
}
