//! What a rejection says in HTTP.

use serde::{Deserialize, Serialize};

use crate::Rejection;

/// The form of a rejection's body.
///
/// ```
/// use portcullis_core::{Rejection, Style};
///
/// let (content_type, body) = Rejection::forbidden("no").with_style(Style::Armada).body();
/// assert_eq!(content_type, "application/json");
/// assert_eq!(body, br#"{"error":"no","code":7,"message":"no"}"#);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Style {
    /// `"default"`: JSON with the gRPC `code` and a `message`, as grpc-gateway and Argo Server
    /// have it.
    #[default]
    Default,
    /// `"armada"`: the same, with the message as `error` too.
    Armada,
    /// `"problem"`: [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457), `application/problem+json`,
    /// with the gRPC `code` as an extension.
    Problem,
}

#[derive(Serialize)]
struct Plain<'a> {
    code: u8,
    message: &'a str,
}

#[derive(Serialize)]
struct Armada<'a> {
    error: &'a str,
    code: u8,
    message: &'a str,
}

#[derive(Serialize)]
struct Problem<'a> {
    r#type: &'a str,
    title: &'a str,
    status: u16,
    detail: &'a str,
    code: u8,
}

impl Rejection {
    /// The content type and the body of the HTTP response, in the rejection's style.
    #[must_use]
    pub fn body(&self) -> (&'static str, Vec<u8>) {
        let (code, message, status) = (self.grpc_code(), self.message(), self.status());
        match self.style {
            Style::Default => ("application/json", json(&Plain { code, message })),
            Style::Armada => ("application/json", json(&Armada { error: message, code, message })),
            Style::Problem => {
                let title = status.canonical_reason().unwrap_or_default();
                let problem = Problem { r#type: "about:blank", title, status: status.as_u16(), detail: message, code };
                ("application/problem+json", json(&problem))
            }
        }
    }
}

fn json(body: &impl Serialize) -> Vec<u8> {
    // Strings and numbers always serialize.
    serde_json::to_vec(body).unwrap_or_default()
}
