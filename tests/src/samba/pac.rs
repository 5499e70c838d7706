//! What is in a ticket.

use std::io::Write as _;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::{Samba, script};
use crate::Tickets;
use crate::installed::in_cache;
use crate::python::python;

impl Samba {
    /// The PAC in somebody's ticket for `HTTP/localhost`, if it has one.
    #[must_use]
    pub fn pac(&self, tickets: &Tickets) -> Option<Vec<u8>> {
        self.pac_for(tickets, "HTTP/localhost", "http.keytab")
    }

    /// The PAC in somebody's ticket for this service, which has its keys in this keytab of the domain, if it has one.
    #[must_use]
    pub fn pac_for(&self, tickets: &Tickets, service: &str, keytab: &str) -> Option<Vec<u8>> {
        tickets.fetch(service);
        let keytab = self.path(keytab);
        let shown = python("pac.py", &[keytab.to_str().expect("a name in UTF-8"), service, tickets.cache()]);
        Some(STANDARD.decode(shown["pac"].as_str()?).expect("base64"))
    }

    /// What Samba's own decoder reads in a PAC: `account`, `domain_sid`, `rid`, `primary_group`, `groups`, `extra`,
    /// `resource_domain`, `resource`, and the types of its `buffers`.
    ///
    /// # Panics
    ///
    /// If it reads nothing.
    #[must_use]
    pub fn decoded(pac: &[u8]) -> Value {
        let mut command = Command::new(script("inside"));
        command.arg(in_cache("samba")).arg("/usr/bin/python3").arg(script("decode.py"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = super::command_of(command).spawn().expect("it can be run");
        child.stdin.take().expect("stdin is piped").write_all(pac).expect("it reads");
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success(), "no PAC: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("JSON")
    }
}
