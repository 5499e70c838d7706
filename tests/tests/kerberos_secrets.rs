//! Nothing that has to do with a token or a key is written down, at any level.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portcullis_testbed::{Realm, Site, Socket, Wish, traces};

#[test]
fn no_log_at_any_level_shows_a_token_or_a_key() {
    let realm = Realm::start("EXAMPLE.TEST");
    let site = Site::new(&realm.backend());
    let program = realm.serve_site(&site, |command| {
        command.env("PORTCULLIS_LOG", "trace");
    });
    realm.ensure("HTTP/other.example.test");
    let mut alice = realm.tickets("alice").initiator();
    let mut presented = alice.tokens(4, &Wish::default());
    presented.push(alice.token_as(&Wish::default().raw()));
    presented.push(alice.token_as(&Wish::default().service("HTTP@other.example.test")));
    presented[1].bytes.last_mut().map(|byte| *byte ^= 1).unwrap();
    presented[2].bytes.truncate(500);
    let statuses: Vec<_> = presented.iter().map(|token| program.negotiate(token).status).collect();
    assert_eq!(statuses, [200, 401, 401, 200, 401, 401]);
    let reply = program.negotiate(&presented[0]);
    assert_eq!(reply.status, 401, "a replay");
    for field in ["Authorization: negotiate  TOKEN", "Authorization: Negotiate TOKEN TOKEN", "Authorization: TOKEN"] {
        let token = STANDARD.encode(&presented[1].bytes);
        let _ = Socket::connect(program.address()).get(&[field.replace("TOKEN", &token).as_bytes()]);
    }
    let ended = program.stop();
    let log = String::from_utf8_lossy(&ended.output);
    for said in ["TRACE", "portcullis::audit", "outcome=\"accepted\"", "outcome=\"refused\""] {
        assert!(log.contains(said), "{said} is in the log:\n{log}");
    }
    for token in &presented {
        // The end of it is of the authenticator; parts of it, too, must not be there.
        let text = STANDARD.encode(&token.bytes);
        for part in [&text[..], &text[text.len() - 120..text.len() - 40], &text[400..480]] {
            assert_eq!(traces(&ended.output, part), [""; 0], "{log}");
            assert_ne!(traces(&[&ended.output[..], format!("{part:?}").as_bytes()].concat(), part), [""; 0]);
        }
    }
    // The last 32 bytes of the keytab are of a key, and of its number.
    let keytab = std::fs::read(realm.path("http.keytab")).unwrap();
    for key in [&keytab[keytab.len() - 16..], &keytab[keytab.len() - 24..keytab.len() - 8]] {
        let hex = key.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        let base64 = STANDARD.encode(key);
        assert!(!log.to_lowercase().contains(&hex) && !log.contains(base64.trim_end_matches('=')), "{log}");
    }
}
