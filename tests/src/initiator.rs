//! Somebody who makes tokens of SPNEGO with MIT's library, and reads those of the service.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::installed::in_environment;
use crate::{Tickets, repository};

/// A process that has the tickets of somebody. It ends when this is dropped.
pub struct Initiator {
    child: Child,
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

/// What a token is to be like.
#[derive(Clone, Debug)]
pub struct Wish {
    service: String,
    mechanism: &'static str,
    mutual: bool,
    bindings: Option<Vec<u8>>,
}

/// A token, and the place of its context with the [`Initiator`].
#[derive(Clone, Debug)]
pub struct Token {
    /// As it goes over the wire, before base64.
    pub bytes: Vec<u8>,
    id: u64,
}

impl Default for Wish {
    /// SPNEGO, for `HTTP@localhost`, with mutual authentication and without channel bindings.
    fn default() -> Self {
        Self { service: "HTTP@localhost".to_owned(), mechanism: "1.3.6.1.5.5.2", mutual: true, bindings: None }
    }
}

impl Wish {
    /// For another service: `HTTP@host.example.test`.
    #[must_use]
    pub fn service(self, host_based: &str) -> Self {
        Self { service: host_based.to_owned(), ..self }
    }

    /// Of Kerberos itself, without SPNEGO around it (RFC 4121).
    #[must_use]
    pub fn raw(self) -> Self {
        Self { mechanism: "1.2.840.113554.1.2.2", ..self }
    }

    /// Without asking the service to prove who it is.
    #[must_use]
    pub fn one_sided(self) -> Self {
        Self { mutual: false, ..self }
    }

    /// Bound to a channel with this application data: `tls-server-end-point:` and a hash.
    #[must_use]
    pub fn bound_to(self, application_data: &[u8]) -> Self {
        Self { bindings: Some(application_data.to_vec()), ..self }
    }
}

impl Token {
    /// The value of an `Authorization` field.
    #[must_use]
    pub fn authorization(&self) -> String {
        negotiate(&self.bytes)
    }
}

/// The value of an `Authorization` field with these bytes.
#[must_use]
pub fn negotiate(token: &[u8]) -> String {
    format!("Negotiate {}", STANDARD.encode(token))
}

impl Initiator {
    /// Starts one.
    pub(crate) fn start(tickets: &Tickets) -> Self {
        let mut command = Command::new(in_environment("bin/python"));
        command.arg(repository().join("tests/python/initiator.py")).stdin(Stdio::piped()).stdout(Stdio::piped());
        tickets.environment(&mut command);
        let mut child = command.spawn().expect("Python can be run");
        let (requests, answers) = (child.stdin.take(), child.stdout.take().expect("stdout is piped"));
        Self { child, requests, answers: BufReader::new(answers) }
    }

    /// A token for `HTTP@localhost`.
    ///
    /// # Panics
    ///
    /// If there is none.
    #[must_use]
    pub fn token(&mut self) -> Token {
        self.token_as(&Wish::default())
    }

    /// A token like that.
    ///
    /// # Panics
    ///
    /// If there is none.
    #[must_use]
    pub fn token_as(&mut self, wish: &Wish) -> Token {
        self.tokens(1, wish).remove(0)
    }

    /// So many tokens, no two of them the same.
    ///
    /// # Panics
    ///
    /// If there are none.
    #[must_use]
    pub fn tokens(&mut self, count: usize, wish: &Wish) -> Vec<Token> {
        let Wish { service, mechanism, mutual, bindings } = wish;
        let bindings = bindings.as_ref().map(|data| STANDARD.encode(data));
        let made = self.asked(&json!({
            "make": count, "service": service, "mechanism": mechanism, "mutual": mutual, "bindings": bindings,
        }));
        let (Some(ids), Some(tokens)) = (made["ids"].as_array(), made["tokens"].as_array()) else {
            panic!("no tokens: {made}");
        };
        let token = |(id, token): (&Value, &Value)| Token {
            bytes: STANDARD.decode(token.as_str().expect("a text")).expect("base64"),
            id: id.as_u64().expect("a number"),
        };
        ids.iter().zip(tokens).map(token).collect()
    }

    /// Whether the service has proved who it is with the value of this `WWW-Authenticate` field.
    ///
    /// # Errors
    ///
    /// What the library says of it.
    pub fn proved(&mut self, token: &Token, field: Option<&str>) -> Result<(), String> {
        let reply = field.and_then(|field| field.strip_prefix("Negotiate ")).ok_or(format!("no token: {field:?}"))?;
        let answer = self.asked(&json!({ "step": token.id, "token": reply }));
        if answer["complete"] == true { Ok(()) } else { Err(answer.to_string()) }
    }

    fn asked(&mut self, request: &Value) -> Value {
        let requests = self.requests.as_mut().expect("it has not ended");
        writeln!(requests, "{request}").expect("Python listens");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("Python answers");
        serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: {answer:?}"))
    }
}

impl Drop for Initiator {
    fn drop(&mut self) {
        drop(self.requests.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
