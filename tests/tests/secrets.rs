//! Nothing that a client presents is written down.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use portcullis_testbed::{Site, Socket, basic, curl, traces};

const GOOD: &str = "Canary>good?7f3a9c";
const BAD: &str = "Canary>bad?51d0e8bb";
const TOKEN: &str = "canary-token-0f8e6d1a";

#[test]
fn no_log_at_any_level_shows_a_credential() {
    let site = Site::new(Site::BASIC);
    site.write("users.htpasswd", &portcullis_testbed::user("alice", GOOD));
    let program = site.serve_with(|command| {
        command.env("PORTCULLIS_LOG", "trace");
    });
    let (address, url) = (program.address(), program.url("/"));

    for http in ["--http1.1", "--http2-prior-knowledge"] {
        let status = |user: &str, password: &str| curl(&[http, "-u", &format!("{user}:{password}"), &url]).status;
        assert_eq!(status("alice", GOOD), 200);
        assert_eq!(status("alice", BAD), 401);
        assert_eq!(status("mallory", BAD), 401);
    }
    let (good, bad) = (basic("alice", GOOD), basic("alice", BAD));
    let presented = [
        good.replace("Basic ", "Basic"),
        good.replace("Basic ", "Bearer "),
        good.replace("Basic ", ""),
        format!("{good}="),
        format!("{bad} {bad}"),
        format!("Basic {BAD}"),
        format!("Basic alice:{BAD}"),
        format!("Digest username=\"alice\", response=\"{TOKEN}\""),
        format!("Bearer {TOKEN}"),
        TOKEN.to_owned(),
        format!("{TOKEN} x"),
        format!("Basic {TOKEN}\u{e4}"),
        format!("Basic {}", TOKEN.repeat(500)),
    ];
    for value in &presented {
        let status = Socket::connect(address).get(&[format!("Authorization: {value}").as_bytes()]).status;
        assert!([401, 431].contains(&status), "{status}");
    }
    let field = format!("Authorization: {bad}");
    assert_eq!(Socket::connect(address).get(&[field.as_bytes(), field.as_bytes()]).status, 400);
    let mut socket = Socket::connect(address);
    socket.send(format!("GET / HTTP/1.1\r\nHost: a\r\n{field}\0\r\n\r\n").as_bytes());
    drop(socket.rest());

    let ended = program.stop();
    let log = String::from_utf8_lossy(&ended.output);
    assert!(log.contains("TRACE") && log.contains("alice"), "it logs at level trace, and who came:\n{log}");
    for secret in [GOOD, BAD, TOKEN] {
        let found = traces(&ended.output, secret);
        assert!(found.is_empty(), "a secret is in the log: {found:?}\n{log}");
    }
    let hash = site_hash(&site);
    assert_eq!(traces(&ended.output, &hash), [""; 0], "nor is the hash");

    // The search would have found one.
    for value in [&good, &bad] {
        let planted =
            [&ended.output[..], format!("DEBUG headers={{\"authorization\": {value:?}}}").as_bytes()].concat();
        assert!(!traces(&planted, GOOD).is_empty() || !traces(&planted, BAD).is_empty());
    }
}

/// The last part of the user's hash.
fn site_hash(site: &Site) -> String {
    let users = std::fs::read_to_string(site.path("users.htpasswd")).unwrap();
    users.trim().rsplit('$').next().unwrap().to_owned()
}

#[test]
fn no_error_shows_a_hash_or_a_secret_that_stands_in_the_wrong_place() {
    for config in [
        format!("[[backend]]\nkind = \"basic\"\nusers = {{ alice = \"{BAD}\" }}\n"),
        format!("[[backend]]\nkind = \"basic\"\nusers_file = \"users.htpasswd\"\npassword = \"{BAD}\"\n"),
        format!("[[backend]]\nkind = \"basic\"\nusers_file = [\"{BAD}\"]\n"),
        format!("[[backend]]\nkind = \"basic\"\nusers = {{ alice = {{ env = {{ x = \"{BAD}\" }} }} }}\n"),
        format!("[[backend]]\nkind = \"basic\"\nusers = {{ alice = \"{BAD}\n"),
    ] {
        let site = Site::new(&config);
        let output = portcullis_testbed::run(&["check", site.config().to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(2), "{config}");
        let shown = [output.stdout, output.stderr].concat();
        assert_eq!(traces(&shown, BAD), [""; 0], "{}", String::from_utf8_lossy(&shown));
    }
}
