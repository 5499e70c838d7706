//! Somebody beyond this process decides, and it takes a while.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http_body_util::Empty;
use tokio::sync::Semaphore;
use tokio::task::yield_now;
use tower::limit::ConcurrencyLimit;
use tower::{Layer as _, Service as _, service_fn};

use super::super::readiness::Strict;
use super::*;
use crate::{Action, Auth, Authorizer, Decision, Principal, async_trait};

/// Allows alice, denies others, once there is a permit for each decision.
#[derive(Clone)]
struct Slow(Arc<State>);

struct State {
    permits: Semaphore,
    asked: AtomicUsize,
    given_up: AtomicUsize,
}

/// Tells of a decision that nobody waits for any more.
struct Waited<'a>(&'a AtomicUsize);

impl Drop for Waited<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl Authorizer for Slow {
    async fn decide(&self, principal: &Principal, _: &Action<'_>) -> Decision {
        self.0.asked.fetch_add(1, Ordering::SeqCst);
        let waited = Waited(&self.0.given_up);
        self.0.permits.acquire().await.unwrap().forget();
        std::mem::forget(waited);
        match principal.name() {
            "alice" => Decision::allow("it is alice"),
            _ => Decision::deny("it is not alice"),
        }
    }

    fn describe(&self) -> String {
        "somebody far away".to_owned()
    }
}

impl Slow {
    fn new() -> Self {
        Self(Arc::new(State { permits: Semaphore::new(0), asked: AtomicUsize::new(0), given_up: AtomicUsize::new(0) }))
    }

    async fn auth(&self, backend: &Fake) -> Auth {
        let file = "[[backend]]\nkind = 'one'\n[[route]]\npath = '/a/{name}'\n\
            action = { verb = 'get', resource = 'a', name = '{name}' }\n[[route]]\npath = '/public'\npublic = true";
        builder(&[backend]).authorizer(self.clone()).load_toml(file).await.unwrap()
    }

    async fn asked(&self, times: usize) {
        while self.0.asked.load(Ordering::SeqCst) < times {
            yield_now().await;
        }
    }

    fn permit(&self, decisions: usize) {
        self.0.permits.add_permits(decisions);
    }
}

#[tokio::test]
async fn a_request_is_passed_on_or_denied_after_the_wait_fresh_or_remembered() {
    for is_remembered in [true, false] {
        let (slow, one) = (Slow::new(), bearer());
        one.never_reused.store(!is_remembered, Ordering::SeqCst);
        let service = service(&slow.auth(&one).await);
        // Who is verified in an exchange of its own is owed the reply.
        let owed = if is_remembered { vec![] } else { vec!["Negotiate YWNjZXB0ZWQ="] };
        for times in 0..2 {
            let [alice, bob] = [ALICE, BOB].map(|caller| {
                let service = service.clone();
                tokio::spawn(async move { get(&service, "/a/b%2Bc", &[caller]).await })
            });
            slow.asked(2 * times + 2).await;
            assert!(!alice.is_finished() && !bob.is_finished());
            assert_eq!(status(&service, "/public", &[]).await, 200, "others do not wait");
            slow.permit(2);
            let (alice, bob) = (alice.await.unwrap(), bob.await.unwrap());
            assert_eq!((alice.status().as_u16(), alice.body()), (200, &Bytes::from("one/alice ops")));
            assert_eq!(bob.status(), 403);
            assert_eq!(bob.body(), r#"{"code":7,"message":"get a \"b+c\" is forbidden"}"#);
            assert_eq!((challenges(&alice), challenges(&bob)), (owed.clone(), owed.clone()));
        }
        let verified = if is_remembered { 2 } else { 4 };
        assert_eq!((one.asked(), slow.0.given_up.load(Ordering::SeqCst)), (verified, 0));
    }
}

#[tokio::test]
async fn the_service_that_was_polled_ready_is_the_one_that_is_called_after_the_wait() {
    let slow = Slow::new();
    slow.permit(1000);
    let auth = slow.auth(&bearer()).await;
    let mut strict = auth.layer().layer(Strict { ready: false });
    let mut limited = auth.layer().layer(ConcurrencyLimit::new(Strict { ready: false }, 1));
    for (caller, expected) in [(ALICE, 200), (BOB, 403), (ALICE, 200), (BOB, 403), (ALICE, 200)] {
        let response = strict.ready().await.unwrap().call(request_for("/a/b", &[caller])).await.unwrap();
        assert_eq!(response.status(), expected);
        // A denial gives back the only place.
        let response = limited.ready().await.unwrap().call(request_for("/a/b", &[caller])).await.unwrap();
        assert_eq!(response.status(), expected);
    }
}

#[tokio::test]
async fn a_client_that_goes_away_ends_the_question_and_reaches_nobody() {
    let slow = Slow::new();
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let inner = service_fn(move |_: Request<()>| {
        counted.fetch_add(1, Ordering::SeqCst);
        std::future::ready(Ok::<_, std::convert::Infallible>(Response::new(Empty::<Bytes>::new())))
    });
    let mut service = slow.auth(&bearer()).await.layer().layer(ConcurrencyLimit::new(inner, 1));
    for times in 1..=3 {
        let request = service.ready().await.unwrap().call(request_for("/a/b", &[ALICE]));
        let request = tokio::spawn(request);
        slow.asked(times).await;
        request.abort();
        assert!(request.await.unwrap_err().is_cancelled());
        assert_eq!(slow.0.given_up.load(Ordering::SeqCst), times);
    }
    assert_eq!(calls.load(Ordering::SeqCst), 0);
    slow.permit(1);
    let response = service.ready().await.unwrap().call(request_for("/a/b", &[ALICE])).await.unwrap();
    assert_eq!((response.status().as_u16(), calls.load(Ordering::SeqCst)), (200, 1));
}
