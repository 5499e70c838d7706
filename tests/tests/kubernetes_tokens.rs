//! Whose tokens of a real API server get in.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::{Request, Version};
use portcullis_testbed::{Answer, Cluster, Heard, Program, Site, Wire, decoded, with_kid};
use prost::Message;
use serde_json::json;

/// The program, in front of this cluster.
fn serve(cluster: &Cluster, keys: &str) -> Program {
    Site::new(&(cluster.entry() + keys)).serve_here()
}

const ORDERS: &str = "audiences = [\"orders\"]\n";

fn assert_is_401(answer: &Answer) {
    assert_eq!(answer.status, 401, "{answer:?}");
    assert_eq!(answer.field("www-authenticate"), Some("Bearer realm=\"portcullis\", error=\"invalid_token\""));
}

/// What gRPC clients are told of themselves.
#[derive(Clone, PartialEq, Message)]
struct Who {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, repeated, tag = "4")]
    groups: Vec<String>,
}

fn over_grpc(program: &Program, token: &str) -> Heard {
    let request = Request::post("http://localhost/portcullis.whoami.v1.WhoAmI/Get")
        .version(Version::HTTP_2)
        .header("content-type", "application/grpc")
        .header("authorization", format!("Bearer {token}"));
    // A message without anything in it, and its head of five bytes.
    let request = request.body(Bytes::from_static(&[0; 5])).unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let mut wire = Wire::connect(program.address()).await;
        wire.send(request).await
    })
}

#[test]
fn a_token_for_the_service_is_its_accounts() {
    let cluster = Cluster::shared();
    let program = serve(&cluster, ORDERS);
    cluster.account("accounts", "builder");
    let token = cluster.token("accounts", "builder").audiences(&["invoices", "orders"]).issue();
    let who = program.bearer(&token).json();
    let name = "system:serviceaccount:accounts:builder";
    assert_eq!(
        (&who["name"], &who["backend"], &who["issuer"]),
        (&json!(name), &json!("kubernetes"), &json!(cluster.issuer()))
    );
    let groups = json!(["system:serviceaccounts", "system:serviceaccounts:accounts", "system:authenticated"]);
    assert_eq!(who["groups"], groups);
    let uid = cluster.uid("accounts", "builder");
    assert_eq!(who["claims"], json!({ "namespace": "accounts", "serviceaccount": "builder", "uid": uid }));
    let expires_at = humantime::parse_rfc3339(who["expires_at"].as_str().unwrap()).unwrap();
    assert_eq!(expires_at.duration_since(UNIX_EPOCH).unwrap().as_secs(), decoded(&token).1["exp"].as_u64().unwrap());

    // Over gRPC as well.
    let heard = over_grpc(&program, &token);
    assert_eq!(heard.trailers.unwrap()["grpc-status"], "0");
    let who = Who::decode(&heard.data[5..]).unwrap();
    assert_eq!((who.name.as_str(), json!(who.groups)), (name, groups));
}

#[test]
fn a_token_of_a_pod_says_which() {
    let cluster = Cluster::shared();
    cluster.account("pods", "builder");
    cluster.pod("pods", "one", "builder");
    let token = cluster.token("pods", "builder").audiences(&["orders"]).bound_to_pod("one").issue();
    let pod = &decoded(&token).1["kubernetes.io"]["pod"];
    let extra = json!({
        "authentication.kubernetes.io/pod-name": ["one"],
        "authentication.kubernetes.io/pod-uid": [pod["uid"]],
    });
    assert_eq!(serve(&cluster, ORDERS).bearer(&token).json()["claims"]["extra"], extra);
}

#[test]
fn a_token_for_somebody_else_is_refused() {
    let cluster = Cluster::shared();
    let program = serve(&cluster, ORDERS);
    cluster.account("others", "builder");
    let for_audience = |audience| cluster.token("others", "builder").audiences(&[audience]).issue();
    assert_eq!(program.bearer(&for_audience("orders")).status, 200);
    let for_the_server = cluster.token("others", "builder").issue();
    let of_a_secret = cluster.secret_token("others", "builder", "builder-token");
    for token in [&for_audience("invoices"), &for_audience("Orders"), &for_the_server, &of_a_secret] {
        assert_is_401(&program.bearer(token));
        let heard = over_grpc(&program, token).head.headers;
        assert_eq!(heard["grpc-status"], "16");
        assert_eq!(heard["www-authenticate"], "Bearer realm=\"portcullis\", error=\"invalid_token\"");
    }
}

#[test]
fn without_audiences_tokens_for_the_server_get_in_and_it_is_warned_of() {
    let cluster = Cluster::shared();
    let site = Site::new(&cluster.entry());
    cluster.account("lax", "builder");
    let for_the_server = cluster.token("lax", "builder").issue();
    let of_a_secret = cluster.secret_token("lax", "builder", "builder-token");
    let program = site.serve();
    for token in [&for_the_server, &of_a_secret] {
        assert_eq!(program.bearer(token).json()["name"], "system:serviceaccount:lax:builder");
    }
    assert_eq!(program.bearer(&of_a_secret).json()["expires_at"], json!(null));
    assert_is_401(&program.bearer(&cluster.token("lax", "builder").audiences(&["orders"]).issue()));

    let warning = "warning: kubernetes: without `audiences`, tokens for the API server itself are taken";
    for (keys, warns) in [("", true), (ORDERS, false)] {
        let checked = Site::new(&(cluster.entry() + keys)).check();
        assert!(checked.status.success());
        assert_eq!(String::from_utf8_lossy(&checked.stdout).contains(warning), warns, "{checked:?}");
    }
}

#[test]
fn a_token_that_has_expired_or_was_forged_is_refused() {
    let cluster = Cluster::shared();
    cluster.account("bad", "builder");
    let token = cluster.token("bad", "builder").audiences(&["orders"]).issue();
    let claims = decoded(&token).1;
    let with = |name: &str, value| {
        let mut claims = claims.clone();
        claims[name] = value;
        cluster.sign(&claims)
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    // Signed by the right key, but not for this server, or not for now.
    let expired = with("exp", json!(now - 90));
    let signed =
        [&expired, &with("nbf", json!(now + 90)), &with("iss", json!("https://id.example.test"))].map(Clone::clone);
    let [header, payload, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!("it has three parts") };
    let (middle, end) = signature.split_at(signature.len() / 2);
    let another = if end.starts_with('A') { 'B' } else { 'A' };
    let forged = [
        with_kid(&token, "another"),
        format!("{header}.{payload}.{middle}{another}{}", &end[1..]),
        // The claims of one, and the signature of another.
        format!("{}.{signature}", expired.rsplit_once('.').unwrap().0),
        format!("{header}.{payload}."),
    ];
    for keys in ["", "verify = \"review\"\n"] {
        let program = serve(&cluster, &(ORDERS.to_owned() + keys));
        assert_eq!(program.bearer(&with("exp", json!(now + 90))).status, 200, "as long as it is good");
        for token in signed.iter().chain(&forged) {
            assert_is_401(&program.bearer(token));
        }
        assert_eq!(program.bearer(&token).status, 200);
    }
}

#[test]
fn a_token_that_is_no_jwt_gets_in_at_the_default_cluster_alone() {
    let cluster = Cluster::shared();
    let token = cluster.static_token();
    let who = serve(&cluster, "default = true\n").bearer(token).json();
    assert_eq!((&who["name"], &who["claims"]), (&json!(Cluster::STATIC_USER), &json!({ "uid": Cluster::STATIC_UID })));
    let [devs, ops] = Cluster::STATIC_GROUPS;
    assert_eq!((&who["groups"], &who["issuer"]), (&json!([devs, ops, "system:authenticated"]), &json!(null)));
    for keys in ["", "default = false\n"] {
        assert_is_401(&serve(&cluster, keys).bearer(token));
    }
    // It is for the server alone.
    assert_is_401(&serve(&cluster, &format!("{ORDERS}default = true\n")).bearer(token));
    assert_is_401(&serve(&cluster, "default = true\n").bearer("another-opaque-token"));
}
