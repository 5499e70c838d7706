//! SPNEGO, as Armada had it until 0.4, with the answer that Armada did not give.

use portcullis_testbed::{Realm, Wish};
use serde_json::{Value, json};

use super::service::{Served, config, refusal, serve_with};

fn served(realm: &Realm) -> Served {
    let keytab = realm.keytab("http.keytab", &["HTTP/localhost"]);
    let keys = format!("\"{}\"\nreplay_cache = \"{}\"", keytab.display(), realm.path("replays").display());
    let config = config("kerberos.toml", &[("\"/etc/armada/http.keytab\"", &keys)]);
    serve_with(&config, |command| realm.environment(command))
}

fn reply(outcome: &Value) -> Option<&str> {
    let initial = outcome["initial"].as_array().unwrap_or_else(|| panic!("{outcome}"));
    initial.iter().find(|pair| pair[0] == "www-authenticate").and_then(|pair| pair[1].as_str())
}

#[test]
fn over_grpc_the_credential_and_the_proof_are_metadata() {
    let realm = Realm::start("EXAMPLE.TEST");
    let served = served(&realm);
    let mut alice = realm.tickets("alice").initiator();
    let tokens = alice.tokens(3, &Wish::default());
    let values: Vec<_> = tokens.iter().map(|token| token.authorization()).collect();
    let outcomes = served.grpc(&[
        (Some(&values[0]), "create_queue", json!({ "name": "blue" })),
        (Some(&values[1]), "submit", json!({ "queue": "blue", "job_set": "set" })),
        (Some(&values[2]), "watch", json!({ "queue": "blue", "job_set": "set", "until": "succeeded" })),
    ]);
    for (token, outcome) in tokens.iter().zip(&outcomes) {
        assert_eq!(alice.proved(token, reply(outcome)), Ok(()), "{outcome}");
    }
    assert_eq!(outcomes[2]["ok"][0]["owner"], "alice");

    let bob = realm.tickets("bob").initiator().token().authorization();
    let outcomes = served.grpc(&[
        (Some(&bob), "submit", json!({ "queue": "blue", "job_set": "set" })),
        (None, "submit", json!({ "queue": "blue", "job_set": "set" })),
    ]);
    let sentence = "bob lacks permission submit required for action submit for queue blue";
    assert_eq!(refusal(&outcomes[0]), (7, sentence));
    assert_eq!(refusal(&outcomes[1]), (16, "no valid credential was presented"));
    assert_eq!(outcomes[1]["challenges"], json!(["Negotiate"]));
}

#[test]
fn over_rest_curl_negotiates() {
    let realm = Realm::start("EXAMPLE.TEST");
    let served = served(&realm);
    let (alice, bob) = (realm.tickets("alice"), realm.tickets("bob"));
    let queue = served.program.on_localhost("/v1/queue");
    let made = alice.curl(&["-d", r#"{"name": "blue"}"#, &queue]);
    assert_eq!((made.status, made.json()), (200, json!({})));
    assert!(made.field("www-authenticate").unwrap().starts_with("Negotiate "), "the service proves who it is");
    let denied = bob.curl(&["-d", r#"{"name": "green"}"#, &queue]);
    let sentence = "bob lacks permission create_queue required for action create_queue";
    assert_eq!((denied.status, denied.json()), (403, json!({ "error": sentence, "code": 7, "message": sentence })));
    let unknown = portcullis_testbed::curl(&[&queue]);
    assert_eq!((unknown.status, unknown.fields_of("www-authenticate")), (401, vec!["Negotiate"]));
}
