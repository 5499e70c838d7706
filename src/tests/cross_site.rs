//! Credentials that browsers attach by themselves.

use http::{Method, Request};
use tower::ServiceExt as _;

use super::fake::*;
use crate::Scheme;

fn from_elsewhere(field: (&'static str, &str)) -> Request<()> {
    let mut request = request(&[field, ("sec-fetch-site", "cross-site"), ("origin", "https://evil.test")]);
    *request.method_mut() = Method::POST;
    request
}

#[tokio::test]
async fn what_browsers_attach_does_not_serve_another_site_fresh_or_remembered() {
    let schemes = [Scheme::BASIC, Scheme::NEGOTIATE, Scheme::BEARER];
    let one = Fake::new("1", &schemes);
    let service = service(&auth(&[&one], "[request]\ncookie = \"session\"").await);
    for _ in 0..2 {
        for (field, status) in [
            (("authorization", "Basic ok-a"), 403),
            (("authorization", "Negotiate ok-a"), 403),
            (("cookie", "session=Bearer ok-b"), 403),
            (("authorization", "Bearer ok-a"), 200),
            (("authorization", "Basic bad-a"), 401),
        ] {
            let response = service.clone().oneshot(from_elsewhere(field)).await.unwrap();
            assert_eq!(response.status(), status, "{field:?}");
        }
    }
    assert_eq!(outcome(&service, "Basic ok-a").await.0, 200, "a GET changes nothing");
}

#[tokio::test]
async fn a_listed_origin_may() {
    let one = Fake::new("1", &[Scheme::BASIC]);
    let service = service(&auth(&[&one], "[request]\nallowed_origins = [\"https://evil.test\"]").await);
    let response = service.oneshot(from_elsewhere(("authorization", "Basic ok-a"))).await.unwrap();
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn a_route_may_say_that_a_get_is_no_safer_than_a_post() {
    let one = Fake::new("1", &[Scheme::BASIC, Scheme::BEARER]);
    let routes = "[[route]]\npath = '/{*rest}'\nauthenticated = true\n[[route]]\npath = '/pause'\nauthenticated = true\nsafe = false";
    let service = service(&auth(&[&one], routes).await);
    for (path, site, field, status) in [
        ("/pause", "cross-site", "Basic ok-a", 403),
        ("/pause", "cross-site", "Basic ok-a", 403),
        ("/pause", "same-origin", "Basic ok-a", 200),
        ("/pause", "cross-site", "Bearer ok-a", 200),
        ("/other", "cross-site", "Basic ok-a", 200),
    ] {
        let mut request = request(&[("authorization", field), ("sec-fetch-site", site)]);
        *request.uri_mut() = path.parse().unwrap();
        let response = service.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), status, "{path} {site} {field}");
    }
}
