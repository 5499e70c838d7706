//! `kerberos`, which Armada had until 0.4.19.

use super::{Backends, not_understood};
use crate::failure::Failure;
use crate::import::draft::{Draft, Mark, shown};
use crate::import::yaml::Item;

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
    known.kerberos = true;
    draft.comment(
        "Users are called as in Active Directory, without their realm, and with the suffix. That takes one realm: see \
         `name_mapping` for several. Clients get the token that proves the server to them, which Armada kept to itself.",
    );
    ldap(&item, draft)?;
    draft.note(Mark::ToDo, "see that the keytab is there, as a file that this service can read.");
    if let Some(service) = service.filter(|service| !service.contains('/')) {
        draft.comment(&format!(
            "{} is a service here: the keytab must have keys of `{service}/HOST`. A key of an account by itself is not taken.",
            shown(service)
        ));
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
    Ok(())
}

/// Where groups came from. Nothing that is in there is shown: one of the keys is a password.
fn ldap(item: &Item<'_>, draft: &mut Draft) -> Result<(), Failure> {
    if item.text_of("groupNameSuffix")?.is_none() && item.member("ldap")?.is_none() {
        draft.note(
            Mark::NoEquivalent,
            "groups were the security identifiers in the ticket. Users of `kerberos` have no groups in this version: bind them \
             by name.",
        );
        return Ok(());
    }
    draft.note(
        Mark::NoEquivalent,
        "groups came from the directory that `ldap` names. LDAP is not in this version, and users of `kerberos` have no groups: \
         bind them by name. The directory's password is not taken over.",
    );
    if let Some(ldap) = item.member("ldap")? {
        not_understood(
            &ldap.strangers(&["url", "username", "password", "passwordFile", "groupSearchBase", "cacheExpiry"])?,
            draft,
        );
        if ldap.text_of("password")?.is_some() {
            draft.note(
                Mark::Insecure,
                "`ldap.password` was in the file in plain text. Whoever has read the old file knows it: have it changed.",
            );
        }
        if ldap.text_of("url")?.is_some_and(|url| url.to_ascii_lowercase().starts_with("ldap://")) {
            draft.note(Mark::Insecure, "the directory was asked by `ldap://`, so the password, and the groups, could be read and changed on the way.");
        }
    }
    Ok(())
}

/// What the backend takes for a service: `HTTP`, `HTTP/host.example`, `HTTP/host.example@REALM`.
fn is_service(text: &str) -> bool {
    let (name, realm) = text.split_once('@').map_or((text, None), |(name, realm)| (name, Some(realm)));
    let (kind, host) = name.split_once('/').map_or((name, None), |(kind, host)| (kind, Some(host)));
    let is_plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_graphic() && !b"/@\\".contains(&b));
    [Some(kind), host, realm].into_iter().flatten().all(is_plain) && (realm.is_none() || host.is_some())
}
