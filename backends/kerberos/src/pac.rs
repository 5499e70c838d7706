//! Groups from the PAC of a ticket: what counts of what libkrb5 vouches for. [`PacConfig`] says what that means.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use portcullis_core::{Invalid, Sid};

use crate::failure::Failure;
use crate::gss::TicketPac;
use crate::principal_name::PrincipalName;

mod config;
mod logon_info;
mod ndr;

pub use config::PacConfig;
#[cfg(test)]
pub(crate) use logon_info::written;
pub use logon_info::{LogonInfo, MalformedLogonInfo};

/// What the file says of PACs.
#[derive(Debug)]
pub(crate) struct PacRules {
    domains: BTreeSet<Sid>,
    /// By realm.
    of_realms: BTreeMap<String, Sid>,
    names: BTreeMap<Sid, String>,
    required: bool,
}

/// Who the PAC says that a client is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    /// The account's own name, with the realm of the ticket.
    pub(crate) principal: PrincipalName,
    pub(crate) sid: Sid,
    pub(crate) groups: Vec<String>,
}

impl PacRules {
    /// `realms` are those whose users get in.
    pub(crate) fn new(config: &PacConfig, realms: &BTreeSet<String>) -> Result<Self, Invalid> {
        let domains = domains(config)?;
        let of_realms = of_realms(config, &domains, realms)?;
        Ok(Self { of_realms, names: names(config, &domains)?, domains, required: config.required })
    }

    /// Who the PAC says that a client of this realm is, if it says so.
    pub(crate) fn account(&self, realm: &str, pac: &TicketPac) -> Result<Option<Account>, Failure> {
        let (bytes, domain) = match (pac, self.of_realms.get(realm)) {
            // Whoever changes tickets is not believed anything.
            (TicketPac::Tampered, _) => return Err(Failure::TamperedPac),
            // The KDC of a realm may vouch for another one's principals, by accounts that it maps them to.
            (_, None) => return Ok(None),
            (TicketPac::NoLogonInfo, Some(_)) if self.required => return Err(Failure::NoPac),
            (TicketPac::NoLogonInfo, Some(_)) => return Ok(None),
            (TicketPac::LogonInfo(bytes), Some(domain)) => (bytes, domain),
        };
        let info = LogonInfo::decode(bytes).map_err(Failure::BrokenPac)?;
        if info.user().domain().as_ref() != Some(domain) {
            return Err(Failure::OtherDomain(*info.user()));
        }
        let principal = PrincipalName::parse(format!("{}@{realm}", info.account()));
        let principal = principal.ok_or(Failure::Unnamed("the account has no name, or no realm"))?;
        let groups = info.groups().filter(|sid| sid.domain().is_some_and(|domain| self.domains.contains(&domain)));
        let groups = groups.map(|sid| self.names.get(sid).cloned().unwrap_or_else(|| sid.to_string()));
        Ok(Some(Account { principal, sid: *info.user(), groups: groups.collect() }))
    }
}

/// In plain words, for `portcullis check`.
impl fmt::Display for PacRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let domains = Vec::from_iter(self.domains.iter().map(Sid::to_string)).join(", ");
        write!(f, "groups of {domains} from their PAC")?;
        if self.required { f.write_str(", which they must have") } else { Ok(()) }
    }
}

fn domains(config: &PacConfig) -> Result<BTreeSet<Sid>, Invalid> {
    if config.domains.is_empty() {
        return Err(Invalid::new("pac.domains", "there is none, so nobody would have groups").expected(A_DOMAIN));
    }
    let mut domains = BTreeSet::new();
    for (index, text) in config.domains.iter().enumerate() {
        let invalid = |problem: &str| Invalid::new(format!("pac.domains[{index}]"), problem).expected(A_DOMAIN);
        let domain = Sid::parse(text).filter(Sid::is_domain).ok_or_else(|| invalid("no domain"))?;
        if !domains.insert(domain) {
            return Err(invalid("it is there already"));
        }
    }
    Ok(domains)
}

const A_DOMAIN: &str = "the security identifier of a domain, such as S-1-5-21-1004336348-1177238915-682003330, once";

fn of_realms(
    config: &PacConfig,
    domains: &BTreeSet<Sid>,
    realms: &BTreeSet<String>,
) -> Result<BTreeMap<String, Sid>, Invalid> {
    if config.realms.is_empty() {
        return match (Vec::from_iter(domains).as_slice(), Vec::from_iter(realms).as_slice()) {
            ([domain], [realm]) => Ok(BTreeMap::from([((*realm).clone(), **domain)])),
            (_, realms) => {
                let realms = Vec::from_iter(realms.iter().map(|realm| realm.as_str())).join(", ");
                let problem = format!("which of the domains is which of the realms ({realms}) is not said");
                Err(Invalid::new("pac.realms", problem).expected("a realm for each domain whose users get in"))
            }
        };
    }
    let mut of_realms = BTreeMap::new();
    for (text, realm) in &config.realms {
        let invalid =
            |problem: &str, expected: &str| Invalid::new(format!("pac.realms.{text}"), problem).expected(expected);
        let domain = Sid::parse(text).filter(|domain| domains.contains(domain));
        let domain = domain.ok_or_else(|| invalid("no such domain", "one of `pac.domains`"))?;
        if !realms.contains(realm) {
            return Err(invalid("nobody of this realm gets in", "one of `realms`"));
        }
        if of_realms.insert(realm.clone(), domain).is_some() {
            return Err(invalid("another domain has this realm", "one domain for each realm"));
        }
    }
    Ok(of_realms)
}

fn names(config: &PacConfig, domains: &BTreeSet<Sid>) -> Result<BTreeMap<Sid, String>, Invalid> {
    let mut names = BTreeMap::new();
    for (text, name) in &config.names {
        let invalid =
            |problem: &str, expected: &str| Invalid::new(format!("pac.names.{text}"), problem).expected(expected);
        let group = Sid::parse(text).filter(|sid| sid.domain().is_some_and(|domain| domains.contains(&domain)));
        let group =
            group.ok_or_else(|| invalid("no such group", "the security identifier of a group of `pac.domains`"))?;
        if name.is_empty() || name.contains(char::is_control) {
            return Err(invalid("no such name", "visible characters"));
        }
        if Sid::is_looked_like_by(name) {
            return Err(invalid("it looks like a security identifier", "a name that cannot be one"));
        }
        if name.starts_with("system:") {
            return Err(invalid("such names come from kubernetes alone", "another name"));
        }
        names.insert(group, name.clone());
    }
    Ok(names)
}

#[cfg(test)]
mod tests;
