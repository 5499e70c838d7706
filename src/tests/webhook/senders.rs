//! Each sender, and what the service sees.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;

/// `X-Clock-Time` and `X-Clock` of a body that was signed so many seconds ago.
fn clock(site: &Site, ago: u64, body: &str) -> [String; 2] {
    let since_epoch = site.clock.wall().duration_since(std::time::UNIX_EPOCH).unwrap();
    let time = (since_epoch.as_secs() - ago).to_string();
    let signature = hex("v1=", "secret-clock", &format!("{time}.{body}"));
    [time, signature]
}

#[tokio::test]
async fn every_sender_is_known_by_its_own_signature() {
    let site = Site::new("").await;
    assert_eq!(site.caller(&[GITHUB], HELLO).await, Ok("webhook/github.com forges".to_owned()));
    let server = hex("sha256=", "secret-bitbucketserver", "x");
    let acme = STANDARD.encode(hmac("secret-acme", "x"));
    let [time, signature] = clock(&site, 5, "x");
    for (fields, name) in [
        (&[("x-gitlab-token", "secret-gitlab")][..], "gitlab.com"),
        (&[("x-hook-uuid", "secret-bitbucket")], "bitbucket.org"),
        (&[("x-hub-signature", &*server)], "bitbucket.corp"),
        (&[("x-acme", &*acme)], "acme"),
        (&[("x-clock", &*signature), ("x-clock-time", &*time)], "clock"),
    ] {
        assert_eq!(site.caller(fields, "x").await, Ok(format!("webhook/{name}")), "{name}");
    }
}

#[tokio::test]
async fn the_old_secret_counts_beside_the_new_one() {
    let site = Site::new("").await;
    let old = hex("sha256=", "secret-github-old", HELLO);
    assert_eq!(site.caller(&[("x-hub-signature-256", &old)], HELLO).await, Ok("webhook/github.com forges".to_owned()));
}

#[tokio::test]
async fn fields_that_are_secrets_do_not_reach_the_service_and_signatures_do() {
    for (rest, is_forwarded) in [("", false), ("[request]\nforward_credentials = true\n", true)] {
        let site = Site::new(rest).await;
        for (name, value) in [("x-gitlab-token", "secret-gitlab"), ("x-hook-uuid", "secret-bitbucket")] {
            // Also of somebody who comes the ordinary way.
            for authorization in [None, Some(("authorization", "Bearer ok-alice"))] {
                let fields: Vec<_> = [(name, value)].into_iter().chain(authorization).collect();
                let response = send(&site.service(), post(PATH, &fields, Frames::one("x"))).await;
                assert_eq!(response.status(), 200);
                assert_eq!(response.headers().contains_key(name), is_forwarded, "{name}");
            }
        }
        let response = send(&site.service(), post(PATH, &[GITHUB], Frames::one(HELLO))).await;
        assert_eq!(field(&response, "x-hub-signature-256"), GITHUB.1);
    }
}

#[tokio::test]
async fn a_credential_of_the_ordinary_sources_goes_the_ordinary_way() {
    let site = Site::new("[request]\ncookie = 'session'\n").await;
    let bad = ("x-hub-signature-256", "sha256=00");
    for ordinary in [("authorization", "Bearer ok-alice"), ("cookie", "a=b; session=Bearer ok-alice")] {
        for signature in [GITHUB, bad] {
            let caller = site.caller(&[ordinary, signature], HELLO).await;
            assert_eq!(caller, Ok("one/alice ops".to_owned()), "{ordinary:?}");
        }
    }
    // A bad one is not made good by a signature.
    for ordinary in [("authorization", "Bearer bad-alice"), ("authorization", ""), ("cookie", "session=")] {
        assert_eq!(site.caller(&[ordinary, GITHUB], HELLO).await, Err(401), "{ordinary:?}");
    }
    // Another cookie is none.
    assert!(site.caller(&[("cookie", "sessions=x"), GITHUB], HELLO).await.is_ok());
}

#[tokio::test]
async fn without_any_field_of_a_client_a_request_is_as_any_other() {
    for (rest, expected) in [
        ("", Err(401)),
        ("[[backend]]\nkind = 'anonymous'\n", Ok("anonymous/anonymous".to_owned())),
        ("[[route]]\npath = '/{*rest}'\npublic = true\n", Ok("unidentified".to_owned())),
    ] {
        assert_eq!(Site::new(rest).await.caller(&[("x-github-event", "push")], "x").await, expected, "{rest}");
    }
}

#[tokio::test]
async fn only_requests_for_a_webhook_are_looked_at() {
    let site = Site::new("[[backend]]\nkind = 'anonymous'\n").await;
    let bad = [("x-hub-signature-256", "sha256=00")];
    for (method, path) in [
        ("POST", "/api/v1/events"),
        ("POST", "/other"),
        ("GET", PATH),
        ("HEAD", PATH),
        ("OPTIONS", PATH),
        ("PUT", PATH),
    ] {
        let request = request(method, path, &bad, Frames::one("x"));
        let response = send(&site.service(), request).await;
        assert_eq!((response.status().as_u16(), field(&response, "caller")), (200, "anonymous/anonymous"), "{method}");
        assert_eq!(field(&response, "body"), "Replay(untouched)");
    }
}

#[tokio::test]
async fn senders_of_another_host_or_method_are_those_of_another_webhook() {
    let fake = Fake::new("1", &[Scheme::BEARER]);
    let hook = |rest: &str, name: &str, secret: &str| {
        format!(
            "[[webhook]]\npath = '/hook'\nname = '{name}'\n{rest}\n\
             [[webhook.client]]\nname = 'c'\ntype = 'gitlab'\nsecrets = [{{ file = '{secret}' }}]\n"
        )
    };
    let text = [
        "[[backend]]\nkind = 'one'\n".to_owned(),
        hook("", "any", "gitlab"),
        hook("methods = ['PUT', 'PATCH']", "put", "acme"),
        hook("host = 'a.test'", "host", "clock"),
    ]
    .concat();
    let site = Site::with(builder(&[&fake]), &text).await;
    let service = site.service();
    for (method, host, secret, expected) in [
        ("POST", "b.test", "gitlab", Ok("any/c")),
        ("PUT", "b.test", "acme", Ok("put/c")),
        ("PATCH", "b.test", "acme", Ok("put/c")),
        ("POST", "A.test:80", "clock", Ok("host/c")),
        ("POST", "b.test", "clock", Err(401)),
        ("PUT", "b.test", "gitlab", Err(401)),
        ("POST", "a.test", "gitlab", Err(401)),
    ] {
        let fields = [("host", host), ("x-gitlab-token", &*format!("secret-{secret}"))];
        let found = caller(&service, request(method, "/hook", &fields, Frames::one("x"))).await;
        assert_eq!(found, expected.map(str::to_owned), "{method} {host} {secret}");
    }
}
