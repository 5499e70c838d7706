//! What a refused client is told.

use super::fake::*;
use crate::Scheme;

const BODY: &str = r#"{"code":16,"message":"no valid credential was presented"}"#;

#[tokio::test]
async fn every_challenge_is_sent_in_the_files_order_one_field_each() {
    let (one, two) = (Fake::new("1", &[Scheme::NEGOTIATE]), Fake::new("2", &[Scheme::BEARER]));
    let three = Fake::new("3", &[Scheme::BASIC]);
    let service = service(&auth(&[&one, &two, &three], "").await);
    let response = send(&service, &[]).await;
    assert_eq!(response.status(), 401);
    assert_eq!(challenges(&response), [r#"Negotiate realm="1""#, r#"Bearer realm="2""#, r#"Basic realm="3""#]);
    assert_eq!(response.body(), BODY);
    assert_eq!(response.headers()["cache-control"], "no-store");
}

#[tokio::test]
async fn the_backend_whose_credential_was_bad_may_say_so() {
    let (one, two) = (Fake::new("1", &[Scheme::BEARER]), Fake::new("2", &[Scheme::BASIC]));
    let service = service(&auth(&[&one, &two], "").await);
    let response = ask(&service, "Bearer bad-a").await;
    assert_eq!(challenges(&response), [r#"Bearer realm="1", error="refused""#, r#"Basic realm="2""#]);
    assert_eq!(response.body(), BODY);
    let response = ask(&service, "Bearer explained-a").await;
    assert_eq!(challenges(&response), ["Negotiate d2h5", r#"Basic realm="2""#]);
}

/// RFC 9110, section 11.6.1: a 401 has at least one.
#[tokio::test]
async fn a_backend_that_wants_no_more_of_it_is_left_out_unless_it_is_alone() {
    let (one, two) = (Fake::new("1", &[Scheme::BEARER]), Fake::new("2", &[Scheme::BASIC]));
    let response = ask(&service(&auth(&[&one, &two], "").await), "Bearer unwanted-a").await;
    assert_eq!(challenges(&response), [r#"Basic realm="2""#]);
    let response = ask(&service(&auth(&[&one], "").await), "Bearer unwanted-a").await;
    assert_eq!(
        (response.status().as_u16(), challenges(&response)),
        (401, vec![r#"Bearer realm="1", error="refused""#])
    );
}

#[tokio::test]
async fn equal_challenges_are_sent_once() {
    let (one, two) = (Fake::new("same", &[Scheme::BASIC]), Fake::new("same", &[Scheme::BASIC]));
    let response = send(&service(&auth(&[&one, &two], "").await), &[]).await;
    assert_eq!(challenges(&response), [r#"Basic realm="same""#]);
}

#[tokio::test]
async fn the_file_may_choose_the_message_and_the_style() {
    let one = Fake::new("1", &[Scheme::BEARER]);
    let rest = "[response]\nstyle = \"armada\"\nmessage = \"token not valid\"";
    let response = send(&service(&auth(&[&one], rest).await), &[]).await;
    assert_eq!(response.body(), r#"{"error":"token not valid","code":16,"message":"token not valid"}"#);
}

#[tokio::test]
async fn grpc_is_answered_in_grpc() {
    let one = Fake::new("1", &[Scheme::BEARER]);
    let service = service(&auth(&[&one], "").await);
    let grpc = ("content-type", "application/grpc");
    for (token, code) in [("bad-a", "16"), ("away-a", "14")] {
        let response = send(&service, &[grpc, ("authorization", &format!("Bearer {token}"))]).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["grpc-status"], code);
        assert!(response.body().is_empty());
    }
}
