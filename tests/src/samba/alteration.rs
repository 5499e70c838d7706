//! Tickets that the domain has issued, and somebody has altered who has the keys of the service.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Samba;
use crate::Tickets;
use crate::python::python;

/// What becomes of the PAC (MS-PAC) in a ticket for `HTTP/localhost`: nothing, unless something is asked for. The ticket
/// itself is sealed anew with the key of the service, as nobody else could.
#[derive(Clone, Debug)]
pub struct Alteration(Value);

impl Default for Alteration {
    fn default() -> Self {
        Self(json!({
            "stripped": false, "garbage": false, "unsigned": false, "signed": false, "rids": [], "logon_info": null,
            "pac": null,
        }))
    }
}

impl Alteration {
    /// It is taken out, with all authorization data of the ticket.
    #[must_use]
    pub fn stripped(self) -> Self {
        self.with("stripped", json!(true))
    }

    /// This one takes its place, before anything else happens to it.
    #[must_use]
    pub fn pac(self, pac: &[u8]) -> Self {
        self.with("pac", json!(STANDARD.encode(pac)))
    }

    /// It is as long as before, and makes no sense.
    #[must_use]
    pub fn garbage(self) -> Self {
        self.with("garbage", json!(true))
    }

    /// It says one relative identifier, of a user or a group, where it said another one.
    #[must_use]
    pub fn rid(mut self, old: u32, new: u32) -> Self {
        self.0["rids"].as_array_mut().expect("it is a list").push(json!([old, new]));
        self
    }

    /// It has this in place of its `KERB_VALIDATION_INFO` (MS-PAC, section 2.5).
    #[must_use]
    pub fn logon_info(self, bytes: &[u8]) -> Self {
        self.with("logon_info", json!(STANDARD.encode(bytes)))
    }

    /// It has no checksum of the service any more (MS-PAC, section 2.8.1).
    #[must_use]
    pub fn unsigned(self) -> Self {
        self.with("unsigned", json!(true))
    }

    /// It gets the right checksum of the service after all. That of the KDC, which a service cannot verify, stays as it was.
    #[must_use]
    pub fn signed(self) -> Self {
        self.with("signed", json!(true))
    }

    fn with(mut self, key: &str, value: Value) -> Self {
        self.0[key] = value;
        self
    }
}

impl Samba {
    /// A cache that has nothing but the ticket of somebody for `HTTP/localhost`, altered so.
    #[must_use]
    pub fn altered(&self, tickets: &Tickets, alteration: &Alteration) -> Tickets {
        let (service, new) = ("HTTP/localhost", Tickets::none(self.config(), self.directory.path()));
        tickets.fetch(service);
        let keytab = self.path("http.keytab");
        let keytab = keytab.to_str().expect("a name in UTF-8");
        let spec = alteration.0.to_string();
        let _ = python("pac.py", &[keytab, service, tickets.cache(), new.cache(), &spec]);
        new
    }
}
