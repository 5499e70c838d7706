//! Targets that are refused because there are two ways to read them.

use super::*;

const TARGETS: [&str; 4] = ["/public/../me", "/me//", "/%2e%2e/public", "/me;x=1"];

#[tokio::test]
async fn nobody_is_asked_about_a_caller_of_an_ambiguous_target() {
    let one = bearer();
    let service = service(&auth(&[&one], FILE).await);
    for target in TARGETS {
        for fields in [&[][..], &[ALICE], &[("authorization", "Bearer bad-a")]] {
            let response = get(&service, target, fields).await;
            assert_eq!(response.status(), 400, "{target}");
            assert_eq!(response.body(), r#"{"code":3,"message":"the request target is ambiguous"}"#);
            let response = get(&service, target, &[fields, &[GRPC]].concat()).await;
            assert_eq!((response.status().as_u16(), &response.headers()["grpc-status"]), (200, &"3".parse().unwrap()));
            let response = get(&service, &format!("HEAD {target}"), fields).await;
            assert_eq!((response.status().as_u16(), response.body().len()), (400, 0));
        }
    }
    assert_eq!(one.asked(), 0);
}

/// Otherwise whoever is nobody could find out which routes there are.
#[tokio::test]
async fn that_a_target_takes_another_route_when_decoded_is_told_to_those_alone_who_are_somebody() {
    let anonymous = with(&format!("[[backend]]\nkind = 'anonymous'\n{FILE}")).await;
    let service = with(FILE).await;
    for target in ["/%70ublic", "/m%65", "/elsewher%65"] {
        assert_eq!(status(&service, target, &[]).await, 401, "{target}");
        assert_eq!(status(&anonymous, target, &[]).await, 401, "{target}");
        let expected = if target == "/elsewher%65" { 403 } else { 400 };
        assert_eq!(status(&service, target, &[ALICE]).await, expected, "{target}");
    }
}

#[tokio::test]
async fn a_caller_who_is_anonymous_whatever_it_presents_is_no_exception() {
    let file = format!(
        "[[backend]]\nkind = 'anonymous'\nignore_credentials = true\n{}",
        "[[route]]\npath = '/a'\npublic = true"
    );
    let service = service(&crate::Auth::from_toml(&file).await.unwrap());
    assert_eq!(status(&service, "/a", &[ALICE]).await, 200);
    assert_eq!(status(&service, "/b/../a", &[ALICE]).await, 400);
}

#[tokio::test]
async fn without_routes_no_target_is_ambiguous() {
    let service = with("").await;
    for target in TARGETS {
        assert_eq!(status(&service, target, &[ALICE]).await, 200, "{target}");
        assert_eq!(status(&service, target, &[]).await, 401, "{target}");
    }
}
