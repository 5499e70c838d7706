//! Nothing that a client presents is written down.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::panic::{AssertUnwindSafe, catch_unwind};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use portcullis_testbed::{Program, Site, Socket, basic, curl, traces, traces_of, user};

const GOOD: &str = "Canary>good?7f3a9c";
const BAD: &str = "Canary>bad?51d0e8bb";
const TOKEN: &str = "canary-token-0f8e6d1a";

#[test]
fn no_log_at_any_level_shows_a_credential() {
    let site = Site::new(Site::BASIC);
    site.write("users.htpasswd", &user("alice", GOOD));
    let program = site.serve();
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
    let hash = site_hash(&site);
    let found = traces_of(&ended.output, [GOOD, BAD, TOKEN, &hash].map(str::as_bytes));
    assert!(found.is_empty(), "a secret is in the log: {found:?}\n{log}");

    // The search would have found one.
    for value in [&good, &bad] {
        let planted = format!("DEBUG headers={{\"authorization\": {value:?}}}");
        assert_eq!(traces_of(planted.as_bytes(), [GOOD, BAD].map(str::as_bytes)).len(), 1, "{planted}");
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
        let output = site.check();
        assert_eq!(output.status.code(), Some(2), "{config}");
        let shown = [output.stdout, output.stderr].concat();
        assert_eq!(traces(&shown, BAD), [""; 0], "{}", String::from_utf8_lossy(&shown));
    }
}

/// Not a word, and not the same in any two encodings.
const PLANTED: &str = "planted>>>?canary~5b0c77";

/// The forms in which it is planted, and the name under which each must be found.
fn planted() -> [(&'static str, String); 6] {
    let encoded = |start: &str, byte: u8, text: String| text + start + &format!("{byte:02x}");
    let hex = PLANTED.bytes().fold(String::new(), |text, byte| encoded("", byte, text));
    let percent = PLANTED.bytes().fold(String::new(), |text, byte| encoded("%", byte, text));
    [
        ("plain", PLANTED.to_owned()),
        ("base64, 0 bytes before it", STANDARD.encode(PLANTED)),
        ("base64url, 0 bytes before it", URL_SAFE.encode(PLANTED)),
        ("hexadecimal", hex),
        ("percent-encoded", percent),
        ("percent-encoded where it must be", PLANTED.replace('>', "%3E").replace('?', "%3F")),
    ]
}

/// A program that has written `name` into its log: who logs in is no secret, unless somebody says so.
fn program_that_logs(name: &str) -> Program {
    program_with_user(name, "some-password")
}

/// One to which this user has logged in.
fn program_with_user(name: &str, password: &str) -> Program {
    let site = Site::new(Site::BASIC);
    site.write("users.htpasswd", &user(name, password));
    let program = site.serve_here();
    assert_eq!(curl(&["-u", &format!("{name}:{password}"), &program.url("/")]).status, 200);
    program
}

/// What is said when this panics.
fn panics(what: impl FnOnce()) -> Option<String> {
    let panic = catch_unwind(AssertUnwindSafe(what)).err()?;
    Some(panic.downcast_ref::<String>().cloned().unwrap_or_default())
}

/// The positive control of all tests that start a program.
#[test]
fn a_program_that_writes_down_a_secret_in_any_encoding_fails_its_test_however_it_ends() {
    for (form, text) in planted() {
        let program = program_that_logs(&text);
        program.watch_for(PLANTED);
        let said = panics(|| drop(program)).unwrap_or_else(|| panic!("{form}: {text} was not found"));
        assert!(said.contains(&format!("{PLANTED:?}, {form}, in: ")), "{form}: {said}");
        // Which line it was.
        assert!(said.contains("portcullis::audit"), "{said}");
    }
    let program = program_that_logs(PLANTED);
    program.watch_for(PLANTED);
    assert!(panics(|| drop(program.stop())).unwrap().contains("plain"));
}

#[test]
fn what_a_client_presents_is_searched_for_though_nobody_says_that_it_is_secret() {
    let program = program_with_user(PLANTED, PLANTED);
    let said = panics(|| drop(program)).expect("the password is in the log, for it is the name too");
    assert!(said.contains(&format!("{PLANTED:?}, plain, in: ")), "{said}");
}

#[test]
fn a_program_that_writes_down_nothing_secret_ends_well() {
    assert_eq!(panics(|| drop(program_that_logs(PLANTED))), None);
    let program = program_that_logs(PLANTED);
    program.watch_for("another-canary-5b0c77");
    assert_eq!(panics(|| drop(program.stop())), None);
}
