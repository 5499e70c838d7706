//! `kerberos`, which Armada had until 0.4.19.

use super::{Backends, not_understood};
use crate::failure::Failure;
use crate::import::draft::{Draft, Mark, Value, shown};
use crate::import::nobody;
use crate::import::yaml::Item;

mod directory;

/// What the groups of tickets are called.
pub(super) enum GroupNames {
    /// As in the ticket: by their security identifiers.
    Sids,
    /// As in the directory. Armada put the suffix behind that, and nothing here does.
    OfDirectory { suffix: String },
}

impl GroupNames {
    /// What a group is called here that Armada called so. None if no ticket had such a group.
    pub(super) fn own<'a>(&self, name: &'a str) -> Option<&'a str> {
        match self {
            Self::Sids => is_sid_of_group(name).then_some(name),
            // Armada left out the groups that the directory does not know; here they keep their identifiers.
            Self::OfDirectory { suffix } => {
                name.strip_suffix(suffix.as_str()).filter(|name| *name != "everyone" && !name.starts_with("S-1-"))
            }
        }
    }
}

pub(super) fn write(auth: &Item<'_>, known: &mut Backends, draft: &mut Draft) -> Result<(), Failure> {
    let Some(item) = auth.member("kerberos")? else { return Ok(()) };
    let keys = ["keytabLocation", "principalName", "userNameSuffix", "groupNameSuffix", "ldap"];
    not_understood(&item.strangers(&keys)?, draft);
    let Some(keytab) = item.text_of("keytabLocation")? else { return Ok(()) };
    draft.blank();
    let service = item.text_of("principalName")?;
    let suffix = item.text_of("userNameSuffix")?;
    // Without them, tickets for others would be taken, or users would have the names of others.
    if let Some(bad) = service.filter(|service| !is_service(service)) {
        let problem = "no service and no principal of one, so there is no entry for `kerberos`";
        draft.note(Mark::NotUnderstood, &format!("the `principalName` {}: {problem}.", shown(bad)));
        return Ok(());
    }
    if let Some(bad) = suffix.filter(|suffix| suffix.chars().any(char::is_control)) {
        let problem = "it has control characters, so there is no entry for `kerberos`";
        draft.note(Mark::NotUnderstood, &format!("the `userNameSuffix` {}: {problem}.", shown(bad)));
        return Ok(());
    }
    draft.comment(
        "Users are called as in Active Directory, without their realm, and with the suffix. That takes one realm: see \
         `name_mapping` for several. Clients get the token that proves the server to them, which Armada kept to itself.",
    );
    draft.note(Mark::ToDo, "see that the keytab is there, as a file that this service can read.");
    if let Some(service) = service.filter(|service| !service.contains('/')) {
        draft.comment(&format!(
            "{} is a service here: the keytab must have keys of `{service}/HOST`. A key of an account by itself is not taken.",
            shown(service)
        ));
    }
    let ldap = item.member("ldap")?;
    // Without a name to ask by, Armada did not ask.
    let reader = ldap.as_ref().map_or(Ok(None), |ldap| ldap.text_of("username"))?;
    let asked = ldap.as_ref().zip(reader);
    if asked.is_none() {
        sids(ldap.as_ref(), draft)?;
    }
    draft.header("[[backend]]");
    draft.key("kind", "kerberos");
    draft.key("keytab", keytab);
    if let Some(service) = service {
        draft.key("service", service);
    }
    draft.key("name_mapping", "strip_realm");
    if let Some(suffix) = suffix {
        draft.key("username_suffix", suffix);
    }
    if asked.is_some() {
        draft.key("directory", directory::NAME);
    }
    pac(draft);
    known.kerberos = Some(match asked {
        Some((ldap, reader)) => {
            let suffix = item.text_of("groupNameSuffix")?.unwrap_or_default();
            directory::write(ldap, reader, suffix, draft)?;
            GroupNames::OfDirectory { suffix: suffix.to_owned() }
        }
        None => GroupNames::Sids,
    });
    Ok(())
}

/// Groups that no directory is asked about.
fn sids(ldap: Option<&Item<'_>>, draft: &mut Draft) -> Result<(), Failure> {
    draft.comment("Groups are called by their security identifiers, as in Armada where it asked no directory.");
    let Some(ldap) = ldap else { return Ok(()) };
    draft.comment(
        "It did not ask that of `ldap`, which has no `username`. If that was in the server's environment, write it into the file, \
         and import it again.",
    );
    directory::remark_on(ldap, draft)
}

/// Where users and groups came from.
fn pac(draft: &mut Draft) {
    draft.blank();
    draft.comment("User and groups are those of the ticket's PAC. As in Armada, a ticket without one is refused.");
    draft.note(
        Mark::ToDo,
        "write the security identifier of your domain into `domains`, as `Get-ADDomain` or `samba-tool domain info` says it. \
         Until then nobody gets in with a ticket: the domain that stands there has no accounts. Armada took groups of every \
         domain; if those of others are to count too, write these as well, and into `realms` which domain is which realm.",
    );
    draft.header("[backend.pac]");
    draft.key("domains", [nobody::DOMAIN].into_iter().collect::<Value>());
    draft.key("required", true);
}

/// Whether this is the security identifier of a group of a domain, as a ticket's groups are called: `S-1-5-21-1-2-3-513`.
fn is_sid_of_group(text: &str) -> bool {
    let parts: Option<Vec<&str>> = text.strip_prefix("S-1-5-21-").map(|rest| rest.split('-').collect());
    // What else can be read as a number is spelt otherwise.
    let is_number = |part: &&str| part.parse::<u32>().is_ok_and(|number| number.to_string() == **part);
    parts.is_some_and(|parts| parts.len() == 4 && parts.iter().all(is_number))
}

/// What the backend takes for a service: `HTTP`, `HTTP/host.example`, `HTTP/host.example@REALM`.
fn is_service(text: &str) -> bool {
    let (name, realm) = text.split_once('@').map_or((text, None), |(name, realm)| (name, Some(realm)));
    let (kind, host) = name.split_once('/').map_or((name, None), |(kind, host)| (kind, Some(host)));
    let is_plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_graphic() && !b"/@\\".contains(&b));
    [Some(kind), host, realm].into_iter().flatten().all(is_plain) && (realm.is_none() || host.is_some())
}

#[cfg(test)]
mod tests;
