//! What a sender may do is decided as for any other caller.

use super::*;
use crate::{Action, Authorization, Revocation};

const RULES: &str = r#"
    [[route]]
    path = "/api/v1/events/{namespace}/{discriminator}"
    action = { verb = "create", resource = "events", namespace = "{namespace}" }

    [role.sender]
    rules = [{ verbs = ["create"], resources = ["events"], namespaces = ["argo"] }]

    [[binding]]
    role = "sender"
    subjects = [{ backend = "webhook", user = "gitlab.com" }, { backend = "webhook", group = "forges" }]
"#;

const GITLAB: (&str, &str) = ("x-gitlab-token", "secret-gitlab");

#[tokio::test]
async fn routes_and_bindings_are_for_senders_too() {
    let service = Site::new(RULES).await.service();
    let other = "/api/v1/events/other/pushed";
    for (path, signature, body, expected) in [
        (PATH, GITHUB, HELLO, Ok("webhook/github.com forges")),
        (PATH, GITLAB, "x", Ok("webhook/gitlab.com")),
        (PATH, ("x-hook-uuid", "secret-bitbucket"), "x", Err(403)),
        (other, GITLAB, "x", Err(403)),
        (PATH, ("x-gitlab-token", "wrong"), "x", Err(401)),
    ] {
        let found = caller(&service, post(path, &[signature], Frames::one(body))).await;
        assert_eq!(found, expected.map(str::to_owned), "{path} {signature:?}");
    }
}

#[tokio::test]
async fn a_scope_that_a_sender_has_not_is_missing_and_a_public_route_still_refuses_it() {
    let scoped = "[[route]]\npath = '/{*rest}'\nauthenticated = true\nscopes = ['a']\n";
    assert_eq!(Site::new(scoped).await.caller(&[GITLAB], "x").await, Err(403));
    let authenticated = "[[route]]\npath = '/{*rest}'\nauthenticated = true\n";
    assert!(Site::new(authenticated).await.caller(&[GITLAB], "x").await.is_ok());
    let public = "[[route]]\npath = '/{*rest}'\npublic = true\n";
    assert_eq!(Site::new(public).await.caller(&[GITLAB], "x").await, Ok("webhook/gitlab.com".to_owned()));
}

#[tokio::test]
async fn new_rules_are_for_senders_who_are_known() {
    let site = Site::new(RULES).await;
    assert!(site.caller(&[GITLAB], "x").await.is_ok());
    let path = site._directory.path().join("portcullis.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let reload = |text: String| {
        std::fs::write(&path, text).unwrap();
        site.auth.reload(crate::config::Config::from_path(&path)?)
    };
    reload(text.replace(r#"user = "gitlab.com""#, r#"user = "nobody""#)).unwrap();
    assert_eq!(site.caller(&[GITLAB], "x").await, Err(403));
    reload(text.clone()).unwrap();
    assert!(site.caller(&[GITLAB], "x").await.is_ok());
    // The webhooks themselves are those of the start.
    let error = reload(text.replace("max_body = 64", "max_body = 65")).unwrap_err().to_string();
    assert!(error.contains("webhook: this was another when the program started"), "{error}");
}

#[tokio::test]
async fn a_sender_is_revoked_as_anybody_is() {
    let site = Site::new("").await;
    let revocation = || Revocation::principal("webhook", "gitlab.com");
    site.auth.revoke(Revocation::principal("one", "gitlab.com")).unwrap();
    assert!(site.caller(&[GITLAB], "x").await.is_ok());
    site.auth.revoke(revocation()).unwrap();
    assert_eq!(site.caller(&[GITLAB], "x").await, Err(401));
    assert!(site.caller(&[GITHUB], HELLO).await.is_ok());
    assert!(site.auth.lift(&revocation()));
    assert!(site.caller(&[GITLAB], "x").await.is_ok());
}

#[tokio::test]
async fn a_handler_that_asks_where_nobody_decides_is_told_no_in_the_files_style() {
    let site = Site::new("[response]\nstyle = 'armada'\n").await;
    let inner = service_fn(async |request: Request<Replay<Frames>>| {
        let authorization = Authorization::from_extensions(request.extensions())?;
        authorization.check(&Action::new("get", "orders")).await?;
        Ok::<_, crate::Rejection>(Response::new(Full::<Bytes>::default()))
    });
    let service = site.auth.webhook_layer().layer(site.auth.layer().layer(inner));
    let rejection = service.oneshot(post(PATH, &[GITLAB], Frames::one("x"))).await.map(|_| ()).unwrap_err();
    assert_eq!((rejection.status().as_u16(), rejection.style()), (403, crate::Style::Armada));
}
