//! Who presents a bad signature is nobody, and not anonymous.

use tracing::instrument::WithSubscriber as _;

use super::*;
use crate::tests::audit::Log;
use crate::webhook::frames::Next;

/// Each is refused, whatever the body.
fn bad() -> Vec<Vec<(&'static str, String)>> {
    let name = "x-hub-signature-256";
    let good = GITHUB.1.to_owned();
    let one = |name, value: &str| vec![(name, value.to_owned())];
    vec![
        one(name, ""),
        one(name, " "),
        one(name, "sha256="),
        one(name, &good[7..]),
        one(name, &good[..good.len() - 1]),
        one(name, &format!("{good}0")),
        one(name, &good.replace("sha256", "sha1")),
        one(name, &good.replace('7', "g")),
        one(name, &good.replace("757107", "757108")),
        one(name, &"a".repeat(100_000)),
        vec![(name, good.clone()), (name, good.clone())],
        vec![(name, good.clone()), (name, String::new())],
        one("x-hub-signature", &good),
        one("x-gitlab-token", ""),
        one("x-gitlab-token", "secret-gitla"),
        one("x-gitlab-token", "secret-gitlab2"),
        one("x-gitlab-token", &"a".repeat(100_000)),
        vec![("x-gitlab-token", "secret-gitlab".to_owned()), ("x-gitlab-token", "secret-gitlab".to_owned())],
        one("x-hook-uuid", "SECRET-BITBUCKET"),
        one("x-acme", "AAAA"),
        one("x-clock", &hex("v1=", "secret-clock", &format!("1.{HELLO}"))),
    ]
}

#[tokio::test]
async fn a_bad_signature_is_401_and_never_anonymous() {
    for rest in ["", "[[backend]]\nkind = 'anonymous'\n", "[[route]]\npath = '/{*rest}'\npublic = true\n"] {
        let service = Site::new(rest).await.service();
        for fields in bad() {
            let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let response = send(&service, post(PATH, &fields, Frames::one(HELLO))).await;
            assert_eq!((response.status().as_u16(), field(&response, "caller")), (401, ""), "{fields:?}");
            assert_eq!(field(&response, "cache-control"), "no-store");
            assert_eq!(field(&response, "www-authenticate"), "Bearer realm=\"1\"");
        }
    }
}

#[tokio::test]
async fn what_is_bad_whatever_the_body_is_refused_without_reading_it() {
    let service = Site::new("").await.service();
    for (name, value) in [("x-gitlab-token", "wrong"), ("x-hub-signature-256", "sha256=00"), ("x-clock", "v1=00")] {
        let request = post(PATH, &[(name, value)], Frames::of([Next::Never]));
        assert_eq!(caller(&service, request).await, Err(401), "{name}");
    }
}

#[tokio::test]
async fn a_file_with_nothing_but_a_webhook_lets_nobody_else_in() {
    let site = Site::with(Auth::builder(), FILE).await;
    assert_eq!(site.caller(&[GITHUB], HELLO).await, Ok("webhook/github.com forges".to_owned()));
    for fields in [&[][..], &[("authorization", "Bearer ok-alice")], &[("authorization", "x"), GITHUB]] {
        assert_eq!(site.caller(fields, HELLO).await, Err(403), "{fields:?}");
    }
    // There is no challenge for a 401.
    assert_eq!(site.caller(&[GITHUB], "other").await, Err(403));
    let described = site.auth.describe();
    assert!(
        described.contains(
            "Webhook POST /api/v1/events/{namespace}/{discriminator}: signed by github.com, gitlab.com, bitbucket.org, \
         bitbucket.corp, acme, clock.\nNobody else gets in: every other request is denied."
        ),
        "{described}"
    );
}

#[tokio::test]
async fn a_refusal_is_in_the_clients_own_form() {
    let service = Site::new("[response]\nstyle = 'problem'\n").await.service();
    let refused = send(&service, post(PATH, &[("x-gitlab-token", "wrong")], Frames::one("x"))).await;
    assert_eq!(field(&refused, "content-type"), "application/problem+json");
    let fields = [("x-gitlab-token", "wrong"), ("content-type", "application/grpc")];
    let refused = send(&service, post(PATH, &fields, Frames::one("x"))).await;
    assert_eq!((refused.status().as_u16(), field(&refused, "grpc-status")), (200, "16"));
    let long = Frames::one("x".repeat(65));
    let refused = send(&service, post(PATH, &[GITHUB, fields[1]], long)).await;
    assert_eq!((refused.status().as_u16(), field(&refused, "grpc-status")), (200, "8"));
}

#[tokio::test]
async fn a_signature_where_the_target_can_be_read_in_two_ways_is_no_request_of_anybody() {
    let site = Site::new("[[backend]]\nkind = 'anonymous'\n").await;
    let service = site.service();
    let paths = ["/api/v1//events/argo/pushed", "/api/v1/events/argo/x%2fpushed", "/api/v1/events/../events/a/b"];
    for path in paths {
        assert_eq!(caller(&service, post(path, &[GITHUB], Frames::one(HELLO))).await, Err(400), "{path}");
        // Without routes, nobody else is misled by it.
        let unsigned = caller(&service, post(path, &[], Frames::one(HELLO))).await;
        assert_eq!(unsigned, Ok("anonymous/anonymous".to_owned()));
        let ordinary = [GITHUB, ("authorization", "Bearer ok-alice")];
        assert_eq!(caller(&service, post(path, &ordinary, Frames::one("x"))).await, Ok("one/alice ops".to_owned()));
    }
    // An escape that changes nothing is one way to read it.
    let escaped = caller(&service, post("/api/v1/events/%61rgo/pushed", &[GITHUB], Frames::one(HELLO))).await;
    assert_eq!(escaped, Ok("webhook/github.com forges".to_owned()));
}

#[tokio::test]
async fn the_audit_says_why_and_nothing_that_is_secret() {
    let site = Site::new("").await;
    let service = site.service();
    let c4n4ry = "sha256=c4n4ry";
    let wrong = hex("sha256=", "secret-acme", HELLO);
    let long = "x".repeat(65);
    let cases = [
        (vec![GITHUB], HELLO, vec![r#"outcome="accepted""#, r#"backend="webhook""#, r#"name="github.com""#]),
        (vec![GITHUB], HELLO, vec![r#"reason="this was delivered before""#, "status=401"]),
        (vec![("x-hub-signature-256", c4n4ry)], HELLO, vec![r#"reason="malformed signature""#, "presented=true"]),
        (vec![("x-hub-signature-256", &*wrong)], HELLO, vec![r#"reason="no client has signed this body""#]),
        (vec![("x-gitlab-token", "c4n4ry")], HELLO, vec![r#"reason="no client has this token""#]),
        (vec![GITHUB, GITHUB], HELLO, vec![r#"reason="two signatures in one field name""#]),
        (vec![GITHUB], &long, vec![r#"outcome="malformed""#, r#"reason="the body is too long""#, "status=413"]),
    ];
    let target = "/api/v1/events/argo/pushed?token=c4n4ry";
    // Once unheard, as in the tests of the audit.
    for (fields, body, _) in &cases {
        send(&service, post(target, fields, Frames::one(body))).await;
    }
    let again = Site::new("").await;
    let service = again.service();
    for (fields, body, parts) in &cases {
        let log = Log::default();
        send(&service, post(target, fields, Frames::one(body))).with_subscriber(log.subscriber()).await;
        let text = log.text();
        let lines: Vec<_> = text.lines().filter(|line| line.contains("portcullis::audit")).collect();
        let [line] = lines[..] else { panic!("{text}") };
        for part in parts.iter().chain(&[r#"method="POST""#, r#"path="/api/v1/events/argo/pushed""#]) {
            assert!(line.contains(part), "{part} in {line}");
        }
        for secret in ["c4n4ry", "secret-", GITHUB_SECRET, &GITHUB.1[7..], &wrong[7..]] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}

#[tokio::test]
async fn a_signature_of_a_client_that_was_removed_is_not_anonymous() {
    let clients = tempfile::tempdir().unwrap();
    let write = |name: &str, kind: &str, secret: &str| {
        std::fs::write(clients.path().join(name), format!("type: {kind}\nsecret: \"{secret}\"\n")).unwrap();
    };
    write("github.com", "github", GITHUB_SECRET);
    write("gitlab.com", "gitlab", "secret-gitlab");
    let hook =
        format!("[[webhook]]\npath = '{PATH}'\nreplay_window = '0s'\nclients_dir = '{}'\n", clients.path().display());
    let fake = Fake::new("1", &[Scheme::BEARER]);
    let file = format!("[[backend]]\nkind = 'one'\n[[backend]]\nkind = 'anonymous'\n{hook}");
    let site = Site::with(builder(&[&fake]), &file).await;
    assert_eq!(site.caller(&[GITHUB], HELLO).await.as_deref(), Ok("webhook/github.com"));
    std::fs::remove_file(clients.path().join("github.com")).unwrap();
    let began = std::time::Instant::now();
    loop {
        match site.caller(&[GITHUB], HELLO).await {
            Err(401) => break,
            found => assert_eq!(found.as_deref(), Ok("webhook/github.com")),
        }
        assert!(began.elapsed().as_secs() < 30, "nobody has seen that it is gone");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(site.caller(&[("x-hub-signature-256", "junk")], HELLO).await, Err(401));
    assert_eq!(site.caller(&[], HELLO).await.as_deref(), Ok("anonymous/anonymous"));
}

#[tokio::test]
async fn a_token_is_shown_to_no_service_whatever_the_request_is_for() {
    for (rest, is_shown) in [("", false), ("[request]\nforward_credentials = true\n", true)] {
        let site = Site::new(&format!("[[backend]]\nkind = 'anonymous'\n{rest}")).await;
        for (method, path) in [("GET", PATH), ("POST", "/other"), ("POST", "/api/v1/events/argo/pushed/")] {
            let request = request(method, path, &[("x-gitlab-token", "secret-gitlab")], Frames::default());
            let response = send(&site.service(), request).await;
            assert_eq!(response.status(), 200, "{method} {path}");
            assert_eq!(field(&response, "x-gitlab-token") == "secret-gitlab", is_shown, "{method} {path}");
        }
    }
}
