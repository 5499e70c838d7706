//! The routes, roles and bindings of a file that is read again.

use super::fake::*;
use crate::config::Config;
use crate::{Auth, Scheme};

const BACKEND: &str = "[[backend]]\nkind = 'one'\n";

/// `/` takes leave to do this, and whoever presents a credential has leave to do that.
fn rules(asked: &str, granted: &str) -> String {
    format!(
        "{BACKEND}[[route]]\npath = '/'\naction = {{ verb = '{asked}', resource = 'orders' }}\n\
         [role.all]\nrules = [{{ verbs = ['{granted}'], resources = ['orders'] }}]\n\
         [[binding]]\nrole = 'all'\nsubjects = ['authenticated']\n"
    )
}

fn config(text: &str) -> Config {
    Config::from_toml(text).unwrap()
}

async fn started(text: &str) -> (Fake, Auth, Service) {
    let fake = Fake::new("1", &[Scheme::BEARER]);
    let auth = builder(&[&fake]).load_toml(text).await.unwrap();
    let service = service(&auth);
    (fake, auth, service)
}

#[tokio::test]
async fn whoever_is_known_meets_the_new_rules_and_is_not_verified_anew() {
    let (fake, auth, service) = started(&rules("get", "list")).await;
    assert_eq!(outcome(&service, "Bearer ok-alice").await.0, 403);
    assert_eq!(outcome(&service, "Bearer ok-alice").await.0, 403);
    auth.reload(config(&rules("get", "get"))).unwrap();
    assert_eq!(outcome(&service, "Bearer ok-alice").await.0, 200);
    assert_eq!(outcome(&service, "Bearer ok-alice").await.0, 200);
    auth.reload(config(&rules("list", "get"))).unwrap();
    assert_eq!(outcome(&service, "Bearer ok-alice").await.0, 403);
    // Nothing is left of either: so a file may look that is being written.
    auth.reload(config(BACKEND)).unwrap_err();
    assert_eq!(outcome(&service, "Bearer ok-alice").await.0, 403);
    assert_eq!(fake.asked(), 1);
}

#[tokio::test]
async fn a_file_that_differs_elsewhere_changes_nothing() {
    let (_, auth, service) = started(&rules("get", "list")).await;
    let error = auth.reload(config(&format!("{}[cache]\nttl = '1s'\n", rules("get", "get")))).unwrap_err();
    assert!(error.to_string().contains("cache: this was another when the program started"), "{error}");
    assert_eq!(outcome(&service, "Bearer ok-alice").await.0, 403);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_request_meets_routes_and_policy_of_one_file_alone() {
    let (_, auth, service) = started(&rules("get", "get")).await;
    let files = [config(&rules("list", "list")), config(&rules("get", "get"))];
    let done = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let callers: Vec<_> = (0..3)
        .map(|_| {
            let (service, done) = (service.clone(), std::sync::Arc::clone(&done));
            tokio::spawn(async move {
                let mut requests = 0;
                while !done.load(std::sync::atomic::Ordering::SeqCst) {
                    assert_eq!(outcome(&service, "Bearer ok-alice").await.0, 200);
                    requests += 1;
                }
                requests
            })
        })
        .collect();
    for turn in 0..2000 {
        auth.reload(files[turn % 2].clone()).unwrap();
        tokio::task::yield_now().await;
    }
    done.store(true, std::sync::atomic::Ordering::SeqCst);
    for caller in callers {
        assert!(caller.await.unwrap() > 0);
    }
}

/// Those that wait for a verification too: the rules are those from when they came.
#[tokio::test]
async fn a_request_that_waits_meets_the_rules_that_it_found() {
    let (fake, auth, service) = started(&rules("get", "get")).await;
    fake.shut();
    let waiting = under_way(&service, &fake, "Bearer ok-alice").await;
    auth.reload(config(&rules("get", "list"))).unwrap();
    fake.open();
    assert_eq!(waiting.await.unwrap().0, 200);
    assert_eq!(outcome(&service, "Bearer ok-alice").await.0, 403);
}

#[tokio::test]
async fn what_a_fixed_principal_may_do_can_be_read_from_a_file_without_backends() {
    let auth = Auth::fixed(crate::Principal::builder("alice").build());
    let service = service(&auth);
    auth.reload(config(&rules("get", "get"))).unwrap_err();
    for (granted, expected) in [("list", 403), ("get", 200)] {
        auth.reload(config(rules("get", granted).strip_prefix(BACKEND).unwrap())).unwrap();
        assert_eq!(send(&service, &[]).await.status(), expected);
    }
}
