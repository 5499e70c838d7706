//! The program, called by those who sign.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use portcullis_testbed::{Answer, Program, Site, curl};

/// GitHub's published example.
const SECRET: &str = "It's a Secret to Everybody";
const BODY: &str = "Hello, World!";
const SIGNATURE: &str = "X-Hub-Signature-256: sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

const CONFIG: &str = r#"
    [[backend]]
    kind = "anonymous"

    [[webhook]]
    path = "/api/v1/events/{namespace}/{discriminator}"
    max_body = 1000
    max_buffered = 4000

    [[webhook.client]]
    name = "github.com"
    type = "github"
    secrets = [{ file = "github.secret" }]
"#;

fn send(program: &Program, protocol: &str, fields: &[&str], path: &str, body: &str) -> Answer {
    let url = program.url(path);
    let fields = fields.iter().flat_map(|field| ["-H", field]);
    curl(&[protocol].into_iter().chain(fields).chain(["--data-binary", body, &url]).collect::<Vec<_>>())
}

fn serve() -> Program {
    let site = Site::new(CONFIG);
    site.write("github.secret", SECRET);
    site.serve_here()
}

#[test]
fn githubs_example_is_from_github_and_what_is_forged_is_from_nobody() {
    for protocol in ["--http1.1", "--http2-prior-knowledge"] {
        let program = serve();
        let to = |path: &str, fields: &[&str], body: &str| send(&program, protocol, fields, path, body);
        let send = |fields: &[&str], body: &str| to("/api/v1/events/argo/pushed", fields, body);
        let answer = send(&[SIGNATURE], BODY);
        assert_eq!((answer.status, answer.json()["name"].as_str()), (200, Some("github.com")), "{protocol}");
        assert_eq!(answer.json()["backend"], "webhook");
        assert_eq!(send(&[SIGNATURE], BODY).status, 403, "the same again");
        assert_eq!(to("/api/v1/events/argo/invented", &[SIGNATURE], BODY).status, 403, "to another path");
        assert_eq!(send(&[SIGNATURE], "Hello, World?").status, 403);
        assert_eq!(send(&[SIGNATURE, SIGNATURE], BODY).status, 403);
        assert_eq!(send(&["X-Hub-Signature-256: sha256="], BODY).status, 403);
        assert_eq!(send(&[], BODY).json()["anonymous"], true, "nothing is presented");
    }
}

#[test]
fn bodies_that_strangers_do_not_end_keep_no_delivery_out() {
    let program = serve();
    let head = format!(
        "POST /api/v1/events/argo/pushed HTTP/1.1\r\nHost: x\r\nX-Hub-Signature-256: sha256={}\r\nContent-Length: 1000\r\n\r\n",
        "0".repeat(64)
    );
    let mut strangers: Vec<_> = (0..8)
        .map(|_| {
            let mut stream = TcpStream::connect(program.address()).unwrap();
            stream.write_all(head.as_bytes()).unwrap();
            stream.write_all(&[b'x'; 999]).unwrap();
            stream.set_nonblocking(true).unwrap();
            stream
        })
        .collect();
    // There is room for four.
    await_given_up(&mut strangers, 4);
    let answer = send(&program, "--http1.1", &[SIGNATURE], "/api/v1/events/argo/pushed", BODY);
    assert_eq!((answer.status, answer.json()["name"].as_str()), (200, Some("github.com")));
    await_given_up(&mut strangers, 3);
}

/// Waits until no more than so many of them are left, and the others answered 503.
fn await_given_up(streams: &mut Vec<TcpStream>, left: usize) {
    let began = Instant::now();
    while streams.len() > left {
        assert!(began.elapsed() < Duration::from_secs(10), "{} wait", streams.len());
        std::thread::sleep(Duration::from_millis(10));
        streams.retain_mut(|stream| {
            let mut answer = [0; 12];
            stream.read_exact(&mut answer).is_err() || {
                assert_eq!(&answer, b"HTTP/1.1 503");
                false
            }
        });
    }
    assert_eq!(streams.len(), left);
}

#[test]
fn a_body_that_is_too_long_is_413_with_a_length_and_without() {
    let program = serve();
    let body = "x".repeat(1001);
    for fields in [&[SIGNATURE][..], &[SIGNATURE, "Transfer-Encoding: chunked"]] {
        assert_eq!(send(&program, "--http1.1", fields, "/api/v1/events/argo/long", &body).status, 413);
    }
    let unsigned = send(&program, "--http1.1", &[], "/api/v1/events/argo/long", &body);
    assert_eq!(unsigned.json()["anonymous"], true, "it is not read");
}
