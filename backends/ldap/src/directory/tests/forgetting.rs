//! Callers of whom nothing is to be remembered any more.

use super::*;

/// What a caller of this backend is told.
async fn told(directory: &LdapDirectory, backend: &str, name: &str) -> String {
    match directory.look_up(&Principal::builder(name).backend(backend).build()).await {
        Ok(Standing::Member(membership)) => membership.groups.join(" "),
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn who_is_forgotten_is_asked_about_anew_and_nobody_else_is() {
    let fixture = Fixture::new("", crew).await;
    let of = async |backend: &str| told(&fixture.directory, backend, "alice").await;
    assert_eq!((of("a").await, of("b").await, fixture.searches()), ("ops".into(), "ops".into(), 2));
    fixture.directory.forget("a", "alice");
    assert_eq!((of("b").await, fixture.searches()), ("ops".into(), 2));
    assert_eq!((of("a").await, of("a").await, fixture.searches()), ("ops".into(), "ops".into(), 4));
    fixture.directory.forget("a", "bob");
    assert_eq!((of("a").await, fixture.searches()), ("ops".into(), 4));
    fixture.directory.forget_all();
    assert_eq!((of("a").await, of("b").await, fixture.searches()), ("ops".into(), "ops".into(), 6));
}

#[tokio::test]
async fn what_is_under_way_when_a_caller_is_forgotten_does_not_count_for_it() {
    let (ask, asked) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicBool::new(false)));
    let (is_first, told_of) = (Arc::clone(&ask), Arc::clone(&asked));
    let reply = move |request: &Request| match request {
        Request::Search { base, .. } if base == "ou=people,dc=test" && is_first.swap(false, Ordering::SeqCst) => {
            told_of.store(true, Ordering::SeqCst);
            Reply::Silence
        }
        _ => crew(request),
    };
    let fixture = Fixture::new("timeout = '20s'", reply).await;
    let directory = Arc::clone(&fixture.directory);
    let first = tokio::spawn(async move { told(&directory, "a", "alice").await });
    while !asked.load(Ordering::SeqCst) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    fixture.directory.forget("a", "alice");
    let again = tokio::time::timeout(Duration::from_secs(10), told(&fixture.directory, "a", "alice"));
    assert_eq!(again.await.as_deref(), Ok("ops"));
    first.abort();
}

#[tokio::test]
async fn an_older_answer_of_who_was_forgotten_does_not_serve_while_nobody_answers() {
    let is_away = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&is_away);
    let reply = move |request: &Request| if asked.load(Ordering::SeqCst) { Reply::Close } else { crew(request) };
    let fixture = Fixture::new("stale_if_unavailable = '1h'", reply).await;
    assert_eq!(told(&fixture.directory, "a", "alice").await, "ops");
    is_away.store(true, Ordering::SeqCst);
    fixture.directory.forget("a", "alice");
    assert!(told(&fixture.directory, "a", "alice").await.starts_with("Err("));
}
