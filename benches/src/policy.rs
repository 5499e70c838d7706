//! Policies of any size, somebody who has three roles of them, and what that caller asks for.

use std::fmt::Write as _;

use portcullis::config::Config;
use portcullis::rbac::Policy;
use portcullis::{Action, Principal};

/// Rules of each role.
const RULES: usize = 10;

/// One rule of the table.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The number of its role, from 0. The role is bound to one group, of the same number.
    pub role: usize,
    /// What may be done.
    pub verbs: &'static [&'static str],
    /// To what.
    pub resource: String,
    /// Where; everywhere if there is none.
    pub namespaces: Vec<String>,
    /// Of which names; of any if there is none.
    pub names: &'static [&'static str],
}

/// So many rules, in roles of ten: most name a few verbs and one resource, some are limited to namespaces or names, and some have
/// wildcards. Each resource is in the rules of two roles.
#[must_use]
pub fn rules(rules: usize) -> Vec<Rule> {
    let rule = |number: usize| {
        let (role, of_role) = (number / RULES, number % RULES);
        let (verbs, namespaces, names): (&[_], _, &[_]) = match of_role {
            0 => (&["*"], vec![], &[]),
            1 => (&["get"], vec![format!("space{role}"), format!("team{role}-*")], &[]),
            2 => (&["get"], vec![format!("space{role}")], &["one", "two"]),
            _ => (&["get", "list", "watch"], vec![], &[]),
        };
        Rule { role, verbs, resource: resource(rules, role, of_role), namespaces, names }
    };
    (0..rules).map(rule).collect()
}

/// The resource of a rule.
fn resource(rules: usize, role: usize, rule: usize) -> String {
    format!("resource{}", (role * RULES + rule) % (rules / 2))
}

/// The file of these [`rules`].
///
/// # Panics
///
/// Never: a string takes everything.
#[must_use]
pub fn file(rules: usize) -> String {
    let mut file = "[[backend]]\nkind = 'basic'\nname = 'corp'\nusers_file = 'users.htpasswd'\n".to_owned();
    for of_role in self::rules(rules).chunks(RULES) {
        let role = of_role[0].role;
        let mut add = |line: String| writeln!(file, "{line}").expect("a string");
        add(format!("[role.role{role}]\nrules = ["));
        for rule in of_role {
            add(format!("    {{ {} }},", keys(rule)));
        }
        add(format!("]\n[[binding]]\nrole = 'role{role}'\nsubjects = [{{ backend = 'corp', group = 'group{role}' }}]"));
    }
    file
}

fn keys(Rule { verbs, resource, namespaces, names, .. }: &Rule) -> String {
    let mut keys = format!("verbs = {verbs:?}, resources = ['{resource}']");
    if !namespaces.is_empty() {
        write!(keys, ", namespaces = {namespaces:?}").expect("a string");
    }
    if !names.is_empty() {
        write!(keys, ", names = {names:?}").expect("a string");
    }
    keys
}

/// The policy of [`file()`].
///
/// # Panics
///
/// If the file is not in order, which it is.
#[must_use]
pub fn policy(rules: usize) -> Policy {
    let config = Config::from_toml(&file(rules)).expect("the file is in order");
    config.policy().expect("it has roles").clone()
}

/// The roles of [`caller`], by their numbers: the first, one of the middle, and the last. Somebody who looks through all rules finds
/// some of them early and some late.
#[must_use]
pub fn roles(rules: usize) -> [usize; 3] {
    let all = rules / RULES;
    [0, all / 3, all - 1]
}

/// Somebody with three roles, and with groups that mean nothing.
#[must_use]
pub fn caller(rules: usize) -> Principal {
    let groups = roles(rules).map(|role| format!("group{role}"));
    Principal::builder("alice").backend("corp").group("staff").groups(groups).group("everybody").build()
}

/// The texts of an action, as a service has them in hand.
#[derive(Clone, Debug)]
pub struct Texts {
    /// What is to be done.
    pub verb: String,
    /// To what.
    pub resource: String,
    /// Where; may be empty.
    pub namespace: String,
    /// To which one; may be empty.
    pub name: String,
}

impl Texts {
    fn new(verb: &str, resource: String, namespace: String, name: &str) -> Self {
        Self { verb: verb.to_owned(), resource, namespace, name: name.to_owned() }
    }

    /// The action.
    pub fn action(&self) -> Action<'_> {
        Action::new(&self.verb, &self.resource).namespace(&self.namespace).name(&self.name)
    }
}

/// What [`caller`] may do by rules of one sort, and what not, each with its name.
pub fn requests(rules: usize) -> Vec<(&'static str, bool, Vec<Texts>)> {
    // A rule of each role. `#` is the role's number.
    let of = |rule: usize, verb: &'static str, namespace: &'static str, name: &'static str| {
        let roles = roles(rules).into_iter();
        let texts = roles
            .map(|role| Texts::new(verb, resource(rules, role, rule), namespace.replace('#', &role.to_string()), name));
        texts.collect::<Vec<_>>()
    };
    let plain = || (3..RULES).flat_map(|rule| of(rule, "watch", "", "")).collect::<Vec<_>>();
    let with = |mut texts: Vec<Texts>, change: &dyn Fn(&mut Texts)| {
        texts.iter_mut().for_each(change);
        texts
    };
    vec![
        ("allow", true, plain()),
        (
            "allow, namespace and name said",
            true,
            with(plain(), &|texts| {
                ("space0".clone_into(&mut texts.namespace), "hello-world".clone_into(&mut texts.name)).1
            }),
        ),
        ("allow, any verb", true, of(0, "approve", "", "")),
        ("allow, namespace limited", true, of(1, "get", "space#", "hello-world")),
        ("allow, namespace by prefix", true, of(1, "get", "team#-blue", "hello-world")),
        ("allow, namespace and name limited", true, of(2, "get", "space#", "two")),
        ("deny, other namespace", false, of(1, "get", "space7", "hello-world")),
        ("deny, other verb", false, with(plain(), &|texts| "create".clone_into(&mut texts.verb))),
        ("deny, others' resource", false, with(plain(), &|texts| texts.resource = resource(rules, 2, 4))),
        ("deny, unknown words", false, with(plain(), &|texts| "secrets".clone_into(&mut texts.resource))),
    ]
}
