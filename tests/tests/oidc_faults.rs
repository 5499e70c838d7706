//! What can go wrong between the program and the keys of a provider.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use portcullis_testbed::{Access, Fault, Faults, Program, Provider, Site, curl, decoded};
use serde_json::{Value, json};

const KEYS: &str = "/jwks";

/// How long an answer of the provider may take, in these tests.
const TIMEOUT: &str = "2s";

/// The program, which fetches the keys through `faults`.
fn serve(provider: &Provider, faults: &Faults) -> Program {
    let keys = faults.url(KEYS);
    Site::new(&format!("{}jwks_url = \"{keys}\"\ntimeout = \"{TIMEOUT}\"\n", provider.backend())).serve_here()
}

fn published(provider: &Provider) -> Value {
    curl(&[&provider.url(KEYS)]).json()
}

#[test]
fn whatever_comes_instead_of_keys_is_an_outage_and_passes_with_it() {
    let provider = Provider::start();
    let elsewhere = Faults::before(&provider.issuer());
    let token = provider.client_token(&Access::to("orders"));
    std::thread::scope(|scope| {
        for fault in [
            Fault::Status(500),
            Fault::Status(404),
            Fault::Html,
            Fault::Document("application/json", "{\"keys\":".to_owned()),
            Fault::Document("application/json", "{\"keys\":[{\"kty\":\"oct\",\"k\":\"c2VjcmV0\"}]}".to_owned()),
            Fault::Endless,
            Fault::Trickle,
            Fault::Hang,
            Fault::RedirectForever,
            Fault::Redirect(elsewhere.url(KEYS)),
        ] {
            let (provider, token) = (&provider, &token);
            scope.spawn(move || is_an_outage_while_it_lasts(provider, token, &fault));
        }
    });
    assert_eq!(elsewhere.count(KEYS), 0, "a redirection to another host is not followed");
}

fn is_an_outage_while_it_lasts(provider: &Provider, token: &str, fault: &Fault) {
    let faults = Faults::before(&provider.issuer());
    faults.set(KEYS, fault.clone());
    let program = serve(provider, &faults);
    let answer = program.bearer(token);
    assert_eq!(answer.status, 503, "{fault:?}: {answer:?}");
    assert!(answer.field("retry-after").is_some(), "{fault:?}");
    assert!(faults.count(KEYS) > 0, "{fault:?}: it was asked");
    faults.mend(KEYS);
    program.bearer_until(token, 200);
}

#[test]
fn keys_that_take_their_time_are_waited_for() {
    let provider = Provider::start();
    let faults = Faults::before(&provider.issuer());
    faults.set(KEYS, Fault::Slow(Duration::from_millis(500)));
    let program = serve(&provider, &faults);
    assert_eq!(program.bearer(&provider.client_token(&Access::to("orders"))).status, 200);
    assert_eq!(faults.count(KEYS), 1);
}

#[test]
fn a_broken_key_or_one_whose_name_is_taken_does_not_hurt_the_others() {
    let provider = Provider::start();
    let faults = Faults::start();
    let token = provider.client_token(&Access::to("orders"));
    let kid = decoded(&token).0["kid"].clone();
    let broken = [
        json!({ "kty": "RSA", "alg": "RS256", "use": "sig", "kid": "broken", "n": "!", "e": "AQAB" }),
        json!({ "kty": "unheard-of", "kid": "strange" }),
        json!("no key at all"),
        // The name of the one that signs, and another kind of key.
        json!({ "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": kid, "x": "AA", "y": "AA" }),
    ];
    let mut set = published(&provider);
    let keys = set["keys"].as_array_mut().unwrap();
    keys.splice(0..0, broken);
    // And a good key of the same name.
    let mut namesake = keys.iter().find(|key| key["alg"] == "ES256" && key["kid"] != kid).unwrap().clone();
    namesake["kid"] = kid;
    keys.insert(0, namesake);
    faults.publish(KEYS, &set);
    let program = serve(&provider, &faults);
    assert_eq!(program.bearer(&token).status, 200);
    let other = provider.client_token(&Access::to("orders").signed_with("ES256"));
    assert_eq!(program.bearer(&other).status, 200);
}

#[test]
fn the_name_in_the_metadata_must_be_the_one_in_the_file() {
    let provider = Provider::start();
    let faults = Faults::start();
    let token = provider.client_token(&Access::to("orders"));
    faults.publish(KEYS, &published(&provider));
    let metadata = |issuer: &str| json!({ "issuer": issuer, "jwks_uri": faults.url(KEYS) });
    let path = "/.well-known/openid-configuration";

    // Discovery at the issuer itself: so the tokens of another one that it names do not count.
    let config = provider.backend().replace(&provider.issuer(), &faults.url(""));
    faults.publish(path, &metadata(&provider.issuer()));
    let program = Site::new(&config).serve_here();
    assert_eq!(program.bearer(&token).status, 401);
    assert_eq!(faults.count(KEYS), 0);

    // A document of nothing else is enough.
    let mint = portcullis_mint::Mint::new("ES256", "mint");
    let claims = json!({
        "iss": faults.url(""), "aud": "orders", "sub": "carol", "exp": portcullis_mint::now() + 600,
    });
    let token = mint.sign(&claims);
    faults.publish(KEYS, &portcullis_mint::jwks(&[&mint]));
    assert_eq!(program.bearer(&token).status, 503, "the metadata are of somebody else");
    assert_eq!(faults.count(KEYS), 0);
    faults.publish(path, &metadata(&faults.url("")));
    assert_eq!(program.bearer_until(&token, 200).json()["name"], "carol");
}

#[test]
fn once_keys_are_known_a_provider_that_fails_does_no_harm() {
    let provider = Provider::start();
    let mut faults = Faults::before(&provider.issuer());
    let program = serve(&provider, &faults);
    let tokens: Vec<_> = (0..8).map(|_| provider.client_token(&Access::to("orders"))).collect();
    assert_eq!(program.bearer(&tokens[0]).status, 200);
    let unknown = portcullis_testbed::with_kid(&tokens[0], "unknown");
    let breaks: [Option<Fault>; 5] =
        [Some(Fault::Status(500)), Some(Fault::Html), Some(Fault::Endless), Some(Fault::Hang), None];
    for (fault, token) in breaks.into_iter().zip(&tokens[1..]) {
        match fault {
            Some(fault) => faults.set(KEYS, fault),
            None => faults.stop(),
        }
        // It may have the keys fetched, or not yet again.
        let status = program.bearer(&unknown).status;
        assert!([401, 503].contains(&status), "{status}");
        assert_eq!(program.bearer(token).status, 200);
    }
    faults.start_again();
    faults.mend(KEYS);
    assert_eq!(program.bearer(&tokens[7]).status, 200);
}
