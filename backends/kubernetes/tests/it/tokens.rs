//! Whose tokens are taken, and for whom.

use std::time::Duration;

use portcullis_core::{Backend as _, Verdict};
use portcullis_mint::{Mint, now};
use serde_json::json;

use crate::api_server::*;

const SECTION: &str = "audiences = ['orders']";

#[tokio::test]
async fn a_service_account_is_accepted_for_ten_seconds_with_all_that_is_known_of_it() {
    let server = ApiServer::start().await;
    let backend = server.backend(SECTION).await;
    let token = server.mint.sign(&account());
    let Some(Verdict::Accepted(accepted)) = present(&backend, &format!("bearer {token}")).await else { panic!() };
    assert_eq!(accepted.lifetime, Some(Duration::from_secs(10)));
    let principal = accepted.principal;
    assert_eq!(principal.name(), "system:serviceaccount:argo:deployer");
    assert_eq!(principal.groups().collect::<Vec<_>>(), ["system:serviceaccounts", "system:authenticated"]);
    assert_eq!(principal.claims()["namespace"], "argo");
    assert_eq!(principal.claims()["uid"], "7");
    assert_eq!((principal.issuer(), principal.token_id()), (Some(ISSUER), Some("1")));
    let left = principal.expires_at().unwrap().duration_since(std::time::SystemTime::now()).unwrap();
    assert!((3590..=3600).contains(&left.as_secs()), "{left:?}");
    assert_eq!(server.asked(REVIEWS).await, 1);
}

#[tokio::test]
async fn the_review_asks_for_the_audiences_and_presents_our_own_token() {
    let server = ApiServer::start().await;
    let backend = server.backend("audiences = ['orders', 'bills']").await;
    let token = server.mint.sign(&account());
    principal(&backend, &token).await;
    let requests = server.server.received_requests().await.unwrap();
    let review = requests.iter().find(|request| request.url.path() == REVIEWS).unwrap();
    let spec = json!({ "token": token, "audiences": ["orders", "bills"] });
    let body: serde_json::Value = review.body_json().unwrap();
    assert_eq!((&body["spec"], &body["kind"]), (&spec, &json!("TokenReview")));
    assert!(requests.iter().all(|request| request.headers["authorization"] == "Bearer our-own-token"));
}

#[tokio::test]
async fn without_audiences_none_is_asked_for_and_none_looked_at() {
    let server = ApiServer::start().await;
    let backend = server.backend("").await;
    assert_eq!(verdict(&backend, &server.mint.sign(&account())).await, "accepted system:serviceaccount:argo:deployer");
    assert!(backend.warnings()[0].starts_with("without `audiences`"), "{:?}", backend.warnings());
}

#[tokio::test]
async fn a_token_for_somebody_else_is_left_to_others_without_a_review() {
    let server = ApiServer::start().await;
    let backend = server.backend(SECTION).await;
    for (changes, expected) in [
        (json!({ "aud": ["bills"] }), "not mine: the token is for another audience"),
        (json!({ "iss": "https://id.example.test" }), "not mine: the token is of another issuer"),
        (json!({ "iss": null }), "not mine: the token names no issuer"),
    ] {
        assert_eq!(verdict(&backend, &server.mint.sign(&account_with(&changes))).await, expected, "{changes}");
    }
    assert_eq!(server.asked(REVIEWS).await, 0);
}

#[tokio::test]
async fn an_answer_that_names_none_of_the_audiences_is_a_refusal() {
    let server = ApiServer::with(|spec, claims| {
        let mut status = authenticated(spec, claims);
        status["audiences"] = json!(["https://kubernetes.default.svc"]);
        status
    })
    .await;
    let backend = server.backend(SECTION).await;
    let expected = "refused: the cluster does not say that the token is for one of `audiences`";
    assert_eq!(verdict(&backend, &server.mint.sign(&account())).await, expected);
}

#[tokio::test]
async fn a_review_for_somebody_else_than_the_tokens_subject_is_a_refusal() {
    let server = ApiServer::with(|_, _| json!({ "authenticated": true, "user": { "username": "admin" } })).await;
    let backend = server.backend("").await;
    let expected = "refused: the cluster takes the token for somebody else's than its subject";
    assert_eq!(verdict(&backend, &server.mint.sign(&account())).await, expected);
}

#[tokio::test]
async fn the_token_of_a_secret_is_checked_with_the_key_and_then_reviewed() {
    let server = ApiServer::start().await;
    let backend = server.backend("").await;
    let changes = json!({ "iss": "kubernetes/serviceaccount", "aud": null, "exp": null, "nbf": null, "iat": null });
    let claims = account_with(&changes);
    assert_eq!(principal(&backend, &server.mint.sign(&claims)).await.expires_at(), None);
    assert_eq!(server.asked(REVIEWS).await, 1);
    let forged = Mint::new("RS256", "of-this-cluster").sign(&claims);
    assert_eq!(verdict(&backend, &forged).await, "refused: the signature is wrong");
    assert_eq!(server.asked(REVIEWS).await, 1);
}

#[tokio::test]
async fn a_token_that_is_no_jwt_goes_to_the_default_cluster_alone() {
    let server = ApiServer::start().await;
    let backend = server.backend("").await;
    assert_eq!(verdict(&backend, "opaque-token").await, "not recognized");
    assert_eq!(server.asked(REVIEWS).await, 0);
    let backend = server.backend("default = true").await;
    assert_eq!(verdict(&backend, "opaque-token").await, "accepted opaque");
    assert_eq!(backend.sole_claims(), [portcullis_core::OPAQUE_TOKENS]);
}

#[tokio::test]
async fn review_alone_shows_the_api_server_what_no_key_was_asked_about() {
    let server = ApiServer::start().await;
    let backend = server.backend("verify = 'review'").await;
    let foreign = Mint::new("ES256", "of-nobody").sign(&account_with(&json!({ "iss": "https://id.example.test" })));
    assert_eq!(verdict(&backend, &foreign).await, "accepted system:serviceaccount:argo:deployer");
    assert_eq!(server.asked("/openid/v1/jwks").await, 0);

    let backend = server.backend(&format!("verify = 'review'\nissuers = ['{ISSUER}']")).await;
    assert_eq!(verdict(&backend, &foreign).await, "not mine: the token is of another issuer");
    assert_eq!(server.asked(REVIEWS).await, 1);
}

#[tokio::test]
async fn the_sections_issuers_count_instead_of_the_api_servers_own_word() {
    let server = ApiServer::start().await;
    let backend = server.backend("issuers = ['https://old.example.test', 'https://new.example.test']").await;
    for (issuer, expected) in [
        ("https://old.example.test", "accepted system:serviceaccount:argo:deployer"),
        ("https://new.example.test", "accepted system:serviceaccount:argo:deployer"),
        (ISSUER, "not mine: the token is of another issuer"),
    ] {
        assert_eq!(verdict(&backend, &server.mint.sign(&account_with(&json!({ "iss": issuer })))).await, expected);
    }
    assert_eq!(server.asked("/.well-known/openid-configuration").await, 0);
}

#[tokio::test]
async fn a_cluster_that_was_given_another_issuer_is_asked_for_it_by_the_first_token_and_the_old_one_counts_on() {
    let server = ApiServer::start().await;
    let backend = server.backend("").await;
    ready(&backend).await;
    server.server.reset().await;
    server.shows_keys(&[&server.mint]).await;
    server.reviews(authenticated).await;
    let metadata = wiremock::ResponseTemplate::new(200).set_body_json(json!({ "issuer": "https://new.example.test" }));
    let place = wiremock::matchers::path("/.well-known/openid-configuration");
    wiremock::Mock::given(place).respond_with(metadata).with_priority(1).mount(&server.server).await;
    let renamed = server.mint.sign(&account_with(&json!({ "iss": "https://new.example.test" })));
    assert_eq!(verdict(&backend, &renamed).await, "not mine: the token is of another issuer");
    let accepted = "accepted system:serviceaccount:argo:deployer";
    let began = std::time::Instant::now();
    while verdict(&backend, &renamed).await != accepted {
        assert!(began.elapsed() < Duration::from_secs(5), "the regular fetch is in five minutes");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(verdict(&backend, &server.mint.sign(&account())).await, accepted);
}

#[tokio::test]
async fn what_the_cluster_takes_no_longer_is_refused_for_a_moment() {
    let server = ApiServer::with(|_, _| json!({ "authenticated": false, "error": "Token has been invalidated" })).await;
    let backend = server.backend("").await;
    let token = server.mint.sign(&account_with(&json!({ "exp": now() + 60 })));
    let Some(Verdict::Refused(refusal)) = present(&backend, &format!("Bearer {token}")).await else { panic!() };
    assert_eq!(refusal.reason, "the cluster does not take the token: Token has been invalidated");
    assert_eq!((refusal.lasting, refusal.lifetime), (true, Some(Duration::from_secs(2))));
}

#[tokio::test]
async fn prefixes_keep_two_clusters_apart() {
    let server = ApiServer::start().await;
    let backend = server.backend("username_prefix = 'b:'\ngroups_prefix = 'b/'").await;
    let principal = principal(&backend, &server.mint.sign(&account())).await;
    assert_eq!(principal.name(), "b:system:serviceaccount:argo:deployer");
    assert!(principal.in_group("b/system:serviceaccounts"));
}
