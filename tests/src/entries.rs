//! What a directory is filled with.

use std::fmt::{self, Display, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::Slapd;

mod companies;

/// Entries for a [`Slapd`], and changes to those that are there, in their order. What it shows is LDIF (RFC 2849).
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Entries(String);

/// The distinguished name of a user.
#[must_use]
pub fn user_dn(name: &str) -> String {
    format!("uid={},ou=people,{}", in_dn(name), Slapd::SUFFIX)
}

/// The distinguished name of a group.
#[must_use]
pub fn group_dn(name: &str) -> String {
    format!("cn={},ou=groups,{}", in_dn(name), Slapd::SUFFIX)
}

/// The password of a user.
#[must_use]
pub fn password_of(name: &str) -> String {
    format!("{name}-password")
}

/// A value, as it stands in a distinguished name (RFC 4514): everything but ASCII letters and digits as bytes, so that nobody
/// has to know what is special.
fn in_dn(value: &str) -> String {
    value.bytes().fold(String::new(), |mut text, byte| {
        let _ = match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' => write!(text, "{}", char::from(byte)),
            _ => write!(text, "\\{byte:02x}"),
        };
        text
    })
}

impl Display for Entries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Entries {
    /// A user with a [password](password_of), and the address `NAME@example.test` if that can be one.
    pub fn user(self, name: &str) -> Self {
        self.user_with(name, &[])
    }

    /// The same with more attributes, such as `("objectClass", "foreignAccount")`.
    pub fn user_with(self, name: &str, more: &[(&str, &str)]) -> Self {
        let (password, mail) = (password_of(name), format!("{name}@example.test"));
        let mut attributes = vec![
            ("objectClass", "inetOrgPerson"),
            ("uid", name),
            ("cn", name),
            ("sn", name),
            ("userPassword", &password),
        ];
        if mail.is_ascii() && !mail.contains(|letter: char| letter.is_control()) {
            attributes.push(("mail", &mail));
        }
        attributes.extend(more);
        self.entry(&user_dn(name), &attributes)
    }

    /// A `groupOfNames` of those who have these distinguished names. Nobody else is told of its being there: whose entry is
    /// to have `memberOf`, must be there before, or [join](Self::join) later.
    pub fn group<D: AsRef<str>>(self, name: &str, members: impl IntoIterator<Item = D>) -> Self {
        let members: Vec<D> = members.into_iter().collect();
        let mut attributes = vec![("objectClass", "groupOfNames"), ("cn", name)];
        attributes.extend(members.iter().map(|member| ("member", member.as_ref())));
        self.entry(&group_dn(name), &attributes)
    }

    /// A `posixGroup` (RFC 2307) of users of these names.
    pub fn posix_group(self, name: &str, users: &[&str]) -> Self {
        let mut attributes = vec![("objectClass", "posixGroup"), ("cn", name), ("gidNumber", "5000")];
        attributes.extend(users.iter().map(|user| ("memberUid", *user)));
        self.entry(&group_dn(name), &attributes)
    }

    /// One more member for a `groupOfNames`, by its distinguished name.
    pub fn join(self, group: &str, member: &str) -> Self {
        self.change(&group_dn(group), "add", "member", member)
    }

    /// One member less for a `groupOfNames`.
    pub fn leave(self, group: &str, member: &str) -> Self {
        self.change(&group_dn(group), "delete", "member", member)
    }

    /// Gives an entry this value of an attribute, in place of those it has.
    pub fn set(self, dn: &str, attribute: &str, value: &str) -> Self {
        self.change(dn, "replace", attribute, value)
    }

    /// Any entry.
    pub fn entry(mut self, dn: &str, attributes: &[(&str, &str)]) -> Self {
        self.line("dn", dn);
        self.line("changetype", "add");
        for (name, value) in attributes {
            self.line(name, value);
        }
        self.0.push('\n');
        self
    }

    /// What both say.
    pub fn and(mut self, other: &Self) -> Self {
        self.0 += &other.0;
        self
    }

    fn change(mut self, dn: &str, how: &str, attribute: &str, value: &str) -> Self {
        for (name, value) in [("dn", dn), ("changetype", "modify"), (how, attribute), (attribute, value)] {
            self.line(name, value);
        }
        self.0 += "-\n\n";
        self
    }

    fn line(&mut self, name: &str, value: &str) {
        let plain = value.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        let plain = plain && !value.starts_with([' ', ':', '<']) && !value.ends_with(' ');
        let _ = match plain {
            true => writeln!(self.0, "{name}: {value}"),
            false => writeln!(self.0, "{name}:: {}", STANDARD.encode(value)),
        };
    }
}
