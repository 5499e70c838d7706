//! What never reaches the cluster.

use std::time::{Duration, Instant};

use portcullis_mint::{Mint, base64url, now};
use serde_json::json;

use crate::api_server::*;

#[tokio::test]
async fn a_token_whose_signature_issuer_or_times_are_wrong_is_never_reviewed() {
    let server = ApiServer::start().await;
    let backend = server.backend("audiences = ['orders']").await;
    let (own, forger, stranger) =
        (&server.mint, Mint::new("RS256", "of-this-cluster"), Mint::new("RS256", "of-another"));
    let unsigned = format!("{}.{}.", base64url(r#"{"alg":"none"}"#), base64url(account().to_string()));
    for (token, expected) in [
        (forger.sign(&account()), "refused: the signature is wrong"),
        (stranger.sign(&account()), "not mine: the key is not known"),
        (own.sign(&account_with(&json!({ "exp": now() - 60 }))), "refused: expired"),
        (own.sign(&account_with(&json!({ "exp": null }))), "refused: exp is missing"),
        (own.sign(&account_with(&json!({ "nbf": now() + 3600 }))), "refused: nbf lies in the future"),
        (stranger.sign(&account_with(&json!({ "exp": now() - 60 }))), "refused: expired"),
        (
            own.sign(&account_with(&json!({ "iss": "https://kubernetes.example.test" }))),
            "not mine: the token is of another issuer",
        ),
        (own.sign(&account_with(&json!({ "iss": [ISSUER] }))), "refused: iss is not one string"),
        (unsigned, "refused: not signed: alg is none"),
        ("eyJhbGciOiJSUzI1NiJ9.e30".to_owned(), "refused: not three segments"),
        ("eyJhbGciOiJSUzI1NiJ9.e30.a.b.c".to_owned(), "refused: encrypted"),
        (
            own.sign(&account_with(&json!({ "padding": "x".repeat(32 * 1024) }))),
            "refused: the JWT is longer than 32 KiB",
        ),
    ] {
        assert_eq!(verdict(&backend, &token).await, expected, "{token:.40}");
    }
    assert_eq!(server.asked(REVIEWS).await, 0);
}

/// Each with a signature, a `kid` or an issuer of its own; the bare backend, without the layer's memory of refusals.
#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_forged_tokens_cause_no_review_and_a_good_one_is_taken_all_the_while() {
    let server = ApiServer::start().await;
    let backend = std::sync::Arc::new(server.backend("audiences = ['orders']").await);
    let good = server.mint.sign(&account());
    principal(&backend, &good).await;
    let flood = {
        let (backend, forger) = (std::sync::Arc::clone(&backend), Mint::new("RS256", "x"));
        tokio::spawn(async move {
            for number in 0..10_000 {
                let claims = account_with(&json!({ "jti": number }));
                let kid = match number % 3 {
                    0 => "of-this-cluster".to_owned(),
                    1 => format!("unknown-{number}"),
                    _ => "unknown".to_owned(),
                };
                let token = forger.sign_with(&json!({ "alg": "RS256", "kid": kid }), &claims);
                let verdict = verdict(&backend, &token).await;
                // What is refused at once never gives way.
                tokio::task::yield_now().await;
                assert!(verdict.starts_with("refused") || verdict.starts_with("not mine"), "{verdict}");
            }
        })
    };
    let mut reviewed = 1;
    let began = Instant::now();
    while !flood.is_finished() {
        // A new one each time, which the API server has not seen.
        let token = server.mint.sign(&account_with(&json!({ "jti": format!("good-{reviewed}") })));
        principal(&backend, &token).await;
        reviewed += 1;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    flood.await.unwrap();
    assert_eq!(server.asked(REVIEWS).await, reviewed, "those of the good ones");
    // One at the start, one for the first unknown key, and one more each cool-down of 10 s.
    let most = 2 + began.elapsed().as_secs() as usize / 10;
    let fetched = server.asked("/openid/v1/jwks").await;
    assert!(fetched <= most, "{fetched} in {:?}", began.elapsed());
}
