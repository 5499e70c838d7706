//! Who listens where, so that whatever a test sends to a program is known to be secret there.
//!
//! Clients of the testbed know an address and no more. They tell this module what they are about to
//! send, and a test can forget nothing.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard};

use http::Request;

use crate::secrets::Secrets;

/// What the programs that run now were given in confidence.
static WATCHED: LazyLock<Mutex<HashMap<SocketAddr, Arc<Secrets>>>> = LazyLock::new(Mutex::default);

/// As long as this is there, what is sent to the address is secret.
pub(crate) struct Watch(SocketAddr);

impl Watch {
    pub(crate) fn over(address: SocketAddr, secrets: Arc<Secrets>) -> Self {
        watched().insert(address, secrets);
        Self(address)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        watched().remove(&self.0);
    }
}

/// What the program at this address was given, if one of the testbed listens there.
fn at(address: SocketAddr) -> Option<Arc<Secrets>> {
    watched().get(&address).cloned()
}

fn watched() -> MutexGuard<'static, HashMap<SocketAddr, Arc<Secrets>>> {
    WATCHED.lock().expect("nobody panicked")
}

/// curl is about to be run with these arguments; or a script with these words, which may have curl in it.
pub(crate) fn curl(words: &[&str]) {
    for (url, secrets) in words.iter().filter_map(|word| Some((word, at(address(word)?)?))) {
        secrets.add_target(url);
        for pair in words.windows(2) {
            match pair[0] {
                "-u" | "--user" => secrets.add_user(pair[1].as_bytes()),
                "--oauth2-bearer" => secrets.add_token(pair[1].as_bytes()),
                "-b" | "--cookie" => secrets.add_field(b"cookie", pair[1].as_bytes()),
                "-H" | "--header" => line(&secrets, pair[1].as_bytes()),
                _ => {}
            }
        }
    }
}

/// These bytes are about to be sent: perhaps a request of HTTP/1.1, or some of them, or none.
pub(crate) fn bytes(to: SocketAddr, bytes: &[u8]) {
    let Some(secrets) = at(to) else { return };
    for text in bytes.split(|byte| *byte == b'\n') {
        line(&secrets, text);
        if let Some(target) = text.split(|byte| *byte == b' ').nth(1) {
            secrets.add_target(&String::from_utf8_lossy(target));
        }
    }
}

/// This request is about to be sent.
pub(crate) fn request<B>(to: SocketAddr, request: &Request<B>) {
    let Some(secrets) = at(to) else { return };
    secrets.add_target(&request.uri().to_string());
    for (name, value) in request.headers() {
        secrets.add_field(name.as_str().as_bytes(), value.as_bytes());
    }
}

/// These fields, and pseudo-header fields, are about to be sent.
pub(crate) fn fields(to: SocketAddr, fields: &[(&str, &str)]) {
    let Some(secrets) = at(to) else { return };
    for (name, value) in fields {
        secrets.add_field(name.as_bytes(), value.as_bytes());
        secrets.add_target(value);
    }
}

/// A line with a name and a value.
fn line(secrets: &Secrets, line: &[u8]) {
    if let Some(colon) = line.iter().position(|byte| *byte == b':') {
        secrets.add_field(&line[..colon], &line[colon + 1..]);
    }
}

/// Where a URL leads.
fn address(url: &str) -> Option<SocketAddr> {
    url.split_once("://")?.1.split(['/', '?']).next()?.parse().ok()
}

#[cfg(test)]
mod tests;
