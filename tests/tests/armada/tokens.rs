//! Bearer tokens, of an OpenID provider and of a cluster.

use portcullis_testbed::{Access, Cluster, Provider};
use serde_json::{Value, json};

use super::clients::rust_client;
use super::service::{Served, alice, config, refusal, serve};

/// The methods that take a permission, and whether each is allowed over both transports.
fn allowed(served: &Served, authorization: &str) -> Vec<(&'static str, bool)> {
    let caller = Some(authorization);
    let set = |more: Value| {
        let mut arguments = json!({ "queue": "blue", "job_set": "set" });
        arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        arguments
    };
    let rows = [
        ("create", "create_queue", json!({ "name": "made" }), "POST /v1/queue", json!({ "name": "made" })),
        ("submit", "submit", set(json!({})), "POST /v1/job/submit", submission()),
        ("watch", "watch", set(json!({ "until": "submitted" })), "POST /v1/job-set/blue/set", json!({})),
        ("cancel", "cancel", set(json!({})), "POST /v1/job/cancel", json!({ "queue": "blue", "jobSetId": "set" })),
    ];
    let calls: Vec<_> = rows.iter().map(|(_, method, arguments, ..)| (caller, *method, arguments.clone())).collect();
    let outcomes = served.grpc(&calls);
    let decided = rows.iter().zip(&outcomes).map(|((verb, .., line, body), outcome)| {
        let answer = served.rest(caller, line, Some(body));
        let is_allowed = outcome.get("ok").is_some();
        assert!(is_allowed || refusal(outcome).0 == 7, "{outcome}");
        assert_eq!(answer.status, if is_allowed { 200 } else { 403 }, "{verb}: {answer:?}");
        (*verb, is_allowed)
    });
    decided.collect()
}

fn submission() -> Value {
    // As Armada's users send it.
    let pod = json!({ "containers": [{ "name": "main", "image": "busybox", "args": ["sleep", "1"] }] });
    json!({ "queue": "blue", "jobSetId": "set", "jobRequestItems": [{ "priority": 1, "podSpecs": [pod] }] })
}

/// With the job set `set` in the queue `blue`, which are alice's of the backend `basic`.
fn with_queue(served: &Served) {
    let alice = alice();
    served.done(&[
        (Some(&alice), "create_queue", json!({ "name": "blue" })),
        (Some(&alice), "submit", json!({ "queue": "blue", "job_set": "set" })),
    ]);
}

#[test]
fn bearer_tokens_have_permissions_by_group_scope_and_claim() {
    let provider = Provider::start();
    let issuer = provider.issuer();
    let served = serve(&config("openid.toml", &[("https://id.example.test/realms/corp", &issuer)]));
    with_queue(&served);
    let access = Access::to("armada");
    let token = |user| provider.log_in(user, &access).access_token;
    // The provider's alice is not the one who owns the queue.
    let (alice, bob, worker) = (token("alice"), token("bob"), provider.client_token(&access));
    for (token, expected) in [
        (&alice, [("create", true), ("submit", true), ("watch", false), ("cancel", false)]),
        (&bob, [("create", false), ("submit", false), ("watch", false), ("cancel", false)]),
        (&worker, [("create", false), ("submit", false), ("watch", true), ("cancel", true)]),
    ] {
        assert_eq!(allowed(&served, &format!("Bearer {token}")), expected);
        assert_eq!(allowed(&served, &format!("bearer {token}")), expected);
    }
    served.program.watch_for(&bob);
    let sentence = "bob lacks permission submit required for action submit for queue blue";
    assert_eq!(rust_client(&served.program, &["bearer", &bob]), json!({ "code": 7, "message": sentence }));
}

#[test]
fn whoever_changes_the_priority_of_a_queue_takes_nothing_over() {
    let provider = Provider::start();
    let issuer = provider.issuer();
    let served = serve(&config("openid.toml", &[("https://id.example.test/realms/corp", &issuer)]));
    // Both may create queues, and neither may cancel what is in one that is not hers.
    let (corp, basic) = (format!("Bearer {}", provider.log_in("alice", &Access::to("armada")).access_token), alice());
    let set = json!({ "queue": "blue", "job_set": "set" });
    served.done(&[(Some(&corp), "create_queue", json!({ "name": "blue" })), (Some(&corp), "submit", set.clone())]);
    let may_cancel = || {
        let outcomes = served.grpc(&[(Some(&corp), "cancel", set.clone()), (Some(&basic), "cancel", set.clone())]);
        [0, 1].map(|at| outcomes[at].get("ok").is_some() || refusal(&outcomes[at]).0 != 7)
    };
    let put = |queue: &Value| assert_eq!(served.rest(Some(&basic), "PUT /v1/queue/blue", Some(queue)).status, 200);
    assert_eq!(may_cancel(), [true, false]);
    let mut queue = served.rest(Some(&basic), "GET /v1/queue/blue", None).json();
    queue["priorityFactor"] = json!(2.5);
    put(&queue);
    assert_eq!(served.rest(Some(&corp), "GET /v1/queue/blue", None).json(), queue);
    assert_eq!(may_cancel(), [true, false]);
    // Whoever names others, or nobody, names those of her own backend.
    queue["userOwners"] = json!(["alice", "carol"]);
    put(&queue);
    assert_eq!(may_cancel(), [false, true]);
    served.done(&[(Some(&corp), "create_queue", json!({ "name": "blue" }))]);
    assert_eq!(may_cancel(), [true, false]);
    put(&json!({ "priorityFactor": 1.0 }));
    assert_eq!(may_cancel(), [false, true]);
}

#[test]
fn a_token_for_somebody_else_is_refused_with_every_challenge() {
    let provider = Provider::start();
    let issuer = provider.issuer();
    let served = serve(&config("openid.toml", &[("https://id.example.test/realms/corp", &issuer)]));
    let other = format!("Bearer {}", provider.client_token(&Access::to("orders")));
    let outcome = &served.grpc(&[(Some(&other), "get_queue", json!({ "name": "blue" }))])[0];
    assert_eq!(refusal(outcome), (16, "no valid credential was presented"));
    let answer = served.rest(Some(&other), "GET /v1/queue/blue", None);
    assert_eq!((answer.status, &answer.json()["code"]), (401, &json!(16)));
    let challenges = answer.fields_of("www-authenticate");
    assert_eq!(outcome["challenges"], json!(challenges));
    assert!(challenges[0].starts_with("Bearer ") && challenges[1].starts_with("Basic "), "{challenges:?}");
}

#[test]
fn a_token_of_a_service_account_is_a_bearer_token() {
    let cluster = Cluster::shared();
    cluster.namespace("batch");
    let tokens = ["submitter", "other"].map(|account| {
        cluster.account("batch", account);
        format!("Bearer {}", cluster.token("batch", account).audiences(&["armada"]).issue())
    });
    let kubeconfig = cluster.kubeconfig_of(&cluster.reviewer());
    let entry = format!("kind = \"kubernetes\"\nkubeconfig = \"{}\"", kubeconfig.display());
    let served = serve(&config("kubernetes.toml", &[("kind = \"kubernetes\"", &entry)]));
    let submitter = Some(tokens[0].as_str());
    served.done(&[
        (submitter, "create_queue", json!({ "name": "blue" })),
        (submitter, "submit", json!({ "queue": "blue", "job_set": "set" })),
    ]);
    for (token, may) in [(&tokens[0], true), (&tokens[1], false)] {
        assert_eq!(allowed(&served, token), ["create", "submit", "watch", "cancel"].map(|verb| (verb, may)));
    }
    let outcome = &served.grpc(&[(Some(&tokens[1]), "submit", json!({ "queue": "blue", "job_set": "set" }))])[0];
    let name = "system:serviceaccount:batch:other";
    let sentence = format!("{name} lacks permission submit required for action submit for queue blue");
    assert_eq!(refusal(outcome), (7, sentence.as_str()));
}
