//! Two real clusters with one issuer, each an entry of one file.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use portcullis_testbed::{Cluster, Site, decoded, with_kid};
use serde_json::json;

const ISSUER: &str = "https://kubernetes.default.svc.cluster.local";
const ORDERS: &str = "audiences = [\"orders\"]\n";

/// Both, with an account each that has the same name.
fn pair() -> (Cluster, Cluster) {
    let start = || {
        let cluster = Cluster::builder().issuer(ISSUER).start();
        cluster.account("argo", "deployer");
        cluster
    };
    std::thread::scope(|scope| {
        let blue = scope.spawn(start);
        let green = start();
        (blue.join().unwrap(), green)
    })
}

/// An entry for each. Nothing is remembered, so that each request that is let in was reviewed.
fn site(blue: &Cluster, green: &Cluster, keys: &str) -> Site {
    let entry = |name: &str, cluster: &Cluster| {
        let names = format!("name = \"{name}\"\nusername_prefix = \"{name}:\"\ngroups_prefix = \"{name}:\"\n");
        format!("{}{names}ttl = \"0s\"\n{keys}", cluster.entry())
    };
    Site::new(&format!("{}{}default = true\n", entry("blue", blue), entry("green", green)))
}

fn token(cluster: &Cluster) -> String {
    cluster.token("argo", "deployer").audiences(&["orders"]).issue()
}

#[test]
fn each_token_is_taken_by_its_own_cluster_and_no_other_is_asked() {
    let (blue, green) = pair();
    let reviews = || (blue.reviews(), green.reviews());
    let program = site(&blue, &green, ORDERS).serve_here();
    let (of_blue, of_green) = (token(&blue), token(&green));
    assert_eq!((&decoded(&of_blue).1["iss"], &decoded(&of_green).1["iss"]), (&json!(ISSUER), &json!(ISSUER)));
    for (token, name, counts) in [(&of_blue, "blue", (1, 0)), (&of_green, "green", (1, 1)), (&of_blue, "blue", (2, 1))]
    {
        let who = program.bearer(token).json();
        let deployer = format!("{name}:system:serviceaccount:argo:deployer");
        assert_eq!((&who["backend"], &who["name"], &who["issuer"]), (&json!(name), &json!(deployer), &json!(ISSUER)));
        let groups = ["system:serviceaccounts", "system:serviceaccounts:argo", "system:authenticated"];
        assert_eq!(who["groups"], json!(groups.map(|group| format!("{name}:{group}"))));
        assert_eq!(who["claims"]["namespace"], "argo");
        assert_eq!(reviews(), counts);
    }

    // What is forged, or for others, is shown to neither.
    let for_others = green.token("argo", "deployer").audiences(&["invoices"]).issue();
    let signature = of_green.rsplit_once('.').unwrap().1;
    let patched = format!("{}.{signature}", of_blue.rsplit_once('.').unwrap().0);
    let forged = with_kid(&of_blue, green.kid());
    for bad in [&for_others, &patched, &forged, &with_kid(&of_blue, "nobodys")] {
        assert_eq!(program.bearer(bad).status, 401);
    }
    assert_eq!(reviews(), (2, 1));
}

#[test]
fn a_token_of_a_secret_goes_to_its_own_cluster_and_one_that_is_no_jwt_to_the_default() {
    let (blue, green) = pair();
    let reviews = || (blue.reviews(), green.reviews());
    let program = site(&blue, &green, "").serve_here();
    let secret_token = |cluster: &Cluster| cluster.secret_token("argo", "deployer", "deployer-token");
    let (of_blue, of_green) = (secret_token(&blue), secret_token(&green));
    for (token, name, counts) in [(&of_blue, "blue", (1, 0)), (&of_green, "green", (1, 1))] {
        let who = program.bearer(token).json();
        let (backend, issuer) = (json!(name), json!("kubernetes/serviceaccount"));
        assert_eq!((&who["backend"], &who["issuer"], reviews()), (&backend, &issuer, counts));
    }
    assert_eq!(program.bearer(green.static_token()).json()["name"], "green:alice");
    assert_eq!(reviews(), (1, 2));
    // Blue is not even asked about its own.
    assert_eq!((program.bearer(blue.static_token()).status, reviews()), (401, (1, 3)));
}

#[test]
fn without_one_cluster_from_the_start_tokens_of_the_other_work_and_its_own_have_to_wait() {
    let (mut blue, green) = pair();
    let site = site(&blue, &green, ORDERS);
    let (of_blue, of_green) = (token(&blue), token(&green));
    blue.stop();
    let program = site.serve_here();
    for _ in 0..2 {
        assert_eq!(program.bearer(&of_green).json()["backend"], "green");
        // Green has no such key. But nobody knows whether blue has.
        let answer = program.bearer(&of_blue);
        assert_eq!((answer.status, &answer.json()["code"]), (503, &json!(14)));
        assert!(answer.field("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
    }
    assert_eq!(green.reviews(), 2, "it was not asked about blue's");
    let of_nobody = with_kid(&of_green, "nobodys");
    assert_eq!(program.bearer(&of_nobody).status, 503, "it may be blue's");

    blue.start_again();
    assert_eq!(program.bearer_until(&of_blue, 200).json()["backend"], "blue");
    assert_eq!(program.bearer(&of_nobody).status, 401);
}
