//! What an audit event says, and what it never does.

use std::io::Write;
use std::sync::{Arc, Mutex};

use tracing::instrument::WithSubscriber as _;
use tracing::level_filters::LevelFilter;

use super::fake::*;
use crate::{Peer, Scheme};

#[derive(Clone, Default)]
pub(super) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Writes every event there is into this log.
    pub(super) fn subscriber(&self) -> impl tracing::Subscriber + Send + Sync + use<> {
        let writer = self.clone();
        let subscriber = tracing_subscriber::fmt().with_max_level(LevelFilter::TRACE).without_time().with_ansi(false);
        subscriber.with_writer(move || writer.clone()).finish()
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What is logged while a request with this credential is answered.
async fn logged(authorization: Option<&str>) -> String {
    logged_of(authorization, &[]).await
}

/// The same, with these further fields.
async fn logged_of(authorization: Option<&str>, fields: &[(&'static str, &str)]) -> String {
    // Once unheard: an event whose first time falls together with the arrival of a subscriber, of
    // another test in this process, may stay unheard for ever.
    answer(authorization, fields).await;
    let log = Log::default();
    answer(authorization, fields).with_subscriber(log.subscriber()).await;
    log.text()
}

async fn answer(authorization: Option<&str>, fields: &[(&'static str, &str)]) {
    let service = service(&auth(&[&Fake::new("1", &[Scheme::BEARER, Scheme::BASIC])], "").await);
    let fields: Vec<_> =
        authorization.map(|value| ("authorization", value)).into_iter().chain(fields.iter().copied()).collect();
    let mut request = request(&fields);
    *request.uri_mut() = "/api/v1/jobs?access_token=c4n4ry".parse().unwrap();
    request.extensions_mut().insert(Peer("192.0.2.7:4711".parse().unwrap()));
    tower::ServiceExt::oneshot(service, request).await.unwrap();
}

#[tokio::test]
async fn an_event_says_what_was_asked_who_was_connected_and_why_it_ended() {
    for (authorization, level, parts) in [
        (None, "DEBUG", [r#"outcome="refused""#, "status=401", r#"reason="no credential""#]),
        (Some("Bearer bad-c4n4ry"), "INFO", [r#"outcome="refused""#, "status=401", r#"reason="one: bad""#]),
        (Some("Bearer other-c4n4ry"), "INFO", [r#"outcome="refused""#, "status=401", r#"reason="one: other""#]),
        (Some("Bearer away-c4n4ry"), "WARN", [r#"outcome="unavailable""#, "status=503", r#"reason="one: unknown""#]),
        (Some("c4n4ry"), "INFO", [r#"outcome="refused""#, "status=401", "no backend claims the scheme"]),
        (Some("\u{e4}c4n4ry"), "INFO", [r#"outcome="refused""#, "status=401", "malformed credential"]),
    ] {
        let log = logged(authorization).await;
        let lines: Vec<_> = log.lines().filter(|line| line.contains("portcullis::audit: rejected")).collect();
        let [line] = lines[..] else { panic!("{log}") };
        assert!(line.trim_start().starts_with(level), "{line}");
        for part in parts.into_iter().chain([r#"method="GET""#, r#"path="/api/v1/jobs""#, "peer=192.0.2.7:4711"]) {
            assert!(line.contains(part), "{part} in {line}");
        }
        assert!(!log.contains("c4n4ry"), "{log}");
    }
}

#[tokio::test]
async fn a_fresh_verification_is_reported_with_the_name_that_was_verified() {
    let log = logged(Some("Bearer ok-alice")).await;
    assert!(log.contains(r#"outcome="accepted" backend="one" name="alice""#), "{log}");
    assert!(!log.contains("c4n4ry"), "{log}");
}

#[tokio::test]
async fn who_is_verified_and_then_turned_away_is_not_reported_as_accepted() {
    let log = logged_of(Some("Basic ok-alice"), &[("upgrade", "websocket"), ("sec-fetch-site", "cross-site")]).await;
    assert!(log.contains(r#"outcome="denied""#) && !log.contains("accepted"), "{log}");
}
