//! Random policies of what the two models share, as files of ours.

use std::fmt::Write as _;

use crate::draw::Draw;

pub(crate) const GROUPS: &[&str] = &["", "apps", "argoproj.io"];
pub(crate) const RESOURCES: &[&str] =
    &["pods", "pods/status", "workflows", "workflows/status", "queues", "queues/scale"];
const WILDCARDS: &[&str] = &["*", "*", "*/status", "*/scale"];
pub(crate) const VERBS: &[&str] = &["get", "list", "create", "submit", "*"];
pub(crate) const NAMES: &[&str] = &["web", "web-1", "db"];
pub(crate) const URLS: &[&str] = &["/metrics", "/debug/*", "/debug/pprof", "/debug/pprof/*", "/logs/*", "*"];

const ROLES: usize = 6;
const BINDINGS: usize = 9;
pub(crate) const ANY: &str = "*";

/// Who may do what, and whom it is about. Each has users, groups and namespaces of its own, so that all of them can be in one
/// cluster.
pub(crate) struct Model {
    pub(crate) number: usize,
    pub(crate) roles: Vec<Vec<Rule>>,
    pub(crate) bindings: Vec<Binding>,
}

pub(crate) struct Rule {
    pub(crate) verbs: Vec<&'static str>,
    pub(crate) target: Target,
}

pub(crate) enum Target {
    /// Each resource in each API group.
    Resources {
        groups: Vec<&'static str>,
        resources: Vec<&'static str>,
        names: Vec<&'static str>,
        namespaces: Vec<String>,
    },
    Urls(Vec<&'static str>),
}

pub(crate) struct Binding {
    pub(crate) roles: Vec<usize>,
    pub(crate) subjects: Vec<Subject>,
    pub(crate) namespaces: Vec<String>,
}

#[derive(Clone)]
pub(crate) enum Subject {
    User(String),
    Group(String),
    Account(String, &'static str),
    Authenticated,
    Everyone,
}

/// What the list limits. Without a list, and with `*`, nothing.
pub(crate) fn limited<T: AsRef<str>>(list: &[T]) -> Option<&[T]> {
    (!list.is_empty() && list.iter().all(|word| word.as_ref() != ANY)).then_some(list)
}

impl Model {
    pub(crate) fn draw(draw: &mut Draw, number: usize) -> Self {
        let mut model = Self { number, roles: Vec::new(), bindings: Vec::new() };
        model.roles = draw.some(ROLES, ROLES + 1, |draw| draw.some(0, 4, |draw| model.rule(draw)));
        model.bindings = draw.some(BINDINGS, BINDINGS + 1, |draw| Binding {
            roles: draw.some(1, 3, |draw| draw.below(ROLES)),
            subjects: draw.some(0, 3, |draw| model.subject(draw)),
            namespaces: model.limit(draw),
        });
        model
    }

    /// Only the callers of this one are in the groups of everybody: what it grants to those, all of them would have.
    pub(crate) fn knows_everybody(&self) -> bool {
        self.number == 0
    }

    pub(crate) fn user(&self, index: usize) -> String {
        format!("user{index}-of-{}", self.number)
    }

    pub(crate) fn group(&self, index: usize) -> String {
        format!("group{index}-of-{}", self.number)
    }

    pub(crate) fn namespaces(&self) -> [String; 3] {
        ["a", "b", "c"].map(|letter| format!("{letter}-{}", self.number))
    }

    fn limit(&self, draw: &mut Draw) -> Vec<String> {
        match draw.below(5) {
            0 => draw.some(1, 3, |draw| draw.one_of(&self.namespaces())),
            1 => vec![draw.one_of(&self.namespaces())],
            2 => vec![ANY.to_owned()],
            _ => Vec::new(),
        }
    }

    fn rule(&self, draw: &mut Draw) -> Rule {
        let verbs = draw.some(1, 3, |draw| draw.one_of(VERBS));
        if draw.once_in(4) {
            return Rule { verbs, target: Target::Urls(draw.some(1, 3, |draw| draw.one_of(URLS))) };
        }
        // Ours cannot say one resource in every group, nor all of the group without a name.
        let (groups, resources) = match draw.below(4) {
            0 => (vec![ANY], draw.some(1, 3, |draw| draw.one_of(WILDCARDS))),
            1 => (draw.some(1, 3, |draw| draw.one_of(&GROUPS[1..])), draw.some(1, 3, |draw| draw.one_of(WILDCARDS))),
            _ => (draw.some(1, 3, |draw| draw.one_of(GROUPS)), draw.some(1, 4, |draw| draw.one_of(RESOURCES))),
        };
        let names = match draw.below(6) {
            0 => vec![ANY],
            1 | 2 => draw.some(1, 3, |draw| draw.one_of(NAMES)),
            _ => Vec::new(),
        };
        Rule { verbs, target: Target::Resources { groups, resources, names, namespaces: self.limit(draw) } }
    }

    fn subject(&self, draw: &mut Draw) -> Subject {
        match draw.below(if self.knows_everybody() { 8 } else { 5 }) {
            0 | 1 => Subject::User(self.user(draw.below(3))),
            2 | 3 => Subject::Group(self.group(draw.below(3))),
            4 if draw.once_in(2) => Subject::Group(format!("system:serviceaccounts:{}", self.namespaces()[0])),
            4 => Subject::Account(self.namespaces()[0].clone(), "robot"),
            5 => Subject::Authenticated,
            6 => Subject::Group("system:authenticated".to_owned()),
            _ => Subject::Everyone,
        }
    }

    /// As a file.
    pub(crate) fn file(&self) -> String {
        let mut file = "[[backend]]\nkind = \"kubernetes\"\n[[backend]]\nkind = \"anonymous\"\n".to_owned();
        let mut add = |line: String| writeln!(file, "{line}").unwrap();
        for (index, rules) in self.roles.iter().enumerate() {
            add(format!("[role.r{index}]\nrules = ["));
            rules.iter().for_each(|rule| add(format!("    {{ {} }},", rule.keys())));
            add("]".to_owned());
        }
        for binding in &self.bindings {
            let roles: Vec<_> = binding.roles.iter().map(|role| format!("r{role}")).collect();
            let subjects: Vec<_> = binding.subjects.iter().map(Subject::value).collect();
            add(format!("[[binding]]\nroles = {roles:?}\nsubjects = [{}]", subjects.join(", ")));
            if !binding.namespaces.is_empty() {
                add(format!("namespaces = {:?}", binding.namespaces));
            }
        }
        file
    }
}

impl Rule {
    fn keys(&self) -> String {
        let mut keys = format!("verbs = {:?}", self.verbs);
        match &self.target {
            Target::Urls(urls) => write!(keys, ", urls = {urls:?}").unwrap(),
            Target::Resources { groups, resources, names, namespaces } => {
                let all: Vec<_> =
                    groups.iter().flat_map(|group| resources.iter().map(|text| of_group(text, group))).collect();
                write!(keys, ", resources = {all:?}").unwrap();
                if !names.is_empty() {
                    write!(keys, ", names = {names:?}").unwrap();
                }
                if !namespaces.is_empty() {
                    write!(keys, ", namespaces = {namespaces:?}").unwrap();
                }
            }
        }
        keys
    }
}

/// As kubectl writes it: `workflows/status` is `workflows.argoproj.io/status`.
fn of_group(resource: &str, group: &str) -> String {
    if group.is_empty() || group == ANY {
        return resource.to_owned();
    }
    match resource.split_once('/') {
        Some((resource, subresource)) => format!("{resource}.{group}/{subresource}"),
        None => format!("{resource}.{group}"),
    }
}

impl Subject {
    fn value(&self) -> String {
        match self {
            Self::User(name) => format!("{{ backend = \"kubernetes\", user = {name:?} }}"),
            Self::Group(name) => format!("{{ backend = \"kubernetes\", group = {name:?} }}"),
            Self::Account(namespace, name) => {
                format!("{{ backend = \"kubernetes\", service_account = \"{namespace}:{name}\" }}")
            }
            Self::Authenticated => "\"authenticated\"".to_owned(),
            Self::Everyone => "\"everyone\"".to_owned(),
        }
    }
}
