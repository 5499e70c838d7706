//! What of a section cannot be used, and what is made of one that can.

use std::ops::RangeInclusive;
use std::time::Duration;

use portcullis_core::config::{duration, number};
use portcullis_core::{Clock, Invalid};

use crate::config::{DirectoryConfig, Find, GroupsConfig, UsersConfig};
use crate::dn::{self, Dn};
use crate::groups::{GroupName, Groups, SidNames};
use crate::plan::Plan;
use crate::server::Server;
use crate::template::{Slot, Template};
use crate::users::{Place, Users};

const TIMEOUTS: RangeInclusive<Duration> = Duration::from_millis(100)..=Duration::from_secs(30);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const LOCKOUTS: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(365 * 24 * 60 * 60);
const BY_MEMBER: &str = "(member={dn})";
/// `groupType` with the bit of security groups, and LDAP_MATCHING_RULE_IN_CHAIN.
const IN_CHAIN: &str = "(&(groupType:1.2.840.113556.1.4.803:=2147483648)(member:1.2.840.113556.1.4.1941:={dn}))";

/// The servers of a section.
pub(crate) fn servers(config: &DirectoryConfig) -> Result<Vec<Server>, Invalid> {
    if config.urls.is_empty() {
        return Err(Invalid::new("urls", "there is no server").expected(Server::EXPECTED));
    }
    let mut servers = Vec::with_capacity(config.urls.len());
    for (index, url) in config.urls.iter().enumerate() {
        let invalid = |problem: &str| Invalid::new(format!("urls[{index}]"), problem).expected(Server::EXPECTED);
        let server = Server::parse(url, config.start_tls).map_err(invalid)?;
        if !server.is_private() && !config.plain_text {
            return Err(invalid(
                "`ldap` without TLS to another machine: whoever is in between reads the password and hands out groups",
            ));
        }
        if servers.contains(&server) {
            return Err(invalid("it is in the list already"));
        }
        servers.push(server);
    }
    Ok(servers)
}

/// What can be seen to be wrong without looking at files or servers.
pub(crate) fn check(config: &DirectoryConfig) -> Result<(), Invalid> {
    duration::bounded("timeout", config.timeout, TIMEOUTS)?;
    number::bounded("connections", config.connections, 1..=64)?;
    duration::bounded("ttl", config.ttl, Duration::ZERO..=DAY)?;
    duration::bounded("stale_if_unavailable", config.stale_if_unavailable, Duration::ZERO..=7 * DAY)?;
    number::bounded("capacity", config.capacity, 1..=1_000_000)?;
    match (&config.bind_dn, &config.bind_password) {
        (Some(dn), Some(_)) => name_of_entry("bind_dn", dn),
        (None, None) => Ok(()),
        (Some(_), None) => {
            Err(Invalid::new("bind_password", "there is none for `bind_dn`")
                .expected("`{ env = … }` or `{ file = … }`"))
        }
        (None, Some(_)) => {
            Err(Invalid::new("bind_dn", "there is none for `bind_password`").expected("the name of an entry"))
        }
    }
}

/// What is asked about each caller.
pub(crate) fn plan(config: &DirectoryConfig, clock: &Clock) -> Result<Plan, Invalid> {
    let groups = config.groups.as_ref();
    let only_sids = groups.is_some_and(|groups| groups.find == Find::Sid) && is_absent(&config.users);
    let users = if only_sids { None } else { Some(users(&config.users)?) };
    let sids = || SidNames::new(config.capacity, config.ttl, clock.clone());
    let groups = groups.map(|groups| self::groups(groups, sids())).transpose()?;
    Ok(Plan::new(users, groups))
}

fn is_absent(users: &UsersConfig) -> bool {
    *users == UsersConfig::default()
}

fn users(config: &UsersConfig) -> Result<Users, Invalid> {
    let place = match (&config.filter, &config.dn) {
        (Some(filter), None) => {
            name_of_entry("users.base", &config.base)?;
            let filter = template("users.filter", Template::filter(filter), "a filter such as `(uid={name})`")?;
            Place::Below { base: config.base.clone(), filter }
        }
        (None, Some(_)) if !config.base.is_empty() => {
            return Err(
                Invalid::new("users.base", "`users.dn` says where an account is").expected("the one or the other")
            );
        }
        (None, Some(dn)) => Place::At(template(
            "users.dn",
            Template::name(dn),
            "a name such as `uid={name},ou=people,dc=example,dc=com`",
        )?),
        (Some(_), Some(_)) => {
            return Err(Invalid::new("users.dn", "there is `users.filter` too").expected("the one or the other"));
        }
        (None, None) => {
            return Err(Invalid::new("users.filter", "nothing says how an account is found")
                .expected("`users.filter` or `users.dn`"));
        }
    };
    let mut users = Users {
        place,
        name: config.name.clone(),
        names: Vec::new(),
        others: Vec::new(),
        unknown: config.unknown,
        lockout: config.lockout_duration,
    };
    let (key, template) = match &users.place {
        Place::Below { filter, .. } => ("users.filter", filter),
        Place::At(name) => ("users.dn", name),
    };
    match template.slots().next() {
        None => {
            return Err(
                Invalid::new(key, "every caller would be the same account").expected("a placeholder such as `{name}`")
            );
        }
        Some(_) if template.slots().any(|slot| *slot == Slot::Dn) => {
            return Err(Invalid::new(key, "`{dn}` is known only once the account is found")
                .expected("`{name}`, `{realm}` or `{claim.…}`"));
        }
        Some(_) => {}
    }
    let mut names = template.attributes_with_name();
    match &users.name {
        Some(name) => {
            attribute("users.name", name)?;
            if !names.iter().any(|other| other.eq_ignore_ascii_case(name)) {
                names.push(name.clone());
            }
        }
        None if template.slots().any(|slot| *slot == Slot::Name) && !template.compares_name() => {
            return Err(Invalid::new(
                "users.name",
                "no attribute must be equal to `{name}`: nothing shows whose account it is",
            )
            .expected("the attribute that is the account's name, such as `uid`; or `(uid={name})` in the filter"));
        }
        None => {
            if let [name] = template.attributes_of_name().as_slice() {
                users.name = Some(name.clone());
            }
        }
    }
    (users.others, users.names) = (template.others_compared(), names);
    config.lockout_duration.map_or(Ok(()), |lockout| duration::bounded("users.lockout_duration", lockout, LOCKOUTS))?;
    Ok(users)
}

fn groups(config: &GroupsConfig, sids: SidNames) -> Result<Groups, Invalid> {
    attribute("groups.name", &config.name)?;
    number::bounded("groups.depth", config.depth, 0..=32)?;
    number::bounded("groups.max", config.max, 1..=100_000)?;
    let (find, depth) = (config.find, config.depth);
    let name = GroupName::new(config.name.clone());
    if depth > 0 && !matches!(find, Find::Member | Find::MemberOf) {
        return Err(Invalid::new(
            "groups.depth",
            "the server finds nested groups by itself, or they are in the ticket",
        )
        .expected("no such key"));
    }
    if find == Find::Sid && name.is_sid() {
        return Err(Invalid::new("groups.name", "they are SIDs already")
            .expected("the attribute of another name, such as `sAMAccountName`"));
    }
    let needs_base = match find {
        Find::MemberOf => depth > 0,
        Find::TokenGroups => !name.is_sid(),
        _ => true,
    };
    if needs_base || !config.base.is_empty() {
        name_of_entry("groups.base", &config.base)?;
    }
    let usual = match find {
        Find::Member => Some(BY_MEMBER),
        Find::MemberOf => (depth > 0).then_some(BY_MEMBER),
        Find::InChain => Some(IN_CHAIN),
        Find::TokenGroups | Find::Sid => None,
    };
    let filter = match (usual, config.filter.as_deref()) {
        (None, Some(_)) => {
            return Err(Invalid::new("groups.filter", "nothing is looked for with it").expected("no such key"));
        }
        (None, None) => None,
        (Some(usual), written) => {
            let filter = template(
                "groups.filter",
                Template::filter(written.unwrap_or(usual)),
                "a filter such as `(member={dn})`",
            )?;
            if filter.slots().next().is_none() {
                return Err(Invalid::new("groups.filter", "every account would be in the same groups")
                    .expected("a placeholder such as `{dn}`"));
            }
            if depth > 0 && !filter.slots().any(|slot| *slot == Slot::Dn) {
                return Err(Invalid::new("groups.filter", "nested groups are found by the name of a group's entry")
                    .expected("`{dn}` in it, or no `depth`"));
            }
            Some(filter)
        }
    };
    Ok(Groups { find, base: config.base.clone(), filter, name, depth, max: config.max, sids })
}

fn template(key: &str, template: Result<Template, String>, expected: &str) -> Result<Template, Invalid> {
    template.map_err(|problem| Invalid::new(key, problem).expected(expected))
}

fn attribute(key: &str, name: &str) -> Result<(), Invalid> {
    let problem = "not the name of an attribute";
    if dn::is_attribute(name) { Ok(()) } else { Err(Invalid::new(key, problem).expected("a name such as `cn`")) }
}

fn name_of_entry(key: &str, name: &str) -> Result<(), Invalid> {
    let problem = match Dn::parse(name) {
        Some(dn) if !dn.levels().is_empty() => return Ok(()),
        _ if name.is_empty() => "there is none",
        _ => "not the name of an entry",
    };
    Err(Invalid::new(key, problem).expected("a name such as `dc=example,dc=com`"))
}

#[cfg(test)]
mod tests;
