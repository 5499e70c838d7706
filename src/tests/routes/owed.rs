//! The reply owed to whoever was verified in this exchange.

use std::sync::atomic::Ordering;

use super::*;

const OWED: &str = "Negotiate YWNjZXB0ZWQ=";

#[tokio::test]
async fn whoever_was_verified_just_now_is_owed_it_whatever_the_route_says() {
    let one = bearer();
    one.never_reused.store(true, Ordering::SeqCst);
    let service = service(&auth(&[&one], FILE).await);
    for _ in 0..2 {
        for (target, expected) in
            [("/public", 200), ("/me", 200), ("/workflows/argo/a", 403), ("/elsewhere", 403), ("HEAD /elsewhere", 403)]
        {
            let response = get(&service, target, &[BOB]).await;
            assert_eq!((response.status().as_u16(), challenges(&response)), (expected, vec![OWED]), "{target}");
        }
        let grpc = get(&service, "/elsewhere", &[BOB, GRPC]).await;
        assert_eq!((&grpc.headers()["grpc-status"], challenges(&grpc)), (&"7".parse().unwrap(), vec![OWED]));
    }
}

#[tokio::test]
async fn nobody_else_is() {
    let service = with(FILE).await;
    for _ in 0..2 {
        assert!(
            challenges(&get(&service, "/elsewhere", &[BOB]).await).is_empty(),
            "what may be remembered owes nothing"
        );
    }
    assert_eq!(challenges(&get(&service, "/elsewhere", &[]).await), ["Bearer realm=\"1\""]);
    let refused = get(&service, "/public", &[("authorization", "Bearer bad-a")]).await;
    assert_eq!(challenges(&refused), ["Bearer realm=\"1\", error=\"refused\""]);
    assert!(challenges(&get(&service, "/me//", &[BOB]).await).is_empty());
}
