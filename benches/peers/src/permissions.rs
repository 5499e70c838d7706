//! The rules of a policy, as the peers that decide who may do what are told them.
//!
//! They get less than Portcullis: of each rule one verb, one namespace and one name, so that a rule is one line of casbin's policy
//! and one policy of Cedar's, and nothing in them is a prefix.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::str::FromStr as _;

use casbin::{CoreApi, DefaultModel, StringAdapter};
use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicySet, Request,
    RestrictedExpression,
};
use portcullis_benches::policy::{Rule, Texts, roles, rules};
use tokio::runtime::Runtime;

/// The model of casbin's documentation for roles, with a namespace and a name.
const MODEL: &str = "
[request_definition]
r = sub, obj, act, space, name

[policy_definition]
p = sub, obj, act, space, name

[role_definition]
g = _, _

[policy_effect]
e = some(where (p.eft == allow))

[matchers]
m = ";

/// What the matcher looks at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum First {
    /// The caller's roles, as in the documentation.
    Roles,
    /// The resource, which few lines have; the roles, which are dearest, last.
    Resource,
}

impl First {
    fn model(self) -> String {
        let within = "(p.space == \"*\" || r.space == p.space) && (p.name == \"*\" || r.name == p.name)";
        let what = format!("r.obj == p.obj && (r.act == p.act || p.act == \"*\") && {within}");
        match self {
            Self::Roles => format!("{MODEL}g(r.sub, p.sub) && {what}\n"),
            Self::Resource => format!("{MODEL}{what} && g(r.sub, p.sub)\n"),
        }
    }
}

/// The caller's name.
const ALICE: &str = "alice";

/// The verb of a rule that the peers get: the one that is asked about.
fn verb(rule: &Rule) -> &str {
    rule.verbs[rule.verbs.len() - 1]
}

/// An enforcer of casbin with so many rules.
///
/// # Panics
///
/// If it refuses them.
pub fn casbin<E: CoreApi>(runtime: &Runtime, count: usize, first: First) -> E {
    let mut policy = String::new();
    for rule in rules(count) {
        let Rule { role, resource, namespaces, names, .. } = &rule;
        let space = namespaces.first().map_or("*", String::as_str);
        let name = names.first().unwrap_or(&"*");
        writeln!(policy, "p, role{role}, {resource}, {}, {space}, {name}", verb(&rule)).expect("a string");
    }
    for role in roles(count) {
        writeln!(policy, "g, {ALICE}, role{role}").expect("a string");
    }
    runtime.block_on(async {
        let model = DefaultModel::from_str(&first.model()).await.expect("the model is right");
        E::new(model, StringAdapter::new(policy)).await.expect("the policy is right")
    })
}

/// Asks casbin.
///
/// # Panics
///
/// If it has no answer.
pub fn asked_of_casbin<E: CoreApi>(enforcer: &E, texts: &Texts) -> bool {
    let Texts { verb, resource, namespace, name } = texts;
    enforcer.enforce((ALICE, resource.as_str(), verb.as_str(), namespace.as_str(), name.as_str())).expect("an answer")
}

/// Cedar with so many rules.
pub struct Cedar {
    authorizer: Authorizer,
    policies: PolicySet,
    entities: Entities,
}

fn entity(kind: &str, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(EntityTypeName::from_str(kind).expect("a name"), EntityId::new(id))
}

impl Cedar {
    /// With so many rules.
    ///
    /// # Panics
    ///
    /// If it refuses them.
    #[must_use]
    pub fn new(count: usize) -> Self {
        let mut policies = String::new();
        for rule in rules(count) {
            let action = match verb(&rule) {
                "*" => "action".to_owned(),
                verb => format!("action == Action::{verb:?}"),
            };
            let Rule { role, resource, namespaces, names, .. } = &rule;
            write!(
                policies,
                "permit(principal in Group::\"group{role}\", {action}, resource == Resource::{resource:?})"
            )
            .expect("a string");
            for (attribute, value) in
                [("namespace", namespaces.first().map(String::as_str)), ("name", names.first().copied())]
            {
                if let Some(value) = value {
                    write!(policies, " when {{ context.{attribute} == {value:?} }}").expect("a string");
                }
            }
            policies.push_str(";\n");
        }
        let groups = roles(count).map(|role| format!("group{role}"));
        let groups: HashSet<_> = groups
            .iter()
            .map(String::as_str)
            .chain(["staff", "everybody"])
            .map(|group| entity("Group", group))
            .collect();
        let alice = Entity::new_no_attrs(entity("User", ALICE), groups);
        Self {
            authorizer: Authorizer::new(),
            policies: PolicySet::from_str(&policies).expect("the policies are right"),
            entities: Entities::from_entities([alice], None).expect("the entities are right"),
        }
    }

    /// A request, which is made before the clock starts.
    ///
    /// # Panics
    ///
    /// Never: there is no schema that it could break.
    #[must_use]
    pub fn request(texts: &Texts) -> Request {
        let Texts { verb, resource, namespace, name } = texts;
        let attribute = |key: &str, text: &String| (key.to_owned(), RestrictedExpression::new_string(text.clone()));
        let context =
            Context::from_pairs([attribute("namespace", namespace), attribute("name", name)]).expect("two keys");
        let (action, resource) = (entity("Action", verb), entity("Resource", resource));
        Request::new(entity("User", ALICE), action, resource, context, None).expect("no schema")
    }

    /// Asks.
    #[must_use]
    pub fn allows(&self, request: &Request) -> bool {
        self.authorizer.is_authorized(request, &self.policies, &self.entities).decision() == Decision::Allow
    }
}
