//! Who may do what, by the roles and bindings of the files: a [`Policy`], compiled when they are read.
//!
//! # What a policy allows
//!
//! A caller may do something if a binding fits the caller, and a rule of a role of that binding fits the
//! [action](portcullis_core::Action). Nothing else is allowed, and nothing forbids: rules only ever add. What each key of a
//! file means stands at [`Role`](crate::config::Role), [`Rule`](crate::config::Rule),
//! [`Binding`](crate::config::Binding) and [`Callers`](crate::config::Callers). In short:
//!
//! - **A rule fits** if something in each of its lists does: a verb; a resource; the namespace and the name, if the rule
//!   has such lists. Or a verb and a URL. A rule about resources never fits a URL, were it `*`.
//! - **Wildcards:** [`*`](Pattern) fits everything, also what an action does not say; `team-*` whatever begins with `team-`. For
//!   [resources](ResourcePattern) and [URLs](UrlPattern) there is a little more to know.
//! - **Without `namespaces`** a rule, or a binding, is for all of them, and for what has none. **With** them it is for these alone:
//!   an action that says no namespace, as one for all namespaces does, does not fit. The same goes for `names`.
//! - **A binding with `namespaces`** gives no URLs.
//! - **A binding fits** a caller if one of its subjects does, and a subject if all of its keys do. All but `everyone` and
//!   `authenticated` are about the callers of one backend.
//!
//! Where Kubernetes' own RBAC can say the same, it means the same. It has no `team-*`, lets a namespace be named by a binding
//! alone, and has `*` for a URL's end without the `/` before it.
//!
//! # What a check costs
//!
//! [`Policy::grants_of`] finds a caller's roles, once; [`Policy::decide`] then allocates nothing, and looks only at rules of these
//! roles that name the verb and the resource, or a wildcard for them. How many rules there are does not matter to it: each shape
//! that the wildcards of these rules have costs one look into a table (the usual policy has one to four), and a namespace or a name
//! that is limited another one. A word that the policy does not have is looked up once for each length that its prefixes have.
//!
//! ```
//! use portcullis::config::Config;
//! use portcullis::{Action, Principal};
//!
//! let config = Config::from_toml(r#"
//!     [[backend]]
//!     kind = "anonymous"
//!     groups = ["visitors"]
//!
//!     [role.reader]
//!     rules = [{ verbs = ["get", "list"], resources = ["queues"] }]
//!
//!     [[binding]]
//!     role = "reader"
//!     subjects = [{ group = "visitors" }]
//! "#)?;
//! let policy = config.policy().unwrap();
//! let visitor = Principal::builder("anonymous").backend("anonymous").group("visitors").anonymous().build();
//! let grants = policy.grants_of(&visitor);
//! let allowed = policy.decide(&grants, &Action::new("get", "queues")).unwrap();
//! assert_eq!(allowed.to_string(), "role reader, rule 1 (<toml>:7), bound at <toml>:9");
//! assert!(policy.decide(&grants, &Action::new("delete", "queues")).is_none());
//! # Ok::<(), portcullis::config::ConfigError>(())
//! ```

mod allowed;
mod asked;
mod authorizer;
mod claim;
mod compile;
mod decide;
mod definition;
mod explain;
mod grants;
mod index;
mod info;
mod lexicon;
mod pattern;
mod place;
mod policy;
mod shape;
mod subjects;
mod table;
#[cfg(test)]
mod tests;
mod unit;

pub use allowed::Allowed;
pub use authorizer::PolicyAuthorizer;
pub use claim::ClaimTest;
pub(crate) use compile::TooLarge;
pub(crate) use definition::{Definition, PlacedBinding, PlacedCallers, PlacedRole, PlacedRule, PlacedSubject};
pub use explain::{Explanation, Failing, NearRule};
pub use grants::Grants;
pub use info::{BindingInfo, RoleInfo};
pub(crate) use pattern::is_clean;
pub use pattern::{Pattern, ResourcePattern, UrlPattern};
pub use place::Place;
pub use policy::Policy;
pub use portcullis_core::{ExtraGrant, Grantee};
