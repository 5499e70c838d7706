//! What a check costs, by Portcullis' policy and by its peers, among few rules and among many; and in proportion.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use casbin::{CachedEnforcer, Enforcer};
use portcullis::rbac::{Grants, Policy, PolicyAuthorizer};
use portcullis::{Authorization, Authorizers, Rejection};
use portcullis_benches::policy::{Texts, caller, policy, requests};
use portcullis_benches::rounds::{Contender, Rounds};
use portcullis_peers::permissions::{Cedar, First, asked_of_casbin, casbin};
use portcullis_peers::runtime;

const SIZES: [usize; 2] = [100, 10_000];
const SORTS: [&str; 3] = ["allow", "allow, namespace limited", "deny, other verb"];
const ROUNDS: usize = 40;

/// The contenders of one size and sort, in this order.
const NAMES: [&str; 6] = [
    "Portcullis, the policy",
    "Portcullis, all of a request's check",
    "casbin, matcher as documented",
    "casbin, resource first",
    "casbin, cached",
    "cedar-policy",
];

/// Everybody with the same rules.
struct Tables {
    policy: Policy,
    grants: Grants,
    authorization: Authorization,
    casbin: Enforcer,
    resource_first: Enforcer,
    cached: CachedEnforcer,
    cedar: Cedar,
}

/// How long somebody takes to load.
fn loaded<T>(times: &mut Vec<Duration>, load: impl FnOnce() -> T) -> T {
    let began = Instant::now();
    let loaded = load();
    times.push(began.elapsed());
    loaded
}

impl Tables {
    fn new(rules: usize) -> Self {
        let (runtime, mut times) = (runtime(), Vec::new());
        let policy = loaded(&mut times, || policy(rules));
        let casbin_plain = loaded(&mut times, || casbin(&runtime, rules, First::Roles));
        let cedar = loaded(&mut times, || Cedar::new(rules));
        println!(
            "{rules} rules are loaded in: Portcullis {:?}, casbin {:?}, cedar-policy {:?}",
            times[0], times[1], times[2]
        );
        let authorizer = PolicyAuthorizer::new(policy.clone());
        let authorizers = Authorizers::new([Arc::new(authorizer) as _], Rejection::unauthenticated(Vec::new()));
        let caller = caller(rules);
        Self {
            grants: policy.grants_of(&caller),
            policy,
            authorization: Authorization::new(caller, &authorizers),
            casbin: casbin_plain,
            resource_first: casbin(&runtime, rules, First::Resource),
            cached: casbin(&runtime, rules, First::Resource),
            cedar,
        }
    }
}

/// Somebody who is asked the same few things in turn.
struct Asked<F> {
    name: &'static str,
    /// Of a run.
    calls: usize,
    things: usize,
    next: usize,
    is_allowed: bool,
    ask: F,
}

impl<F: FnMut(usize) -> bool> Contender for Asked<F> {
    fn name(&self) -> &str {
        self.name
    }

    fn run(&mut self) -> usize {
        for _ in 0..self.calls {
            self.next = if self.next + 1 == self.things { 0 } else { self.next + 1 };
            assert_eq!((self.ask)(black_box(self.next)), self.is_allowed);
        }
        self.calls
    }
}

/// All of one size and sort, warm.
fn contenders<'a>(tables: &'a Tables, is_allowed: bool, texts: &'a [Texts]) -> Vec<Box<dyn Contender + 'a>> {
    let cedar_requests: Vec<_> = texts.iter().map(Cedar::request).collect();
    // Three are one of each role: early and late ones.
    let slow = 3;
    vec![
        warm(0, 3_150, is_allowed, texts, move |at| {
            tables.policy.decide(&tables.grants, &texts[at].action()).is_some()
        }),
        warm(1, 3_150, is_allowed, texts, move |at| {
            tables.authorization.decide_at_once(&texts[at].action()).is_some_and(|decision| decision.is_allow())
        }),
        warm(2, slow, is_allowed, texts, move |at| asked_of_casbin(&tables.casbin, &texts[at])),
        warm(3, slow, is_allowed, texts, move |at| asked_of_casbin(&tables.resource_first, &texts[at])),
        warm(4, 315, is_allowed, texts, move |at| asked_of_casbin(&tables.cached, &texts[at])),
        warm(5, slow, is_allowed, texts, move |at| tables.cedar.allows(&cedar_requests[at])),
    ]
}

fn warm<'a>(
    name: usize,
    calls: usize,
    is_allowed: bool,
    texts: &[Texts],
    ask: impl FnMut(usize) -> bool + 'a,
) -> Box<dyn Contender + 'a> {
    let things = texts.len();
    let mut asked = Asked { name: NAMES[name], calls: things, things, next: 0, is_allowed, ask };
    asked.run();
    asked.calls = calls;
    Box::new(asked)
}

fn main() {
    let tables = SIZES.map(Tables::new);
    let asked = SIZES.map(requests);
    let mut all = Vec::new();
    for (tables, asked) in tables.iter().zip(&asked) {
        for sort in SORTS {
            let (_, is_allowed, texts) = asked.iter().find(|(name, ..)| *name == sort).expect("there is such a sort");
            all.extend(contenders(tables, *is_allowed, texts));
        }
    }
    let rounds = Rounds::measure(&mut all, ROUNDS);
    for (group, first) in (0..all.len()).step_by(NAMES.len()).enumerate() {
        println!("\n{} rules, {}", SIZES[group / SORTS.len()], SORTS[group % SORTS.len()]);
        println!("{:38} {:>12}   times the policy        times all of a check (four fifths of the rounds)", "", "ns");
        for (contender, index) in all[first..].iter().zip(first..first + NAMES.len()) {
            let time = rounds.spread(|times| times[index]).median;
            let [policy, check] = [first, first + 1].map(|own| rounds.spread(|times| times[index] / times[own]));
            println!("{:38} {time:12.1}   {policy:.2}   {check:.2}", contender.name());
        }
    }
    println!("\n{} rules cost so many times what {} do:", SIZES[1], SIZES[0]);
    for (index, sort) in SORTS.iter().enumerate() {
        for (own, name) in NAMES[..2].iter().enumerate() {
            let few = index * NAMES.len() + own;
            let many = few + SORTS.len() * NAMES.len();
            println!("{name:38} {sort:28} {:.3}", rounds.spread(|times| times[many] / times[few]));
        }
    }
}
