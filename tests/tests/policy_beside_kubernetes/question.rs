//! Random questions, as both sides ask them.

use portcullis::{Action, Principal};
use serde_json::{Value, json};

use crate::draw::Draw;
use crate::model::{ANY, Binding, GROUPS, Model, NAMES, RESOURCES, Rule, Subject, Target, URLS, VERBS, limited};

/// Somebody who wants to do something.
pub(crate) struct Question {
    /// None is somebody anonymous.
    user: Option<String>,
    groups: Vec<String>,
    verb: String,
    target: Asked,
}

enum Asked {
    Url(String),
    Resource(Attributes),
}

#[derive(Clone)]
struct Attributes {
    group: String,
    resource: String,
    subresource: String,
    namespace: String,
    name: String,
}

impl Question {
    /// Most are what some rule allows to those who have it, or nearly.
    pub(crate) fn draw(draw: &mut Draw, model: &Model) -> Self {
        let mut question = Self::any(draw, model);
        let mut grants = Vec::new();
        for binding in &model.bindings {
            let rules = binding.roles.iter().flat_map(|role| &model.roles[*role]);
            let rules = rules.flat_map(|rule| binding.subjects.iter().map(move |subject| (binding, subject, rule)));
            grants.extend(rules);
        }
        if let Some((binding, subject, rule)) = grants.get(draw.below(grants.len() + grants.len() / 4 + 1)) {
            question.be_meant(draw, subject);
            question.fit(draw, rule, binding);
        }
        question
    }

    fn any(draw: &mut Draw, model: &Model) -> Self {
        let mut groups = draw.some(0, 3, |draw| model.group(draw.below(3)));
        let (account, robot) = (draw.below(5), draw.below(2));
        let user = if account == 0 {
            let namespace = &model.namespaces()[robot];
            groups = vec!["system:serviceaccounts".to_owned(), format!("system:serviceaccounts:{namespace}")];
            Some(format!("system:serviceaccount:{namespace}:robot"))
        } else if model.knows_everybody() && account == 1 {
            groups = vec!["system:unauthenticated".to_owned()];
            None
        } else {
            Some(model.user(draw.below(4)))
        };
        if model.knows_everybody() && user.is_some() {
            groups.push("system:authenticated".to_owned());
        }
        let target = match draw.below(4) {
            0 => Asked::Url(path(draw, ANY)),
            _ => Asked::Resource(Attributes::any(draw, model)),
        };
        Self { user, groups, verb: draw.one_of(&[VERBS, &["GET", "delete"]].concat()).to_owned(), target }
    }

    /// One whom the subject means, mostly, and as far as it can be somebody else.
    fn be_meant(&mut self, draw: &mut Draw, subject: &Subject) {
        let (false, Some(user)) = (draw.once_in(10), &mut self.user) else { return };
        match subject {
            Subject::User(name) => name.clone_into(user),
            Subject::Account(namespace, name) => *user = format!("system:serviceaccount:{namespace}:{name}"),
            Subject::Group(name) if !self.groups.contains(name) => self.groups.push(name.clone()),
            _ => {}
        }
    }

    /// What the rule allows, but for a part of it now and then.
    fn fit(&mut self, draw: &mut Draw, rule: &Rule, binding: &Binding) {
        if !draw.once_in(10) {
            self.verb = word(draw, &rule.verbs, VERBS);
        }
        let (groups, resources, names, namespaces) = match &rule.target {
            Target::Urls(urls) => {
                let pattern = draw.one_of(urls);
                self.target = Asked::Url(path(draw, pattern));
                return;
            }
            Target::Resources { groups, resources, names, namespaces } => (groups, resources, names, namespaces),
        };
        let Asked::Resource(mut attributes) = std::mem::replace(&mut self.target, Asked::Url("/".to_owned())) else {
            return;
        };
        let drawn = attributes.clone();
        attributes.group = word(draw, groups, GROUPS);
        let resource = word(draw, resources, RESOURCES);
        let (resource, subresource) = resource.split_once('/').unwrap_or((&resource, ""));
        attributes.subresource = subresource.to_owned();
        attributes.resource = if resource == ANY { "pods".to_owned() } else { resource.to_owned() };
        if let Some(names) = limited(names) {
            attributes.name = draw.one_of(names).to_owned();
        }
        for limit in [limited(namespaces), limited(&binding.namespaces)].into_iter().flatten() {
            attributes.namespace = draw.one_of(limit);
        }
        match draw.below(20) {
            0 => attributes.group = drawn.group,
            1 => attributes.resource = drawn.resource,
            2 => attributes.subresource = drawn.subresource,
            3 => attributes.namespace = drawn.namespace,
            4 => attributes.name = drawn.name,
            _ => {}
        }
        self.target = Asked::Resource(attributes);
    }

    /// As a request to ours.
    pub(crate) fn principal(&self) -> Principal {
        match &self.user {
            Some(name) => Principal::builder(name).backend("kubernetes").groups(&self.groups).build(),
            None => Principal::builder("anonymous").backend("anonymous").anonymous().build(),
        }
    }

    /// The same.
    pub(crate) fn action(&self) -> Action<'_> {
        match &self.target {
            Asked::Url(path) => Action::url(&self.verb, path),
            Asked::Resource(Attributes { group, resource, subresource, namespace, name }) => {
                Action::new(&self.verb, resource).group(group).subresource(subresource).namespace(namespace).name(name)
            }
        }
    }

    /// As the specification of a SubjectAccessReview.
    pub(crate) fn spec(&self) -> Value {
        let user = self.user.as_deref().unwrap_or("system:anonymous");
        let verb = &self.verb;
        match &self.target {
            Asked::Url(path) => {
                let attributes = json!({ "path": path, "verb": verb });
                json!({ "user": user, "groups": self.groups, "nonResourceAttributes": attributes })
            }
            Asked::Resource(Attributes { group, resource, subresource, namespace, name }) => {
                let attributes = json!({
                    "verb": verb, "group": group, "resource": resource, "subresource": subresource,
                    "namespace": namespace, "name": name,
                });
                json!({ "user": user, "groups": self.groups, "resourceAttributes": attributes })
            }
        }
    }
}

impl Attributes {
    fn any(draw: &mut Draw, model: &Model) -> Self {
        let resource = draw.one_of(&[RESOURCES, &["nodes", "*", "workflows/*"]].concat());
        let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
        let [a, b, c] = model.namespaces();
        Self {
            group: draw.one_of(&[GROUPS, &["batch", ANY]].concat()).to_owned(),
            resource: resource.to_owned(),
            subresource: subresource.to_owned(),
            namespace: draw.one_of(&[String::new(), "elsewhere".to_owned(), a, b, c]),
            name: draw.one_of(&[NAMES, &["", "", "we"]].concat()).to_owned(),
        }
    }
}

/// A word of the list, or of `all` if that is `*`.
fn word(draw: &mut Draw, list: &[&str], all: &[&str]) -> String {
    match draw.one_of(list) {
        ANY => draw.one_of(all).to_owned(),
        word => word.to_owned(),
    }
}

/// One that the pattern fits.
fn path(draw: &mut Draw, pattern: &str) -> String {
    let end = draw.one_of(&["", "pprof", "pprof/heap"]);
    match pattern.strip_suffix('*') {
        Some("") => {
            let pattern = draw.one_of(URLS);
            format!("/{}", pattern.trim_matches(['/', '*']))
        }
        Some(beginning) => format!("{beginning}{end}"),
        None => pattern.to_owned(),
    }
}
