//! Those who know the groups of whomever a backend accepts.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::fake::*;
use crate::{
    Accepted, Auth, Directory, ManualClock, Membership, Principal, Scheme, Standing, Unavailable, Verdict, async_trait,
};

/// Says the same of everybody, until it is told otherwise.
#[derive(Clone)]
struct Corp {
    answer: Arc<Mutex<Result<Standing, Unavailable>>>,
    asked: Arc<AtomicUsize>,
    /// Whom it was told to forget.
    forgotten: Arc<Mutex<Vec<String>>>,
}

impl Corp {
    fn new(standing: Standing) -> Self {
        Self { answer: Arc::new(Mutex::new(Ok(standing))), asked: Arc::default(), forgotten: Arc::default() }
    }

    fn says(&self, answer: Result<Standing, Unavailable>) {
        *self.answer.lock().unwrap() = answer;
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Directory for Corp {
    async fn look_up(&self, caller: &Principal) -> Result<Standing, Unavailable> {
        assert_eq!(caller.backend(), "one", "it is told whose caller it is");
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.answer.lock().unwrap().clone()
    }

    fn forget(&self, backend: &str, name: &str) {
        self.forgotten.lock().unwrap().push(format!("{name} of {backend}"));
    }

    fn forget_all(&self) {
        self.forgotten.lock().unwrap().push("all".to_owned());
    }

    fn describe(&self) -> String {
        "the corporation".to_owned()
    }

    fn warnings(&self) -> Vec<String> {
        vec!["it is old".to_owned()]
    }
}

fn nothing() -> Standing {
    Standing::Member(Membership::none())
}

fn away() -> Result<Standing, Unavailable> {
    Err(Unavailable::new("away").retry_after(Duration::from_secs(7)).undecided())
}

const FILE: &str = "[[backend]]\nkind = 'one'\ndirectory = 'corp'\n[[backend]]\nkind = 'two'\n";

async fn asking(corp: &Corp) -> (Auth, ManualClock) {
    let (one, two) = (Fake::new("one", &[Scheme::BEARER]), Fake::new("two", &[Scheme::BASIC, Scheme::BEARER]));
    two.proves.store(true, Ordering::SeqCst);
    let clock = ManualClock::new();
    let builder = builder(&[&one, &two]).clock(&clock).directory("corp", corp.clone());
    (builder.load_toml(FILE).await.unwrap(), clock)
}

#[tokio::test]
async fn its_groups_are_added_each_once_and_those_for_kubernetes_alone_are_dropped() {
    let corp = Corp::new(Standing::Member(Membership::new(["dev", "ops", "system:masters"])));
    let service = service(&asking(&corp).await.0);
    assert_eq!(outcome(&service, "Bearer ok-alice").await, (200, "one/alice ops,dev".to_owned()));
    assert_eq!(outcome(&service, "Basic ok-alice").await, (200, "two/alice ops".to_owned()), "two does not ask");
    assert_eq!(corp.asked(), 1);
}

#[tokio::test]
async fn its_groups_can_take_the_place_of_the_others() {
    let corp = Corp::new(Standing::Member(Membership::new(["dev"]).replacing()));
    assert_eq!(outcome(&service(&asking(&corp).await.0), "Bearer ok-alice").await.1, "one/alice dev");
}

#[tokio::test]
async fn what_only_a_cluster_may_say_is_not_replaced() {
    let corp = Corp::new(Standing::Member(Membership::new(["dev", "system:masters"]).replacing()));
    let consulted = crate::chain::Consulted { name: "corp".into(), directory: Arc::new(corp) };
    let of_cluster = Principal::builder("alice")
        .groups(["S-1-5-21-1-2-3-4", "system:authenticated"])
        .build()
        .of_backend(&"one".into());
    let Verdict::Accepted(accepted) = consulted.complete(Accepted::new(of_cluster)).await else {
        panic!("she is in order")
    };
    assert_eq!(accepted.principal.groups().collect::<Vec<_>>(), ["system:authenticated", "dev"]);
}

#[tokio::test]
async fn whoever_is_to_be_forgotten_is_so_by_the_directory_of_the_backend() {
    let corp = Corp::new(nothing());
    let (auth, _) = asking(&corp).await;
    auth.forget("one", "alice");
    auth.forget("two", "alice");
    auth.forget("none", "alice");
    auth.forget_all();
    assert_eq!(*corp.forgotten.lock().unwrap(), ["alice of one", "all"]);
}

#[tokio::test]
async fn whom_it_knows_no_groups_of_has_those_of_the_backend() {
    let corp = Corp::new(nothing());
    assert_eq!(outcome(&service(&asking(&corp).await.0), "Bearer ok-alice").await.1, "one/alice ops");
}

#[tokio::test]
async fn whom_it_bars_is_refused_and_that_is_not_remembered() {
    let corp = Corp::new(Standing::Barred("disabled".into()));
    let service = service(&asking(&corp).await.0);
    assert_eq!(outcome(&service, "Bearer ok-alice").await.0, 401);
    corp.says(Ok(nothing()));
    assert_eq!(outcome(&service, "Bearer ok-alice").await.0, 200);
}

#[tokio::test]
async fn its_outage_is_a_503_and_no_way_to_the_next_backend() {
    let corp = Corp::new(nothing());
    corp.says(away());
    let response = ask(&service(&asking(&corp).await.0), "Bearer ok-alice").await;
    assert_eq!((response.status().as_u16(), &response.headers()["retry-after"]), (503, &"7".parse().unwrap()));
}

#[tokio::test]
async fn nobody_is_remembered_for_longer_than_it_says() {
    let corp = Corp::new(Standing::Member(Membership::new(["dev"]).lifetime(Duration::from_secs(10))));
    let (auth, clock) = asking(&corp).await;
    let service = service(&auth);
    assert_eq!(outcome(&service, "Bearer ok-alice").await.1, "one/alice ops,dev");
    corp.says(Ok(nothing()));
    clock.advance(Duration::from_secs(9));
    assert_eq!(outcome(&service, "Bearer ok-alice").await.1, "one/alice ops,dev");
    clock.advance(Duration::from_secs(2));
    assert_eq!(outcome(&service, "Bearer ok-alice").await.1, "one/alice ops");
}

#[tokio::test]
async fn whoever_is_refused_is_not_looked_up() {
    let corp = Corp::new(nothing());
    assert_eq!(outcome(&service(&asking(&corp).await.0), "Bearer bad-alice").await.0, 401);
    assert_eq!(corp.asked(), 0);
}

#[tokio::test]
async fn the_program_says_whom_it_asks() {
    let auth = asking(&Corp::new(nothing())).await.0;
    let said = auth.describe();
    assert!(said.contains("\nDirectory corp: the corporation\n"), "{said}");
    assert_eq!(said.matches("; groups from corp").count(), 1, "{said}");
    assert_eq!(auth.warnings(), ["corp: it is old"]);
}

#[tokio::test]
async fn one_that_is_not_there_is_an_error_that_names_those_that_are() {
    let one = Fake::new("one", &[Scheme::BEARER]);
    let builder = builder(&[&one]).directory("corp", Corp::new(nothing()));
    let error = builder.load_toml("[[backend]]\nkind = 'one'\ndirectory = 'crop'\n").await.unwrap_err().to_string();
    assert!(error.starts_with("<toml>:3:1: backend[0].directory: unknown directory"), "{error}");
    assert!(error.contains("corp"), "{error}");
}

#[tokio::test]
#[should_panic(expected = "is there already")]
async fn there_is_one_of_each_name() {
    let corp = Corp::new(nothing());
    let _ = builder(&[]).directory("corp", corp.clone()).directory("corp", corp);
}
