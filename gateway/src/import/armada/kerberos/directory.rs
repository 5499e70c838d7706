//! `kerberos.ldap`: the directory that Armada asked what the groups of a ticket are called.

use std::path::Path;
use std::time::Duration;

use portcullis::Clock;
use portcullis::config::duration;
use portcullis_ldap::{DirectoryConfig, Find, GroupsConfig, LdapDirectory};

use super::not_understood;
use crate::failure::Failure;
use crate::import::draft::{Draft, Mark, Value, shown, table};
use crate::import::nobody;
use crate::import::yaml::Item;

pub(super) const NAME: &str = "ldap";

/// Where the reader's password is, when the administrator has put it there.
const PASSWORD: &str = "armada-ldap.password";

/// The longest `ttl`.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Writes the section. `reader` is who asked, and `suffix` what Armada put behind the name of a group.
pub(super) fn write(ldap: &Item<'_>, reader: &str, suffix: &str, draft: &mut Draft) -> Result<(), Failure> {
    draft.blank();
    draft.comment(
        "Groups are called as in the directory that `ldap` names (`cn`), which is asked for the security identifiers of the \
         ticket. One that is not found below `base` keeps its identifier, where Armada left the group out.",
    );
    remark_on(ldap, draft)?;
    if !suffix.is_empty() {
        draft.note(
            Mark::NoEquivalent,
            &format!(
                "Armada put the `groupNameSuffix` {} behind the name of every group, and nothing does so here. The bindings below name \
                 groups without it. Where the service itself grants something to a group, as queues do, take it off there too; \
                 and see that what is granted to a group called so without it is meant for these callers.",
                shown(suffix)
            ),
        );
    }
    let (url, start_tls) = server(ldap, draft)?;
    let bind_dn = entry(
        Some(reader),
        "ldap.username",
        "write the distinguished name of the account that asks into `bind_dn` (`DOMAIN\\user` and `user@domain` will not do)",
        draft,
    );
    draft.note(
        Mark::ToDo,
        &format!(
            "write the password of `bind_dn` into {PASSWORD} beside this file, or wherever `file` says, for nobody else to read \
             (chmod 600)."
        ),
    );
    let base = ldap.text_of("groupSearchBase")?;
    let base = entry(
        base,
        "ldap.groupSearchBase",
        "write the distinguished name of the entry that the groups are below into `base`",
        draft,
    );
    let ttl = ttl(ldap, draft)?;
    draft.comment("If the directory's certificate is of an authority of your own, `ca_file` names that.");
    draft.header("[[directory]]");
    draft.key("name", NAME);
    draft.key("urls", [url].into_iter().collect::<Value>());
    if start_tls {
        draft.key("start_tls", true);
    }
    draft.key("bind_dn", bind_dn);
    draft.key("bind_password", table([("file", PASSWORD.into())]));
    if let Some(ttl) = ttl {
        draft.key("ttl", ttl);
    }
    draft.blank();
    draft.header("[directory.groups]");
    draft.key("find", "sid");
    draft.key("base", base);
    Ok(())
}

/// What is told of it, whether it is asked or not. No value of it is shown: one is a password.
pub(super) fn remark_on(ldap: &Item<'_>, draft: &mut Draft) -> Result<(), Failure> {
    let keys = ["url", "username", "password", "groupSearchBase", "cacheExpiry"];
    not_understood(&ldap.strangers(&keys)?, draft);
    if ldap.text_of("password")?.is_some() {
        draft.note(
            Mark::Insecure,
            "`ldap.password` was in the file in plain text, and is not taken over. Whoever has read the old file knows it: have \
             it changed.",
        );
    }
    Ok(())
}

/// The server, and whether it is asked for TLS.
fn server<'a>(ldap: &Item<'a>, draft: &mut Draft) -> Result<(&'a str, bool), Failure> {
    let url = ldap.text_of("url")?;
    let parts = url.and_then(|url| Some((url, url.split_once("://")?)));
    match parts {
        Some((url, (scheme, rest))) if scheme.eq_ignore_ascii_case("ldaps") && is_host(rest) => Ok((url, false)),
        Some((url, (scheme, rest))) if scheme.eq_ignore_ascii_case("ldap") && is_host(rest) => {
            draft.note(
                Mark::Insecure,
                "the directory was asked by `ldap://`, so the password, and the groups, could be read and changed on the way. Here it \
                 has to take StartTLS first. If it does not, ask it by `ldaps://`.",
            );
            Ok((url, true))
        }
        _ => {
            draft.note(
                Mark::ToDo,
                "`ldap.url` is not `ldaps://HOST` or `ldaps://HOST:PORT`. Write the directory's own into `urls`; until then it is out \
                 of reach, and nobody gets in with a ticket.",
            );
            Ok((nobody::SERVER, false))
        }
    }
}

/// The name of an entry. With none that can be one, there is something to do.
fn entry<'a>(text: Option<&'a str>, key: &str, remedy: &str, draft: &mut Draft) -> &'a str {
    text.filter(|text| is_entry(text)).unwrap_or_else(|| {
        let is = text.map_or_else(|| "not in the file".to_owned(), shown);
        draft.note(Mark::ToDo, &format!("{remedy}; the `{key}` was {is}. Until then nobody gets in with a ticket."));
        nobody::ENTRY
    })
}

/// How long a name is remembered. Armada's default, which 0 is too, is the one here.
fn ttl<'a>(ldap: &Item<'a>, draft: &mut Draft) -> Result<Option<&'a str>, Failure> {
    let Some(item) = ldap.member("cacheExpiry")? else { return Ok(None) };
    // A number counts nanoseconds, and is no text.
    let text = if item.is_text() { item.text()? } else { "" };
    match duration::parse(text) {
        Some(Duration::ZERO) => Ok(None),
        Some(ttl) if ttl <= DAY => Ok(Some(text)),
        Some(_) => {
            draft.note(Mark::NoEquivalent, "`ldap.cacheExpiry` was more than a day, which is the longest `ttl`.");
            Ok(Some("1d"))
        }
        None => {
            draft.note(Mark::NotUnderstood, "`ldap.cacheExpiry` is no duration such as `5m`; the `ttl` is 5 minutes.");
            Ok(None)
        }
    }
}

/// Whether `check` takes this for a host, with or without a port.
fn is_host(text: &str) -> bool {
    passes(format!("ldap://{text}"), nobody::ENTRY)
}

/// Whether `check` takes this for the name of an entry.
fn is_entry(text: &str) -> bool {
    passes("ldap://localhost".to_owned(), text)
}

/// Whether a directory can be made of these. Without TLS, no file is read for that, and nobody is contacted.
fn passes(url: String, base: &str) -> bool {
    let mut groups = GroupsConfig::default();
    groups.find = Find::Sid;
    groups.base = base.to_owned();
    let mut config = DirectoryConfig::default();
    config.urls = vec![url];
    config.plain_text = true;
    config.groups = Some(groups);
    LdapDirectory::new(config, NAME, Path::new(""), Clock::default()).is_ok()
}
