//! Those who present nothing.

use http::Method;
use tower::ServiceExt as _;

use super::fake::*;
use crate::{Auth, Principal, Scheme};

const ANONYMOUS: &str = "[[backend]]\nkind = \"anonymous\"\ngroups = [\"guests\"]\n";

#[tokio::test]
async fn a_request_without_a_credential_is_anonymous_and_a_bad_one_never_is() {
    let one = Fake::new("1", &[Scheme::BEARER]);
    let service = service(&auth(&[&one], ANONYMOUS).await);
    assert_eq!(send(&service, &[]).await.body(), "anonymous/anonymous guests");
    assert_eq!(outcome(&service, "Bearer ok-alice").await.1, "one/alice ops");
    for bad in ["Bearer bad-a", "Bearer other-a", "Basic b2s6", "nonsense", "", "Bearer"] {
        assert_ne!(ask(&service, bad).await.status(), 200, "{bad}");
    }
}

#[tokio::test]
async fn alone_it_may_ignore_credentials_but_does_not_unless_told() {
    let strict = service(&Auth::from_toml(ANONYMOUS).await.unwrap());
    assert_eq!(send(&strict, &[]).await.status(), 200);
    assert_eq!(ask(&strict, "Bearer x").await.status(), 401);

    let lax = format!("{ANONYMOUS}ignore_credentials = true");
    let lax = service(&Auth::from_toml(&lax).await.unwrap());
    let response = ask(&lax, "Bearer x").await;
    assert_eq!(response.body(), "anonymous/anonymous guests");
    assert!(!response.headers().contains_key("authorization"));
}

#[tokio::test]
async fn a_fixed_principal_is_everybody() {
    let service = service(&Auth::fixed(Principal::builder("alice").backend("test").group("ops").build()));
    for fields in [&[][..], &[("authorization", "Basic b2s6")]] {
        assert_eq!(send(&service, fields).await.body(), "test/alice ops");
    }
}

#[tokio::test]
async fn a_preflight_passes_without_a_principal_if_the_file_says_so() {
    let preflight = || {
        let fields = [("origin", "https://app.test"), ("access-control-request-method", "PUT")];
        let mut request = request(&fields);
        *request.method_mut() = Method::OPTIONS;
        request
    };
    let one = Fake::new("1", &[Scheme::BEARER]);
    let checked = service(&auth(&[&one], "").await);
    assert_eq!(checked.oneshot(preflight()).await.unwrap().status(), 401);

    let passed = service(&auth(&[&one], "[request]\npreflight = \"pass\"").await);
    assert_eq!(passed.clone().oneshot(preflight()).await.unwrap().body(), "unidentified");
    let mut with_credential = preflight();
    with_credential.headers_mut().insert("authorization", "Bearer bad-a".parse().unwrap());
    assert_eq!(passed.clone().oneshot(with_credential).await.unwrap().status(), 401);
    let mut other_method = preflight();
    *other_method.method_mut() = Method::GET;
    assert_eq!(passed.oneshot(other_method).await.unwrap().status(), 401);
}
