//! The token found in a kubeconfig is the current user's, as a lax reading finds it, and fit for a header; and what is refused
//! is there, or is missing, as the refusal says.

#![no_main]

use base64::Engine as _;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::DecodePaddingMode::Indifferent;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use libfuzzer_sys::fuzz_target;
use portcullis_core::ExposeSecret as _;
use portcullis_kubernetes::kubeconfig_header::{Form, Refused, bearer_token};
use serde_json::Value;

const LAX: GeneralPurpose = GeneralPurpose::new(
    &ALPHABET,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true).with_decode_padding_mode(Indifferent),
);

const OF_A_KUBECONFIG: [(&str, Refused); 9] = [
    ("username", Refused::Password),
    ("password", Refused::Password),
    ("client-certificate", Refused::ClientCertificate),
    ("client-certificate-data", Refused::ClientCertificate),
    ("client-key", Refused::ClientCertificate),
    ("client-key-data", Refused::ClientCertificate),
    ("exec", Refused::Exec),
    ("auth-provider", Refused::AuthProvider),
    ("tokenFile", Refused::TokenFile),
];

const OF_A_CLIENT: [(&str, Refused); 10] = [
    ("Username", Refused::Password),
    ("Password", Refused::Password),
    ("CertFile", Refused::ClientCertificate),
    ("CertData", Refused::ClientCertificate),
    ("KeyFile", Refused::ClientCertificate),
    ("KeyData", Refused::ClientCertificate),
    ("ExecProvider", Refused::Exec),
    ("AuthProvider", Refused::AuthProvider),
    ("AuthConfigPersister", Refused::AuthProvider),
    ("BearerTokenFile", Refused::TokenFile),
];

// Documents are changed as documents, which their base64 would not let them be.
fuzz_target!(|input: &[u8]| {
    if let Some(document) = input.strip_prefix(b"kubeconfig\n") {
        check(STANDARD.encode(document).as_bytes());
    } else if let Some(document) = input.strip_prefix(b"v0\n") {
        check(format!("v0:{}", STANDARD.encode(document)).as_bytes());
    } else {
        check(input);
    }
});

fn check(header: &[u8]) {
    let form = Form::of(header);
    let found = bearer_token(header);
    if header.len() > 64 * 1024 {
        assert_eq!(found.err(), Some(Refused::TooLong));
        return;
    }
    let body = header.strip_prefix(b"v0:").unwrap_or(header);
    assert_eq!(form == Form::Token, matches!(found, Err(Refused::NotAKubeconfig)));
    if header.starts_with(b"v0:") {
        assert_eq!(form, Form::Versioned);
    }
    match found {
        Ok(token) => {
            let token = token.expose_secret();
            assert!(!token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic()));
            assert_eq!(Form::of(token.as_bytes()), Form::Token);
            assert_eq!(STANDARD.encode(LAX.decode(body).expect("base64")).as_bytes(), body);
            let read = Reading::of(form, body).expect("a document");
            assert_eq!(read.token.as_deref(), Some(token));
            assert!(read.proofs.is_empty(), "{:?}", read.proofs);
        }
        Err(refused) => check_refused(refused, form, header, body),
    }
}

fn check_refused(refused: Refused, form: Form, header: &[u8], body: &[u8]) {
    let reason = refused.reason();
    assert!(reason.is_ascii() && (10..100).contains(&reason.len()), "{reason}");
    let read = || Reading::of(form, body).unwrap_or_else(|| panic!("{refused}"));
    match refused {
        Refused::NotAKubeconfig => assert!(header.contains(&b'.') || !names_itself(header)),
        Refused::UnknownVersion => assert!(header.starts_with(b"v") && !header.starts_with(b"v0:")),
        Refused::NotBase64 => assert!(STANDARD.decode(body).is_err()),
        Refused::NotUtf8 => assert!(String::from_utf8(STANDARD.decode(body).expect("base64")).is_err()),
        Refused::NotJson => assert!(Reading::of(form, body).is_none()),
        Refused::SeveralDocuments | Refused::Alias | Refused::MergeKey | Refused::NotYaml => {
            assert_eq!(form, Form::Kubeconfig);
        }
        Refused::OtherKind => {
            let read = read();
            assert!(read.document["kind"] != "Config" || read.document["apiVersion"] != "v1");
        }
        Refused::Password | Refused::ClientCertificate | Refused::Exec | Refused::AuthProvider | Refused::TokenFile => {
            assert!(read().proofs.contains(&refused), "{refused}")
        }
        Refused::NoToken
        | Refused::NoCurrentContext
        | Refused::NoSuchContext
        | Refused::NoUser
        | Refused::NoSuchUser => {
            assert_eq!(read().token, None, "{refused}");
        }
        Refused::Unsendable => assert!(!read().token.expect("a token").bytes().all(|byte| byte.is_ascii_graphic())),
        Refused::Nested => assert_ne!(Form::of(read().token.expect("a token").as_bytes()), Form::Token),
        Refused::TooLong => panic!("{}", header.len()),
        Refused::DuplicateName
        | Refused::TooDeep
        | Refused::Malformed
        | Refused::DuplicateContext
        | Refused::DuplicateUser => assert!(STANDARD.decode(body).is_ok()),
    }
}

/// Whether the first line that is not empty, and no comment, of what is in the base64 begins with a common name.
fn names_itself(header: &[u8]) -> bool {
    let Ok(bytes) = LAX.decode(header) else { return false };
    let Ok(text) = String::from_utf8(bytes) else { return false };
    let line = text
        .lines()
        .map(|line| line.trim_start_matches([' ', '\t']))
        .find(|line| !line.is_empty() && !line.starts_with('#'));
    line.is_some_and(|line| ["kind:", "apiVersion:", "{\"kind\":"].iter().any(|name| line.starts_with(name)))
}

/// What a document says, read without any of the rules.
struct Reading {
    document: Value,
    token: Option<String>,
    proofs: Vec<Refused>,
}

impl Reading {
    fn of(form: Form, base64: &[u8]) -> Option<Self> {
        let bytes = LAX.decode(base64).ok()?;
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).filter(|_| form == Form::Kubeconfig).unwrap_or(&bytes);
        let is_json = form == Form::Versioned || bytes.trim_ascii_start().starts_with(b"{");
        let document: Value = if is_json { serde_json::from_slice(bytes).ok()? } else { yaml(bytes)? };
        let (token, proofs) =
            if form == Form::Versioned { Self::of_client(&document) } else { Self::of_kubeconfig(&document) };
        Some(Self { token: token.filter(|token| !token.is_empty()), proofs, document })
    }

    fn of_kubeconfig(document: &Value) -> (Option<String>, Vec<Refused>) {
        let entry = |list: &str, name: &Value| {
            let entries = document[list].as_array().into_iter().flatten();
            entries.filter(|entry| is_there(name) && entry["name"] == *name).last().cloned().unwrap_or_default()
        };
        let context = entry("contexts", &document["current-context"]);
        let user = &entry("users", &context["context"]["user"])["user"];
        let proofs = OF_A_KUBECONFIG.iter().filter(|(name, _)| is_there(&user[name])).map(|(_, proof)| *proof);
        (user["token"].as_str().map(str::to_owned), proofs.collect())
    }

    fn of_client(document: &Value) -> (Option<String>, Vec<Refused>) {
        let tls = field(document, "TLSClientConfig");
        let is_there = |name| is_there(field(document, name)) || is_there(field(tls, name));
        let proofs = OF_A_CLIENT.iter().filter(|(name, _)| is_there(name)).map(|(_, proof)| *proof);
        (field(document, "BearerToken").as_str().map(str::to_owned), proofs.collect())
    }
}

fn yaml(bytes: &[u8]) -> Option<Value> {
    let options = serde_saphyr::options! {
        non_finite_float_policy: serde_saphyr::NonFiniteFloatPolicy::PassThrough,
    };
    serde_saphyr::from_slice_with_options(bytes, options).ok()
}

/// The field that Go would take for this one.
fn field<'v>(object: &'v Value, name: &str) -> &'v Value {
    let is = |own: &str| own.replace('\u{17f}', "s").replace('\u{212a}', "k").eq_ignore_ascii_case(name);
    object.as_object().into_iter().flatten().find(|(own, _)| is(own)).map_or(&Value::Null, |(_, value)| value)
}

fn is_there(value: &Value) -> bool {
    !value.is_null() && value != ""
}
