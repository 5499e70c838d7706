//! The mark by which the two layers of one `Auth` know one another.

use super::*;

const GITLAB: (&str, &str) = ("x-gitlab-token", "secret-gitlab");

#[tokio::test]
async fn the_gate_of_another_auth_does_not_honour_the_mark() {
    let (one, other) = (Site::new("").await, Site::new("").await);
    let request = || post(PATH, &[GITLAB], Frames::one("x"));
    assert_eq!(caller(&service(&one.auth, &other.auth), request()).await, Err(500), "nobody has verified it for that");
    assert!(caller(&service(&one.auth, &one.auth.clone()), request()).await.is_ok());
    let anonymous = Auth::from_toml("[[backend]]\nkind = 'anonymous'\n").await.unwrap();
    let found = caller(&service(&one.auth, &anonymous), request()).await;
    assert_eq!(found, Ok("anonymous/anonymous".to_owned()), "that has no webhook");
}

type Statuses = BoxCloneSyncService<Request<Frames>, u16, Infallible>;

/// A gate that no webhook layer is around, but perhaps inside.
fn without_layer(auth: &Auth, has_one_inside: bool) -> Statuses {
    fn status<B>(response: Response<B>) -> u16 {
        response.status().as_u16()
    }
    let service = service_fn(async |request: Request<Replay<Frames>>| Ok::<_, Infallible>(told(request).await));
    match has_one_inside {
        true => BoxCloneSyncService::new(auth.layer().layer(auth.webhook_layer().layer(service)).map_response(status)),
        false => BoxCloneSyncService::new(
            auth.layer()
                .layer(service.map_request(|request: Request<Frames>| request.map(Replay::from)))
                .map_response(status),
        ),
    }
}

#[tokio::test]
async fn without_the_layer_around_it_the_gate_takes_no_signature_for_nothing() {
    let site = Site::new("[[backend]]\nkind = 'anonymous'\n").await;
    for has_one_inside in [false, true] {
        let service = without_layer(&site.auth, has_one_inside);
        let status = async |request: Request<Frames>| service.clone().oneshot(request).await.unwrap();
        for fields in [[GITHUB], [GITLAB], [("x-gitlab-token", "wrong")], [("x-hub-signature-256", "junk")]] {
            assert_eq!(status(post(PATH, &fields, Frames::one(HELLO))).await, 500, "{fields:?}");
        }
        assert_eq!(status(post("/api/v1//events/a/b", &[GITHUB], Frames::one(HELLO))).await, 400);
        // Whatever else there is goes its way: other paths and methods, no signature, an ordinary credential.
        for request in [
            post("/other", &[GITHUB], Frames::one(HELLO)),
            request("GET", PATH, &[GITHUB], Frames::default()),
            post(PATH, &[("x-github-event", "push")], Frames::one(HELLO)),
            post(PATH, &[GITHUB, ("authorization", "Bearer ok-alice")], Frames::one(HELLO)),
        ] {
            let shown = format!("{request:?}");
            assert_eq!(status(request).await, 200, "{shown}");
        }
    }
}

/// The outer one has a webhook for another path.
#[tokio::test]
async fn a_token_that_the_layer_of_another_auth_took_out_is_a_bad_one_and_not_absent() {
    for (rest, expected) in
        [("", Err(401)), ("[request]\nforward_credentials = true\n", Ok("webhook/gitlab.com".to_owned()))]
    {
        let inner = Site::new("[[backend]]\nkind = 'anonymous'\n").await;
        let fake = Fake::new("1", &[Scheme::BEARER]);
        let elsewhere = FILE.replace("/api/v1/events", "/elsewhere");
        let file = format!("[[backend]]\nkind = 'one'\n[[backend]]\nkind = 'anonymous'\n{rest}\n{elsewhere}");
        let outer = Site::with(builder(&[&fake]), &file).await;
        let service = service_fn(async |request: Request<Replay<Replay<Frames>>>| {
            let name = Principal::from_extensions(request.extensions()).unwrap();
            let shown = format!("{}/{} {:?}", name.backend(), name.name(), request.headers().get("x-gitlab-token"));
            Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(shown))))
        });
        let inside = inner.auth.webhook_layer().layer(inner.auth.layer().layer(service));
        let service = outer.auth.webhook_layer().layer(outer.auth.layer().layer(inside));
        let told = async |fields: &[(&'static str, &str)]| {
            let response = service.clone().oneshot(post(PATH, fields, Frames::one("x"))).await.unwrap();
            let status = response.status().as_u16();
            let body = response.into_body().collect().await.unwrap().to_bytes();
            if status == 200 { Ok(String::from_utf8(body.to_vec()).unwrap()) } else { Err(status) }
        };
        assert_eq!(told(&[GITLAB]).await, expected.map(|name| format!("{name} None")));
        assert_eq!(told(&[("x-gitlab-token", "wrong")]).await, Err(401));
        assert_eq!(told(&[]).await, Ok("anonymous/anonymous None".to_owned()));
        // A signature is no secret, and stays.
        let signature = hex("sha256=", GITHUB_SECRET, "x");
        assert_eq!(told(&[("x-hub-signature-256", &signature)]).await, Ok("webhook/github.com None".to_owned()));
    }
}

/// The layers are around one another in this order, the outermost first, and within them somebody who tells what is left.
#[tokio::test]
async fn the_mark_is_taken_out_of_every_request() {
    let (one, other) = (Site::new("").await, Auth::from_toml("[[backend]]\nkind = 'anonymous'\n").await.unwrap());
    let inner = service_fn(async |request: Request<Replay<Frames>>| {
        let marks = request.extensions().get::<crate::gate::Signed>().iter().count();
        let name = request.extensions().get::<Principal>().map(|principal| principal.name().to_owned());
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(format!("{marks} {name:?}")))))
    });
    let told = async |auth: &Auth, request| {
        let service = one.auth.webhook_layer().layer(auth.layer().layer(inner));
        let response = service.oneshot(request).await.unwrap();
        response.into_body().collect().await.unwrap().to_bytes()
    };
    assert_eq!(told(&one.auth, post(PATH, &[GITLAB], Frames::one("x"))).await, "0 Some(\"gitlab.com\")");
    assert_eq!(told(&other, post(PATH, &[GITLAB], Frames::one("x"))).await, "0 Some(\"anonymous\")");
}

#[tokio::test]
async fn the_layer_twice_is_as_good_as_once() {
    let site = Site::new("").await;
    let inner = service_fn(async |request: Request<Replay<Replay<Frames>>>| {
        let name = Principal::from_extensions(request.extensions()).unwrap().name().to_owned();
        let body = request.into_body().collect().await.unwrap().to_bytes();
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from([name.as_bytes(), &body].concat()))))
    });
    let layer = site.auth.webhook_layer();
    let service = layer.layer(layer.layer(site.auth.layer().layer(inner)));
    let response = service.oneshot(post(PATH, &[GITHUB], Frames::one(HELLO))).await.unwrap();
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), format!("github.com{HELLO}"));
}

#[tokio::test]
async fn a_credential_that_somebody_adds_behind_a_signature_is_one_too_many() {
    let site = Site::new("").await;
    let inner = site.auth.layer().layer(service_fn(async |_: Request<Replay<Frames>>| {
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
    }));
    let adding = tower::ServiceBuilder::new()
        .layer(site.auth.webhook_layer())
        .map_request(|mut request: Request<Replay<Frames>>| {
            request.headers_mut().insert("authorization", HeaderValue::from_static("Bearer ok-alice"));
            request
        })
        .service(inner);
    let response = adding.oneshot(post(PATH, &[GITLAB], Frames::one("x"))).await.unwrap();
    assert_eq!(response.status(), 400);
}

/// Whoever stands outside can put what they like into a request, but not the mark: it is private to the crate, and what it
/// says is not in any field.
#[tokio::test]
async fn a_principal_in_the_request_is_no_mark() {
    let site = Site::new("[[backend]]\nkind = 'anonymous'\n").await;
    let mut request = post(PATH, &[], Frames::one("x"));
    let github = Principal::builder("github.com").group("forges").build().of_backend(&"webhook".into());
    request.extensions_mut().insert(github);
    assert_eq!(caller(&site.service(), request).await, Ok("anonymous/anonymous".to_owned()));
}
