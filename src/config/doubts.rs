//! What is in order, and may not be meant: the warnings about entries and directories.

#[cfg(feature = "ldap")]
use std::time::Duration;

#[cfg(feature = "ldap")]
use super::directories::Directories;
#[cfg(any(feature = "kerberos", all(feature = "basic", feature = "ldap")))]
use super::entry::Configured;
use super::entry::Entry;

/// Directories that are there for nothing, or whose own bound is: `most` is how long all may take that is done about a credential.
#[cfg(feature = "ldap")]
pub(super) fn of_directories(directories: &Directories, entries: &[Entry], most: Duration) -> Vec<String> {
    let is_named = |name: &str| entries.iter().any(|entry| entry.section.groups_from() == Some(name));
    let mut doubts = Vec::new();
    for (name, place, config) in directories.all() {
        if !is_named(name) {
            doubts.push(format!("{place}: directory {name}: no backend asks it"));
        }
        if config.timeout >= most {
            doubts.push(format!("{place}: directory {name}: `timeout` of `[cache]` bounds what is done about a credential, and should be longer than `timeout` here"));
        }
    }
    doubts
}

/// Tickets without a PAC say the name that the client typed, and a directory that is asked by name has groups for it. Where the file
/// says nothing of a PAC, the KDC need not be one that takes a name for another.
#[cfg(feature = "kerberos")]
pub(super) fn of_typed_names(entries: &[Entry], is_asked_by_name: impl Fn(&str) -> bool) -> Vec<String> {
    let is_meant = |entry: &&Entry| match &entry.backend {
        Configured::Kerberos(config) => {
            entry.section.groups_from().is_some_and(&is_asked_by_name)
                && config.pac.as_ref().is_some_and(|pac| !pac.required)
        }
        _ => false,
    };
    let doubt = |entry: &Entry| {
        let (place, name) = (entry.section.place(), entry.section.name());
        format!(
            "{place}: backend {name}: a ticket without a PAC has the groups that the directory knows of the name that its client \
             typed; `pac.required = true` refuses such tickets"
        )
    };
    entries.iter().filter(is_meant).map(doubt).collect()
}

/// Passwords that are never looked at: whom `ldap` does not know, it refuses.
#[cfg(all(feature = "basic", feature = "ldap"))]
pub(super) fn of_order(entries: &[Entry]) -> Vec<String> {
    let Some(first) = entries.iter().position(|entry| matches!(entry.backend, Configured::Ldap(_))) else {
        return Vec::new();
    };
    let ldap = entries[first].section.name();
    let doubt = |entry: &Entry| {
        let (place, name) = (entry.section.place(), entry.section.name());
        format!("{place}: backend {name}: it is never asked, since {ldap} before it refuses whomever it does not know")
    };
    entries[first..].iter().filter(|entry| matches!(entry.backend, Configured::Basic(_))).map(doubt).collect()
}
