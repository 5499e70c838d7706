//! Tokens that are very large, broken off, or changed.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use bytes::Bytes;
use http::{Request, Version};
use portcullis_testbed::{Forgery, Program, Realm, Socket, Wire, Wish, negotiate};

/// The statuses of requests with these tokens, one connection of HTTP/1.1 for all.
fn statuses(program: &Program, tokens: impl IntoIterator<Item = Vec<u8>>) -> Vec<u16> {
    let mut socket = Socket::connect(program.address());
    let field = |token: &[u8]| format!("Authorization: {}", negotiate(token)).into_bytes();
    tokens.into_iter().map(|token| socket.get(&[&field(&token)]).status).collect()
}

#[test]
fn a_token_of_60_kib_is_accepted_over_http1_http2_and_grpc() {
    let realm = Realm::start("EXAMPLE.TEST");
    let program = realm.serve("");
    let large = realm.forge(&realm.path("http.keytab"), &Forgery::default().padded(60 * 1024));
    let mut alice = large.initiator();
    let tokens = alice.tokens(3, &Wish::default());
    assert!(tokens.iter().all(|token| token.bytes.len() >= 60 * 1024));

    let answer = program.negotiate(&tokens[0]);
    assert_eq!((answer.status, &answer.json()["name"]), (200, &"alice@EXAMPLE.TEST".into()));
    assert_eq!(alice.proved(&tokens[0], answer.field("www-authenticate")), Ok(()));
    let heard = tokio::runtime::Runtime::new().unwrap().block_on(async {
        let mut wire = Wire::connect(program.address()).await;
        let mut heard = Vec::new();
        for (token, content_type) in [(&tokens[1], "text/plain"), (&tokens[2], "application/grpc")] {
            let request = Request::post("http://localhost/portcullis.whoami.v1.WhoAmI/Get").version(Version::HTTP_2);
            let request = request.header("authorization", token.authorization()).header("content-type", content_type);
            let body = if content_type == "text/plain" { Bytes::new() } else { Bytes::from_static(b"\0\0\0\0\0") };
            heard.push(wire.send(request.body(body).unwrap()).await);
        }
        heard
    });
    for (heard, token) in heard.iter().zip(&tokens[1..]) {
        assert_eq!(heard.head.status, 200, "{heard:?}");
        assert!(String::from_utf8_lossy(&heard.data).contains("alice@EXAMPLE.TEST"));
        assert_eq!(alice.proved(token, heard.head.headers["www-authenticate"].to_str().ok()), Ok(()));
    }
}

#[test]
fn the_bound_is_96_kib() {
    let realm = Realm::start("EXAMPLE.TEST");
    let program = realm.serve("");
    let keytab = realm.path("http.keytab");
    // 4 bytes of base64 for 3.
    let token = |padding: usize| realm.forge(&keytab, &Forgery::default().padded(padding)).initiator().token();
    let (within, beyond) = (token(70 * 1024), token(72 * 1024));
    assert!(within.authorization().len() < 96 * 1024 && beyond.authorization().len() > 96 * 1024 + 20);
    assert_eq!((program.negotiate(&within).status, program.negotiate(&beyond).status), (200, 431));
}

#[test]
fn a_token_that_breaks_off_anywhere_is_refused() {
    let realm = Realm::start("EXAMPLE.TEST");
    let program = realm.serve("raw_krb5 = true\n");
    let mut alice = realm.tickets("alice").initiator();
    for wish in [Wish::default(), Wish::default().raw()] {
        let token = alice.token_as(&wish).bytes;
        let refused = statuses(&program, (0..token.len()).map(|end| token[..end].to_vec()));
        assert_eq!(refused, vec![401; token.len()]);
        assert_eq!(statuses(&program, [token]), [200], "none of that has used it up");
    }
}

#[test]
fn a_token_that_was_changed_anywhere_is_refused_or_is_still_alices() {
    let realm = Realm::start("EXAMPLE.TEST");
    let program = realm.serve("raw_krb5 = true\n");
    let mut alice = realm.tickets("alice").initiator();
    for wish in [Wish::default(), Wish::default().raw()] {
        let length = alice.token_as(&wish).bytes.len();
        let tokens = alice.tokens(length, &wish);
        let mut socket = Socket::connect(program.address());
        let mut unharmed = Vec::new();
        for (at, token) in tokens.iter().enumerate() {
            let mut bytes = token.bytes.clone();
            let Some(byte) = bytes.get_mut(at) else { continue };
            *byte ^= 1 << (at % 8);
            let answer = socket.get(&[format!("Authorization: {}", negotiate(&bytes)).as_bytes()]);
            match answer.status {
                401 => {}
                200 => {
                    assert_eq!(answer.json()["name"], "alice@EXAMPLE.TEST", "byte {at}");
                    unharmed.push(at);
                }
                other => panic!("{other} for a change of byte {at}: {answer:?}"),
            }
        }
        // What is not protected: flags of SPNEGO, the outer names of the ticket, its kvno.
        assert!(unharmed.len() < 100, "{unharmed:?}");
        assert_eq!(program.negotiate(&alice.token_as(&wish)).status, 200);
    }
}

#[test]
fn what_is_no_token_is_a_401_whatever_it_is() {
    let realm = Realm::start("EXAMPLE.TEST");
    let program = realm.serve("raw_krb5 = true\n");
    let good = realm.tickets("alice").initiator().token().authorization();
    let token = good.strip_prefix("Negotiate ").unwrap();
    let halves = token.split_at(token.len() / 2);
    for value in [
        format!("Negotiate {token}{token}"),
        format!("Negotiate {token} {token}"),
        format!("Negotiate {token}, Negotiate {token}"),
        format!("Negotiate {}\t{}", halves.0, halves.1),
        format!("Negotiate {}!{}", halves.0, halves.1),
        format!("Negotiate \"{token}\""),
        format!("Negotiate token={token}"),
        format!("Negotiate={token}"),
        format!("Negotiate{token}"),
        format!("Kerberos {token}"),
        format!("Bearer {token}"),
        "Negotiate ====".to_owned(),
        "Negotiate AAAA".to_owned(),
        "Negotiate YII=".to_owned(),
        "Negotiate YIT/////".to_owned(),
        format!("Negotiate {}", "A".repeat(96 * 1024)),
        negotiate(&[0x60, 0x84, 0xff, 0xff, 0xff, 0xff, 0x06]),
        negotiate(&[0x60; 9000]),
        negotiate(&[0x30; 60000]),
        negotiate(&[0xa0, 0x80].repeat(20000)),
    ] {
        assert_eq!(program.authorized(&value).status, 401, "{}", &value[..value.len().min(60)]);
    }
    assert_eq!(program.authorized(&good).status, 200, "none of that has used it up");
}
