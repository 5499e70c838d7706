//! What is logged.

use std::fmt::Write as _;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::*;

/// Collects the lines about keys that its thread logs.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let _ = write!(self.0, " {field}={value:?}");
    }
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "portcullis::keys"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[tokio::test(start_paused = true)]
async fn changes_are_logged_once_and_failures_once_per_reason_and_never_a_kid() {
    let log = Log::default();
    // While there is but one subscriber, tracing asks that of the thread that comes first, and what that does not want,
    // nobody gets. Other tests have none.
    let _second = tracing::Dispatch::new(log.clone());
    let _default = tracing::subscriber::set_default(log.clone());
    let lines = || std::mem::take(&mut *log.0.lock().unwrap());

    let (one, two) = (mint("canary-one"), mint("canary-two"));
    let provider = Provider::new(&[&one, &two]);
    let (live, hand) = provider.live();
    let seen = live.keys().await.unwrap();
    let mut all = lines();
    assert_eq!(all.len(), 1, "{all:?}");
    assert!(all[0].starts_with("INFO") && all[0].contains(r#"backend="corp" known=2 withdrawn=false"#), "{all:?}");

    pass(&hand, 6 * MINUTE).await;
    let _ = live.keys_after_unknown(Some("canary-three"), &seen).await;
    assert_eq!(provider.count(), 3);
    assert_eq!(lines(), [""; 0], "nothing has changed");

    provider.answers(Answer::Failure("connection refused"));
    pass(&hand, 10 * MINUTE).await;
    provider.answers(Answer::Failure("no such host"));
    pass(&hand, MINUTE).await;
    let failures = lines();
    assert_eq!(failures.len(), 2, "{failures:?}");
    for (line, reason) in failures.iter().zip(["connection refused", "no such host"]) {
        assert!(line.starts_with("WARN") && line.contains(reason) && line.contains("known=2"), "{line}");
    }

    provider.has(&[&one]);
    pass(&hand, MINUTE).await;
    let back = lines();
    assert_eq!(back.len(), 2, "{back:?}");
    assert!(back[0].contains("again") && back[1].contains("known=1 withdrawn=true"), "{back:?}");

    all.extend(failures.into_iter().chain(back));
    assert!(!all.concat().contains("canary"), "{all:?}");
}
