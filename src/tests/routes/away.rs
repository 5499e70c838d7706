//! Nobody can say whether a caller may.

use std::time::Duration;

use tracing::instrument::WithSubscriber as _;

use super::super::audit::Log;
use super::*;
use crate::{Action, Authorizer, Decision, Principal, Unavailable, async_trait};

/// Does not answer, at once or after a while.
struct Away {
    at_once: bool,
    retry_after: Option<Duration>,
}

impl Away {
    fn decision(&self) -> Decision {
        let unavailable = Unavailable::new("the cluster is away");
        Decision::Unavailable(match self.retry_after {
            Some(delay) => unavailable.retry_after(delay),
            None => unavailable,
        })
    }
}

#[async_trait]
impl Authorizer for Away {
    async fn decide(&self, _: &Principal, _: &Action<'_>) -> Decision {
        self.decision()
    }

    fn decide_at_once(&self, _: &Principal, _: &Action<'_>) -> Option<Decision> {
        self.at_once.then(|| self.decision())
    }

    fn describe(&self) -> String {
        "somebody who is away".to_owned()
    }
}

async fn away(at_once: bool, retry_after: Option<Duration>) -> Service {
    let file = format!("[[backend]]\nkind = 'one'\n[[backend]]\nkind = 'anonymous'\n{FILE}");
    let auth = builder(&[&bearer()]).authorizer(Away { at_once, retry_after }).load_toml(&file).await;
    service(&auth.unwrap())
}

#[tokio::test]
async fn an_authorizer_that_does_not_answer_is_an_outage_and_never_an_allowance() {
    for at_once in [true, false] {
        for (retry_after, seconds) in [(None, "5"), (Some(Duration::from_secs(9)), "9")] {
            let service = away(at_once, retry_after).await;
            for fields in [&[BOB][..], &[BOB], &[]] {
                let response = get(&service, "/workflows/argo/a", fields).await;
                assert_eq!(
                    (response.status().as_u16(), &response.headers()["retry-after"]),
                    (503, &seconds.parse().unwrap())
                );
                let message = "whether this is allowed cannot be found out at present";
                assert_eq!(response.body(), &format!(r#"{{"code":14,"message":"{message}"}}"#));
                let response = get(&service, "/workflows/argo/a", &[fields, &[GRPC]].concat()).await;
                assert_eq!(response.headers()["grpc-status"], "14");
                assert_eq!(response.headers()["grpc-retry-pushback-ms"], format!("{seconds}000").as_str());
            }
            // The policy comes first, and allows it.
            assert_eq!(status(&service, "/workflows/argo/a", &[ALICE]).await, 200);
            // Nobody is asked about these.
            assert_eq!(status(&service, "/me", &[BOB]).await, 200);
            assert_eq!(status(&service, "/elsewhere", &[BOB]).await, 403);
        }
    }
}

#[tokio::test]
async fn an_outage_is_reported_as_one_and_the_client_is_not_told_whose() {
    for at_once in [true, false] {
        let service = away(at_once, None).await;
        let response = get(&service, "/workflows/argo/a", &[BOB]).await;
        assert!(!str::from_utf8(response.body()).unwrap().contains("cluster"));
        let log = Log::default();
        get(&service, "/workflows/argo/a", &[BOB]).with_subscriber(log.subscriber()).await;
        let text = log.text();
        let lines: Vec<_> = text.lines().filter(|line| line.contains("portcullis::audit")).collect();
        let [line] = lines[..] else { panic!("{text}") };
        for part in ["WARN", r#"outcome="unavailable""#, "the cluster is away", "status=503", r#"name="bob""#] {
            assert!(line.contains(part), "{part} in {line}");
        }
    }
}
