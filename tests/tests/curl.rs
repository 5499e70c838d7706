//! What curl, and worse clients over a bare socket, get from the program over HTTP/1.1.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use portcullis_testbed::{Answer, Program, Site, Socket, basic, curl};
use serde_json::json;

const CHALLENGE: &str = "Basic realm=\"portcullis\", charset=\"UTF-8\"";

/// The status of a GET with this `Authorization` field, over a connection of its own.
fn status(program: &Program, value: &[u8]) -> u16 {
    Socket::connect(program.address()).get(&[&[b"Authorization:", value].concat()]).status
}

fn assert_is_401(answer: &Answer) {
    assert_eq!(answer.status, 401, "{answer:?}");
    assert_eq!(answer.fields_of("www-authenticate"), [CHALLENGE]);
    assert_eq!(answer.field("cache-control"), Some("no-store"));
    assert_eq!(answer.field("content-type"), Some("application/json"));
}

#[test]
fn who_has_a_password_is_told_who_they_are() {
    let program = Site::new(Site::BASIC).serve_here();
    let alice = curl(&["-u", "alice:wonderland", &program.url("/any/path?query")]);
    assert_eq!(alice.status, 200);
    assert_eq!(alice.field("content-type"), Some("application/json"));
    let (who, expected) = (alice.json(), json!({ "name": "alice", "backend": "basic", "groups": ["ops"] }));
    assert!(expected.as_object().unwrap().iter().all(|(key, value)| who[key] == *value), "{who}");
    assert_eq!(who["anonymous"], false);

    let field = format!("Authorization: {}", basic("bob", "bob-the-builder"));
    let bob = curl(&["-H", &field, "-X", "DELETE", &program.url("/")]);
    assert_eq!((bob.status, &bob.json()["name"], &bob.json()["groups"]), (200, &json!("bob"), &json!([])));
}

#[test]
fn http2_by_prior_knowledge_is_served_on_the_same_port() {
    let program = Site::new(Site::BASIC).serve_here();
    let alice = curl(&["--http2-prior-knowledge", "-u", "alice:wonderland", &program.url("/")]);
    assert_eq!((alice.status, &alice.json()["name"]), (200, &json!("alice")));
    assert_is_401(&curl(&["--http2-prior-knowledge", "-u", "alice:wrong-password", &program.url("/")]));
}

#[test]
fn a_head_has_the_fields_of_a_get_and_no_body() {
    let program = Site::new(Site::BASIC).serve_here();
    for user in ["alice:wonderland", "alice:wrong-password"] {
        let get = curl(&["-u", user, &program.url("/")]);
        let head = curl(&["-I", "-u", user, &program.url("/")]);
        assert!(head.body.is_empty() && !get.body.is_empty());
        assert_eq!((head.status, head.field("content-type")), (get.status, get.field("content-type")), "{user}");
        assert_eq!(head.fields_of("www-authenticate"), get.fields_of("www-authenticate"));
    }
}

#[test]
fn wrong_password_unknown_user_and_no_credential_cannot_be_told_apart() {
    let program = Site::new(Site::BASIC).serve_here();
    let url = program.url("/");
    let wrong = curl(&["-u", "alice:wrong-password", &url]);
    assert_is_401(&wrong);
    assert_eq!(wrong.json(), json!({ "code": 16, "message": "no valid credential was presented" }));
    let unknown = curl(&["-u", "mallory:wonderland", &url]);
    assert_eq!(wrong.clone().without_date(), unknown.without_date());
    // Once more, when both refusals are remembered.
    for user in ["alice:wrong-password", "mallory:wonderland"] {
        assert_eq!(wrong.clone().without_date(), curl(&["-u", user, &url]).without_date());
    }
    assert_eq!(wrong.without_date(), curl(&[&url]).without_date());
}

#[test]
fn a_401_has_the_challenge_of_every_backend_in_the_order_of_the_file() {
    let one = "[[backend]]\nkind = \"basic\"\nname = \"one\"\nrealm = \"first\"\nusers_file = \"users.htpasswd\"\n";
    let two = "[[backend]]\nkind = \"basic\"\nname = \"two\"\nrealm = \"second\"\nusers_file = \"users.htpasswd\"\n";
    let program = Site::new(&format!("{one}{two}")).serve_here();
    let expected = ["first", "second"].map(|realm| format!("Basic realm=\"{realm}\", charset=\"UTF-8\""));
    assert_eq!(curl(&[&program.url("/")]).fields_of("www-authenticate"), expected);
    let refused = curl(&["-u", "mallory:x", &program.url("/")]);
    assert_eq!((refused.status, refused.fields_of("www-authenticate")), (401, expected.iter().map(|s| &**s).collect()));
}

#[test]
fn spellings_that_http_allows_are_accepted() {
    let program = Site::new(Site::BASIC).serve_here();
    let token = basic("alice", "wonderland").split_off("Basic ".len());
    for value in
        ["Basic TOKEN", "bAsIc TOKEN", "BASIC   TOKEN", "Basic\tTOKEN", "\t Basic \t TOKEN \t", " Basic TOKEN  "]
    {
        assert_eq!(status(&program, value.replace("TOKEN", &token).as_bytes()), 200, "{value:?}");
    }
    let mut socket = Socket::connect(program.address());
    let field = format!("aUTHORIZATION:Basic {token}");
    assert_eq!(socket.get(&[field.as_bytes()]).status, 200, "field names have no case");
}

#[test]
fn what_is_there_and_malformed_is_a_bad_credential_and_never_an_absent_one() {
    let anonymous = format!("{}[[backend]]\nkind = \"anonymous\"\n", Site::BASIC);
    let program = Site::new(&anonymous).serve_here();
    let mut socket = Socket::connect(program.address());
    assert_eq!(socket.get(&[]).json()["anonymous"], true, "without a credential one is anonymous here");
    let token = basic("alice", "wonderland").split_off("Basic ".len());
    let spelled = |value: &str| value.replace("TOKEN", &token).into_bytes();
    let malformed: [Vec<u8>; 18] = [
        b"".to_vec(),
        b" \t ".to_vec(),
        b" Basic".to_vec(),
        b" Basic ".to_vec(),
        spelled(" BasicTOKEN"),
        spelled(" TOKEN"),
        spelled(" Basic, TOKEN"),
        spelled(" Basic TOKEN TOKEN"),
        spelled(" Basic TOKEN, Basic TOKEN"),
        spelled(" \"Basic\" TOKEN"),
        spelled(" Basic \"TOKEN\""),
        spelled(" Basic:TOKEN"),
        b" Basic YWxpY2U6d29uZGVybGFu\xc3\xa4".to_vec(),
        b" Basic \xff\xfe\x80".to_vec(),
        b" B\xe4sic YWxpY2U6d29uZGVybGFuZA==".to_vec(),
        b" Basic YWxpY2U6/////w==".to_vec(),
        b" Basic %%%".to_vec(),
        b" Bearer abc".to_vec(),
    ];
    for value in malformed {
        let answer = Socket::connect(program.address()).get(&[&[b"Authorization:", &value[..]].concat()]);
        assert_is_401(&answer);
    }
}

#[test]
fn two_credentials_are_400_even_if_they_are_the_same() {
    let program = Site::new(Site::BASIC).serve_here();
    let field = format!("Authorization: {}", basic("alice", "wonderland")).into_bytes();
    for second in [&field[..], b"Authorization: Basic x", b"Authorization:"] {
        let answer = Socket::connect(program.address()).get(&[&field, second]);
        assert_eq!((answer.status, &answer.json()["code"]), (400, &json!(3)));
        assert_eq!(answer.field("cache-control"), Some("no-store"));
    }
}

#[test]
fn a_credential_beyond_its_bound_is_431() {
    let program = Site::new(Site::BASIC).serve_here();
    let value = |scheme: &str, length: usize| format!(" {scheme} {}", "A".repeat(length)).into_bytes();
    assert_eq!(status(&program, &value("Basic", 8 * 1024)), 401, "as long as it may be");
    assert_eq!(status(&program, &value("Basic", 8 * 1024 + 1)), 431);
    assert_eq!(status(&program, &value("Bearer", 64 * 1024)), 401);
    assert_eq!(status(&program, &value("Bearer", 64 * 1024 + 1)), 431);
    assert_eq!(status(&program, &value("Negotiate", 96 * 1024)), 401);
    assert_eq!(status(&program, &value("Negotiate", 96 * 1024 + 1)), 431);
}

#[test]
fn bytes_that_are_no_http_are_no_500() {
    let program = Site::new(Site::BASIC).serve_here();
    let requests: [&[u8]; 7] = [
        b"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic a\0b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nAuthorization : Basic a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic\r\n a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nAuthorization\r\n\r\n",
        b"\r\n\r\n\0\xff\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        b"GET http://other.example.test/ HTTP/1.1\r\nHost: a\r\nAuthorization: Basic a\r\n\r\n",
    ];
    for request in requests {
        let mut socket = Socket::connect(program.address());
        socket.send(request);
        socket.send(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        let rest = String::from_utf8_lossy(&socket.rest()).into_owned();
        assert!(!rest.contains("HTTP/1.1 5") && !rest.contains("HTTP/1.1 200"), "{rest}");
    }
    assert_eq!(curl(&["-u", "alice:wonderland", &program.url("/")]).status, 200, "it still serves");
}

#[test]
fn a_body_of_somebody_who_is_refused_does_no_harm() {
    let program = Site::new(Site::BASIC).serve_here();
    let body = Site::new("");
    body.write("large", &"x".repeat(5 << 20));
    let data = format!("@{}", body.path("large").display());
    assert_is_401(&curl(&["-u", "alice:wrong-password", "--data-binary", &data, &program.url("/")]));
    let chunked =
        ["-u", "alice:wrong-password", "-H", "Transfer-Encoding: chunked", "--data-binary", &data, &program.url("/")];
    assert_is_401(&curl(&chunked));
    assert_eq!(curl(&["-u", "alice:wonderland", "--data-binary", &data, &program.url("/")]).status, 200);
}

#[test]
fn a_body_of_somebody_who_is_refused_is_not_the_next_request() {
    let program = Site::new(Site::BASIC).serve_here();
    let alice = basic("alice", "wonderland");
    let smuggled = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let length = smuggled.len();
    let next = format!("GET / HTTP/1.1\r\nHost: a\r\nAuthorization: {alice}\r\nConnection: close\r\n\r\n");
    for body in [
        format!("Transfer-Encoding: chunked\r\n\r\n{length:x}\r\n{smuggled}\r\n0\r\n\r\n"),
        format!("Content-Length: {length}\r\n\r\n{smuggled}"),
    ] {
        let mut socket = Socket::connect(program.address());
        socket.send(format!("POST / HTTP/1.1\r\nHost: a\r\n{body}{next}").as_bytes());
        let heard = String::from_utf8_lossy(&socket.rest()).into_owned();
        let statuses: Vec<_> = heard.match_indices("HTTP/1.1 ").map(|(at, _)| &heard[at + 9..at + 12]).collect();
        assert!(statuses == ["401", "200"] || statuses == ["401"], "{heard}");
    }
}

#[test]
fn one_connection_serves_many_and_nobody_inherits_an_identity() {
    let program = Site::new(Site::BASIC).serve_here();
    let field = |name, password| format!("Authorization: {}", basic(name, password)).into_bytes();
    let (alice, bob) = (field("alice", "wonderland"), field("bob", "bob-the-builder"));
    let mut socket = Socket::connect(program.address());
    for _ in 0..3 {
        assert_eq!(socket.get(&[&alice]).json()["name"], "alice");
        assert_eq!(socket.get(&[&bob]).json()["name"], "bob");
        assert_is_401(&socket.get(&[]));
        assert_is_401(&socket.get(&[&field("alice", "bob-the-builder")]));
    }
}

#[test]
fn nobody_gets_in_where_nothing_is_configured() {
    let program = Site::new("").serve_here();
    for user in ["alice:wonderland", "x:y"] {
        let answer = curl(&["-u", user, &program.url("/")]);
        assert_eq!((answer.status, &answer.json()["code"]), (403, &json!(7)));
        assert_eq!(answer.fields_of("www-authenticate"), [""; 0]);
    }
}

#[test]
fn a_write_that_a_browser_was_made_to_send_is_refused() {
    let program = Site::new(Site::BASIC).serve_here();
    let cross =
        ["-u", "alice:wonderland", "-H", "Sec-Fetch-Site: cross-site", "-H", "Origin: https://evil.example.test"];
    let post = |fields: &[&str]| curl(&[fields, &["-X", "POST", &program.url("/")]].concat());
    assert_eq!(post(&cross).status, 403);
    assert_eq!(post(&cross[..2]).status, 200);
    assert_eq!(curl(&[&cross[..], &[&program.url("/")]].concat()).status, 200, "reading is for CORS to decide");
}
