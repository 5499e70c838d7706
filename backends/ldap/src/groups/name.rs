//! What a group is called.

use portcullis_core::Sid;

use crate::dn::Dn;
use crate::entry::Entry;
use crate::users::is_name;

/// The attribute of the binary SID.
pub(crate) const OBJECT_SID: &str = "objectSid";

/// The attribute that is a group's name.
pub(crate) struct GroupName(String);

impl GroupName {
    pub(crate) fn new(attribute: String) -> Self {
        Self(attribute)
    }

    /// Whether groups are called by their SIDs.
    pub(crate) fn is_sid(&self) -> bool {
        self.0.eq_ignore_ascii_case(OBJECT_SID)
    }

    pub(crate) fn attributes(&self) -> [&str; 1] {
        [&self.0]
    }

    /// The name of this group, if it has one that can be used.
    pub(crate) fn of(&self, group: &Entry) -> Option<Box<str>> {
        let name = match group.values(&self.0) {
            [value] if self.is_sid() => Sid::from_bytes(value).map(|sid| sid.to_string().into()),
            [value] => usable(value),
            // Whoever may give a group a second name could give it the name of another one.
            _ => Dn::parse(group.dn()).and_then(|dn| self.in_dn(&dn)),
        };
        if name.is_none() {
            tracing::warn!(group = ?group.dn(), attribute = %self.0, "a group of the directory has no name that can be used, and is left out");
        }
        name
    }

    /// The name, if the entry is named by it.
    pub(crate) fn in_dn(&self, dn: &Dn) -> Option<Box<str>> {
        dn.own(&self.0).filter(|_| !self.is_sid()).and_then(usable)
    }
}

/// A name that is none of a SID: whoever may name a group could otherwise give it the SID of another one, as tickets
/// have them.
fn usable(name: &[u8]) -> Option<Box<str>> {
    std::str::from_utf8(name).ok().filter(|name| is_name(name) && !Sid::is_looked_like_by(name)).map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(attribute: &str, entry: &Entry) -> Option<Box<str>> {
        GroupName::new(attribute.to_owned()).of(entry)
    }

    #[test]
    fn the_one_value_is_the_name() {
        let entry = Entry::of(
            "cn=a,dc=test",
            &[
                ("cn", &[b"a"]),
                ("sAMAccountName", &["Ä b".as_bytes()]),
                ("objectSid", &[&[1, 1, 0, 0, 0, 0, 0, 5, 7, 0, 0, 0]]),
            ],
        );
        assert_eq!(of("CN", &entry).as_deref(), Some("a"));
        assert_eq!(of("samaccountname", &entry).as_deref(), Some("Ä b"));
        assert_eq!(of("objectSid", &entry).as_deref(), Some("S-1-5-7"));
        assert_eq!(of("description", &entry), None);
    }

    #[test]
    fn of_several_values_only_the_one_in_the_entry_s_name_counts() {
        let entry = Entry::of("cn=mine,dc=test", &[("cn", &[b"admins", b"mine"]), ("ou", &[b"admins", b"x"])]);
        assert_eq!(of("cn", &entry).as_deref(), Some("mine"));
        assert_eq!(of("ou", &entry), None);
    }

    #[test]
    fn a_name_that_cannot_be_used_is_none() {
        let long = [b'x'; 1025];
        for value in [&b""[..], b"S-1-5-21-1-2-3-512", b"s-1-x", b"a\0b", b"a\nb", b"\xff", &long] {
            assert_eq!(of("cn", &Entry::of("ou=x", &[("cn", &[value])])), None);
        }
        assert_eq!(of("objectSid", &Entry::of("ou=x", &[("objectSid", &[b"S-1-5-7"])])), None);
        let dn = Dn::parse("cn=S-1-5-32-544,dc=test").unwrap();
        assert_eq!(GroupName::new("cn".to_owned()).in_dn(&dn), None);
    }
}
