//! How the account of a caller is found.

use std::borrow::Cow;
use std::time::Duration;

use portcullis_core::{Membership, Principal, Standing};
use tokio::time::Instant;

use crate::account;
use crate::config::Unknown;
use crate::connection::{Connection, Query, Scope};
use crate::dn::Dn;
use crate::entry::Entry;
use crate::failure::Failure;
use crate::template::{Comparison, Slot, Template};

/// Matches every entry.
pub(crate) const ANY: &str = "(objectClass=*)";
/// `invalidAttributeSyntax` and `invalidDNSyntax`: what a server says of a name that no entry of its can have.
const NO_NAME: [u32; 2] = [21, 34];

/// What `[directory.users]` says.
pub(crate) struct Users {
    pub(crate) place: Place,
    /// The attribute that is an account's name.
    pub(crate) name: Option<String>,
    /// The attributes of which one must have the caller's name: those that it is found by, and `name`.
    pub(crate) names: Vec<String>,
    /// What else it is found by that stands for whole values, and the attributes of which one must have that value.
    pub(crate) others: Vec<(Slot, Vec<String>)>,
    pub(crate) unknown: Unknown,
    pub(crate) lockout: Option<Duration>,
}

/// Where accounts are.
pub(crate) enum Place {
    Below { base: String, filter: Template },
    At(Template),
}

/// What was found of a caller.
pub(crate) enum Found {
    One(Entry),
    None,
    Several,
}

impl Users {
    /// The entry of this caller, with some attributes beside those that say whether it may get in.
    pub(crate) async fn find(
        &self,
        caller: &Principal,
        more: &[&str],
        connection: &mut Connection,
        until: Instant,
    ) -> Result<Found, Failure> {
        let attributes = [&account::ATTRIBUTES, more].concat();
        let Some(asked) = self.template().with(caller, None) else { return Ok(Found::None) };
        let mut query = Query { base: &asked, scope: Scope::Base, filter: ANY, attributes: &attributes, most: 1 };
        if let Place::Below { base, .. } = &self.place {
            query = Query { base, scope: Scope::Subtree, filter: &asked, ..query };
        }
        match connection.search(&query, until).await {
            Ok(mut entries) => Ok(entries.pop().map_or(Found::None, Found::One)),
            Err(Failure::TooMany) => Ok(Found::Several),
            Err(Failure::NoSuchObject) => match &self.place {
                Place::Below { base, .. } => Err(Failure::Wrong(format!("users.base: there is no entry {base}"))),
                Place::At(_) => Ok(Found::None),
            },
            // The rest of the name is from the file: it is the caller's part that no name can have.
            Err(failure) if matches!(self.place, Place::At(_)) && NO_NAME.map(Failure::of_code).contains(&failure) => {
                Ok(Found::None)
            }
            Err(failure) => Err(failure),
        }
    }

    /// What the account is called in the directory itself: in its own spelling.
    pub(crate) fn name_of(&self, entry: &Entry) -> Option<String> {
        let attribute = self.name.as_deref()?;
        let name = match entry.values(attribute) {
            [name] => name.clone(),
            // Anybody may have a second name that is another one's first.
            _ => Dn::parse(entry.dn())?.own(attribute)?.to_vec(),
        };
        String::from_utf8(name).ok().filter(|name| is_name(name))
    }

    /// Whether the account is called what the caller is, and has the other values that it was looked for by. A server
    /// takes more for the same than we do: spaces, full-width letters. Nobody may get another one's groups, nor get
    /// around what is said of its name, by such a spelling.
    pub(crate) fn is_called(&self, entry: &Entry, caller: &Principal) -> bool {
        let dn = Dn::parse(entry.dn());
        let has = |found: &Comparison| {
            let in_dn = dn.as_ref().and_then(|dn| dn.at(found.level, &found.attribute));
            let own = if found.level == 0 { entry.values(&found.attribute) } else { &[] };
            let mut values = own.iter().map(Vec::as_slice).chain(in_dn);
            values.any(|value| value.eq_ignore_ascii_case(found.value.as_bytes()))
        };
        let has_one = |slot: &Slot| self.template().comparisons(slot, caller).iter().any(has);
        let called = self.name.clone().map(|attribute| Comparison { attribute, value: caller.name().into(), level: 0 });
        let is_named = self.names.is_empty() || called.as_ref().is_some_and(has) || has_one(&Slot::Name);
        is_named && self.others.iter().all(|(slot, _)| has_one(slot))
    }

    /// The attributes that show whether it is.
    pub(crate) fn compared(&self) -> impl Iterator<Item = &str> {
        let others = self.others.iter().flat_map(|(_, attributes)| attributes);
        self.names.iter().chain(others).map(String::as_str)
    }

    /// What becomes of a caller who is not in the directory.
    pub(crate) fn unknown(&self, reason: impl Into<Cow<'static, str>>) -> Standing {
        match self.unknown {
            Unknown::Refuse => Standing::Barred(reason.into()),
            Unknown::Accept => Standing::Member(Membership::none()),
        }
    }

    pub(crate) fn template(&self) -> &Template {
        match &self.place {
            Place::Below { filter, .. } => filter,
            Place::At(name) => name,
        }
    }

    /// An entry that is not there, beside those that are.
    pub(crate) fn nobody(&self, id: u64) -> String {
        match &self.place {
            Place::Below { base, .. } => format!("cn=nobody-{id:016x},{base}"),
            Place::At(name) => {
                let nobody = Principal::builder(format!("nobody-{id:016x}")).build();
                name.with(&nobody, None).unwrap_or_default()
            }
        }
    }
}

/// Whether a name of the directory can be one of ours.
pub(crate) fn is_name(name: &str) -> bool {
    /// Bytes.
    const MAX: usize = 1024;
    (1..=MAX).contains(&name.len()) && !name.chars().any(char::is_control)
}

#[cfg(test)]
mod tests;
