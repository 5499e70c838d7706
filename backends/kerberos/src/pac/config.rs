//! The keys of `[backend.pac]`.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The keys of `[backend.pac]`: groups from the tickets of Active Directory.
///
/// The Privilege Attribute Certificate ([MS-PAC]) is what a KDC of Active Directory (Windows, Samba) puts into a
/// ticket beside the client's name: the account, its groups, and checksums, one of them by the key of the service. libkrb5
/// verifies that one, and nothing is read that it has not verified. Without this section no PAC is looked at.
///
/// With it, of a ticket of a realm that has a domain:
///
/// | the ticket's PAC | the caller |
/// |---|---|
/// | has logon information, with a good checksum | is called by the account's own name and the ticket's realm (`name_mapping` goes on from there), so `kinit ALICE` and an alias make no other user; has the account's identifier as the claim `sid`, and the groups of `domains`: by their identifiers, or by `names` |
/// | has it, and the checksum is wrong or missing | is refused, in every realm |
/// | has it, and it cannot be read ([`LogonInfo`](crate::LogonInfo)) | is refused |
/// | has it, and the account is not of the realm's domain | is refused |
/// | has none (MIT's own KDC makes such), or there is none | has no groups and no `sid`, and is called what the ticket says; or is refused, if it is `required` |
///
/// # Security
///
/// - A service can verify nothing but the checksum by its own key. Whoever can read the keytab can make tickets with any account and any
///   groups; but then they could also make tickets for any name.
/// - Groups are those of the moment when the user got the first ticket (`kinit`, the logon). Somebody who is taken out of a group has it
///   until that ticket ends, usually after ten hours, or a week with renewals.
/// - A user can ask for tickets without a PAC (`kinit --no-request-pac`), and then is called what was typed. Where no user is called
///   `root`, the KDC takes that for the computer account `root$`, and many users may create one. A missing group never grants
///   anything, but a name can: where policies grant by name, or a `[[directory]]` has groups for it, have the PAC `required`.
/// - The realm counts as one domain: what a trusted realm's KDC says of accounts of another domain is refused. What it says of groups
///   of another of the `domains` counts, unless the own domain's KDC filters it (SID filtering).
///
/// [MS-PAC]: https://learn.microsoft.com/openspecs/windows_protocols/ms-pac/166d8064-c863-41e1-9c23-edaaa5f36962
///
/// ```
/// use portcullis_kerberos::PacConfig;
///
/// let section = r#"{
///     "domains": ["S-1-5-21-1004336348-1177238915-682003330"],
///     "names": { "S-1-5-21-1004336348-1177238915-682003330-513": "staff" }
/// }"#;
/// let config: PacConfig = serde_json::from_str(section)?;
/// assert!(!config.required);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct PacConfig {
    /// The domains whose groups count: their security identifiers, as `Get-ADDomain` or `samba-tool domain info` say them.
    /// Groups of other domains, and those that every host has (`S-1-5-32-544`), are left out. Required. Example:
    /// `["S-1-5-21-1004336348-1177238915-682003330"]`.
    pub domains: Vec<String>,
    /// Which domain is which realm: the accounts of a realm's tickets have to be of its domain. A realm without
    /// a domain has users who are called what the ticket says and have no groups. Default: with one of `domains` and one
    /// realm whose users get in, that one's; with more of either, required. Example:
    /// `{ "S-1-5-21-1004336348-1177238915-682003330" = "EXAMPLE.TEST" }`.
    pub realms: BTreeMap<String, String>,
    /// What groups are called. One without a name here is called by its security identifier. Default: none has a name.
    /// Example: `{ "S-1-5-21-1004336348-1177238915-682003330-513" = "staff" }`.
    pub names: BTreeMap<String, String>,
    /// Whether the tickets of realms that have a domain are refused if they come without a PAC. Default: `false`; then
    /// such a user is called what the ticket says, and has no groups. Example: `true`.
    pub required: bool,
}
