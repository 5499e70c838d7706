//! What the layer leaves for handlers that ask what a caller may do.

use std::sync::Arc;

use http::Request;
use http_body_util::Empty;
use portcullis_core::{
    Action, Authorization, Authorizer, Backend, Challenge, Credential, Decision, Head, Occasion, Principal, Rejection,
    Scheme, Unavailable, Verdict, async_trait,
};
use tower::{Layer as _, ServiceExt as _, service_fn};
use tracing::instrument::WithSubscriber as _;

use super::audit::Log;
use super::fake::*;
use crate::Auth;

/// A backend whose authorizer allows reading, and does not answer about deleting.
#[derive(Clone)]
struct WithAuthorizer(Fake);

#[async_trait]
impl Backend for WithAuthorizer {
    fn schemes(&self) -> &[Scheme] {
        self.0.schemes()
    }

    fn challenge(&self, occasion: Occasion) -> Option<Challenge> {
        self.0.challenge(occasion)
    }

    async fn authenticate(&self, credential: &Credential, head: Head<'_>) -> Verdict {
        self.0.authenticate(credential, head).await
    }

    fn authorizer(&self) -> Option<Arc<dyn Authorizer>> {
        Some(Arc::new(Reading))
    }
}

struct Reading;

#[async_trait]
impl Authorizer for Reading {
    async fn decide(&self, _: &Principal, action: &Action<'_>) -> Decision {
        match action.verb() {
            "get" => Decision::allow("reading"),
            "delete" => Decision::Unavailable(Unavailable::new("away")),
            _ => Decision::no_opinion("not reading"),
        }
    }

    fn describe(&self) -> String {
        "somebody who allows reading".to_owned()
    }
}

async fn with_authorizer(rest: &str) -> Auth {
    let fake = WithAuthorizer(Fake::new("1", &[Scheme::BEARER]));
    let file = format!("[[backend]]\nkind = 'one'\n{rest}");
    Auth::builder().register("one", move |_| std::future::ready(Ok(fake.clone()))).load_toml(&file).await.unwrap()
}

/// What a handler that asks for leave makes of it: the status, and how many challenges there are.
async fn leave(auth: &Auth, authorization: Option<&str>, verb: &'static str) -> (u16, usize) {
    let service = auth.layer().layer(service_fn(async move |request: Request<()>| {
        let authorization = Authorization::from_extensions(request.extensions())?;
        authorization.check(&Action::new(verb, "orders")).await?;
        Ok::<_, Rejection>(http::Response::new(Empty::<bytes::Bytes>::new()))
    }));
    let fields: Vec<_> = authorization.into_iter().map(|value| ("authorization", value)).collect();
    match service.oneshot(request(&fields)).await {
        Ok(response) => (response.status().as_u16(), 0),
        Err(rejection) => (rejection.status().as_u16(), rejection.challenges().len()),
    }
}

#[tokio::test]
async fn a_handler_asks_the_authorizer_that_comes_with_a_backend() {
    let auth = with_authorizer("").await;
    for (verb, expected) in [("get", 200), ("create", 403), ("delete", 503)] {
        assert_eq!(leave(&auth, Some("Bearer ok-alice"), verb).await, (expected, 0), "{verb}");
    }
    assert!(auth.describe().contains("What callers may do is asked of somebody who allows reading."));
}

#[tokio::test]
async fn a_file_whose_routes_ask_nobody_says_so() {
    let said = "But no route asks it: ";
    for (access, is_said) in [("authenticated = true", true), ("action = { verb = 'get', resource = 'a' }", false)] {
        let auth = with_authorizer(&format!("[[route]]\npath = '/'\n{access}")).await;
        assert_eq!(auth.describe().contains(said), is_said, "{access}");
    }
    assert!(with_authorizer("").await.describe().contains(said));
}

#[tokio::test]
async fn what_is_not_allowed_is_audited_with_who_asked_and_who_decided() {
    let auth = with_authorizer("").await;
    // Once unheard, as in the tests of the audit.
    leave(&auth, Some("Bearer ok-alice"), "create").await;
    leave(&auth, Some("Bearer ok-alice"), "delete").await;
    let log = Log::default();
    let asked = async {
        for verb in ["get", "create", "delete"] {
            leave(&auth, Some("Bearer ok-alice"), verb).await;
        }
    };
    asked.with_subscriber(log.subscriber()).await;
    let text = log.text();
    let lines: Vec<_> = text.lines().filter(|line| line.contains("portcullis::audit: not allowed")).collect();
    let [create, delete] = lines[..] else { panic!("{text}") };
    for part in ["INFO", "outcome=\"denied\"", "reason=\"not reading\"", "action=create orders", "name=\"alice\""] {
        assert!(create.contains(part), "{part} in {create}");
    }
    for part in ["WARN", "outcome=\"unavailable\"", "reason=\"away\"", "action=delete orders"] {
        assert!(delete.contains(part), "{part} in {delete}");
    }
}

#[tokio::test]
async fn an_anonymous_caller_who_may_not_is_asked_to_say_who_it_is() {
    let auth = with_authorizer("[[backend]]\nkind = 'anonymous'\ngroups = ['guests']").await;
    assert_eq!(leave(&auth, None, "get").await, (200, 0));
    assert_eq!(leave(&auth, None, "create").await, (401, 1));
}

#[tokio::test]
async fn without_an_authorizer_nothing_is_allowed_and_an_outer_layers_is_not_used() {
    let inner = auth(&[&Fake::new("1", &[Scheme::BEARER])], "").await;
    assert_eq!(leave(&inner, Some("Bearer ok-alice"), "get").await.0, 403);
    let outer = with_authorizer("[request]\nforward_credentials = true").await;
    let service = outer.layer().layer(inner.layer().layer(service_fn(async |request: Request<()>| {
        let authorization = Authorization::from_extensions(request.extensions())?;
        authorization.check(&Action::new("get", "orders")).await?;
        Ok::<_, Rejection>(http::Response::new(Empty::<bytes::Bytes>::new()))
    })));
    let rejection = service.oneshot(request(&[("authorization", "Bearer ok-alice")])).await.unwrap_err();
    assert_eq!(rejection.status(), 403);
}

/// Allows, or denies, one verb, and takes its time.
struct Slow(&'static str, bool);

#[async_trait]
impl Authorizer for Slow {
    async fn decide(&self, _: &Principal, action: &Action<'_>) -> Decision {
        tokio::task::yield_now().await;
        match (action.verb() == self.0, self.1) {
            (false, _) => Decision::no_opinion("another verb"),
            (true, true) => Decision::allow("slow"),
            (true, false) => Decision::deny("slow"),
        }
    }

    fn describe(&self) -> String {
        format!("somebody slow who knows about {}", self.0)
    }
}

#[tokio::test]
async fn the_policy_decides_first_then_the_backends_and_then_those_of_somebody_else_in_order() {
    let fake = WithAuthorizer(Fake::new("1", &[Scheme::BEARER]));
    let policy = "[role.a]\nrules = [{ verbs = ['create', 'delete'], resources = ['orders'] }]\n\
        [[binding]]\nrole = 'a'\nsubjects = [{ user = 'alice' }]";
    let auth = Auth::builder()
        .register("one", move |_| std::future::ready(Ok(fake.clone())))
        .authorizer(Slow("get", false))
        .authorizer(Slow("create", false))
        .authorizer(Slow("patch", true))
        .authorizer(Slow("patch", false))
        .load_toml(&format!("[[backend]]\nkind = 'one'\n{policy}"))
        .await
        .unwrap();
    // The policy allows alice what the backend's authorizer knows nothing of, or would not answer about, and others would deny.
    for (name, verb, expected) in [
        ("alice", "create", 200),
        ("alice", "delete", 200),
        ("alice", "get", 200),
        ("alice", "patch", 200),
        ("alice", "list", 403),
        ("bob", "create", 403),
        ("bob", "delete", 503),
        ("bob", "get", 200),
        ("bob", "patch", 200),
    ] {
        assert_eq!(leave(&auth, Some(&format!("Bearer ok-{name}")), verb).await, (expected, 0), "{name} {verb}");
    }
    let described = auth.describe();
    let asked: Vec<_> = described.lines().filter(|line| line.contains("is asked of")).collect();
    let said =
        ["the policy (roles: 1, rules: 1, bindings: 1)", "somebody who allows reading", "slow who knows about get"];
    assert!(asked.len() == 6 && asked.iter().zip(said).all(|(line, part)| line.contains(part)), "{described}");
}
