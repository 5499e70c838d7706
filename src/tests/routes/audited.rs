//! What the audit says of those whom a route turns away.

use tracing::instrument::WithSubscriber as _;

use super::super::audit::Log;
use super::*;

/// The one event of a rejection.
async fn event(service: &Service, target: &str, fields: &[(&'static str, &str)]) -> String {
    // Once unheard, as in the tests of the audit; after that the caller is remembered.
    get(service, target, fields).await;
    let log = Log::default();
    get(service, target, fields).with_subscriber(log.subscriber()).await;
    let text = log.text();
    let lines: Vec<_> = text.lines().filter(|line| line.contains("portcullis::audit")).collect();
    let [line] = lines[..] else { panic!("{target}: {text}") };
    line.to_owned()
}

#[tokio::test]
async fn there_is_one_event_for_each_with_who_it_was_and_why() {
    let scoped = "[[route]]\npath = '/scoped'\nauthenticated = true\nscopes = ['read']\n";
    let service = with(&format!("{FILE}{scoped}")).await;
    let bob = [r#"backend="one" name="bob""#, r#"outcome="denied""#, "status=403", "presented=true"];
    for (target, reason) in [
        (
            "/workflows/argo/a?token=c4n4ry",
            r#"get workflows \"a\" in namespace \"argo\": no rule of the policy allows it"#,
        ),
        ("/elsewhere?token=c4n4ry", "get /elsewhere: no route is for it"),
        ("/scoped?token=c4n4ry", "a scope of the route is missing"),
    ] {
        let event = event(&service, target, &[BOB]).await;
        let path = format!(r#"path="{}""#, target.split('?').next().unwrap());
        for part in bob.into_iter().chain([&*format!("reason=\"{reason}\""), &path]) {
            assert!(event.contains(part), "{part} in {event}");
        }
        assert!(event.trim_start().starts_with("INFO") && !event.contains("c4n4ry"), "{event}");
    }
}

#[tokio::test]
async fn an_ambiguous_target_is_reported_with_what_makes_it_so() {
    let service = with(FILE).await;
    let event = event(&service, "/public/../me", &[BOB]).await;
    for part in
        [r#"outcome="malformed""#, "status=400", r#"reason="a dot segment in the path""#, r#"path="/public/../me""#]
    {
        assert!(event.contains(part), "{part} in {event}");
    }
    assert!(!event.contains("bob"), "nobody looked who it was: {event}");
}

#[tokio::test]
async fn an_anonymous_caller_who_is_asked_is_reported_as_one_who_presented_nothing() {
    let service = with(&format!("[[backend]]\nkind = 'anonymous'\n{FILE}")).await;
    let event = event(&service, "/me", &[]).await;
    for part in
        ["DEBUG", "status=401", "presented=false", "the route is not for anonymous callers", r#"backend="anonymous""#]
    {
        assert!(event.contains(part), "{part} in {event}");
    }
}
