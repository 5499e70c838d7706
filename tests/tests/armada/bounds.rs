//! Nobody has more of the memory than there is for all of them, and nobody waits for somebody else's jobs.

use std::time::{Duration, Instant};

use portcullis_testbed::{Answer, curl};
use serde_json::{Value, json};

use super::service::{Served, alice, bob, config, serve};

/// How much memory it had at the most, in KiB.
fn peak(served: &Served) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", served.program.id())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().trim_end_matches(" kB").parse().unwrap()
}

/// The same as `Served::rest`, for what is too long for a command line.
fn post(served: &Served, path: &str, body: &str) -> Answer {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), body).unwrap();
    let (field, data) = (format!("Authorization: {}", alice()), format!("@{}", file.path().display()));
    curl(&["-H", &field, "-d", &data, &served.program.url(path)])
}

fn jobs(job_set: &str, count: usize) -> String {
    format!(r#"{{"queue":"blue","jobSetId":"{job_set}","jobRequestItems":[{}]}}"#, vec!["{}"; count].join(","))
}

fn make_queue(served: &Served) -> u16 {
    served.rest(Some(&alice()), "POST /v1/queue", Some(&json!({ "name": "blue" }))).status
}

#[test]
fn a_request_that_is_too_large_is_refused_and_leaves_nothing() {
    let served = serve(&config("portcullis.toml", &[]));
    assert_eq!(make_queue(&served), 200);
    let long = "x".repeat(200_000);
    for (path, body, code) in [
        ("/v1/job/submit", jobs(&long, 6000), 3),
        ("/v1/job/submit", jobs("set", 1001), 3),
        ("/v1/job/submit", jobs("set", 340_000), 3),
        ("/v1/job/submit", jobs("set", 690_000), 11),
        ("/v1/job/submit", jobs("set", 0), 3),
        ("/v1/job/submit", jobs(&"x".repeat(254), 1), 3),
        (
            "/v1/job-set/blue/set",
            format!(r#"{{"queue":"blue","watch":true,"fromMessageId":"{long}","pad":"{}"}}"#, "x".repeat(1 << 20)),
            11,
        ),
        ("/v1/queue", json!({ "name": long }).to_string(), 3),
    ] {
        let answer = post(&served, path, &body);
        let shown = (answer.status, &answer.json()["code"], &answer.json()["message"]);
        assert_eq!((shown.0, shown.1), (400, &json!(code)), "{path} {}: {answer:?}", body.len());
        assert!(shown.2.as_str().unwrap().len() < 200, "{answer:?}");
    }
    let watch = format!("POST /v1/job-set/blue/{}", "x".repeat(254));
    let answer = served.rest(Some(&bob()), &watch, Some(&json!({ "watch": true })));
    assert_eq!((answer.status, &answer.json()["code"]), (400, &json!(3)));
    for name in ["set", "x"] {
        assert_eq!(served.rest(Some(&bob()), &format!("POST /v1/job-set/blue/{name}"), None).status, 404);
    }
    assert!(peak(&served) < 512 * 1024, "{} KiB", peak(&served));
}

#[test]
fn jobs_are_kept_until_there_is_no_room_and_there_is_again_when_the_queue_is_deleted() {
    let served = serve(&config("portcullis.toml", &[]));
    assert_eq!(make_queue(&served), 200);
    let name = "x".repeat(253);
    let began = Instant::now();
    let (mut kept, mut count) = (0, 1000);
    while count > 0 {
        let answer = post(&served, "/v1/job/submit", &jobs(&name, count));
        if answer.status == 200 {
            kept += count;
        } else {
            assert_eq!((answer.status, &answer.json()["code"]), (429, &json!(8)), "{answer:?}");
            count /= 2;
        }
    }
    assert!((10_000..20_000).contains(&kept), "{kept}");
    let large = json!({ "name": "large", "userOwners": [name, name] });
    assert_eq!(served.rest(Some(&alice()), "POST /v1/queue", Some(&large)).status, 429, "a queue takes room too");
    assert!(began.elapsed() < Duration::from_secs(40), "{:?}", began.elapsed());
    while served.rest(Some(&alice()), "DELETE /v1/queue/blue", None).status != 200 {
        assert!(began.elapsed() < Duration::from_secs(60), "the jobs do not come to an end");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(make_queue(&served), 200);
    let answer = post(&served, "/v1/job/submit", &jobs(&name, 1000));
    assert_eq!(answer.status, 200, "{answer:?}");
    let submitted = answer.json()["jobResponseItems"].as_array().map_or(0, Vec::len);
    assert_eq!((submitted, peak(&served) < 512 * 1024), (1000, true), "{} KiB", peak(&served));
    assert_eq!(served.rest(Some(&alice()), "GET /v1/queue/blue", None).json()["name"], Value::from("blue"));
}
