//! The `[[backend]]` entries, as far as they can be checked before anything is built.

use std::collections::HashMap;
use std::sync::Arc;

use portcullis_core::Invalid;

use super::anonymous::{Anonymous, DenyAll};
use super::error::{ConfigError, Problem};
use super::fault::{one_of, unknown};
use super::kinds::{Known, known};
use super::section::Section;
use super::source::Source;
use super::value::Member;

/// One `[[backend]]`.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) section: Section,
    pub(super) backend: Configured,
}

/// What the entry's kind made of it.
#[derive(Clone, Debug)]
pub(super) enum Configured {
    DenyAll,
    Anonymous(Anonymous),
    #[cfg(feature = "basic")]
    Basic(portcullis_basic::BasicConfig),
    #[cfg(feature = "kerberos")]
    Kerberos(Box<portcullis_kerberos::KerberosConfig>),
    #[cfg(feature = "kubernetes")]
    Kubernetes(Box<portcullis_kubernetes::KubernetesConfig>),
    #[cfg(feature = "ldap")]
    Ldap(portcullis_ldap::LdapConfig),
    #[cfg(feature = "oidc")]
    Oidc(Box<portcullis_oidc::OidcConfig>),
    /// A kind that somebody registered, or nobody: that shows when the chain is assembled.
    Registered,
}

impl Configured {
    /// Whether names and groups that begin with `system:` may come from it. Never from a kind that
    /// somebody registered.
    pub(super) fn may_name_system(&self) -> bool {
        self.system_prefix().is_some()
    }

    /// Of one that [may name `system:`](Self::may_name_system): what its user names begin with, before that.
    pub(super) fn system_prefix(&self) -> Option<&str> {
        match self {
            #[cfg(feature = "kubernetes")]
            Self::Kubernetes(config) => Some(&config.username_prefix),
            _ => None,
        }
    }

    /// The other entries that this one speaks of, and the keys that do.
    fn others(&self) -> Vec<(String, &str)> {
        match self {
            #[cfg(feature = "kubernetes")]
            Self::Kubernetes(config) => {
                let act_as = config.access_review.iter().flat_map(|review| &review.act_as).enumerate();
                let key = |index| format!("access_review.act_as[{index}].backend");
                act_as.map(|(index, act_as)| (key(index), act_as.backend.as_str())).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// Reads `backend`, and adds what is wrong with it to `problems`. `webhooks` are the backends beside those; none if it is not known
/// which there are.
pub(super) fn read(
    source: &Arc<Source>,
    member: &Member,
    webhooks: Option<&[Arc<str>]>,
    problems: &mut Vec<Problem>,
) -> Vec<Entry> {
    let array = match member.array(source, "backend") {
        Ok(array) => array,
        Err(problem) => {
            problems.push(problem);
            return Vec::new();
        }
    };
    let alone = array.len() == 1 && webhooks.is_some_and(<[_]>::is_empty);
    let mut sections = Vec::new();
    for (index, value) in array.iter().enumerate() {
        match Section::new(source, index, value) {
            Ok(section) => sections.push((index, section)),
            Err(found) => problems.extend(found),
        }
    }
    problems.extend(clashes(&sections, alone));
    let mut entries = Vec::new();
    for (_, section) in sections {
        match configured(&section, alone) {
            Ok(backend) => entries.push(Entry { section, backend }),
            Err(found) => problems.extend(found.into_problems()),
        }
    }
    // Those with a problem of their own are not in it.
    if entries.len() == array.len() {
        problems.extend(webhooks.into_iter().flat_map(|webhooks| strangers(&entries, webhooks)));
        problems.extend(unreviewed(&entries));
    }
    entries
}

/// Where one entry has a cluster review the tokens of an issuer, and another would take them without.
#[cfg(all(feature = "kubernetes", feature = "oidc"))]
fn unreviewed(entries: &[Entry]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for entry in entries {
        let Configured::Oidc(oidc) = &entry.backend else { continue };
        let reviews = |other: &&Entry| matches!(&other.backend, Configured::Kubernetes(cluster) if cluster.issuers.contains(&oidc.issuer));
        if let Some(other) = entries.iter().find(reviews) {
            let problem = format!("the cluster of {} reviews the tokens of this issuer", other.section.name());
            let invalid = Invalid::new("issuer", problem).expected("an issuer of one of the two entries alone");
            problems.push(entry.section.problem(&invalid));
        }
    }
    problems
}

#[cfg(not(all(feature = "kubernetes", feature = "oidc")))]
fn unreviewed(_: &[Entry]) -> Vec<Problem> {
    Vec::new()
}

/// Where an entry speaks of another one that is not there.
fn strangers(entries: &[Entry], webhooks: &[Arc<str>]) -> Vec<Problem> {
    let names = || entries.iter().map(|entry| entry.section.name()).chain(webhooks.iter().map(|name| &**name));
    let is_there = |name: &str| names().any(|other| other == name);
    let mut problems = Vec::new();
    for entry in entries {
        for (key, name) in entry.backend.others() {
            if !is_there(name) {
                let invalid = Invalid::new(key, unknown("backend", name, names())).expected(one_of(names()));
                problems.push(entry.section.problem(&invalid));
            }
        }
    }
    problems
}

/// Entries that cannot stand beside each other.
fn clashes(sections: &[(usize, Section)], alone: bool) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut names = HashMap::new();
    let mut anonymous = None;
    for (index, section) in sections {
        let before = match section.kind() {
            "deny-all" if !alone => {
                let invalid = Invalid::new("kind", "`deny-all` turns everybody away, and stands alone");
                problems.push(section.problem(&invalid.expected("no other `[[backend]]`, and no `[[webhook]]`")));
                continue;
            }
            "anonymous" => anonymous.replace(index),
            _ => None,
        };
        if let Some(before) = before {
            let invalid = Invalid::new("kind", format!("backend[{before}] is `anonymous` already"));
            problems.push(section.problem(&invalid.expected("one entry of this kind at most")));
        } else if let Some(before) = names.insert(section.name(), index) {
            let invalid = Invalid::new("name", format!("backend[{before}] has the same name"));
            problems.push(section.problem(&invalid.expected("a `name` of its own, which by default is the kind")));
        }
    }
    problems
}

/// What the entry's kind makes of it.
fn configured(section: &Section, alone: bool) -> Result<Configured, ConfigError> {
    match known(section.kind()) {
        Some(Known::DenyAll) => section.deserialize::<DenyAll>().map(|DenyAll {}| Configured::DenyAll),
        Some(Known::Anonymous) => {
            let anonymous: Anonymous = section.deserialize()?;
            let problems = anonymous.check(section, alone).iter().map(|invalid| section.problem(invalid)).collect();
            ConfigError::unless_none(problems)?;
            Ok(Configured::Anonymous(anonymous))
        }
        #[cfg(feature = "basic")]
        Some(Known::Basic) => section.deserialize().map(Configured::Basic),
        #[cfg(feature = "kerberos")]
        Some(Known::Kerberos) => section.deserialize().map(Box::new).map(Configured::Kerberos),
        #[cfg(feature = "kubernetes")]
        Some(Known::Kubernetes) => section.deserialize().map(Box::new).map(Configured::Kubernetes),
        #[cfg(feature = "ldap")]
        Some(Known::Ldap) => section.deserialize().map(Configured::Ldap),
        #[cfg(feature = "oidc")]
        Some(Known::Oidc) => section.deserialize().map(Box::new).map(Configured::Oidc),
        Some(Known::Lacking { remedy }) => {
            Err(section
                .invalid(Invalid::new("kind", format!("this build lacks `{}`", section.kind())).expected(remedy)))
        }
        None => Ok(Configured::Registered),
    }
}
