//! A kubeconfig in the header instead of a token.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::api_server::*;

/// A client's kubeconfig with this user, and a server that nobody should go to.
fn kubeconfig(user: &serde_json::Value) -> String {
    STANDARD.encode(
        json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "here",
            "clusters": [{ "name": "c", "cluster": { "server": "https://192.0.2.1", "proxy-url": "http://192.0.2.2" } }],
            "users": [{ "name": "u", "user": user }, { "name": "other", "user": { "token": "another" } }],
            "contexts": [{ "name": "here", "context": { "cluster": "c", "user": "u" } }],
        })
        .to_string(),
    )
}

#[tokio::test]
async fn its_token_counts_with_bearer_and_without_a_scheme() {
    let server = ApiServer::start().await;
    let backend = server.backend("audiences = ['orders']\naccept_kubeconfig = true").await;
    let token = server.mint.sign(&account());
    let whole = kubeconfig(&json!({ "token": token, "as": "system:admin" }));
    let v0 =
        format!("v0:{}", STANDARD.encode(json!({ "Host": "https://192.0.2.1", "BearerToken": token }).to_string()));
    for authorization in [whole.clone(), format!("Bearer {whole}"), v0.clone(), format!("bearer {v0}")] {
        let found = in_words(present(&backend, &authorization).await);
        assert_eq!(found, "accepted system:serviceaccount:argo:deployer", "{authorization:.20}");
    }
    assert_eq!(in_words(present(&backend, &token).await), "not recognized", "a token without a scheme");
}

#[tokio::test]
async fn it_is_nobodys_unless_the_file_accepts_it_and_never_taken_for_an_opaque_token() {
    let server = ApiServer::start().await;
    let backend = server.backend("default = true").await;
    let whole = kubeconfig(&json!({ "token": "opaque" }));
    assert_eq!(in_words(present(&backend, &format!("Bearer {whole}")).await), "not recognized");
    assert_eq!(server.asked(REVIEWS).await, 0);
}

#[tokio::test]
async fn what_is_no_token_is_refused_by_name_and_never_reviewed() {
    let server = ApiServer::start().await;
    let backend = server.backend("accept_kubeconfig = true").await;
    for (user, word) in [
        (json!({ "username": "alice", "password": "wonderland" }), "password"),
        (json!({ "client-certificate-data": "YQ==", "client-key-data": "YQ==" }), "certificate"),
        (json!({ "exec": { "command": "aws" } }), "exec"),
        (json!({ "auth-provider": { "name": "gcp" } }), "auth provider"),
        (json!({ "tokenFile": "/etc/shadow" }), "file"),
    ] {
        let found = in_words(present(&backend, &format!("Bearer {}", kubeconfig(&user))).await);
        assert!(found.starts_with("refused: ") && found.contains(word), "{found}");
    }
    assert_eq!(server.asked(REVIEWS).await, 0);
}

#[tokio::test]
async fn a_forged_token_in_it_is_never_reviewed() {
    let server = ApiServer::start().await;
    let backend = server.backend("accept_kubeconfig = true\ndefault = true").await;
    let forged = portcullis_mint::Mint::new("RS256", "of-this-cluster").sign(&account());
    let found = in_words(present(&backend, &kubeconfig(&json!({ "token": forged }))).await);
    assert_eq!(found, "refused: the signature is wrong");
    assert_eq!(server.asked(REVIEWS).await, 0);
}
