//! The same policies as objects of Kubernetes.
//!
//! A role of ours becomes a ClusterRole, of the rules that are not limited to namespaces, and a Role of the same name in each
//! namespace that its other rules name. A binding without namespaces becomes a ClusterRoleBinding to that ClusterRole, and
//! RoleBindings to all those Roles; one with namespaces, RoleBindings to both in these.

use serde_json::{Value, json};

use crate::model::{Model, Rule, Subject, Target, limited};

const API: &str = "/apis/rbac.authorization.k8s.io/v1";
const GROUP: &str = "rbac.authorization.k8s.io";

/// The objects, each with its path.
pub(crate) fn objects(model: &Model) -> Vec<(String, Value)> {
    let mut objects = Vec::new();
    for (index, rules) in model.roles.iter().enumerate() {
        let unlimited = rules.iter().filter(|rule| namespaces(rule).is_none()).map(Rule::object);
        objects.push((path(None, "clusterroles", &role_name(model, index)), role("ClusterRole", unlimited)));
        for namespace in model.namespaces().iter().filter(|namespace| is_limited_to(rules, namespace)) {
            let limited = rules.iter().filter(|rule| names(rule, namespace)).map(Rule::object);
            objects.push((path(Some(namespace), "roles", &role_name(model, index)), role("Role", limited)));
        }
    }
    for (number, binding) in model.bindings.iter().enumerate() {
        for index in &binding.roles {
            let role = role_name(model, *index);
            let mut bind = |namespace: Option<&str>, of: &str| {
                let (kind, resource) = match namespace {
                    Some(_) => ("RoleBinding", "rolebindings"),
                    None => ("ClusterRoleBinding", "clusterrolebindings"),
                };
                let name = format!("binding{number}-{}-{role}", of.to_lowercase());
                objects.push((path(namespace, resource, &name), self::binding(kind, of, &role, &binding.subjects)));
            };
            let limit = limited(&binding.namespaces);
            match limit {
                Some(limit) => limit.iter().for_each(|namespace| bind(Some(namespace), "ClusterRole")),
                None => bind(None, "ClusterRole"),
            }
            for namespace in model.namespaces() {
                let is_within = limit.is_none_or(|limit| limit.contains(&namespace));
                if is_within && is_limited_to(&model.roles[*index], &namespace) {
                    bind(Some(&namespace), "Role");
                }
            }
        }
    }
    objects
}

fn role_name(model: &Model, index: usize) -> String {
    format!("r{index}-of-{}", model.number)
}

fn namespaces(rule: &Rule) -> Option<&[String]> {
    match &rule.target {
        Target::Resources { namespaces, .. } => limited(namespaces),
        Target::Urls(_) => None,
    }
}

fn names(rule: &Rule, namespace: &str) -> bool {
    namespaces(rule).is_some_and(|limit| limit.iter().any(|own| own == namespace))
}

fn is_limited_to(rules: &[Rule], namespace: &str) -> bool {
    rules.iter().any(|rule| names(rule, namespace))
}

fn path(namespace: Option<&str>, resource: &str, name: &str) -> String {
    match namespace {
        Some(namespace) => format!("{API}/namespaces/{namespace}/{resource}/{name}"),
        None => format!("{API}/{resource}/{name}"),
    }
}

fn role(kind: &str, rules: impl Iterator<Item = Value>) -> Value {
    json!({ "apiVersion": format!("{GROUP}/v1"), "kind": kind, "rules": rules.collect::<Value>() })
}

fn binding(kind: &str, of: &str, role: &str, subjects: &[Subject]) -> Value {
    json!({
        "apiVersion": format!("{GROUP}/v1"),
        "kind": kind,
        "roleRef": { "apiGroup": GROUP, "kind": of, "name": role },
        "subjects": subjects.iter().flat_map(Subject::objects).collect::<Value>(),
    })
}

impl Rule {
    fn object(&self) -> Value {
        match &self.target {
            Target::Urls(urls) => json!({ "verbs": self.verbs, "nonResourceURLs": urls }),
            Target::Resources { groups, resources, names, .. } => {
                let names = limited(names).unwrap_or_default();
                json!({ "verbs": self.verbs, "apiGroups": groups, "resources": resources, "resourceNames": names })
            }
        }
    }
}

impl Subject {
    fn objects(&self) -> Vec<Value> {
        let of_rbac = |kind: &str, name: &str| json!({ "apiGroup": GROUP, "kind": kind, "name": name });
        match self {
            Self::User(name) => vec![of_rbac("User", name)],
            Self::Group(name) => vec![of_rbac("Group", name)],
            Self::Account(namespace, name) => {
                vec![json!({ "kind": "ServiceAccount", "namespace": namespace, "name": name })]
            }
            Self::Authenticated => vec![of_rbac("Group", "system:authenticated")],
            Self::Everyone => {
                ["system:authenticated", "system:unauthenticated"].map(|name| of_rbac("Group", name)).into()
            }
        }
    }
}
