use super::*;
use crate::webhook::config::TimestampConfig;
use portcullis_core::Secret;
use std::time::Duration;

fn hmac(header: &str) -> ClientConfig {
    ClientConfig {
        name: "a".to_owned(),
        kind: ClientType::Hmac,
        secrets: vec![Secret::Env("A".to_owned())],
        groups: Vec::new(),
        header: Some(header.to_owned()),
        prefix: None,
        encoding: None,
        signed: None,
        timestamp: None,
    }
}

fn read(config: &ClientConfig, value: &[u8]) -> Option<Signature> {
    let Proof::Hmac(hmac) = Form::of(config).unwrap().proof else { panic!("it is an HMAC") };
    hmac.signature(&HeaderValue::from_bytes(value).unwrap())
}

#[test]
fn a_signature_has_one_form() {
    let hex = "0123456789abcdef".repeat(4);
    let signature: Signature = std::array::from_fn(|index| [1, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef][index % 8]);
    let plain = hmac("X-Signature");
    assert_eq!(read(&plain, hex.as_bytes()), Some(signature));
    assert_eq!(read(&plain, hex.to_uppercase().as_bytes()), Some(signature));
    let short = &hex[2..];
    for text in ["", " ", short, &format!("{hex}0"), &format!("{hex}00"), &format!(" {hex}"), &format!("{short}g0")] {
        assert_eq!(read(&plain, text.as_bytes()), None, "{text:?}");
    }
    // Neither what Rust's own parser of numbers takes besides, nor bytes beyond ASCII.
    assert_eq!(read(&plain, format!("{short}+1").as_bytes()), None);
    assert_eq!(read(&plain, &[0xe9; 64]), None);

    let github = ClientConfig { kind: ClientType::Github, header: None, ..hmac("") };
    assert_eq!(read(&github, format!("sha256={hex}").as_bytes()), Some(signature));
    for text in [&hex, &format!("SHA256={hex}"), &format!("sha1={hex}"), &format!("sha256= {hex}"), "sha256="] {
        assert_eq!(read(&github, text.as_bytes()), None, "{text:?}");
    }
}

#[test]
fn base64_is_standard_padded_and_canonical() {
    let base64 =
        ClientConfig { encoding: Some(Encoding::Base64), prefix: Some("v1,".to_owned()), ..hmac("X-Signature") };
    let signature: Signature = [0xfb; SIGNATURE_LEN];
    let text = STANDARD.encode(signature);
    assert!(text.starts_with('+') && text.ends_with("+/s="), "{text}");
    assert_eq!(read(&base64, format!("v1,{text}").as_bytes()), Some(signature));
    let unpadded = text.trim_end_matches('=');
    let other_bits = text.replace("s=", "t=");
    for text in
        [unpadded, &text.replace('+', "-"), &other_bits, &STANDARD.encode([0xfb; 33]), &STANDARD.encode([0xfb; 31])]
    {
        assert_eq!(read(&base64, format!("v1,{text}").as_bytes()), None, "{text}");
    }
}

#[test]
fn senders_that_are_known_have_their_fields() {
    let header = |kind| {
        let form = Form::of(&ClientConfig { kind, header: None, ..hmac("") }).unwrap();
        (form.header.as_str().to_owned(), form.proof == Proof::Token)
    };
    assert_eq!(header(ClientType::Github), ("x-hub-signature-256".to_owned(), false));
    assert_eq!(header(ClientType::Gitlab), ("x-gitlab-token".to_owned(), true));
    assert_eq!(header(ClientType::Bitbucket), ("x-hook-uuid".to_owned(), true));
    assert_eq!(header(ClientType::Bitbucketserver), ("x-hub-signature".to_owned(), false));
}

#[test]
fn deliveries_are_remembered_of_senders_that_seldom_or_never_sign_the_same_twice() {
    let is_remembered = |config: &ClientConfig| match Form::of(config).unwrap().proof {
        Proof::Hmac(hmac) => hmac.is_remembered,
        Proof::Token => panic!("it is an HMAC"),
    };
    let timestamp = TimestampConfig { header: "X-Time".to_owned(), tolerance: Duration::from_secs(300) };
    assert!(!is_remembered(&hmac("X-Signature")));
    assert!(is_remembered(&ClientConfig { timestamp: Some(timestamp), ..hmac("X-Signature") }));
    for kind in [ClientType::Github, ClientType::Bitbucketserver] {
        assert!(is_remembered(&ClientConfig { kind, header: None, ..hmac("") }), "{kind:?}");
    }
}

#[test]
fn a_field_with_another_meaning_is_none_of_a_signature_or_its_time() {
    let http = ["Host", "content-length", "Content-Type", "Transfer-Encoding"];
    for header in ["Authorization", "cookie", "Proxy-Authorization", "", "a b", "x:"].into_iter().chain(http) {
        let problems = Form::of(&hmac(header)).unwrap_err();
        assert_eq!(problems.iter().map(Invalid::key).collect::<Vec<_>>(), ["header"], "{header:?}");
        let time = TimestampConfig { header: header.to_owned(), tolerance: Duration::from_secs(300) };
        let problems = Form::of(&ClientConfig { timestamp: Some(time), ..hmac("X-Signature") }).unwrap_err();
        assert_eq!(problems.iter().map(Invalid::key).collect::<Vec<_>>(), ["timestamp.header"], "{header:?}");
    }
}
