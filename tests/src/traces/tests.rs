use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

use super::*;

const SECRET: &str = "c\u{e4}nary>>of?this~test";

#[test]
fn every_form_is_found_by_its_name_and_nothing_is_found_in_nothing() {
    let hex = SECRET.bytes().fold(String::new(), |hex, byte| hex + &format!("{byte:02X}"));
    let percent = SECRET.bytes().fold(String::new(), |text, byte| text + &format!("%{byte:02X}"));
    let forms = [
        ("plain", format!("a {SECRET} b")),
        ("plain", SECRET.to_ascii_uppercase()),
        ("escaped", format!("{:?}", bytes::Bytes::from(SECRET))),
        ("hexadecimal", format!("0x{hex}")),
        ("hexadecimal", hex.to_lowercase()),
        ("hexadecimal with blanks", format!("{:02x?}", SECRET.as_bytes()).replace(", ", " ")),
        ("hexadecimal with commas", format!("{:02x?}", SECRET.as_bytes())),
        ("hexadecimal with escapes", SECRET.bytes().fold(String::new(), |text, byte| text + &format!("\\x{byte:02x}"))),
        ("percent-encoded", percent),
        ("percent-encoded where it must be", "?p=c%c3%a4nary%3e%3eof%3fthis~test".to_owned()),
        ("numbers", format!("{:?}", SECRET.as_bytes())),
        ("numbers without blanks", format!("{:?}", SECRET.as_bytes()).replace(' ', "")),
        ("base64, 0 bytes before it", STANDARD.encode(SECRET)),
        ("base64, 1 bytes before it", STANDARD.encode(format!("aaaa{SECRET}"))),
        ("base64url, 0 bytes before it", URL_SAFE.encode(SECRET)),
        ("base64url, 1 bytes before it", URL_SAFE.encode(format!("a{SECRET}"))),
    ];
    for (name, text) in forms {
        assert_eq!(traces(text.as_bytes(), SECRET), [name], "{text}");
    }
    assert_eq!(traces(b"nothing of that kind", SECRET), [""; 0]);
}

#[test]
fn base64_is_found_whatever_stands_before_and_behind() {
    for before in ["", "a", "al", "ali", "alice", "alice:", "Basic alice:"] {
        for after in ["", "x", "xy", "xyz"] {
            let text = format!("{before}{SECRET}{after}");
            assert_ne!(traces(STANDARD.encode(&text).as_bytes(), SECRET), [""; 0], "{text}");
            assert_ne!(traces(URL_SAFE.encode(&text).as_bytes(), SECRET), [""; 0], "{text}");
        }
    }
}

#[test]
fn a_long_secret_is_found_whole_and_cut_short_at_either_end() {
    let long: String = (0..100).map(|number| format!("{number:02}")).collect();
    for shown in [&long[..], &long[..40], &long[150..]] {
        assert_ne!(traces(shown.as_bytes(), &long), [""; 0], "{shown}");
        assert_ne!(traces(STANDARD.encode(format!("a{shown}")).as_bytes(), &long), [""; 0], "{shown}");
    }
    assert_eq!(traces(&long.as_bytes()[..20], &long), [""; 0]);
}

#[test]
fn of_several_secrets_it_is_said_which_and_where() {
    let log = "first line\nsecond line: bravo-bravo here\n";
    let found = traces_of(log.as_bytes(), [&b"alpha-alpha"[..], b"bravo-bravo"]);
    let expected =
        Trace { secret: "bravo-bravo".into(), form: "plain".into(), line: "second line: bravo-bravo".into() };
    assert_eq!(found, [expected]);
}
