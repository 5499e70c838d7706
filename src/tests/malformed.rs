//! `Authorization` in every form.

use super::fake::*;
use crate::Scheme;

#[tokio::test]
async fn every_form_of_the_field_has_its_status() {
    let one = Fake::new("1", &[Scheme::BEARER, Scheme::BASIC]);
    let service = service(&auth(&[&one], "").await);
    let long = |scheme: &str, len: usize| format!("{scheme} ok-{}", "a".repeat(len - 3));
    for (field, status) in [
        ("Bearer ok-a", 200),
        ("bEaReR ok-a", 200),
        ("Bearer    ok-a  ", 200),
        ("Bearer\tok-a", 200),
        ("\tBearer \t ok-a", 200),
        ("Bearerok-a", 401),
        ("Bearer", 401),
        ("ok-a", 401),
        ("Digest ok-a", 401),
        ("", 401),
        ("   ", 401),
        ("Bearer ok-\u{e4}", 401),
        ("B\u{e4}rer ok-a", 401),
        (",Bearer ok-a", 401),
        (&long("Basic", 8 << 10), 200),
        (&long("Basic", (8 << 10) + 1), 431),
        (&long("Bearer", 64 << 10), 200),
        (&long("Bearer", (64 << 10) + 1), 431),
        (&long("Other", (64 << 10) + 1), 431),
    ] {
        let shown = &field[..field.len().min(20)];
        assert_eq!(ask(&service, field).await.status(), status, "{shown:?}");
    }
}

#[tokio::test]
async fn two_fields_are_a_bad_request_in_every_transport() {
    let one = Fake::new("1", &[Scheme::BEARER]);
    let service = service(&auth(&[&one], "").await);
    let field = ("authorization", "Bearer ok-a");
    let response = send(&service, &[field, field]).await;
    assert_eq!(response.status(), 400);
    assert_eq!(response.body(), r#"{"code":3,"message":"more than one credential was presented"}"#);
    let response = send(&service, &[field, field, ("content-type", "application/grpc")]).await;
    assert_eq!(response.headers()["grpc-status"], "3");
    assert_eq!(one.asked(), 0);
}
