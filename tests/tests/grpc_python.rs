//! What grpcio gets from the program: another implementation of gRPC and HTTP/2 than ours.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portcullis_testbed::{Site, python};
use serde_json::{Value, json};

fn calls(config: &str) -> Value {
    let program = Site::new(config).serve_here();
    // What else the script presents is in the site.
    program.watch_for("wrong-password");
    python("calls.py", &[&program.address().to_string()])
}

fn response(call: &Value) -> String {
    assert_eq!(call["code"], "OK", "{call}");
    String::from_utf8_lossy(&STANDARD.decode(call["response"].as_str().unwrap()).unwrap()).into_owned()
}

fn metadata(call: &Value, name: &str) -> Vec<Value> {
    let pairs = call["metadata"].as_array().unwrap_or_else(|| panic!("no metadata: {call}"));
    pairs.iter().filter(|pair| pair[0] == name).map(|pair| pair[1].clone()).collect()
}

#[test]
fn python_clients_are_let_in_and_refused_with_the_codes_of_grpc() {
    let calls = calls(Site::BASIC);
    let who = response(&calls["good"]);
    assert!(who.contains("alice") && who.contains("ops"), "{who:?}");

    for which in ["wrong", "unknown", "none", "no_such_method"] {
        let call = &calls[which];
        assert_eq!(call["code"], "UNAUTHENTICATED", "{which}: {call}");
        assert_eq!(call["details"], "no valid credential was presented");
        let challenge = json!("Basic realm=\"portcullis\", charset=\"UTF-8\"");
        assert_eq!(metadata(call, "www-authenticate"), [challenge], "{which}");
    }
    assert_eq!(
        calls["wrong"]["metadata"].as_array().map(Vec::len),
        calls["unknown"]["metadata"].as_array().map(Vec::len)
    );
    assert_eq!(calls["two"]["code"], "INVALID_ARGUMENT");
    assert_eq!(calls["too_large"]["code"], "INVALID_ARGUMENT");
    assert_eq!(calls["no_such_method_known"]["code"], "UNIMPLEMENTED", "only those who are known learn what there is");
}

#[test]
fn health_needs_no_credential_and_reflection_does() {
    let calls = calls(Site::BASIC);
    // HealthCheckResponse { status: SERVING }
    assert_eq!(response(&calls["health"]), "\u{8}\u{1}");
    assert!(response(&calls["reflection"]).contains("portcullis.whoami.v1.WhoAmI"));
    assert_eq!(calls["reflection_none"]["code"], "UNAUTHENTICATED");
}

#[test]
fn deny_all_denies_python_clients() {
    let calls = calls("[[backend]]\nkind = \"deny-all\"\n");
    for which in ["good", "none", "reflection"] {
        assert_eq!(calls[which]["code"], "PERMISSION_DENIED");
    }
}
