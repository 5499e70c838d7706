use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portcullis_core::ExposeSecret as _;

use super::{Form, Refused, bearer_token};

mod accepted;
mod any_input;
mod form;
mod refused;
mod yaml;

/// What the fixtures hold.
const TOKEN: &str = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImludmVudGVkIn0.\
                     eyJzdWIiOiJzeXN0ZW06c2VydmljZWFjY291bnQ6YXJnbzpkZXBsb3llciJ9.c2lnbmF0dXJl";

fn header(document: &str) -> Vec<u8> {
    STANDARD.encode(document).into_bytes()
}

fn versioned(document: &str) -> Vec<u8> {
    [&b"v0:"[..], &header(document)].concat()
}

/// The token found in a header.
fn found(header: &[u8]) -> Result<String, Refused> {
    bearer_token(header).map(|token| token.expose_secret().to_owned())
}

/// A kubeconfig whose current user is this, in YAML's short form.
fn of_user(user: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: here\ncontexts:\n- name: here\n  context: {{ user: me }}\n\
         users:\n- name: me\n  user: {user}\n"
    )
}
