//! What a queue grants by itself: a caller may do what the roles allow, or the queue.

use portcullis_testbed::Site;
use serde_json::{Value, json};

use super::service::{Served, alice, bob, config, refusal, serve};

/// alice has the roles to create queues, and none else.
const CREATORS: (&str, &str) = ("\"submit_any_jobs\", \"cancel_any_jobs\"]", "]");

/// Nobody may watch without the queue's leave.
const WATCHERS: (&str, &str) =
    ("role = \"watch_all_events\"\nsubjects = [\"everyone\"]", "roles = [\"create_queue\"]\nsubjects = []");

fn submit(caller: &str) -> (Option<&str>, &'static str, Value) {
    (Some(caller), "submit", json!({ "queue": "blue", "job_set": "set" }))
}

fn watch(caller: &str) -> (Option<&str>, &'static str, Value) {
    (Some(caller), "watch", json!({ "queue": "blue", "job_set": "set", "until": "submitted" }))
}

fn cancel(caller: &str) -> (Option<&str>, &'static str, Value) {
    (Some(caller), "cancel", json!({ "queue": "blue", "job_set": "set" }))
}

/// Of alice and bob, who may submit, watch and cancel in a queue that alice made so.
fn may(served: &Served, queue: &Value) -> [[bool; 3]; 2] {
    let (alice, bob) = (alice(), bob());
    let mut arguments = json!({ "name": "blue" });
    arguments.as_object_mut().unwrap().extend(queue.as_object().unwrap().clone());
    served.done(&[(Some(&alice), "create_queue", arguments)]);
    [&alice, &bob].map(|caller| {
        let outcomes = served.grpc(&[submit(caller), watch(caller), cancel(caller)]);
        [0, 1, 2].map(|at| {
            let is_done = outcomes[at].get("ok").is_some();
            assert!(is_done || [5, 7].contains(&refusal(&outcomes[at]).0), "{:?}", outcomes[at]);
            is_done
        })
    })
}

#[test]
fn owners_have_all_verbs_and_subjects_those_that_the_queue_grants_them() {
    let served = serve(&config("portcullis.toml", &[CREATORS, WATCHERS]));
    let (all, none) = ([true; 3], [false; 3]);
    let permission = |kind: &str, name: &str, verbs: &[&str]| json!({ "subjects": [[kind, name]], "verbs": verbs });
    // Whoever says nothing of owners is the owner. The job set is there from now on.
    assert_eq!(may(&served, &json!({})), [all, none]);
    assert_eq!(may(&served, &json!({ "user_owners": ["bob"] })), [none, all]);
    assert_eq!(may(&served, &json!({ "user_owners": ["nobody"], "group_owners": ["ops"] })), [all, none]);
    let nobodys = |permissions: Value| json!({ "user_owners": ["nobody"], "permissions": permissions });
    let granted = [permission("User", "bob", &["submit", "watch"]), permission("Group", "ops", &["cancel"])];
    assert_eq!(may(&served, &nobodys(json!(granted))), [[false, false, true], [true, true, false]]);
    let everyone = permission("Group", "everyone", &["watch"]);
    assert_eq!(may(&served, &nobodys(json!([everyone]))), [[false, true, false]; 2]);
    // A user is no group, and a verb is no pattern.
    let odd = [permission("Group", "bob", &["submit"]), permission("User", "ops", &["cancel"])];
    assert_eq!(may(&served, &nobodys(json!(odd))), [none; 2]);
    assert_eq!(may(&served, &nobodys(json!([permission("User", "bob", &["*", "sub*"])]))), [none; 2]);
}

#[test]
fn roles_are_for_all_queues_or_for_those_that_the_binding_names() {
    let everywhere = config("portcullis.toml", &[]);
    let served = serve(&everywhere);
    let nobodys = json!({ "user_owners": ["nobody"] });
    assert_eq!(may(&served, &nobodys), [[true; 3], [false, true, false]]);
    for (queue, may_submit) in [("blue", true), ("green", false)] {
        let binding = format!(
            "{everywhere}\n[[binding]]\nrole = \"submit_any_jobs\"\nsubjects = [{{ user = \"bob\" }}]\n\
             namespaces = [\"{queue}\"]\n"
        );
        assert_eq!(may(&serve(&binding), &nobodys), [[true; 3], [may_submit, true, false]], "{queue}");
    }
}

#[test]
fn a_queue_grants_nothing_about_itself_and_tells_nobody_else_that_it_is_there() {
    let served = serve(&config("portcullis.toml", &[CREATORS, WATCHERS]));
    let (alice, bob) = (alice(), bob());
    let granting =
        json!([{ "subjects": [["User", "bob"], ["Group", "everyone"]], "verbs": ["create", "delete", "*"] }]);
    let queue = json!({ "name": "blue", "user_owners": ["bob"], "permissions": granting });
    served.done(&[(Some(&alice), "create_queue", queue)]);
    let outcomes = served.grpc(&[
        (Some(&bob), "delete_queue", json!({ "name": "blue" })),
        (Some(&bob), "create_queue", json!({ "name": "blue" })),
        (Some(&alice), "submit", json!({ "queue": "blue", "job_set": "set" })),
        (Some(&alice), "submit", json!({ "queue": "none", "job_set": "set" })),
    ]);
    for (outcome, sentence) in [
        (&outcomes[0], "bob lacks permission delete_queue required for action delete_queue"),
        (&outcomes[1], "bob lacks permission create_queue required for action create_queue"),
        (&outcomes[2], "alice lacks permission submit required for action submit for queue blue"),
        (&outcomes[3], "alice lacks permission submit required for action submit for queue none"),
    ] {
        assert_eq!(refusal(outcome), (7, sentence));
    }
}

#[test]
fn without_authentication_every_operation_is_that_of_anonymous() {
    let served = serve(&config("anonymous.toml", &[]));
    let (wrong, token) = (portcullis_testbed::basic("alice", "wrong-password"), "Bearer whatever-it-may-be");
    for (caller, queue) in [(None, "none"), (Some(wrong.as_str()), "basic"), (Some(token), "bearer")] {
        let outcomes = served.done(&[
            (caller, "create_queue", json!({ "name": queue })),
            (caller, "submit", json!({ "queue": queue, "job_set": "set" })),
            (caller, "watch", json!({ "queue": queue, "job_set": "set", "until": "succeeded" })),
            (caller, "cancel", json!({ "queue": queue, "job_set": "set" })),
        ]);
        assert_eq!(outcomes[2][0]["owner"], "anonymous");
        let answer = served.rest(caller, &format!("GET /v1/queue/{queue}"), None);
        assert_eq!(answer.json(), json!({ "name": queue, "priorityFactor": 1.0, "userOwners": ["anonymous"] }));
    }
}

#[test]
fn nothing_configured_is_nobody_and_never_anonymous() {
    let served = serve("[response]\nstyle = \"armada\"\n");
    let outcome = &served.grpc(&[(None, "get_queue", json!({ "name": "blue" }))])[0];
    assert_eq!(refusal(outcome).0, 7);
    assert_eq!(served.rest(Some(&alice()), "GET /v1/queue/blue", None).status, 403);
    let users_alone = serve(Site::BASIC);
    let outcome = &users_alone.grpc(&[submit(&alice())])[0];
    assert_eq!(refusal(outcome).0, 7, "without roles and a queue's leave nothing is allowed: {outcome}");
}
