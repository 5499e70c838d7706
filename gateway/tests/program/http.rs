//! HTTP/1.1, and HTTP/2 with prior knowledge.

use http::{Method, StatusCode};
use serde_json::json;

use crate::client::{ALICE, NOT_ALICE, VERSIONS, send};
use crate::program::{BASIC, Program};

#[tokio::test]
async fn every_path_and_method_tells_alice_who_she_is() {
    let program = Program::serve(BASIC, &[]);
    assert_eq!(program.url, format!("http://{}", program.address));
    for version in VERSIONS {
        for method in [Method::GET, Method::POST, Method::DELETE, Method::OPTIONS, Method::from_bytes(b"FROB").unwrap()]
        {
            for path in ["/", "/a/b?c=d", "/%2e%2e//x"] {
                let answer = send(&program, version, method.clone(), path, Some(ALICE)).await;
                assert_eq!(answer.status, StatusCode::OK, "{version:?} {method} {path}");
                assert_eq!(answer.headers["content-type"], "application/json");
                assert_eq!(
                    answer.json(),
                    json!({
                        "name": "alice", "backend": "basic", "anonymous": false, "groups": ["ops"], "scopes": [],
                        "issuer": null, "claims": {}, "expires_at": null,
                    }),
                );
            }
        }
    }
}

#[tokio::test]
async fn nobody_else_gets_in() {
    let program = Program::serve(BASIC, &[]);
    for version in VERSIONS {
        for authorization in [None, Some(NOT_ALICE), Some("Bearer x"), Some("")] {
            let answer = send(&program, version, Method::GET, "/", authorization).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{version:?} {authorization:?}");
            assert_eq!(answer.headers["www-authenticate"], r#"Basic realm="portcullis", charset="UTF-8""#);
            assert_eq!(answer.json()["code"], 16);
        }
    }
}

#[tokio::test]
async fn where_tokens_come_from_is_for_everybody_to_know() {
    let resource = "[resource]\nidentifier = 'https://orders.example.test/api'\n";
    let program = Program::serve(&format!("{BASIC}\n{resource}"), &[]);
    for version in VERSIONS {
        let get = async |path| send(&program, version, Method::GET, path, None).await;
        let answer = get("/.well-known/oauth-protected-resource/api").await;
        assert_eq!(answer.status, StatusCode::OK, "{version:?}");
        assert_eq!(answer.json()["resource"], "https://orders.example.test/api");
        for other in ["/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/api/x", "/"] {
            assert_eq!(get(other).await.status, StatusCode::UNAUTHORIZED, "{version:?} {other}");
        }
    }
}

#[tokio::test]
async fn a_head_is_answered_without_a_body() {
    let program = Program::serve(BASIC, &[]);
    for version in VERSIONS {
        for (authorization, status) in [(Some(ALICE), StatusCode::OK), (None, StatusCode::UNAUTHORIZED)] {
            let answer = send(&program, version, Method::HEAD, "/", authorization).await;
            assert_eq!((answer.status, answer.body.len()), (status, 0), "{version:?}");
        }
    }
}

#[tokio::test]
async fn a_credential_of_96_kib_reaches_the_layer() {
    let program = Program::serve(BASIC, &[]);
    for version in VERSIONS {
        for (scheme, kib, status) in [
            ("Negotiate", 96, StatusCode::UNAUTHORIZED),
            ("Negotiate", 97, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE),
            ("Basic", 9, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE),
        ] {
            let authorization = format!("{scheme} {}", "a".repeat(kib * 1024));
            let answer = send(&program, version, Method::GET, "/", Some(&authorization)).await;
            assert_eq!(answer.status, status, "{version:?} {scheme} {kib}");
            assert!(answer.json()["message"].is_string(), "the layer has said so");
        }
    }
}

#[tokio::test]
async fn the_file_decides_who_gets_in() {
    let anonymous = Program::serve("[[backend]]\nkind = 'anonymous'\ngroups = ['guests']\n", &[]);
    let answer = send(&anonymous, VERSIONS[0], Method::GET, "/", None).await;
    assert_eq!(answer.json()["anonymous"], true);
    assert_eq!(answer.json()["groups"], json!(["guests"]));
    let nobody = Program::serve("", &[]);
    assert_eq!(send(&nobody, VERSIONS[0], Method::GET, "/", None).await.status, StatusCode::FORBIDDEN);
}
