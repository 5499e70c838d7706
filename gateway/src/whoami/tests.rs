use super::*;
use http_body_util::BodyExt as _;
use serde_json::json;

async fn body(response: Response<Body>) -> serde_json::Value {
    serde_json::from_slice(&response.into_body().collect().await.unwrap().to_bytes()).unwrap()
}

#[tokio::test]
async fn all_keys_are_there_for_whoever_says_little() {
    let principal = Principal::builder("anonymous").backend("anonymous").anonymous().build();
    let response = json_response(&Method::GET, Ok(Some(&principal)));
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()[CONTENT_TYPE], "application/json");
    assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
    assert_eq!(
        body(response).await,
        json!({
            "name": "anonymous", "backend": "anonymous", "anonymous": true, "groups": [], "scopes": [],
            "issuer": null, "claims": {}, "expires_at": null,
        }),
    );
}

#[tokio::test]
async fn all_values_are_there_for_whoever_says_much() {
    let principal = Principal::builder("alice")
        .backend("corp")
        .groups(["ops", "dev"])
        .scope("read")
        .issuer("https://id.example.test")
        .claim("team", json!({ "id": 7 }))
        .expires_at(SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000))
        .build();
    assert_eq!(
        body(json_response(&Method::POST, Ok(Some(&principal)))).await,
        json!({
            "name": "alice", "backend": "corp", "anonymous": false, "groups": ["ops", "dev"], "scopes": ["read"],
            "issuer": "https://id.example.test", "claims": { "team": { "id": 7 } },
            "expires_at": "2027-01-15T08:00:00Z",
        }),
    );
}

#[test]
fn a_time_that_cannot_be_written_is_no_panic() {
    let at = |time| expiry(&Principal::builder("x").expires_at(time).build()).is_some();
    let epoch = SystemTime::UNIX_EPOCH;
    assert!(at(epoch));
    assert!(at(epoch + Duration::from_secs(LAST_SECOND)));
    assert!(!at(epoch + Duration::from_secs(LAST_SECOND + 1)));
    assert!(!at(epoch - Duration::from_secs(1)));
    let last = Principal::builder("x").expires_at(epoch + Duration::new(LAST_SECOND, 999_999_999)).build();
    assert_eq!(Answer::from(&last).expires_at.unwrap(), "9999-12-31T23:59:59.999999999Z");
}

#[tokio::test]
async fn a_head_has_the_length_and_no_body() {
    let principal = Principal::builder("alice").build();
    let get = json_response(&Method::GET, Ok(Some(&principal)));
    let head = json_response(&Method::HEAD, Ok(Some(&principal)));
    assert_eq!(get.headers(), head.headers());
    assert_eq!(get.into_body().collect().await.unwrap().to_bytes().len().to_string(), head.headers()[CONTENT_LENGTH]);
    assert!(head.into_body().collect().await.unwrap().to_bytes().is_empty());
}

#[tokio::test]
async fn without_a_principal_the_answer_is_a_rejection() {
    let response = json_response(&Method::GET, caller(&Extensions::new()));
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(response.headers()[CONTENT_TYPE], "application/json");
    assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
    assert_eq!(body(response).await["code"], 13);
}

#[test]
fn a_tunnel_is_not_promised() {
    let response = json_response(&Method::CONNECT, Ok(Some(&Principal::builder("alice").build())));
    assert_eq!(response.status(), StatusCode::NOT_IMPLEMENTED);
}

#[test]
fn grpc_is_told_by_its_content_type() {
    let is_grpc =
        |value: &'static str| is_grpc(&HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(value))]));
    for value in ["application/grpc", "application/grpc+proto", "Application/gRPC; a=b"] {
        assert!(is_grpc(value), "{value}");
    }
    for value in ["", "application/grp", "application/grpc-web", "application/grpcx", "text/plain"] {
        assert!(!is_grpc(value), "{value}");
    }
}

#[tokio::test]
async fn where_the_layer_lets_somebody_through_without_a_principal_it_is_null() {
    let mut extensions = Extensions::new();
    extensions.insert(Unidentified::new(Rejection::unauthenticated(Vec::new())));
    let response = json_response(&Method::GET, caller(&extensions));
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(body(response).await, serde_json::Value::Null);
}
