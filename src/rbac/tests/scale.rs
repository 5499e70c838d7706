//! Lists that multiply to more than anybody means.

use std::sync::Arc;

use crate::config::Rule;
use crate::rbac::{Definition, Pattern, Place, PlacedRole, PlacedRule, Policy, ResourcePattern, TooLarge};

/// A rule on these resources, in these namespaces and of these names.
fn rule(verbs: &[Pattern], resources: usize, namespaces: usize, names: usize) -> Rule {
    let words = |many: usize| (0..many).map(|word| Pattern::parse(&format!("w{word}")).unwrap()).collect::<Vec<_>>();
    let resources = (0..resources).map(|resource| ResourcePattern::parse(&format!("r{resource}")).unwrap());
    Rule {
        verbs: verbs.to_vec(),
        resources: Some(resources.collect()),
        namespaces: (namespaces > 0).then(|| words(namespaces)),
        names: (names > 0).then(|| words(names)),
        urls: None,
    }
}

fn compile(rules: Vec<Rule>) -> Result<Policy, TooLarge> {
    let place = || Place::new(Arc::from("p"), 1);
    let placed = |rules: Vec<Rule>| rules.into_iter().map(|rule| PlacedRule { rule, place: place() }).collect();
    let small = PlacedRole { name: "small".into(), place: place(), rules: placed(vec![rule(&any(), 1, 0, 0)]) };
    let large = PlacedRole { name: "large".into(), place: place(), rules: placed(rules) };
    Policy::compile(Definition { roles: vec![small, large], ..Definition::default() })
}

fn any() -> [Pattern; 1] {
    [Pattern::parse("*").unwrap()]
}

#[test]
fn lists_of_one_rule_that_multiply_to_too_much_are_refused_and_the_rule_is_named() {
    for too_large in [rule(&any(), 1, 2_000, 2_000), {
        let verbs: Vec<_> = (0..2_000).map(|verb| Pattern::parse(&format!("v{verb}")).unwrap()).collect();
        rule(&verbs, 2_000, 0, 0)
    }] {
        let TooLarge { role, rule, .. } = compile(vec![rule(&any(), 2, 3, 4), too_large]).unwrap_err();
        assert_eq!((role, rule), (1, 1));
    }
    assert!(compile(vec![rule(&any(), 1, 300, 300)]).is_ok());
}

#[test]
fn rules_that_multiply_to_too_much_with_one_another_are_refused() {
    // Each resource has the namespaces of another set of rules.
    let rules = |many: usize| (1..=many).map(|resources| rule(&any(), resources, 1_000, 0)).collect();
    assert!(compile(rules(10)).is_ok());
    assert!(compile(rules(100)).is_err());
}
