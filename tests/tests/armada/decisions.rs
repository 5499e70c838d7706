//! The same caller is told the same over gRPC and over REST.

use portcullis_testbed::basic;
use serde_json::{Value, json};

use super::service::{alice, bob, config, serve};

/// A method of the client, and the request of HTTP that stands for the same.
struct Operation {
    method: &'static str,
    arguments: Value,
    line: &'static str,
    body: Value,
}

fn operations() -> Vec<Operation> {
    let operation = |method, arguments, line, body| Operation { method, arguments, line, body };
    let set = |queue: &str| json!({ "queue": queue, "job_set": "set" });
    let job = |queue: &str| json!({ "queue": queue, "jobSetId": "set", "jobRequestItems": [{}] });
    let watch = json!({ "queue": "blue", "job_set": "set", "until": "submitted" });
    vec![
        operation("create_queue", json!({ "name": "green" }), "POST /v1/queue", json!({ "name": "green" })),
        operation("get_queue", json!({ "name": "blue" }), "GET /v1/queue/blue", Value::Null),
        operation("get_queue", json!({ "name": "none" }), "GET /v1/queue/none", Value::Null),
        operation("queue_info", json!({ "name": "blue" }), "GET /v1/queue/blue/info", Value::Null),
        operation("delete_queue", json!({ "name": "busy" }), "DELETE /v1/queue/busy", Value::Null),
        operation("delete_queue", json!({ "name": "none" }), "DELETE /v1/queue/none", Value::Null),
        operation("submit", set("blue"), "POST /v1/job/submit", job("blue")),
        operation("submit", set("none"), "POST /v1/job/submit", job("none")),
        operation("submit", set(""), "POST /v1/job/submit", job("")),
        operation("submit", set(&"long".repeat(100)), "POST /v1/job/submit", job(&"long".repeat(100))),
        operation(
            "submit",
            json!({ "queue": "blue", "job_set": "long".repeat(100) }),
            "POST /v1/job/submit",
            json!({ "queue": "blue", "jobSetId": "long".repeat(100), "jobRequestItems": [{}] }),
        ),
        operation("submit", set("a\nqueue \u{e9}"), "POST /v1/job/submit", job("a\nqueue \u{e9}")),
        operation("watch", watch, "POST /v1/job-set/blue/set", json!({})),
        operation("cancel", set("blue"), "POST /v1/jobset/cancel", json!({ "queue": "blue", "jobSetId": "set" })),
        operation("cancel", set("busy"), "POST /v1/jobset/cancel", json!({ "queue": "busy", "jobSetId": "set" })),
    ]
}

/// As grpc-gateway has it.
fn http_status(code: i64) -> u16 {
    match code {
        3 | 9 => 400,
        5 => 404,
        7 => 403,
        16 => 401,
        other => panic!("{other}"),
    }
}

#[test]
fn rest_and_grpc_decide_alike_for_the_same_caller() {
    // bob owns a queue, and alice has the roles.
    let served = serve(&config("portcullis.toml", &[]));
    let (alice, bob, wrong, unknown) =
        (alice(), bob(), basic("alice", "wrong-password"), basic("mallory", "wonderland"));
    let endless = json!({ "endless": "" });
    served.done(&[
        (Some(&alice), "create_queue", json!({ "name": "blue", "user_owners": ["bob"] })),
        (Some(&alice), "create_queue", json!({ "name": "busy" })),
        (Some(&alice), "submit", json!({ "queue": "blue", "job_set": "set" })),
        (Some(&alice), "submit", json!({ "queue": "busy", "job_set": "busy", "labels": endless })),
    ]);
    // The scheme's name is in lower case in Armada's document, and its case means nothing.
    let (lower, upper) = (alice.replace("Basic", "basic"), bob.replace("Basic", "BASIC"));
    let callers = [
        None,
        Some(alice.as_str()),
        Some(&lower),
        Some(&bob),
        Some(&upper),
        Some(&wrong),
        Some(&unknown),
        Some("Basic"),
        Some("Basic bm8gY29sb24="),
        Some("Basic !!"),
        Some("Bearer nobody-takes-tokens-here"),
        Some("KubernetesAuth eyJ0b2tlbiI6IiJ9"),
    ];
    let operations = operations();
    let calls: Vec<_> = callers
        .iter()
        .flat_map(|caller| operations.iter().map(|it| (*caller, it.method, it.arguments.clone())))
        .collect();
    let outcomes = served.grpc(&calls);
    let mut codes = Vec::new();
    for ((caller, outcome), operation) in callers
        .iter()
        .flat_map(|caller| std::iter::repeat_n(caller, operations.len()))
        .zip(&outcomes)
        .zip(operations.iter().cycle())
    {
        let Operation { method, line, body, .. } = operation;
        let answer = served.rest(*caller, line, Some(body).filter(|body| !body.is_null()));
        let told = format!("{method} of {caller:?}: {outcome} {answer:?}");
        let code = outcome["code"].as_i64().unwrap_or(0);
        codes.push(code);
        if code == 0 {
            assert!(outcome.get("ok").is_some() && answer.status == 200, "{told}");
            continue;
        }
        let message = &outcome["details"];
        assert_eq!(answer.json(), json!({ "error": message, "code": code, "message": message }), "{told}");
        assert_eq!(answer.status, http_status(code), "{told}");
        assert_eq!(outcome["challenges"], json!(answer.fields_of("www-authenticate")), "{told}");
    }
    let by_caller: Vec<_> = codes.chunks(operations.len()).collect();
    assert_eq!(by_caller[1], [0, 0, 5, 0, 9, 5, 0, 5, 3, 3, 3, 5, 0, 0, 5], "alice");
    assert_eq!(by_caller[3], [7, 0, 5, 0, 7, 7, 0, 7, 3, 3, 3, 7, 0, 0, 7], "bob");
    assert_eq!((by_caller[2], by_caller[4]), (by_caller[1], by_caller[3]), "the case of the scheme means nothing");
    for nobody in [0, 5, 6, 7, 8, 9, 10, 11] {
        assert!(by_caller[nobody].iter().all(|code| *code == 16), "{:?}", callers[nobody]);
    }
}
