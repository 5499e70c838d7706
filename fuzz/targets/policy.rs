//! Roles and bindings, and requests to them: any text is a policy, or problems that say where they are; and a policy decides as
//! the slow reference does, for a reason that is one.
//!
//! The input is a file without its backends, a line `%`, and requests: a line for each, of eight parts with a space between
//! them and `-` for nothing. They are a backend, a name (with `~` before that of somebody anonymous), groups, scopes and claims (`a=b`),
//! a verb, a resource with its group and subresource or a path, a namespace and a name; `,` is within a part:
//!
//! ```text
//! x alice ops,dev read,department=payroll get pods,apps,log argo hello
//! ```

#![no_main]

use libfuzzer_sys::fuzz_target;
use portcullis::config::Config;
use portcullis::rbac::Policy;
use portcullis::{Action, Principal};

#[path = "../../src/rbac/tests/reference.rs"]
mod reference;

mod surroundings {
    //! What the reference needs to know of the rest.

    pub(crate) use portcullis::config::{Binding, Callers, Rule, Subject};
    pub(crate) use portcullis::rbac::{ClaimTest, Pattern, Policy};
    pub(crate) use portcullis::{Action, ActionTarget, Principal};
    pub(crate) use serde_json::Value;
}

const BACKENDS: &[reference::Backend<'_>] = &[("x", None), ("y", None)];

const ONE: &str = "[[backend]]\nkind = 'basic'\nname = 'x'\nusers_file = 'users.htpasswd'\n";
const OTHER: &str = "[[backend]]\nkind = 'anonymous'\nname = 'y'\n";

const MAX_REQUESTS: usize = 32;

/// The parts of a request.
struct Request<'a> {
    principal: Principal,
    verb: &'a str,
    target: &'a str,
    namespace: &'a str,
    name: &'a str,
}

impl<'a> Request<'a> {
    fn read(line: &'a str) -> Option<Self> {
        let mut parts = line.split(' ').map(|part| if part == "-" { "" } else { part });
        let mut next = || parts.next();
        let (backend, name, groups, scopes) = (next()?, next()?, next()?, next()?);
        let mut principal = Principal::builder(name.trim_start_matches('~')).backend(backend);
        principal = principal.groups(groups.split(',').filter(|group| !group.is_empty()));
        for scope in scopes.split(',').filter(|scope| !scope.is_empty()) {
            principal = match scope.split_once('=') {
                Some((claim, value)) => {
                    principal.claim(claim, serde_json::from_str(value).unwrap_or(serde_json::Value::from(value)))
                }
                None => principal.scope(scope),
            };
        }
        let principal = if name.starts_with('~') { principal.anonymous() } else { principal }.build();
        Some(Self { principal, verb: next()?, target: next()?, namespace: next()?, name: next()? })
    }

    fn action(&self) -> Action<'_> {
        if self.target.starts_with('/') {
            return Action::url(self.verb, self.target);
        }
        let mut parts = self.target.splitn(3, ',');
        let mut next = || parts.next().unwrap_or_default();
        let action = Action::new(self.verb, next()).group(next()).subresource(next());
        action.namespace(self.namespace).name(self.name)
    }
}

fn check(policy: &Policy, request: &Request<'_>) {
    let (principal, action) = (&request.principal, request.action());
    let reasons = reference::reasons(policy, BACKENDS, principal, &action);
    let grants = policy.grants_of(principal);
    for allowed in [policy.decide(&grants, &action), policy.decide_for(principal, &action)] {
        assert_eq!(allowed.is_some(), !reasons.is_empty(), "{action}: {reasons:?}");
        let Some(allowed) = allowed else { continue };
        let (number, rule) = allowed.rule().expect("it is by a rule");
        let role = policy.roles().find(|role| role.name() == allowed.role()).expect("there is such a role");
        let (_, place) = role.rules().nth(number - 1).expect("there is such a rule");
        assert_eq!(place, rule);
        let binding = allowed.binding().expect("it is by a binding");
        assert!(policy.bindings().any(|known| known.place() == binding));
        assert!(reasons.contains(&(rule.to_string(), binding.to_string())), "{allowed}: {reasons:?}");
    }
    let explanation = policy.explain(principal, &action);
    assert_eq!(explanation.allowed().is_some(), !reasons.is_empty());
    assert!(explanation.nearest().all(|rule| !rule.failing().is_empty()), "{explanation}");
    let shown = explanation.to_string();
    assert!(!shown.contains(|c: char| c.is_control() && c != '\n'), "no control characters for the terminal");
}

fuzz_target!(|text: &str| {
    let (file, requests) = text.split_once("\n%\n").unwrap_or((text, ""));
    // With the one backend alone, a subject need not name it.
    let backends = if file.starts_with('#') { ONE.to_owned() } else { format!("{ONE}{OTHER}") };
    let file = format!("{backends}{file}");
    let config = match Config::from_toml(&file) {
        Ok(config) => config,
        Err(error) => {
            let lines = file.lines().count() + 1;
            assert!(error.problems().all(|problem| problem.line().is_some_and(|line| line <= lines)), "{error}");
            return;
        }
    };
    let Some(policy) = config.policy() else { return };
    for request in requests.lines().take(MAX_REQUESTS).filter_map(Request::read) {
        check(policy, &request);
    }
});
