//! The program in a pod, with the account and the roles that the documentation gives it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use portcullis_testbed::{Block, Cluster, MANIFESTS, Pod, Program, Site, repository};
use serde_json::Value;

/// The namespace that the documents have.
const NAMESPACE: &str = "orders";
const ACCOUNT: &str = "portcullis";

const REVIEWER: &str = "ClusterRoleBinding";

/// The role that lets every account read the keys, and its binding.
const DISCOVERY: &str = "system:service-account-issuer-discovery";

/// What the README says that the log says. It is in the document too, word for word.
const NO_LEAVE: &str = "no leave to ask at /apis/authentication.k8s.io/v1/tokenreviews (403)";
const NOT_TAKEN: &str = "it does not take our own credentials (401)";

fn document(name: &str) -> String {
    std::fs::read_to_string(repository().join(name)).unwrap()
}

/// The objects of all documents.
fn manifests() -> Vec<Value> {
    let blocks = MANIFESTS.iter().flat_map(|name| Block::all(&document(name)));
    let yaml: Vec<_> = blocks.filter(|block| block.language == "yaml").collect();
    assert!(!yaml.is_empty());
    yaml.iter().flat_map(|block| serde_saphyr::from_multiple::<Value>(&block.text).unwrap()).collect()
}

/// What `kubectl apply` does with an object.
fn apply(cluster: &Cluster, object: &Value) {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let version = text(&object["apiVersion"]);
    let root = format!("/{}/{version}", if version.contains('/') { "apis" } else { "api" });
    let resources = cluster.admin().get(&root).json()["resources"].take();
    let is_its_kind = |resource: &&Value| resource["kind"] == object["kind"] && !text(&resource["name"]).contains('/');
    let resource = resources.as_array().unwrap().iter().find(is_its_kind).expect("the server knows the kind");
    let namespace = match resource["namespaced"] == true {
        true => format!("/namespaces/{}", text(&object["metadata"]["namespace"])),
        false => String::new(),
    };
    cluster
        .apply(&format!("{root}{namespace}/{}/{}", text(&resource["name"]), text(&object["metadata"]["name"])), object);
}

/// Applies those of the manifests' objects whose kind is this one, or is not.
fn apply_all(cluster: &Cluster, kind: &str, is_it: bool) {
    cluster.namespace(NAMESPACE);
    let objects: Vec<_> = manifests().into_iter().filter(|object| (object["kind"] == kind) == is_it).collect();
    assert!(!objects.is_empty(), "{kind}");
    objects.iter().for_each(|object| apply(cluster, object));
}

/// A site in which nothing is remembered.
fn site() -> Site {
    site_with("")
}

fn site_with(keys: &str) -> Site {
    Site::new(&format!("[[backend]]\nkind = \"kubernetes\"\naudiences = [\"orders-api\"]\nttl = \"0s\"\n{keys}"))
}

/// The token of a client.
fn client(cluster: &Cluster) -> String {
    cluster.account("clients", "deployer");
    cluster.token("clients", "deployer").audiences(&["orders-api"]).issue()
}

/// A token of the program's own, which is good as long as a Secret of this name is there.
fn own_token(cluster: &Cluster, secret: &str) -> String {
    cluster.secret(NAMESPACE, secret);
    cluster.token(NAMESPACE, ACCOUNT).bound_to_secret(secret).issue()
}

/// Whether the server lets the bearer of this token in.
fn is_taken(cluster: &Cluster, token: &str) -> bool {
    cluster.caller(token).get("/api").status != 401
}

fn assert_logged(program: &Program, said: &str) {
    program.wait_for(said);
    assert!(MANIFESTS.iter().any(|name| document(name).contains(said)), "no document says: {said}");
}

#[test]
fn the_account_of_the_documentation_may_ask_and_without_its_role_the_log_says_what_is_missing() {
    let cluster = Cluster::start();
    apply_all(&cluster, REVIEWER, false);
    let (pod, client) = (Pod::of(&cluster, NAMESPACE, &cluster.token(NAMESPACE, ACCOUNT).issue()), client(&cluster));
    let program = pod.serve(&site());
    assert_eq!(program.bearer(&client).status, 503);
    assert_logged(&program, NO_LEAVE);
    assert_logged(&program, "system:auth-delegator");
    apply_all(&cluster, REVIEWER, true);
    let who = program.bearer_until(&client, 200).json();
    assert_eq!(who["name"], "system:serviceaccount:clients:deployer");
    program.wait_for("the API server answers again");
}

#[test]
fn without_leave_to_read_the_keys_the_log_says_so_and_reviews_alone_work() {
    let cluster = Cluster::start();
    apply_all(&cluster, "", false);
    let (own, client) = (cluster.token(NAMESPACE, ACCOUNT).issue(), client(&cluster));
    cluster.delete(&format!("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/{DISCOVERY}"));
    let began = Instant::now();
    while cluster.caller(&own).get("/.well-known/openid-configuration").status != 403 {
        assert!(began.elapsed() < Duration::from_secs(60), "the binding counts for ever");
    }
    let pod = Pod::of(&cluster, NAMESPACE, &own);
    let [with_keys, without] = ["", "verify = \"review\"\n"].map(|keys| pod.serve(&site_with(keys)));
    assert_eq!(with_keys.bearer(&client).status, 503);
    with_keys.wait_for("no leave to ask at /.well-known/openid-configuration (403)");
    assert_logged(&with_keys, DISCOVERY);
    assert_eq!(without.bearer_until(&client, 200).json()["name"], "system:serviceaccount:clients:deployer");
}

#[test]
fn its_own_token_may_be_replaced_at_any_time_and_a_lost_one_is_found_again() {
    let cluster = Cluster::shared();
    apply_all(&cluster, "", false);
    let client = client(&cluster);
    let first = own_token(&cluster, "first");
    let pod = Pod::of(&cluster, NAMESPACE, &first);
    let program = pod.serve(&site());
    program.bearer_until(&client, 200);

    // As the kubelet does it: the new one is there before the old one ends. Nobody is turned away.
    let second = own_token(&cluster, "second");
    pod.set_token(&second);
    cluster.delete_secret(NAMESPACE, "first");
    let (deleted, mut ended) = (Instant::now(), None::<Instant>);
    while ended.is_none_or(|at| at.elapsed() < Duration::from_secs(3)) {
        assert_eq!(program.bearer(&client).status, 200);
        if ended.is_none() && !is_taken(&cluster, &first) {
            ended = Some(Instant::now());
        }
        assert!(deleted.elapsed() < Duration::from_secs(60), "it is good for ever");
    }

    // Too late: but then at once.
    cluster.delete_secret(NAMESPACE, "second");
    program.bearer_until(&client, 503);
    assert!(!is_taken(&cluster, &second));
    assert_logged(&program, NOT_TAKEN);
    pod.set_token(&own_token(&cluster, "third"));
    assert_eq!(program.bearer(&client).status, 200);
}

#[test]
fn in_no_pod_and_without_a_kubeconfig_the_program_does_not_start_and_says_what_is_missing() {
    let outside = site().check();
    let said = String::from_utf8_lossy(&outside.stderr).into_owned();
    assert!(!outside.status.success() && said.contains("this is no pod of a cluster"), "{said}");
    let cluster = Cluster::shared();
    cluster.account(NAMESPACE, ACCOUNT);
    let inside = Pod::of(&cluster, NAMESPACE, &cluster.token(NAMESPACE, ACCOUNT).issue()).check(&site());
    let said = String::from_utf8_lossy(&inside.stdout).into_owned();
    let sentence = format!("tokens that the cluster at {} takes for orders-api", cluster.url(""));
    assert!(inside.status.success() && said.contains(&sentence), "{inside:?}");
}
