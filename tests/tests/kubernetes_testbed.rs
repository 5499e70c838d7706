//! What a real API server does, as far as the backend leans on it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use portcullis_testbed::{Answer, Cluster, Site, Subject, curl, decoded, user, with_kid};
use serde_json::{Value, json};

/// What a review says.
fn status(answer: &Answer) -> Value {
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.json()["status"].take()
}

fn review(cluster: &Cluster, token: &str, audiences: &[&str]) -> Value {
    status(&cluster.admin().review(token, audiences))
}

fn is_good(cluster: &Cluster, token: &str) -> bool {
    review(cluster, token, &[])["authenticated"] == true
}

/// Why a token is refused.
fn refusal(status: &Value) -> &str {
    assert!(status.get("authenticated").is_none() && status["user"] == json!({}), "{status}");
    status["error"].as_str().unwrap()
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

#[test]
fn a_token_that_was_requested_is_its_accounts() {
    let cluster = Cluster::shared();
    cluster.account("requests", "builder");
    let token = cluster.token("requests", "builder").issue();
    let (header, claims) = decoded(&token);
    assert_eq!((header["alg"].as_str(), header["kid"].as_str()), (Some("RS256"), Some(cluster.kid())));
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!(cluster.issuer()), &json!(cluster.audiences())));
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 3600);
    let expected = json!({
        "authenticated": true,
        "audiences": cluster.audiences(),
        "user": {
            "username": "system:serviceaccount:requests:builder",
            "uid": cluster.uid("requests", "builder"),
            "groups": ["system:serviceaccounts", "system:serviceaccounts:requests", "system:authenticated"],
        },
    });
    assert_eq!(review(&cluster, &token, &[]), expected);
}

#[test]
fn a_token_with_audiences_of_its_own_is_good_only_where_the_review_names_one() {
    let cluster = Cluster::shared();
    cluster.account("audiences", "builder");
    let own = cluster.token("audiences", "builder").audiences(&["orders", "invoices"]).issue();
    assert_eq!(decoded(&own).1["aud"], json!(["orders", "invoices"]));
    assert_eq!(review(&cluster, &own, &["orders"])["audiences"], json!(["orders"]));
    // Those that are in both.
    assert_eq!(review(&cluster, &own, &["elsewhere", "invoices"])["audiences"], json!(["invoices"]));
    for audiences in [&[][..], &["elsewhere"]] {
        assert!(refusal(&review(&cluster, &own, audiences)).contains("is invalid for the target audiences"));
    }
    assert_eq!(cluster.caller(&own).get("/api").status, 401, "it is not for the server itself");
    let plain = cluster.token("audiences", "builder").issue();
    assert_eq!(review(&cluster, &plain, &[&cluster.issuer()])["authenticated"], true);
    assert!(refusal(&review(&cluster, &plain, &["orders"])).contains("is invalid for the target audiences"));
}

#[test]
fn a_review_is_created_whatever_the_token_is_and_says_why_it_is_refused() {
    let cluster = Cluster::shared();
    cluster.account("refusals", "builder");
    let token = cluster.token("refusals", "builder").issue();
    let forged = with_kid(&token, "another");
    for (refused, said) in [("opaque", "invalid bearer token"), ("x.y.z", "invalid bearer token"), (&forged, "go-jose")]
    {
        assert!(refusal(&review(&cluster, refused, &[])).contains(said), "{refused}");
    }
    assert_eq!(cluster.admin().review("", &[]).status, 400, "no token is no question");
}

#[test]
fn a_token_is_good_for_a_minute_after_it_has_expired() {
    let cluster = Cluster::shared();
    cluster.account("expiry", "builder");
    let (_, mut claims) = decoded(&cluster.token("expiry", "builder").issue());
    for (since, good) in [(0, true), (40, true), (70, false)] {
        claims["exp"] = json!(now() - since);
        let status = review(&cluster, &cluster.sign(&claims), &[]);
        assert_eq!(status["authenticated"] == true, good, "{since} s: {status}");
        assert!(good || refusal(&status).contains("Token has expired"), "{status}");
    }
}

#[test]
fn who_may_not_ask_gets_no_review() {
    let cluster = Cluster::shared();
    cluster.account("askers", "builder");
    let token = cluster.token("askers", "builder").issue();
    assert_eq!(status(&cluster.caller(&cluster.reviewer()).review(&token, &[]))["authenticated"], true);
    assert_eq!(cluster.caller(&token).review(&token, &[]).status, 403);
    assert_eq!(cluster.caller("somebody").review(&token, &[]).status, 401);
    assert_eq!(cluster.anonymous().review(&token, &[]).status, 403);
}

/// How long a token is still good after something was deleted, if the server was asked about it just before.
fn outlives(cluster: &Cluster, token: &str, delete: impl FnOnce()) -> Duration {
    assert!(is_good(cluster, token));
    delete();
    let began = Instant::now();
    while is_good(cluster, token) {
        assert!(began.elapsed() < Duration::from_secs(60), "it is good for ever");
        std::thread::sleep(Duration::from_millis(50));
    }
    began.elapsed()
}

/// The server keeps what it knows of a good token for ten seconds.
fn assert_is_the_cache(outlived: Duration) {
    assert!((5..20).contains(&outlived.as_secs()), "{outlived:?}");
}

#[test]
fn a_token_of_a_secret_names_no_audience_and_no_end_and_is_good_until_its_secret_is_deleted() {
    let cluster = Cluster::shared();
    cluster.account("secrets", "builder");
    let token = cluster.secret_token("secrets", "builder", "builder-token");
    let claims = decoded(&token).1;
    assert!(claims.get("aud").is_none() && claims.get("exp").is_none(), "{claims}");
    let status = review(&cluster, &token, &[]);
    assert_eq!(status["user"]["username"], "system:serviceaccount:secrets:builder");
    assert_eq!(status["audiences"], json!(cluster.audiences()), "it is for the server");
    assert!(refusal(&review(&cluster, &token, &["orders"])).contains("is invalid for the target audiences"));
    assert_is_the_cache(outlives(&cluster, &token, || cluster.delete_secret("secrets", "builder-token")));
    assert!(refusal(&review(&cluster, &token, &[])).contains("Token has been invalidated"));
}

#[test]
fn a_token_of_a_deleted_account_is_good_for_ten_seconds_more_if_the_server_knew_it() {
    let cluster = Cluster::shared();
    cluster.account("accounts", "builder");
    let issue = |seconds| cluster.token("accounts", "builder").expires_in(Duration::from_secs(seconds)).issue();
    let (known, unknown) = (issue(3600), (1000..1100).map(issue).collect::<Vec<_>>());
    assert_is_the_cache(outlives(&cluster, &known, || {
        cluster.delete_account("accounts", "builder");
        let began = Instant::now();
        // As soon as it has heard itself of what it has done; a token that it knew for good before stays so.
        let refused = unknown.iter().find(|token| !is_good(&cluster, token)).unwrap();
        assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
        assert!(refusal(&review(&cluster, refused, &[])).contains("\"builder\" not found"));
    }));
    cluster.account("accounts", "builder");
    assert!(refusal(&review(&cluster, &known, &[])).contains("does not match claim"), "another of the same name");
}

#[test]
fn a_token_of_a_pod_names_it_and_is_good_until_the_pod_is_deleted() {
    let cluster = Cluster::shared();
    cluster.account("pods", "builder");
    cluster.pod("pods", "one", "builder");
    let token = cluster.token("pods", "builder").bound_to_pod("one").issue();
    let pod = &decoded(&token).1["kubernetes.io"]["pod"];
    let extra = json!({
        "authentication.kubernetes.io/pod-name": ["one"],
        "authentication.kubernetes.io/pod-uid": [pod["uid"]],
    });
    assert_eq!(review(&cluster, &token, &[])["user"]["extra"], extra);
    assert_is_the_cache(outlives(&cluster, &token, || cluster.delete_pod("pods", "one")));
}

#[test]
fn a_token_that_is_bound_to_a_secret_is_good_until_that_is_deleted() {
    let cluster = Cluster::shared();
    cluster.account("bound", "builder");
    cluster.secret("bound", "one");
    let token = cluster.token("bound", "builder").bound_to_secret("one").issue();
    let (user, claims) = (review(&cluster, &token, &[])["user"].take(), decoded(&token).1);
    assert_eq!(claims["kubernetes.io"]["secret"]["name"], "one");
    assert!(user.get("extra").is_none(), "{user}");
    assert_is_the_cache(outlives(&cluster, &token, || cluster.delete_secret("bound", "one")));
}

#[test]
fn a_namespace_is_deleted_with_its_accounts() {
    let cluster = Cluster::shared();
    cluster.account("short-lived", "builder");
    cluster.delete_namespace("short-lived");
    assert_eq!(cluster.admin().get("/api/v1/namespaces/short-lived").status, 404);
    assert_eq!(cluster.admin().get("/api/v1/namespaces/short-lived/serviceaccounts/builder").status, 404);
}

#[test]
fn any_account_may_read_the_keys_and_nobody_else_who_is_not_bound() {
    let cluster = Cluster::shared();
    cluster.account("keys", "builder");
    let account = cluster.token("keys", "builder").issue();
    let metadata = cluster.caller(&account).get("/.well-known/openid-configuration").json();
    assert_eq!(metadata["issuer"], cluster.issuer());
    assert_eq!(metadata["jwks_uri"], cluster.url("/openid/v1/jwks"));
    let keys = cluster.caller(&account).get("/openid/v1/jwks").json();
    assert_eq!(keys["keys"].as_array().unwrap().len(), 1, "{keys}");
    assert_eq!((&keys["keys"][0]["alg"], &keys["keys"][0]["kid"]), (&json!("RS256"), &json!(cluster.kid())));
    for path in ["/.well-known/openid-configuration", "/openid/v1/jwks"] {
        assert_eq!(cluster.caller(cluster.static_token()).get(path).status, 403);
        assert_eq!(cluster.anonymous().get(path).status, 403);
        assert_eq!(cluster.caller("somebody").get(path).status, 401);
    }
    cluster.bind_everywhere("system:service-account-issuer-discovery", Subject::User(Cluster::STATIC_USER));
    assert_eq!(cluster.caller(cluster.static_token()).get("/openid/v1/jwks").status, 200);
}

#[test]
fn an_access_review_allows_by_a_binding_and_else_has_no_opinion() {
    let cluster = Cluster::shared();
    cluster.account("access", "builder");
    cluster.role("access", "runner", "argoproj.io", &["create"], &["workflows"]);
    let ask = |user: &str, groups: &[&str], verb: &str| {
        let attributes =
            json!({ "namespace": "access", "verb": verb, "group": "argoproj.io", "resource": "workflows" });
        let spec = json!({ "user": user, "groups": groups, "resourceAttributes": attributes });
        status(&cluster.caller(&cluster.reviewer()).access_review(&spec))
    };
    let builder = "system:serviceaccount:access:builder";
    assert_eq!(ask(builder, &[], "create"), json!({ "allowed": false }));
    let binding = cluster.bind("access", "runner", Subject::Account("access", "builder"));
    cluster.bind("access", "runner", Subject::Group("runners"));
    for allowed in [ask(builder, &[], "create"), ask("dave", &["runners"], "create")] {
        assert_eq!(allowed["allowed"], true);
        assert!(allowed["reason"].as_str().unwrap().starts_with("RBAC: allowed by RoleBinding "), "{allowed}");
    }
    for denied in [ask(builder, &[], "delete"), ask("dave", &["others"], "create"), ask("runners", &[], "create")] {
        assert_eq!(denied, json!({ "allowed": false }), "it does not say that it denies");
    }
    cluster.delete(&binding);
    let began = Instant::now();
    while ask(builder, &[], "create")["allowed"] == true {
        assert!(began.elapsed() < Duration::from_secs(5), "there is no cache");
    }
}

#[test]
fn a_static_token_is_its_users_and_for_the_server_alone() {
    let cluster = Cluster::shared();
    let status = review(&cluster, cluster.static_token(), &[]);
    let expected = json!({ "username": "alice", "uid": "1001", "groups": ["devs", "ops", "system:authenticated"] });
    assert_eq!((&status["user"], &status["audiences"]), (&expected, &json!(cluster.audiences())));
    assert_eq!(refusal(&review(&cluster, cluster.static_token(), &["orders"])), "invalid bearer token");
}

#[test]
fn clusters_of_one_issuer_have_different_keys_and_do_not_take_each_others_tokens() {
    let cluster = Cluster::shared();
    let strict = ["orders", "server"];
    let other = Cluster::builder().issuer(&cluster.issuer()).audiences(&strict).flag("--anonymous-auth=false").start();
    assert_eq!(other.issuer(), cluster.issuer());
    assert_ne!(other.kid(), cluster.kid());
    for cluster in [&cluster, &other] {
        cluster.account("twins", "builder");
    }
    let (ours, theirs) = (cluster.token("twins", "builder").issue(), other.token("twins", "builder").issue());
    assert_eq!(decoded(&ours).1["iss"], decoded(&theirs).1["iss"]);
    assert_eq!(decoded(&theirs).1["aud"], json!(strict));
    assert!(is_good(&cluster, &ours) && is_good(&other, &theirs));
    let of_cluster = cluster.issuer();
    for refused in [review(&cluster, &theirs, &strict), review(&other, &ours, &[&of_cluster])] {
        assert!(refusal(&refused).contains("error in cryptographic primitive"), "{refused}");
    }
    assert_eq!(other.anonymous().get("/api").status, 401, "as the flag says");
}

#[test]
fn a_server_goes_away_and_comes_back_with_what_it_had_and_counts_what_it_is_asked() {
    let mut cluster = Cluster::start();
    cluster.account("stays", "builder");
    let token = cluster.token("stays", "builder").issue();
    assert!(is_good(&cluster, &token));
    assert_eq!((cluster.reviews(), cluster.access_reviews()), (0, 0), "without those of the testbed");
    let asked = json!({ "spec": { "token": token } });
    for _ in 0..3 {
        assert_eq!(cluster.admin().post("/apis/authentication.k8s.io/v1/tokenreviews", &asked).status, 201);
    }
    let asked = json!({ "spec": { "user": "alice", "nonResourceAttributes": { "path": "/", "verb": "get" } } });
    assert_eq!(cluster.admin().post("/apis/authorization.k8s.io/v1/subjectaccessreviews", &asked).status, 201);
    assert_eq!((cluster.reviews(), cluster.access_reviews()), (3, 1));

    // A client that speaks no TLS is told so, if anybody is there.
    cluster.pause();
    let mut stream = TcpStream::connect(cluster.address()).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    assert!(stream.read(&mut [0]).is_err(), "nobody answers");
    cluster.resume();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).unwrap();
    assert!(said.contains("Client sent an HTTP request to an HTTPS server"), "{said}");

    let address = cluster.address();
    cluster.stop();
    assert!(TcpStream::connect(address).is_err(), "nobody listens");
    cluster.start_again();
    assert_eq!((cluster.address(), cluster.reviews()), (address, 0));
    assert!(is_good(&cluster, &token));
}

#[test]
fn what_a_cluster_has_handed_out_is_secret_in_every_program() {
    let cluster = Cluster::shared();
    cluster.account("watched", "builder");
    let issued = cluster.token("watched", "builder").issue();
    let signed = cluster.sign(&json!({ "sub": "somebody", "exp": now() }));
    let file = std::fs::read_to_string(cluster.kubeconfig()).unwrap();
    let key = file.lines().find_map(|line| line.trim().strip_prefix("client-key-data: ")).unwrap();
    for secret in [&issued, &signed, cluster.static_token(), key] {
        let site = Site::new(Site::BASIC);
        site.write("users.htpasswd", &user(secret, "some-password"));
        let program = site.serve_here();
        // Who logs in is written down.
        assert_eq!(curl(&["-u", &format!("{secret}:some-password"), &program.url("/")]).status, 200);
        let stopped = catch_unwind(AssertUnwindSafe(|| drop(program)));
        let said = stopped.expect_err("it is in the log");
        assert!(said.downcast_ref::<String>().unwrap().contains("the program wrote down what is secret"));
    }
}
