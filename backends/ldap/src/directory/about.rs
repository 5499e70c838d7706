//! What an administrator is told about a directory.

use std::time::Duration;

use crate::config::{DirectoryConfig, Find, GroupsConfig};
use crate::server::Server;

pub(super) fn describe(config: &DirectoryConfig, servers: &[Server]) -> String {
    let shown: Vec<String> = servers.iter().map(Server::to_string).collect();
    let start_tls = if config.start_tls { " with StartTLS" } else { "" };
    format!("LDAP at {}{start_tls}: {}, {}", shown.join(", "), accounts(config), groups(config.groups.as_ref()))
}

fn accounts(config: &DirectoryConfig) -> String {
    let users = &config.users;
    match (&users.filter, &users.dn) {
        (Some(filter), _) => format!("accounts by {filter} below {}", users.base),
        (None, Some(dn)) => format!("accounts at {dn}"),
        (None, None) => "accounts are not looked at".to_owned(),
    }
}

fn groups(groups: Option<&GroupsConfig>) -> String {
    let Some(groups) = groups else { return "no groups".to_owned() };
    let found = match groups.find {
        Find::Member => "by their members",
        Find::MemberOf => "by memberOf",
        Find::InChain => "with nested ones by LDAP_MATCHING_RULE_IN_CHAIN",
        Find::TokenGroups => "by tokenGroups",
        Find::Sid => "that are SIDs get names",
    };
    let mut text = format!("groups {found}");
    if groups.depth > 0 {
        text.push_str(&format!(", nested {} deep", groups.depth));
    }
    if !groups.base.is_empty() {
        text.push_str(&format!(", below {}", groups.base));
    }
    text.push_str(&format!(" (names from {})", groups.name));
    text
}

/// By which names groups can be mistaken for others.
fn about_names(groups: &GroupsConfig) -> Vec<String> {
    let mut warnings = Vec::new();
    if groups.find == Find::MemberOf && groups.base.is_empty() {
        warnings.push(
            "without `groups.base`, groups count wherever in the directory they are: whoever may make one anywhere can name it as another one"
                .to_owned(),
        );
    }
    // What only Active Directory has, or servers like it.
    let is_windows = matches!(groups.find, Find::InChain | Find::TokenGroups | Find::Sid);
    if is_windows && ["cn", "name", "displayName"].iter().any(|name| groups.name.eq_ignore_ascii_case(name)) {
        warnings.push(format!(
            "Active Directory has `{}` more than once: two groups in different containers can have the same; `sAMAccountName` is one group's alone in its domain",
            groups.name
        ));
    }
    warnings
}

pub(super) fn warnings(
    config: &DirectoryConfig,
    servers: &[Server],
    trouble: Option<String>,
    certificates: Option<String>,
) -> Vec<String> {
    let exposed = servers.iter().filter(|server| !server.is_private());
    let mut warnings: Vec<String> = exposed
        .map(|server| format!("{server} is asked in plain text, as `plain_text` allows: whoever is on the way reads the reader's password and hands out groups"))
        .collect();
    if config.plain_text && warnings.is_empty() {
        warnings.push("`plain_text` is not needed: every connection is secured, or stays on this machine".to_owned());
    }
    if config.ttl > Duration::from_secs(60 * 60) {
        warnings.push(
            "with a `ttl` of more than an hour, whoever leaves a group or is disabled is noticed as late as that"
                .to_owned(),
        );
    }
    warnings.extend(config.groups.as_ref().into_iter().flat_map(about_names));
    warnings
        .extend(certificates.map(|problem| {
            format!("`ca_file` can no longer be read, and the certificates read last count: {problem}")
        }));
    warnings.extend(trouble.map(|problem| format!("the directory could not be asked: {problem}")));
    warnings
}
