//! Two layers around one another: each decides for itself.

use std::convert::Infallible;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use tower::{Layer as _, ServiceExt as _, service_fn};

use super::fake::*;
use crate::{Auth, Principal, Scheme};

async fn through(outer: &Auth, inner: &Auth, authorization: &str) -> (u16, Option<String>) {
    let service = service_fn(async |request: Request<()>| {
        let name = request.extensions().get::<Principal>().map(|principal| principal.backend().to_owned());
        let mut response = Response::new(Full::<Bytes>::default());
        response.extensions_mut().insert(name);
        Ok::<_, Infallible>(response)
    });
    let service = outer.layer().layer(inner.layer().layer(service));
    let response = service.oneshot(request(&[("authorization", authorization)])).await.unwrap();
    (response.status().as_u16(), response.extensions().get::<Option<String>>().cloned().flatten())
}

#[tokio::test]
async fn the_inner_layer_sees_no_credential_unless_the_outer_one_forwards_it() {
    let fake = Fake::new("1", &[Scheme::BEARER]);
    let strip = auth(&[&fake], "").await;
    let forward = auth(&[&fake], "[request]\nforward_credentials = true").await;
    assert_eq!(through(&strip, &strip, "Bearer ok-a").await.0, 401);
    assert_eq!(through(&forward, &strip, "Bearer ok-a").await, (200, Some("one".to_owned())));
}

#[tokio::test]
async fn the_principal_of_the_inner_layer_replaces_that_of_the_outer_one() {
    let outer = auth(&[&Fake::new("1", &[Scheme::BEARER])], "").await;
    let inner = Auth::from_toml("[[backend]]\nkind = \"anonymous\"").await.unwrap();
    assert_eq!(through(&outer, &inner, "Bearer ok-a").await, (200, Some("anonymous".to_owned())));
    assert_eq!(through(&outer, &inner, "Bearer bad-a").await.0, 401);
}
