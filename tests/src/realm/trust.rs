//! Realms that know each other.

use super::{Realm, config};

impl Realm {
    /// Has members of either realm get tickets for services of the other. Services on localhost are
    /// of this one.
    pub fn trust(&self, other: &Self) {
        let between = [(&self.name, &other.name), (&other.name, &self.name)];
        for realm in [self, other] {
            for (home, away) in between {
                let gate = format!("krbtgt/{away}@{home}");
                let _ = realm.kadmin(&["addprinc", "-pw", "password between realms", &gate]);
            }
            config::write_client(&realm.config(), &realm.name, &self.name, &[self.kdc_of(), other.kdc_of()]);
        }
    }
}
