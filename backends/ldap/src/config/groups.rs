//! `[directory.groups]`

use serde::Deserialize;

/// How the groups of an account are found: `[directory.groups]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct GroupsConfig {
    /// By what they are found: [`Find`]. Default: `"member"`. Example: `"in_chain"`.
    pub find: Find,
    /// Below which entry groups are looked for, at any depth. Needed, but for `member_of` without nested groups, where
    /// it leaves out the groups that are elsewhere, and for `token_groups` with the name `objectSid`, where it does the same. Example:
    /// `"ou=groups,dc=example,dc=com"`.
    pub base: String,
    /// Which groups they are, with `member`, `in_chain`, and for the nested groups of `member_of`: `{dn}` is the name
    /// of the account's entry, or of a group's; the placeholders of `users` are known too. Default: `"(member={dn})"`;
    /// with `in_chain` `"(&(groupType:1.2.840.113556.1.4.803:=2147483648)(member:1.2.840.113556.1.4.1941:={dn}))"`,
    /// which is security groups and no distribution lists. Example: `"(&(objectClass=posixGroup)(memberUid={name}))"`.
    pub filter: Option<String>,
    /// The attribute that is a group's name. `objectSid` is the SID as text. A group without it, or with a name that is
    /// not UTF-8, longer than 1,024 bytes or has control characters, is left out, and so is one whose name begins with
    /// `S-1-`, as SIDs do; of several values, the one in the entry's own name counts. The name should be unique below
    /// `base`: in Active Directory `cn` is so in one container only. Default: `"cn"`. Example: `"sAMAccountName"`.
    pub name: String,
    /// How many levels of groups in groups are looked for, with `member` and `member_of`; 0 to 32. Each level is a few
    /// questions more; groups that contain each other do no harm. Default: `0`. Example: `5`.
    pub depth: usize,
    /// How many groups an account may be in, 1 to 100,000. One that is in more is barred, and the log says why: to
    /// leave some out would be a lottery. Default: `1000`. Example: `5000`.
    pub max: usize,
}

impl Default for GroupsConfig {
    fn default() -> Self {
        Self { find: Find::Member, base: String::new(), filter: None, name: "cn".to_owned(), depth: 0, max: 1000 }
    }
}

/// By what the groups of an account are found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Find {
    /// `"member"`: by the groups' own lists of members, with `filter`.
    #[default]
    Member,
    /// `"member_of"`: by the account's attribute `memberOf`, where the server keeps one. Names come without another
    /// question if `name` is the attribute that the groups' entries are named by, and otherwise with one for each
    /// group.
    MemberOf,
    /// `"in_chain"`: as `member`, with the nested groups, which Active Directory finds by itself
    /// ([LDAP_MATCHING_RULE_IN_CHAIN](https://learn.microsoft.com/openspecs/windows_protocols/ms-adts/1e889adc-b503-4423-8985-c28d5c7d4887)).
    /// Without the primary group, which has no members listed.
    InChain,
    /// `"token_groups"`: by the account's attribute `tokenGroups` of Active Directory: all security groups, nested ones
    /// and the primary one too. Those that are not below `base` are left out.
    TokenGroups,
    /// `"sid"`: the SIDs among the groups that the backend vouched for, such as those of a Kerberos ticket, become
    /// names. One that is not below `base` stays a SID, and so does one that has two names there. A name is remembered for
    /// `ttl`, beside the answer about a caller: that a group was renamed is noticed after twice `ttl` at the latest.
    /// Without `users`, accounts are not looked at.
    Sid,
}
