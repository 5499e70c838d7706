//! Authorizers that are not waited for beyond a time.

use std::sync::Arc;
use std::time::Duration;

use portcullis_core::{Action, Authorizer, Decision, Principal, Unavailable, async_trait};

/// One that is unavailable when it takes longer than this.
pub(crate) struct Bounded {
    authorizer: Arc<dyn Authorizer>,
    timeout: Duration,
}

impl Bounded {
    pub(crate) fn new(authorizer: Arc<dyn Authorizer>, timeout: Duration) -> Self {
        Self { authorizer, timeout }
    }
}

#[async_trait]
impl Authorizer for Bounded {
    async fn decide(&self, principal: &Principal, action: &Action<'_>) -> Decision {
        let deciding = self.authorizer.decide(principal, action);
        let decided = tokio::time::timeout(self.timeout, deciding).await;
        decided.unwrap_or_else(|_| Unavailable::new("no decision within cache.timeout").into())
    }

    fn decide_at_once(&self, principal: &Principal, action: &Action<'_>) -> Option<Decision> {
        self.authorizer.decide_at_once(principal, action)
    }

    fn describe(&self) -> String {
        self.authorizer.describe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Endless;

    #[async_trait]
    impl Authorizer for Endless {
        async fn decide(&self, _: &Principal, _: &Action<'_>) -> Decision {
            std::future::pending().await
        }

        fn describe(&self) -> String {
            "somebody who never answers".to_owned()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_never_answers_is_unavailable_in_time() {
        let bounded = Bounded::new(Arc::new(Endless), Duration::from_secs(10));
        let begun = tokio::time::Instant::now();
        let decision = bounded.decide(&Principal::builder("alice").build(), &Action::new("get", "orders")).await;
        assert!(matches!(decision, Decision::Unavailable(_)), "{decision:?}");
        assert_eq!(begun.elapsed(), Duration::from_secs(10));
    }
}
