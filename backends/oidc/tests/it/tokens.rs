//! Which tokens are whose, and what becomes of them.

use std::time::Duration;

use portcullis_core::{Backend as _, Occasion};
use portcullis_mint::{Mint, now};
use serde_json::{Value, json};

use crate::provider::{KEYS, METADATA, Outcome, Provider, accepted, credential, outcome};

#[tokio::test]
async fn a_good_token_makes_a_principal() {
    for algorithm in ["RS256", "PS256", "ES256", "ES384", "EdDSA"] {
        let mint = Mint::new(algorithm, "a");
        let provider = Provider::with(&[&mint]).await;
        let mut config = provider.config();
        config.groups_claim = Some("groups".parse().unwrap());
        let oidc = provider.oidc_with(config);
        let mut claims = provider.claims();
        claims["groups"] = json!("ops dev");
        claims["scope"] = json!("read write");
        claims["jti"] = json!("t1");
        let alice = accepted(&oidc, &mint.sign(&claims)).await;
        assert_eq!((alice.name(), alice.issuer()), ("alice", Some(provider.issuer().as_str())), "{algorithm}");
        assert_eq!(alice.groups().collect::<Vec<_>>(), ["ops", "dev"]);
        assert_eq!(alice.scopes().collect::<Vec<_>>(), ["read", "write"]);
        assert_eq!(alice.token_id(), Some("t1"));
        let expires = alice.expires_at().unwrap().duration_since(std::time::UNIX_EPOCH).unwrap();
        assert_eq!(expires, Duration::from_secs(claims["exp"].as_u64().unwrap()));
        assert!(alice.issued_at().is_some());
    }
}

/// Signed by the right key with each of these changes. What belongs to somebody else goes on.
#[tokio::test]
async fn issuer_and_audience_route_and_the_rules_decide() {
    let mint = Mint::new("ES256", "a");
    let provider = Provider::with(&[&mint]).await;
    let oidc = provider.oidc();
    let issuer = provider.issuer();
    for (claim, value, expected) in [
        ("aud", json!(["x", "orders"]), Outcome::Accepted),
        ("iss", json!(format!("{issuer}/")), Outcome::NotMine),
        ("iss", json!("https://other.example.test"), Outcome::NotMine),
        ("iss", Value::Null, Outcome::RefusedForGood),
        ("iss", json!([issuer]), Outcome::RefusedForGood),
        ("aud", json!("bills"), Outcome::NotMine),
        ("aud", json!(["bills", "Orders"]), Outcome::NotMine),
        ("aud", json!([]), Outcome::RefusedForGood),
        ("aud", json!(["orders", 7]), Outcome::RefusedForGood),
        ("exp", json!(now() - 31), Outcome::RefusedForGood),
        ("exp", json!("x"), Outcome::RefusedForGood),
        ("nbf", json!(now() + 3600), Outcome::RefusedForNow),
        ("iat", json!(now() + 3600), Outcome::RefusedForNow),
        ("sub", json!(""), Outcome::RefusedForGood),
        ("cnf", json!({ "jkt": "x" }), Outcome::RefusedForGood),
        ("nonce", json!("n"), Outcome::RefusedForGood),
    ] {
        let mut claims = provider.claims();
        claims[claim] = value.clone();
        assert_eq!(outcome(&oidc, &mint.sign(&claims)).await, expected, "{claim}: {value}");
    }
    for (missing, expected) in [
        ("iss", Outcome::NotMine),
        ("aud", Outcome::RefusedForGood),
        ("exp", Outcome::RefusedForGood),
        ("sub", Outcome::RefusedForGood),
        ("iat", Outcome::Accepted),
    ] {
        let mut claims = provider.claims();
        claims.as_object_mut().unwrap().remove(missing);
        assert_eq!(outcome(&oidc, &mint.sign(&claims)).await, expected, "without {missing}");
    }
}

#[tokio::test]
async fn a_token_of_somebody_else_costs_the_provider_nothing() {
    let mint = Mint::new("ES256", "a");
    let provider = Provider::with(&[&mint]).await;
    let other = Provider::with(&[&mint]).await;
    // The keys are fetched once by themselves.
    assert_eq!(outcome(&provider.oidc(), &mint.sign(&provider.claims())).await, Outcome::Accepted);
    let oidc = provider.oidc();
    assert_eq!(outcome(&oidc, &mint.sign(&provider.claims())).await, Outcome::Accepted);
    let before = (provider.count(METADATA).await, provider.count(KEYS).await);
    for _ in 0..20 {
        assert_eq!(outcome(&oidc, &mint.sign(&other.claims())).await, Outcome::NotMine);
    }
    assert_eq!((provider.count(METADATA).await, provider.count(KEYS).await), before);
    assert_eq!(other.count(KEYS).await, 0);
}

#[tokio::test]
async fn two_entries_of_one_issuer_are_told_apart_by_audience() {
    let mint = Mint::new("ES256", "a");
    let provider = Provider::with(&[&mint]).await;
    let mut config = provider.config();
    config.audiences = vec!["bills".to_owned()];
    let (orders, bills) = (provider.oidc(), provider.oidc_with(config));
    let mut claims = provider.claims();
    assert_eq!(outcome(&orders, &mint.sign(&claims)).await, Outcome::Accepted);
    assert_eq!(outcome(&bills, &mint.sign(&claims)).await, Outcome::NotMine);
    claims["aud"] = json!("bills");
    assert_eq!(outcome(&orders, &mint.sign(&claims)).await, Outcome::NotMine);
    assert_eq!(outcome(&bills, &mint.sign(&claims)).await, Outcome::Accepted);
    assert_ne!(orders.sole_claims(), bills.sole_claims());
}

#[tokio::test]
async fn a_bad_signature_and_what_is_malformed_are_refused_for_good() {
    let (mint, forger) = (Mint::new("ES256", "a"), Mint::new("ES256", "a"));
    let provider = Provider::with(&[&mint]).await;
    let oidc = provider.oidc();
    let good = mint.sign(&provider.claims());
    let parts: Vec<_> = good.split('.').collect();
    for bad in [
        forger.sign(&provider.claims()),
        format!("{}.{}.", parts[0], parts[1]),
        format!("{}.{}", parts[0], parts[1]),
        format!("{good}.{}.{}", parts[1], parts[2]),
        format!("{good}="),
        mint.sign_with(&json!({ "alg": "none" }), &provider.claims()),
        mint.sign_with(&json!({ "alg": "HS256", "kid": "a" }), &provider.claims()),
        mint.sign_with(&json!({ "alg": "ES256", "kid": "a", "crit": ["x"] }), &provider.claims()),
        mint.sign_raw(br#"{"alg":"ES256","kid":"a"}"#, br#"{"iss":"a","iss":"b"}"#),
    ] {
        assert!(oidc.recognizes(&credential(&bad)));
        assert_eq!(outcome(&oidc, &bad).await, Outcome::RefusedForGood, "{bad}");
    }
    assert_eq!(outcome(&oidc, &good).await, Outcome::Accepted);
}

#[tokio::test]
async fn an_opaque_token_is_not_recognised_without_introspection() {
    let provider = Provider::bare().await;
    let oidc = provider.oidc();
    for token in ["opaque", "v2.local.xyz", "a.b.c", ""] {
        assert!(!oidc.recognizes(&credential(token)), "{token}");
    }
    assert_eq!(outcome(&oidc, "opaque").await, Outcome::NotMine);
    assert!(oidc.sole_claims().iter().all(|claim| !claim.contains("opaque")));
}

#[tokio::test]
async fn the_challenge_names_the_realm_and_the_error() {
    let provider = Provider::bare().await;
    let mut config = provider.config();
    config.realm = "the \"orders\"".to_owned();
    let oidc = provider.oidc_with(config);
    let challenge = |occasion| oidc.challenge(occasion).unwrap().to_header_value();
    assert_eq!(challenge(Occasion::Absent), r#"Bearer realm="the \"orders\"""#);
    assert_eq!(challenge(Occasion::Refused), r#"Bearer realm="the \"orders\"", error="invalid_token""#);
}

#[tokio::test]
async fn an_administrator_is_told_who_gets_in_and_what_is_odd() {
    let provider = Provider::bare().await;
    let mut config = provider.config();
    config.username_claim = "email".parse().unwrap();
    config.groups_claim = Some("realm_access.roles".parse().unwrap());
    config.allow_unverified_email = true;
    config.accept_id_tokens = true;
    let oidc = provider.oidc_with(config);
    let issuer = provider.issuer();
    assert_eq!(
        oidc.describe(),
        format!("bearer tokens of {issuer} for orders (names from email, groups from realm_access.roles)")
    );
    assert_eq!(oidc.sole_claims(), [format!("tokens of {issuer} for orders")]);
    assert_eq!(oidc.authorization_server(), Some(issuer.as_str()));
    let warnings = oidc.warnings().join("\n");
    assert!(warnings.contains("allow_unverified_email") && warnings.contains("accept_id_tokens"), "{warnings}");
}

#[tokio::test]
async fn the_rules_of_the_file_reach_the_verification() {
    let mint = Mint::new("ES256", "a");
    let provider = Provider::with(&[&mint]).await;
    let claims = provider.claims();
    let mut config = provider.config();
    config.algorithms = vec!["RS256".parse().unwrap()];
    assert_eq!(outcome(&provider.oidc_with(config), &mint.sign(&claims)).await, Outcome::RefusedForGood);

    let mut config = provider.config();
    config.token_types = toml::from_str::<portcullis_oidc::OidcConfig>("token_types = ['JWT']").unwrap().token_types;
    let oidc = provider.oidc_with(config);
    let header = |typ| json!({ "alg": "ES256", "kid": "a", "typ": typ });
    assert_eq!(outcome(&oidc, &mint.sign_with(&header("at+jwt"), &claims)).await, Outcome::RefusedForGood);
    assert_eq!(outcome(&oidc, &mint.sign_with(&header("JWT"), &claims)).await, Outcome::Accepted);

    let mut config = provider.config();
    config.max_age = Some(Duration::from_secs(60));
    let mut old = claims.clone();
    old["iat"] = json!(now() - 91);
    assert_eq!(outcome(&provider.oidc_with(config), &mint.sign(&old)).await, Outcome::RefusedForGood);

    let mut config = provider.config();
    config.accept_id_tokens = true;
    let mut id = claims.clone();
    id["nonce"] = json!("n");
    assert_eq!(outcome(&provider.oidc_with(config), &mint.sign(&id)).await, Outcome::Accepted);

    let mut late = claims.clone();
    late["exp"] = json!(now() - 60);
    let mut config = provider.config();
    config.leeway = Duration::from_secs(120);
    assert_eq!(outcome(&provider.oidc_with(config), &mint.sign(&late)).await, Outcome::Accepted);
}
