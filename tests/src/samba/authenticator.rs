//! What a client can say of itself beside its ticket.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Samba;
use crate::Tickets;
use crate::python::python;

impl Samba {
    /// The value of an `Authorization` field that presents somebody's ticket for `HTTP/localhost`, with this PAC, if any, in
    /// the authorization data of the authenticator (RFC 4120, section 5.5.1): there anybody can say what he likes.
    #[must_use]
    pub fn saying(&self, tickets: &Tickets, pac: Option<&[u8]>) -> String {
        let service = "HTTP/localhost";
        tickets.fetch(service);
        let pac = pac.map(|pac| STANDARD.encode(pac));
        let arguments: Vec<_> = [service, tickets.cache()].into_iter().chain(pac.as_deref()).collect();
        let made = python("authenticator.py", &arguments);
        format!("Negotiate {}", made["token"].as_str().expect("a token"))
    }
}
