//! The policy decides as Kubernetes' own RBAC does, where both can say the same: random policies, loaded into a real API server
//! as Roles and bindings and read by us as a file, and random SubjectAccessReviews.
//!
//! What both have, and what is drawn: verbs, resources with API groups and subresources, names and URLs, `*` for each, `*/status`;
//! roles of a namespace and of the whole cluster, bound in a namespace or everywhere; users, groups, service accounts, everybody
//! who authenticated, and everybody. `policy_beside_kubernetes/objects.rs` says what becomes of a file.
//!
//! What only we have, and so is not drawn: prefixes such as `team-*`, for namespaces and names too; `workflows/*`, any subresource of
//! one resource; subjects with several keys, scopes, claims, and those of several backends. What only Kubernetes has: one
//! resource in every API group (`apiGroups: ["*"], resources: ["pods"]`), all resources of the core group alone
//! (`apiGroups: [""], resources: ["*"]`), URLs such as `/api*`, and aggregated ClusterRoles.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use portcullis::config::Config;
use portcullis_testbed::{Cluster, Subject};
use serde_json::json;

#[allow(dead_code, unreachable_pub, reason = "the library's own tests have more to draw")]
#[path = "../../src/rbac/tests/draw.rs"]
mod draw;
#[path = "policy_beside_kubernetes/model.rs"]
mod model;
#[path = "policy_beside_kubernetes/objects.rs"]
mod objects;
#[path = "policy_beside_kubernetes/question.rs"]
mod question;

use draw::Draw;
use model::Model;
use question::Question;

const SEED: u64 = 6;
const POLICIES: usize = 10;
const QUESTIONS: usize = 100;

/// Calls of the API server at a time.
const THREADS: usize = 4;

#[test]
fn the_policy_decides_as_the_cluster_does_where_both_can_say_the_same() {
    let mut draw = Draw::new(SEED);
    let models: Vec<_> = (0..POLICIES).map(|number| Model::draw(&mut draw, number)).collect();
    let cluster = Cluster::start();
    load(&cluster, &models);

    let mut asked = Vec::new();
    for model in &models {
        let config = Config::from_toml(&model.file()).unwrap();
        let policy = config.policy().unwrap();
        for _ in 0..QUESTIONS {
            let question = Question::draw(&mut draw, model);
            let (principal, action) = (question.principal(), question.action());
            let allowed = policy.decide(&policy.grants_of(&principal), &action).map(|allowed| allowed.to_string());
            asked.push((model, question.spec(), allowed));
        }
    }
    let differences = in_threads(&asked, |(model, spec, allowed)| {
        let answer = cluster.admin().access_review(spec).json();
        let theirs = &answer["status"];
        assert!(theirs["allowed"].is_boolean() && theirs["evaluationError"].is_null(), "{answer}");
        (theirs["allowed"] != allowed.is_some())
            .then(|| format!("{}\n{spec}\nours: {allowed:?}\ntheirs: {theirs}", model.file()))
    });
    assert!(differences.is_empty(), "seed {SEED}, {} differences\n{}", differences.len(), differences[0]);

    let share = asked.iter().filter(|(.., allowed)| allowed.is_some()).count() * 100 / asked.len();
    println!("{} questions, no difference; {share} % are allowed", asked.len());
    assert!((20..=70).contains(&share), "{share} % are allowed: that tests little");
}

/// Loads all of them, and waits until they count.
fn load(cluster: &Cluster, models: &[Model]) {
    models.iter().flat_map(Model::namespaces).for_each(|namespace| cluster.namespace(&namespace));
    let objects: Vec<_> = models.iter().flat_map(objects::objects).collect();
    in_threads(&objects, |(path, object)| {
        cluster.apply(path, object);
        None::<()>
    });
    // The server watches each kind of object in the order of the changes. So when the last of each kind counts, all do.
    cluster.namespace("last");
    cluster.role("last", "last", "", &["get"], &["pods"]);
    cluster.bind("last", "last", Subject::User("last"));
    let rules = json!([{ "apiGroups": [""], "resources": ["pods"], "verbs": ["list"] }]);
    let role = json!({ "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "rules": rules });
    cluster.apply("/apis/rbac.authorization.k8s.io/v1/clusterroles/last", &role);
    cluster.bind_everywhere("last", Subject::User("last"));
}

/// Does something with each, a few at a time, and returns what comes of it.
fn in_threads<T: Sync, R: Send>(all: &[T], each: impl Fn(&T) -> Option<R> + Sync) -> Vec<R> {
    std::thread::scope(|scope| {
        let chunks = all.chunks(all.len().div_ceil(THREADS));
        let threads: Vec<_> =
            chunks.map(|chunk| scope.spawn(|| chunk.iter().filter_map(&each).collect::<Vec<_>>())).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}
