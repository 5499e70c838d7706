//! What is asked of a directory, as the file says it.

use std::fmt::Write as _;

use portcullis_core::{Principal, Sid};

use crate::config::Find;
use crate::groups::Groups;
use crate::template::{Slot, Template};
use crate::users::Users;

/// What is asked about each caller.
pub(crate) struct Plan {
    users: Option<Users>,
    groups: Option<Groups>,
    /// What of a caller the answer depends on.
    slots: Vec<Slot>,
}

/// What there is to ask about a caller.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Question<'a> {
    /// Two with the same key get the same answer.
    Key(String),
    /// Nothing, since this is not known of the caller, or cannot be looked for.
    Lacks(&'a Slot),
    /// Nothing: accounts are not looked at, and the caller has no SIDs.
    Nothing,
}

impl Plan {
    pub(crate) fn new(users: Option<Users>, groups: Option<Groups>) -> Self {
        let templates = [users.as_ref().map(Users::template), groups.as_ref().and_then(Groups::filter)];
        let mut slots: Vec<Slot> = Vec::new();
        for slot in templates.into_iter().flatten().flat_map(Template::slots) {
            if *slot != Slot::Dn && !slots.contains(slot) {
                slots.push(slot.clone());
            }
        }
        // It is compared with what the account is called, though it may be found by something else.
        let counts = users.as_ref().is_some_and(|users| !users.names.is_empty());
        if counts && !slots.contains(&Slot::Name) {
            slots.push(Slot::Name);
        }
        Self { users, groups, slots }
    }

    pub(crate) fn users(&self) -> Option<&Users> {
        self.users.as_ref()
    }

    pub(crate) fn groups(&self) -> Option<&Groups> {
        self.groups.as_ref()
    }

    /// Whether the name alone is not enough, as those who show a password have no more.
    pub(crate) fn needs_more_than_a_name(&self) -> bool {
        self.slots.iter().any(|slot| *slot != Slot::Name)
    }

    /// What is really asked about this caller.
    pub(crate) fn question(&self, caller: &Principal) -> Question<'_> {
        let mut key = String::with_capacity(64);
        for slot in &self.slots {
            let Some(value) = slot.of(caller) else { return Question::Lacks(slot) };
            // Writing to a string cannot fail.
            let _ = write!(key, "{}:{value}", value.len());
        }
        if self.groups.as_ref().is_some_and(|groups| groups.find == Find::Sid) {
            let mut groups: Vec<&str> = caller.groups().collect();
            groups.sort_unstable();
            if self.users.is_none() && !groups.iter().any(|group| Sid::parse(group).is_some()) {
                return Question::Nothing;
            }
            let mut digest = blake3::Hasher::new();
            for group in groups {
                // With those that are no SIDs: what is found takes the place of them all.
                digest.update(&group.len().to_be_bytes()).update(group.as_bytes());
            }
            // A ticket may have a thousand, and this is kept for each caller.
            key.push_str(&digest.finalize().to_hex());
        }
        Question::Key(key)
    }
}

#[cfg(test)]
mod tests;
