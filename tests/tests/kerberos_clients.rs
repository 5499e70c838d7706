//! Real clients of Kerberos, and the `portcullis` program: each gets in, and each that asks for it is
//! shown who the service is.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Request, Version};
use portcullis_testbed::{Heard, Program, Realm, Token, Wire, Wish};
use serde_json::{Value, json};

fn realm() -> (Realm, Program) {
    let realm = Realm::start("EXAMPLE.TEST");
    let program = realm.serve("");
    (realm, program)
}

/// The outcome of a request over HTTP/2, or of a call of gRPC.
fn over_http2(program: &Program, token: &Token, content_type: &str) -> Heard {
    let request = Request::post("http://localhost/portcullis.whoami.v1.WhoAmI/Get")
        .version(Version::HTTP_2)
        .header("content-type", content_type)
        .header("te", "trailers")
        .header("authorization", token.authorization());
    // An empty message: not compressed, no bytes.
    let body = if content_type == "application/grpc" { &b"\0\0\0\0\0"[..] } else { b"" };
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        Wire::connect(program.address()).await.send(request.body(Bytes::from_static(body)).unwrap()).await
    })
}

#[test]
fn curl_gets_in_over_http1_and_http2() {
    let (realm, program) = realm();
    let alice = realm.tickets("alice");
    for http in ["--http1.1", "--http2-prior-knowledge"] {
        let answer = alice.curl(&[http, &program.on_localhost("/")]);
        assert_eq!(answer.status, 200, "{answer:?}");
        let who = answer.json();
        assert_eq!((&who["name"], &who["backend"]), (&json!("alice@EXAMPLE.TEST"), &json!("kerberos")));
        assert_eq!((&who["issuer"], &who["anonymous"]), (&json!("EXAMPLE.TEST"), &json!(false)));
    }
    let no_ticket = portcullis_testbed::curl(&[&program.on_localhost("/")]);
    assert_eq!((no_ticket.status, no_ticket.fields_of("www-authenticate")), (401, vec!["Negotiate"]));
}

#[test]
fn requests_kerberos_which_insists_on_mutual_authentication_gets_in_where_raw_tokens_are_taken() {
    let realm = Realm::start("EXAMPLE.TEST");
    let alice = realm.tickets("alice");
    let get = |program: &Program| alice.python("requests_kerberos_get.py", &[&program.on_localhost("/")]);
    let outcome = get(&realm.serve("raw_krb5 = true\n"));
    assert_eq!(outcome["status"], 200, "{outcome}");
    let who: Value = serde_json::from_str(outcome["body"].as_str().unwrap()).unwrap();
    assert_eq!(who["name"], "alice@EXAMPLE.TEST");

    // It sends no SPNEGO, and an administrator is told what to do about it.
    let strict = realm.serve("");
    assert_eq!(get(&strict)["status"], 401);
    strict.wait_for("raw_krb5");
}

#[test]
fn the_service_proves_who_it_is_over_http1_http2_and_grpc() {
    let (realm, program) = realm();
    let mut alice = realm.tickets("alice").initiator();
    let tokens = alice.tokens(3, &Wish::default());

    let answer = program.negotiate(&tokens[0]);
    assert_eq!((answer.status, &answer.json()["name"]), (200, &json!("alice@EXAMPLE.TEST")));
    assert_eq!(alice.proved(&tokens[0], answer.field("www-authenticate")), Ok(()));

    let heard = over_http2(&program, &tokens[1], "text/plain");
    assert_eq!(heard.head.status, 200);
    let proof = heard.head.headers["www-authenticate"].to_str().unwrap();
    assert_eq!(alice.proved(&tokens[1], Some(proof)), Ok(()));

    let call = over_http2(&program, &tokens[2], "application/grpc");
    assert_eq!(call.trailers.unwrap()["grpc-status"], "0");
    assert!(String::from_utf8_lossy(&call.data).contains("alice@EXAMPLE.TEST"));
    let proof = call.head.headers["www-authenticate"].to_str().unwrap();
    assert_eq!(alice.proved(&tokens[2], Some(proof)), Ok(()), "in the initial metadata");
}

#[test]
fn the_proof_is_for_one_client_alone() {
    let (realm, program) = realm();
    let mut alice = realm.tickets("alice").initiator();
    let tokens = alice.tokens(2, &Wish::default());
    let replies: Vec<_> = tokens.iter().map(|token| program.negotiate(token)).collect();
    let field = |of: usize| replies[of].field("www-authenticate");
    assert!(alice.proved(&tokens[0], field(1)).is_err(), "what is said to one is nothing to another");
    assert_eq!(alice.proved(&tokens[1], field(1)), Ok(()));
}

#[test]
fn who_does_not_ask_for_a_proof_gets_in_all_the_same() {
    let (realm, program) = realm();
    let token = realm.tickets("alice").initiator().token_as(&Wish::default().one_sided());
    assert_eq!(program.negotiate(&token).json()["name"], "alice@EXAMPLE.TEST");
}

#[test]
fn python_clients_of_grpc_get_in_and_are_shown_who_the_service_is() {
    let (realm, program) = realm();
    let address = program.on_localhost("").replace("http://", "");
    let call = realm.tickets("alice").python("negotiate_calls.py", &[&address]);
    assert_eq!((&call["code"], &call["proved"]), (&json!("OK"), &json!(true)), "{call}");
    let response = STANDARD.decode(call["response"].as_str().unwrap()).unwrap();
    assert!(String::from_utf8_lossy(&response).contains("alice@EXAMPLE.TEST"));

    realm.ensure("HTTP/other.example.test");
    let refused = realm.tickets("alice").python("negotiate_calls.py", &[&address, "HTTP@other.example.test"]);
    assert_eq!((&refused["code"], &refused["proved"]), (&json!("UNAUTHENTICATED"), &json!(false)), "{refused}");
    // A response without messages has trailers only, which grpcio shows as the trailing metadata.
    let challenges: Vec<_> = ["initial", "trailing"]
        .iter()
        .flat_map(|place| refused[place].as_array().unwrap())
        .filter(|pair| pair[0] == "www-authenticate")
        .collect();
    assert_eq!(challenges.len(), 1, "{refused}");
    assert!(challenges[0][1].as_str().unwrap().starts_with("Negotiate"));
}

#[test]
fn a_browser_gets_in_where_it_may_show_a_ticket() {
    let (realm, program) = realm();
    let alice = realm.tickets("alice");
    let visit = alice.chromium(&program.on_localhost("/"), "localhost");
    assert_eq!(visit.status, 200, "{visit:?}");
    let who: Value = serde_json::from_str(&visit.body).unwrap();
    assert_eq!(who["name"], "alice@EXAMPLE.TEST");
    assert_eq!(alice.chromium(&program.on_localhost("/"), "elsewhere").status, 401);
}
