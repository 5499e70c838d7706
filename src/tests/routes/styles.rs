//! The form of the answers, as the file wants it.

use super::*;

#[tokio::test]
async fn every_rejection_has_the_style_of_the_file() {
    let scoped = "[[route]]\npath = '/scoped'\nauthenticated = true\nscopes = ['read']\n";
    let targets = [
        ("/me", None, 401, 16),
        ("/me/..", None, 400, 3),
        ("/workflows/other/a", Some(ALICE), 403, 7),
        ("/elsewhere", Some(ALICE), 403, 7),
        ("/scoped", Some(ALICE), 403, 7),
    ];
    for style in ["default", "armada", "problem"] {
        let service = with(&format!("[response]\nstyle = '{style}'\n{FILE}{scoped}")).await;
        for (target, credential, status, code) in targets {
            let fields: Vec<_> = credential.into_iter().collect();
            // Fresh, and remembered.
            for _ in 0..2 {
                let response = get(&service, target, &fields).await;
                assert_eq!(response.status(), status, "{target}");
                let body: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
                assert_eq!(body["code"], code, "{target}: {body}");
                let is_problem = response.headers()["content-type"] == "application/problem+json";
                assert_eq!(is_problem, style == "problem", "{target}");
                assert_eq!(body.get("error").is_some(), style == "armada", "{target}: {body}");
            }
        }
    }
}

#[tokio::test]
async fn the_message_of_the_file_is_for_a_401_alone() {
    let service = with(&format!("[response]\nmessage = 'who is there?'\n{FILE}")).await;
    let message = async |target, fields: &[_]| {
        let response = get(&service, target, fields).await;
        let body: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
        body["message"].as_str().unwrap().to_owned()
    };
    assert_eq!(message("/me", &[]).await, "who is there?");
    assert_eq!(message("/elsewhere", &[ALICE]).await, "get /elsewhere is forbidden");
    assert_eq!(message("/me//", &[]).await, "the request target is ambiguous");
}
