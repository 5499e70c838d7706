//! What is signed, and has no token.

use portcullis_testbed::{Answer, Cluster, Program, Site, curl};
use serde_json::json;

use crate::scene::{account_with, assert_is_told, assert_not_valid, get, name, names, site};

/// As in Argo's document of webhooks.
const CLIENT: &str = "type: github\nsecret: \"shh! It is a secret\"\n";

const EVENT: &str = r#"{"message": "hello events"}"#;

/// The HMAC-SHA256 of the event under that secret.
const SIGNATURE: &str = "X-Hub-Signature-256: sha256=ed31ae8401c0c2a1b48548daa343ab56580b0a8c0f99fa6c88b3ee631218a4d2";

/// The same of an event with a hundred thousand more characters.
const SIGNATURE_OF_LONG: &str =
    "X-Hub-Signature-256: sha256=0035d16c940a915f7189948a1300b69438bc26db76061dd25a587ae3d841078f";

/// What GitLab's events have, where this is the secret.
const GITLAB: &str = "type: gitlab\nsecret: \"shh! It is a token\"\n";
const TOKEN: &str = "X-Gitlab-Token: shh! It is a token";

/// What a client's account takes.
const LEAVE: [(&str, &str); 3] =
    [("list", "workfloweventbindings"), ("get", "workflowtemplates"), ("create", "workflows")];

/// The example, with these clients beside the file as it stands.
fn serve(cluster: &Cluster, clients: &[(&str, &str)]) -> (Site, Program) {
    let site = site(cluster, "webhooks.toml");
    std::fs::create_dir(site.path("webhook-clients")).unwrap();
    for (name, client) in clients {
        std::fs::write(site.path(&format!("webhook-clients/{name}")), client).unwrap();
        site.watch_for(client.split('"').nth(1).unwrap());
    }
    let program = site.example("example-argo");
    (site, program)
}

fn send(program: &Program, fields: &[&str], to: &str) -> Answer {
    send_event(program, fields, to, EVENT)
}

fn send_event(program: &Program, fields: &[&str], to: &str, event: &str) -> Answer {
    let url = program.url(&format!("/api/v1/events/{to}"));
    let fields = fields.iter().flat_map(|field| ["-H", field]);
    curl(&fields.chain(["-d", event, &url]).collect::<Vec<_>>())
}

#[test]
fn a_signed_event_does_what_the_account_of_its_sender_may_do() {
    let cluster = Cluster::start();
    let (_site, program) = serve(&cluster, &[("github.com", CLIENT)]);
    let watcher = account_with(&cluster, ("argo", "watcher"), &[("list", "workflows"), ("get", "workflows")]);

    for fields in [&[][..], &["X-Hub-Signature-256: sha256=00"], &[SIGNATURE, SIGNATURE]] {
        assert_not_valid(&send(&program, fields, "argo/-"));
    }
    assert_not_valid(&send(&program, &[SIGNATURE], "other/-"));
    let told = "list workfloweventbindings.argoproj.io in namespace \"argo\" is forbidden";
    assert_is_told(&send(&program, &[SIGNATURE], "argo/-"), 403, 7, told);

    drop(account_with(&cluster, ("argo", "github.com"), &LEAVE));
    let answer = crate::scene::until(200, || send(&program, &[SIGNATURE], "argo/-"));
    assert_eq!(answer.json(), json!({}));
    let workflow = get(&program, &watcher, "/api/v1/workflows/argo/@latest").json();
    assert!(name(&workflow).starts_with("hello-"));
    assert_eq!(workflow["metadata"]["labels"]["workflows.argoproj.io/creator"], "github-com");

    for again in ["argo/-", "argo/another", "argo/%2d"] {
        assert_not_valid(&send(&program, &[SIGNATURE], again));
    }
    assert_eq!(names(&get(&program, &watcher, "/api/v1/workflows/argo")).len(), 1, "it counts once");

    let long = format!(r#"{{"message": "hello events", "pad": "{}"}}"#, "a".repeat(100_000));
    assert_eq!(send_event(&program, &[SIGNATURE_OF_LONG], "argo/-", &long).status, 200, "a push may be long");
    assert_eq!(names(&get(&program, &watcher, "/api/v1/workflows/argo")).len(), 2);
}

#[test]
fn the_token_of_gitlab_is_good_for_its_account_and_as_often_as_it_is_sent() {
    let cluster = Cluster::start();
    let (_site, program) = serve(&cluster, &[("github.com", CLIENT), ("gitlab.com", GITLAB)]);
    drop(account_with(&cluster, ("argo", "gitlab.com"), &LEAVE));
    let watcher = account_with(&cluster, ("argo", "watcher"), &[("list", "workflows")]);
    let push = "X-Gitlab-Event: Push Hook";
    for fields in [&[push][..], &[push, "X-Gitlab-Token: shh!"], &[push, TOKEN, TOKEN]] {
        assert_not_valid(&send(&program, fields, "argo/-"));
    }
    assert_not_valid(&send(&program, &[push, TOKEN], "other/-"));
    let answer = crate::scene::until(200, || send(&program, &[push, TOKEN], "argo/-"));
    assert_eq!(answer.json(), json!({}));
    assert_eq!(send(&program, &[push, TOKEN], "argo/-").status, 200);
    let made = get(&program, &watcher, "/api/v1/workflows/argo");
    assert_eq!(names(&made).len(), 2);
    let creators = made.json()["items"].take();
    for workflow in creators.as_array().unwrap() {
        assert_eq!(workflow["metadata"]["labels"]["workflows.argoproj.io/creator"], "gitlab-com");
    }
}
