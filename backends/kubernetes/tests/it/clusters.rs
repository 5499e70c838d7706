//! Several clusters, which commonly share one issuer.

use portcullis_core::Backend as _;
use portcullis_mint::Mint;

use crate::api_server::*;

#[tokio::test]
async fn a_token_is_the_clusters_whose_key_verifies_it() {
    let (a, mut b) = (ApiServer::start().await, ApiServer::start().await);
    b.mint = Mint::new("RS256", "of-the-other-cluster");
    b.server.reset().await;
    b.shows_keys(&[&b.mint]).await;
    b.reviews(authenticated).await;
    let (in_a, in_b) = (a.backend("").await, b.backend("").await);
    for (mint, by_a, by_b) in [
        (&a.mint, "accepted system:serviceaccount:argo:deployer", "not mine: the key is not known"),
        (&b.mint, "not mine: the key is not known", "accepted system:serviceaccount:argo:deployer"),
    ] {
        let token = mint.sign(&account());
        assert_eq!((verdict(&in_a, &token).await.as_str(), verdict(&in_b, &token).await.as_str()), (by_a, by_b));
    }
    assert_eq!((a.asked(REVIEWS).await, b.asked(REVIEWS).await), (1, 1));
}

#[tokio::test]
async fn two_that_would_ask_about_the_same_tokens_unseen_claim_the_same() {
    let server = ApiServer::start().await;
    let claims = async |section: &str| server.backend(section).await.sole_claims();
    assert!(claims("").await.is_empty());
    assert_eq!(claims("verify = 'review'").await, ["JWTs of any issuer"]);
    let expected = ["tokens of https://a, without looking at their signature,"];
    assert_eq!(claims("verify = 'review'\nissuers = ['https://a']").await, expected);
}

#[tokio::test]
async fn a_withdrawn_key_takes_the_identities_under_it_along() {
    let server = ApiServer::start().await;
    let backend = server.backend("refresh = '1s'\nstale_keys = '1s'").await;
    let principal = principal(&backend, &server.mint.sign(&account())).await;
    let epoch = backend.epoch();
    assert!(backend.still_vouches(&principal, epoch));
    let next = Mint::new("RS256", "next");
    server.server.reset().await;
    server.shows_keys(&[&next]).await;
    while backend.epoch() == epoch {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(!backend.still_vouches(&principal, epoch));
}
