//! Random policies and random requests: what is compiled decides as the reference does, and for a reason that is one.

use std::collections::BTreeMap;

use portcullis_core::{Action, Authorizer as _, Decision, Principal};

use super::draw::Draw;
use super::drawn::{BACKENDS, LARGE, LONG, Parts, SMALL, Size, policy, principal};
use super::reference;
use crate::config::Subject;
use crate::rbac::{ClaimTest, Pattern, Policy, PolicyAuthorizer};

/// The places of a rule and of a binding.
type Reason = (String, String);

/// All that [`parts_of`] knows.
const PARTS: usize = 21;

/// What allows it, after all ways to find out have said the same.
fn check(policy: &Policy, authorizer: &PolicyAuthorizer, principal: &Principal, action: &Action<'_>) -> Vec<Reason> {
    let reasons = reference::reasons(policy, BACKENDS, principal, action);
    let grants = policy.grants_of(principal);
    let told = || {
        format!("{principal:?}\n{:?}\n{action:?}\n{reasons:?}\n{:#?}", principal.claims(), policy.compiled().definition)
    };
    for allowed in [policy.decide(&grants, action), policy.decide_for(principal, action)] {
        assert_eq!(allowed.is_some(), !reasons.is_empty(), "{}", told());
        if let Some(allowed) = allowed {
            let (rule, binding) = (allowed.rule().unwrap().1.to_string(), allowed.binding().unwrap().to_string());
            assert!(reasons.contains(&(rule.clone(), binding.clone())), "{allowed}\n{}", told());
            let text =
                format!("role {}, rule {} ({rule}), bound at {binding}", allowed.role(), allowed.rule().unwrap().0);
            assert_eq!(allowed.decided_by().as_str(), text);
        }
    }
    let decision = authorizer.decide_at_once(principal, action).unwrap();
    assert_eq!(decision.is_allow(), !reasons.is_empty(), "{}", told());
    assert!(decision.is_allow() || matches!(decision, Decision::NoOpinion(_)), "{decision:?}");
    let explanation = policy.explain(principal, action);
    assert_eq!(explanation.allowed().is_some(), !reasons.is_empty());
    assert!(explanation.nearest().all(|rule| !rule.failing().is_empty()), "{explanation}\n{}", told());
    reasons
}

/// What a rule and a binding have that others have not, where these two alone allow something.
fn parts_of(policy: &Policy, (rule, binding): &Reason) -> Vec<&'static str> {
    let rules = policy.roles().flat_map(|role| role.rules().collect::<Vec<_>>());
    let (rule, _) = rules.into_iter().find(|(_, place)| place.to_string() == *rule).unwrap();
    let bound = policy.bindings().find(|bound| bound.place().to_string() == *binding).unwrap();
    let has = |list: &Option<Vec<Pattern>>, what: fn(&str) -> bool| {
        list.iter().flatten().all(|pattern| what(pattern.as_str())) && list.is_some()
    };
    let is_word = |text: &str| !text.ends_with('*');
    let is_prefix = |text: &str| text.len() > 1 && text.ends_with('*');
    let verbs = Some(rule.verbs.clone());
    let mut parts = vec![
        ("a verb", has(&verbs, is_word)),
        ("verbs with a prefix", has(&verbs, is_prefix)),
        ("a namespace", has(&rule.namespaces, is_word)),
        ("namespaces with a prefix", has(&rule.namespaces, is_prefix)),
        ("a name", has(&rule.names, is_word)),
        ("names with a prefix", has(&rule.names, is_prefix)),
        ("namespaces and names", has(&rule.namespaces, is_word) && has(&rule.names, is_word)),
        ("resources", rule.resources.is_some()),
        ("a URL", rule.urls.is_some()),
        ("a binding within a namespace", has(&bound.binding().namespaces, is_word)),
        ("a binding within a prefix", has(&bound.binding().namespaces, is_prefix)),
    ];
    if let [subject] = bound.binding().subjects.as_slice() {
        parts.push(("everyone", *subject == Subject::Everyone));
        parts.push(("authenticated", *subject == Subject::Authenticated));
        if let Subject::Callers(callers) = subject {
            let [user, group, scope] = [&callers.user, &callers.group, &callers.scope].map(Option::is_some);
            let account = callers.service_account.is_some();
            let claims = || callers.claims.values();
            parts.extend([
                ("a user", user),
                ("a group", group),
                ("a scope", scope),
                ("a service account", account),
                ("a claim that is there", claims().any(|test| *test == ClaimTest::Present)),
                ("a claim with a value", claims().any(|test| *test != ClaimTest::Present)),
                ("keys of two kinds", usize::from(user || account) + usize::from(group) + usize::from(scope) > 1),
                ("a claim and another key", claims().len() > 0 && (user || account || group || scope)),
            ]);
        }
    }
    parts.into_iter().filter(|(_, there)| *there).map(|(part, _)| part).collect()
}

/// How often something was all that a request was allowed by; and the share of what is allowed, in percent.
struct Outcome {
    alone: BTreeMap<&'static str, usize>,
    share: usize,
}

/// Checks so many policies, each with so many callers and actions.
fn run(seed: u64, size: &Size, policies: usize, requests: usize) -> Outcome {
    let mut draw = Draw::new(seed);
    let mut allowed = 0;
    let mut alone = BTreeMap::new();
    for _ in 0..policies {
        let policy = policy(&mut draw, size);
        let authorizer = PolicyAuthorizer::new(policy.clone());
        for _ in 0..requests {
            let near = Parts::near(&mut draw, size, &policy).filter(|_| draw.once_in(2));
            let parts = near.unwrap_or_else(|| Parts::any(&mut draw, size));
            let reasons = check(&policy, &authorizer, &principal(&mut draw, &policy), &parts.action());
            allowed += usize::from(!reasons.is_empty());
            if let [reason] = reasons.as_slice() {
                parts_of(&policy, reason).into_iter().for_each(|part| *alone.entry(part).or_default() += 1);
            }
        }
    }
    Outcome { alone, share: allowed * 100 / (policies * requests) }
}

#[test]
fn what_is_compiled_decides_as_the_reference_does() {
    let Outcome { alone, share } = run(1, &SMALL, 25_000, 4);
    println!("{share} % are allowed; {alone:#?}");
    assert!((10..=60).contains(&share), "{share} % are allowed: that tests little");
    assert_eq!(alone.len(), PARTS, "something never mattered: {alone:?}");
    assert!(alone.values().all(|times| *times >= 20), "something hardly mattered: {alone:?}");
}

#[test]
fn long_words_decide_as_the_reference_does() {
    let Outcome { share, .. } = run(3, &LONG, 2_000, 4);
    assert!((10..=60).contains(&share), "{share} % are allowed: that tests little");
}

#[test]
fn many_roles_and_bindings_decide_as_the_reference_does() {
    let Outcome { share, .. } = run(2, &LARGE, 200, 100);
    assert!((20..=80).contains(&share), "{share} % are allowed: that tests little");
}
