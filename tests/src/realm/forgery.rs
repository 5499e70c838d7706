//! Tickets that no KDC would issue. Whoever has the keys of a service can make them.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::{Realm, Tickets};
use crate::python::python;

/// What a ticket says: of alice, for `HTTP/localhost`, from a minute ago until in an hour, unless
/// something else is asked for.
///
/// Its bearer is told that it is good from yesterday until tomorrow, so that any client sends it.
#[derive(Clone, Debug)]
pub struct Forgery(Value);

impl Default for Forgery {
    fn default() -> Self {
        Self(json!({
            "client": ["alice"],
            "service": ["HTTP", "localhost"],
            "start": -60,
            "end": 3600,
            "flags": Self::PREAUTHENTICATED,
            "padding": 0,
            "transited": "",
        }))
    }
}

impl Forgery {
    /// Of one who had to show a key (RFC 4120, section 2.1).
    pub const PREAUTHENTICATED: u32 = 0x0020_0000;
    /// Not to be used before somebody has validated it (section 2.2).
    pub const INVALID: u32 = 0x0100_0000;
    /// Of nobody (RFC 8062).
    pub const ANONYMOUS: u32 = 0x0000_8000;

    /// Of somebody else; the parts are what stands between slashes.
    #[must_use]
    pub fn of(self, parts: &[&str]) -> Self {
        self.with("client", json!(parts))
    }

    /// Of somebody of this realm.
    #[must_use]
    pub fn from_realm(self, realm: &str) -> Self {
        self.with("client_realm", json!(realm))
    }

    /// Said to have come by these realms, separated by commas.
    #[must_use]
    pub fn by_way_of(self, realms: &str) -> Self {
        self.with("transited", json!(realms))
    }

    /// Good from and until so many seconds from now.
    #[must_use]
    pub fn between(self, start: i64, end: i64) -> Self {
        self.with("start", json!(start)).with("end", json!(end))
    }

    /// With these flags.
    #[must_use]
    pub fn flags(self, flags: u32) -> Self {
        self.with("flags", json!(flags))
    }

    /// With authorization data of so many bytes, which say nothing to us.
    #[must_use]
    pub fn padded(self, bytes: usize) -> Self {
        self.with("padding", json!(bytes))
    }

    fn with(mut self, key: &str, value: Value) -> Self {
        self.0[key] = value;
        self
    }
}

impl Realm {
    /// Makes a ticket with the key that stands in this keytab (the last of AES-256), and a cache that
    /// has no other.
    #[must_use]
    pub fn forge(&self, keytab: &Path, forgery: &Forgery) -> Tickets {
        let tickets = self.no_tickets();
        let mut spec = forgery.0.clone();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs();
        spec["now"] = json!(now);
        spec["realm"] = json!(self.name);
        let keytab = keytab.to_str().expect("a name in UTF-8");
        let _ = python("forge.py", &[keytab, tickets.cache(), &spec.to_string()]);
        tickets
    }
}
